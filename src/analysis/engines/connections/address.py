"""URLs of databases: where they come from, and how they are told without their secrets."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import duckdb
import pyarrow as pa

from analysis.errors import SourceError, SourceUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["resolved", "telling_failures", "without_secrets"]

_BUSY_SERVER = (
    "starting up", "shutting down", "in recovery mode", "terminating connection",
    "too many clients", "too many connections", "connection slots are reserved",
)  # fmt: skip
"""What a PostgreSQL that refuses a connection says where another time it may not."""
_BUSY_FILE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_IOERR")


def resolved(url: str) -> str:
    """Return the URL, taken from the environment where the settings name a variable.

    Raises
    ------
    SourceError
        The variable is not set.
    """
    if not url.startswith("env:"):
        return url
    name = url.removeprefix("env:")
    value = os.environ.get(name, "")
    if not value:
        raise SourceError(
            f"`url` takes the address of the database from the variable {name}; it is not set. "
            f"Set it before the run: export {name}=postgresql://..."
        )
    return value


def without_secrets(url: str) -> str:
    """Return a URL that may be shown: without user, password, port and options."""
    parts = split(url)
    path = parts.path.partition(";")[0]  # of Spark Connect, whose options follow it
    return unquote(f"{parts.scheme}://{parts.hostname or ''}{path}")


def split(url: str) -> SplitResult:
    """Split a URL; ``spark://local[2]`` has brackets that mean no address."""
    return urlsplit(url.replace("[", "%5B").replace("]", "%5D"))._replace(
        scheme=url.partition(":")[0]
    )


@contextmanager
def telling_failures(
    source: str, url: str, failures: tuple[type[Exception], ...]
) -> Iterator[None]:
    """Turn what a driver raises into an error that names the source and no secret.

    Raises
    ------
    SourceError
        The database refuses; `SourceUnavailableError` where it may answer another time.
    """
    try:
        yield
    except (duckdb.Error, pa.ArrowException, *failures) as error:
        raise _failed(source, url, error) from None


def _failed(source: str, url: str, error: Exception) -> SourceError:
    reason = " ".join(str(error).replace(url, source).split())[:300].rstrip(".")
    for secret in _secrets(url):
        reason = reason.replace(secret, "***")
    kind = SourceUnavailableError if _may_pass(error) else SourceError
    return kind(
        f"The database must answer; {source} did not: {reason}. "
        "Look at `url` and `table`, and whether the server runs and lets this user read."
    )


def _secrets(url: str) -> list[str]:
    parts = split(url)
    written = [part for part in (parts.password, parts.username) if part]
    given = parse_qsl(parts.query) + parse_qsl(parts.path.partition(";")[2], separator=";")
    options = [value for _, value in given if len(value) > 3]
    return [*written, *map(unquote, written), *options]


def _may_pass(error: Exception) -> bool:
    """Say whether the server or the file could not be reached, or is in use."""
    if isinstance(error, duckdb.Error):
        return isinstance(error, duckdb.IOException)
    file = getattr(error, "sqlite_errorname", "")
    if file or type(error).__name__ != "OperationalError":
        return str(file).startswith(_BUSY_FILE)
    answer = str(error)
    return "FATAL:" not in answer or any(words in answer for words in _BUSY_SERVER)
