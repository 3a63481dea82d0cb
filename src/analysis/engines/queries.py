"""The SQL files of the package, by name.

Some files ask about the answers of others: those are put before them, under the names that they
have there. `read_query("kaplan_meier_counts", spells="contract_spells")` counts contracts.
"""

from functools import cache
from importlib import resources

_READS = {
    "around_start": {"segments": "pace_segments"},
    "contract_times": {"spells": "contract_spells"},
    "current_spells": {"spells": "order_spells"},
    "ended_spells": {"spells": "order_spells"},
    "first_of_parts": {"known": "SELECT customer_id FROM customer_days"},
    "followed_spells": {"spells": "order_spells"},
    "kaplan_meier_counts": {"followed": "followed_spells", "segments": "pace_segments"},
    "pace_counts": {"pace": "pace", "active": "current_spells"},
    "pace_segments": {"pace": "pace"},
    "segment_sizes": {"segments": "pace_segments"},
    "silences": {"segments": "pace_segments"},
    "spell_counts": {"spells": "order_spells", "segments": "pace_segments"},
    "tier_segments": {"pace": "pace"},
}
"""Under which names a file reads the answers of which others, where nothing else is said."""


def read_query(name: str, **relations: str) -> str:
    """Return the text of `queries/<name>.sql`, with the files before it that it asks about.

    Parameters
    ----------
    name : str
        Of the file.
    relations : name of a relation = name of a file, or a query
        What stands for it, where that is not the usual file.
    """
    brought: dict[str, str] = {}

    def bring(file: str) -> None:
        for relation, usual in _READS.get(file, {}).items():
            if relation not in brought:
                chosen = relations.get(relation, usual)
                bring(chosen)
                brought[relation] = _text(chosen)

    bring(name)
    return _with(_text(name), brought)


def _text(name: str) -> str:
    return name if " " in name else _file(name)


@cache
def _file(name: str) -> str:
    return (resources.files("analysis") / "queries" / f"{name}.sql").read_text("utf-8")


def _with(query: str, relations: dict[str, str]) -> str:
    """Put queries before one that reads their answers; their order does not matter to it."""
    if not relations:
        return query
    comments = "".join(f"{line}\n" for line in query.splitlines() if line.startswith("--"))
    own = query.removeprefix(comments)
    tables = [
        f"{name} AS (\n{text.rpartition(_LAST_ORDER)[0] or text}\n)"
        for name, text in relations.items()
    ]
    head = ",\n\n".join(tables)
    if own.startswith("WITH "):
        return f"{comments}WITH {head},\n\n{own.removeprefix('WITH ')}"
    return f"{comments}WITH {head}\n\n{own}"


_LAST_ORDER = "\nORDER BY "
