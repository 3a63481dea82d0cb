"""The SQL files of the package, by name."""

from functools import cache
from importlib import resources


@cache
def read_query(name: str) -> str:
    """Return the text of `queries/<name>.sql`."""
    return (resources.files("analysis") / "queries" / f"{name}.sql").read_text("utf-8")
