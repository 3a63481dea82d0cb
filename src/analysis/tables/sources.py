"""The door to the data: settings go in, checked tables come out."""

from __future__ import annotations

import warnings
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.engines import DuckDBEngine
from analysis.errors import AnalysisWarning
from analysis.schemas import IN_ORDER
from analysis.tables import sample, shelf
from analysis.tables.cache import Cache
from analysis.tables.checks import Tally
from analysis.tables.in_place import open_in_place
from analysis.tables.leftovers import scratch_of, sweep
from analysis.tables.loading import hash_files, load_table
from analysis.tables.measure import measure_load, measure_purchases
from analysis.tables.pseudonyms import rename_customers
from analysis.tables.source import Source

if TYPE_CHECKING:
    from analysis.settings import Settings
    from analysis.tables.shelf import Shelf
    from analysis.tables.source import Load


def open_source(settings: Settings) -> Source:
    """Load and check the tables that the settings name.

    Parameters
    ----------
    settings : Settings
        From `settings.load()`.

    Returns
    -------
    Source
        In memory, or where it is large, over a checked copy in the project's cache; the files
        themselves are not touched again. With `run = "source"` under [engine], over the database
        itself: nothing is copied, cached or made there, and each query reads it anew.

    Raises
    ------
    SourceError
        A file or column that is not there, text that cannot be read as the settings say, or
        more bad rows than `max_set_aside` allows.
    """
    sweep(scratch_of(settings))
    return replace(
        _opened(settings),
        customers_at_once=settings.engine.customers_at_once,
        scratch=scratch_of(settings),
    )


def _opened(settings: Settings) -> Source:
    if settings.engine.run == "source":
        return open_in_place(settings)
    if not settings.privacy.cache:
        return _open(settings)
    folder = settings.root / "data" / "cache" / "tables"
    with suppress(OSError):  # told of below, where the tables cannot be kept
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # spilled rows lie there too
    cache = Cache(folder, settings.privacy.key(settings.root))
    name = cache.name_of(settings)
    if name is None:
        return _open(settings)
    kept = cache.read(name, _engine(settings), settings)
    if kept is not None:
        return kept
    making = cache.shelf(scratch_of(settings))
    with ExitStack() as undo:
        undo.callback(making.remove)
        source = _open(settings, making)
        undo.pop_all()
    try:
        cache.keep(name, source, making)
    except OSError as error:
        warnings.warn(
            f"The loaded tables could not be kept for the next time: {error}.",
            AnalysisWarning,
            stacklevel=3,
        )
        return source
    if source.quality.rows_kept <= shelf.IN_MEMORY_ROWS:
        return source
    return cache.read(name, _engine(settings), settings) or _open(settings)


def _engine(settings: Settings) -> DuckDBEngine:
    """Open an engine; with a key it spills nothing, since DuckDB cannot encrypt what it spills."""
    has_key = settings.privacy.key(settings.root) is not None
    return DuckDBEngine.open(
        memory=settings.engine.memory,
        threads=settings.engine.threads,
        spill=None if has_key else scratch_of(settings),
    )


def _open(settings: Settings, making: Shelf | None = None) -> Source:
    """Load the tables; the rows of large ones go to the shelf, where there is one."""
    engine = _engine(settings)
    if settings.transactions.sample is not None:
        return _open_sample(settings, engine)
    return _open_tables(settings, engine, None if settings.privacy.pseudonyms else making)


def _renamed(engine: DuckDBEngine, settings: Settings, loads: list[Load]) -> list[Load]:
    """Replace ids by pseudonyms where the settings ask for it."""
    key = settings.privacy.key(settings.root) if settings.privacy.pseudonyms else None
    return loads if key is None else rename_customers(engine, loads, key)


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
    load, *others = _renamed(engine, settings, [load, *others])
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


def _open_tables(settings: Settings, engine: DuckDBEngine, making: Shelf | None) -> Source:
    others = {
        schema.name: load_table(engine, settings, schema, section, making)
        for schema in IN_ORDER
        if (section := settings.table(schema.name)) is not None
    }
    load, *rest = _renamed(engine, settings, [others.pop("transactions"), *others.values()])
    others = {other.table: other for other in rest}
    quality = measure_purchases(engine, load, rest)
    engine.lock(making.places if making else ())
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
