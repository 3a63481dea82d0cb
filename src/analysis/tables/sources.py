"""The door to the data: settings go in, checked tables come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.engines import DuckDBEngine
from analysis.schemas import OPTIONAL, TRANSACTIONS
from analysis.tables import sample
from analysis.tables.checks import Tally
from analysis.tables.loading import Loaded, hash_files, load_table
from analysis.tables.measure import measure
from analysis.tables.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    return _open_tables(settings, engine)


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
    return Source(
        engine, settings.currency, settings.time_zone, sample.DESCRIPTION, quality, sample.TABLES
    )


def _open_tables(settings: Settings, engine: DuckDBEngine) -> Source:
    loaded = load_table(engine, settings, TRANSACTIONS, settings.transactions)
    others = load_others(engine, settings)
    quality = measure(
        engine,
        loaded.tally,
        loaded_hash=loaded.digest,
        files=loaded.sources,
        notes=(*loaded.notes, *_notes(others)),
    )
    engine.lock()
    named = ", ".join(loaded.sources[:3]) + (" and more" if len(loaded.sources) > 3 else "")
    description = f"Read from {named}."
    tables = frozenset({"transactions", *others})
    return Source(engine, settings.currency, settings.time_zone, description, quality, tables)


def load_others(engine: DuckDBEngine, settings: Settings) -> dict[str, Loaded]:
    """Load the further tables that the settings name."""
    found = {}
    for schema in OPTIONAL:
        section = settings.table(schema.name)
        if section is not None:
            found[schema.name] = load_table(engine, settings, schema, section)
    return found


def _notes(others: dict[str, Loaded]) -> Iterator[str]:
    for name, loaded in others.items():
        yield _line(name, loaded)
        yield from loaded.notes


def _line(name: str, loaded: Loaded) -> str:
    tally = loaded.tally
    return f"{name}: {tally.rows_in:,} rows in, {tally.kept:,} kept, {tally.set_aside:,} set aside."
