"""The door to the data: settings go in, checked tables come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.engines import DuckDBEngine
from analysis.schemas import OPTIONAL, TRANSACTIONS
from analysis.tables import sample
from analysis.tables.checks import Tally
from analysis.tables.loading import hash_files, load_table
from analysis.tables.measure import measure_load, measure_purchases
from analysis.tables.source import Source

if TYPE_CHECKING:
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
    rows = sample.load(
        engine, files, time_zone=settings.time_zone, minor_units=settings.minor_units
    )
    load, *others = [
        measure_load(
            engine,
            name,
            Tally(rows_in=rows[name]),
            loaded_hash=hash_files([file]),
            files=(file.name,),
            notes=sample.NOTES.get(name, ()),
        )
        for name, file in files.items()
    ]
    quality = measure_purchases(engine, load, others)
    engine.lock()
    return Source(
        engine=engine,
        currency=settings.currency,
        time_zone=settings.time_zone,
        description=sample.DESCRIPTION,
        quality=quality,
        tables=frozenset({*sample.FILES, "sample_weeks"}),
        others={other.table: other for other in others},
    )


def _open_tables(settings: Settings, engine: DuckDBEngine) -> Source:
    load = load_table(engine, settings, TRANSACTIONS, settings.transactions)
    others = {
        schema.name: load_table(engine, settings, schema, section)
        for schema in OPTIONAL
        if (section := settings.table(schema.name)) is not None
    }
    quality = measure_purchases(engine, load, others.values())
    engine.lock()
    named = ", ".join(load.files[:3]) + (" and more" if len(load.files) > 3 else "")
    return Source(
        engine=engine,
        currency=settings.currency,
        time_zone=settings.time_zone,
        description=f"Read from {named}.",
        quality=quality,
        tables=frozenset({"transactions", *others}),
        others=others,
    )
