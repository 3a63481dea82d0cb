"""The door to the data: settings go in, checked tables come out."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from analysis.engines import DuckDBEngine
from analysis.errors import SourceError
from analysis.tables import sample
from analysis.tables.checks import Tally
from analysis.tables.measure import measure
from analysis.tables.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from analysis.settings import Settings


def open_source(settings: Settings) -> Source:
    """Load and check the tables that the settings name.

    Parameters
    ----------
    settings : Settings
        From `settings.load()`.

    Returns
    -------
    Source
        With everything in memory; the files are not touched again.

    Raises
    ------
    SourceError
        A file or column that is not there, text that cannot be read as the settings say, or
        more bad rows than `max_set_aside` allows.
    """
    engine = DuckDBEngine.open(
        memory=settings.engine.memory,
        threads=settings.engine.threads,
        spill=settings.root / "data" / "cache" / "spill",
    )
    if settings.transactions.sample is not None:
        return _open_sample(settings, engine)
    raise SourceError("Only the sample can be opened so far.")


def _open_sample(settings: Settings, engine: DuckDBEngine) -> Source:
    files = sample.files()
    lines = sample.load(
        engine, files, time_zone=settings.time_zone, minor_units=settings.minor_units
    )
    quality = measure(
        engine,
        Tally(rows_in=lines, kept=lines),
        loaded_hash=hash_files(files),
        files=tuple(file.name for file in files),
        notes=sample.NOTES,
    )
    engine.lock()
    tables = frozenset({"transactions", "customers"})
    return Source(
        engine, settings.currency, settings.time_zone, sample.DESCRIPTION, quality, tables
    )


def hash_files(files: Iterable[Path]) -> str:
    """SHA-256 over the SHA-256 of each file, in order."""
    whole = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()
