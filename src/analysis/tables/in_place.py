"""A source whose queries run where its tables are: nothing is copied, nothing is made there.

Each canonical table is a query over one of the database's (see `canonical`), which every query of
an analysis brings with it. The rows are read anew each time, so nothing is kept in the cache; on
PostgreSQL and in a DuckDB file all answers are of the moment in which the source was opened.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from analysis.engines.connections import connect
from analysis.engines.connections.address import resolved, telling_failures, without_secrets
from analysis.engines.connections.files import DuckDBFile
from analysis.engines.remote import RemoteEngine
from analysis.errors import SettingsError, SourceError
from analysis.schemas import IN_ORDER, REJECTS
from analysis.tables import databases, mapping
from analysis.tables.advice import refuse_foreign
from analysis.tables.canonical import Canonical
from analysis.tables.checks import Tally, rejects_of
from analysis.tables.loading import notes_of, reading_of
from analysis.tables.measure import by_rule, measured, refuse_doubles, refuse_too_many
from analysis.tables.source import SHOWN_REJECTS, Load, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from analysis.columns import Table
    from analysis.engines.connections.connection import Connection
    from analysis.settings import Settings
    from analysis.settings_tables import TableSettings
    from analysis.tables.parsing import Reading

__all__ = ["HASH", "open_in_place", "reading_in_place"]

HASH = "counts and sums"
"""What a hash of rows that are not here is made of."""
_OR_HERE = 'Or let the tables be copied: run = "here" under [engine].'


def open_in_place(settings: Settings) -> Source:
    """Check the tables of the settings where they are, and let every query run there.

    Raises
    ------
    SettingsError
        The tables are not all in one database, or the settings ask for what needs a copy:
        pseudonyms, or further lines of orders.
    SourceError
        As `open_source`; and for a column that would have to be parsed.
    """
    sections = {
        schema: section
        for schema in IN_ORDER
        if (section := settings.table(schema.name)) is not None
    }
    url = _one_database(settings, sections)
    place = without_secrets(url)
    with telling_failures(place, url, ()):
        connection = connect(url, settings.root)
    with ExitStack() as undo:
        undo.callback(connection.close)
        source = _opened(settings, sections, connection, url, place)
        undo.pop_all()
    return source


def _opened(
    settings: Settings,
    sections: Mapping[Table, TableSettings],
    connection: Connection,
    url: str,
    place: str,
) -> Source:
    if not connection.in_place:
        raise SettingsError(
            f'`run = "source"` needs a database that computes with days and amounts; {place} is '
            f"none whose columns have types. {_OR_HERE}"
        )
    if isinstance(connection, DuckDBFile):
        connection.limit(settings.engine.memory, settings.engine.threads)
    engine = _asking(connection, place, url)
    loads = {}
    for schema, section in sections.items():
        reading = reading_in_place(schema, section, settings)
        table = _described(connection, schema, section, reading, place, url)
        engine, load = _check(engine, connection, schema, section, reading, table)
        loads[schema.name] = load
    purchases = loads.pop("transactions")
    return Source(
        engine=engine,
        currency=settings.currency,
        time_zone=settings.time_zone,
        description=f"Asked of {place}, where the tables stay.",
        quality=measured(engine, purchases, loads.values()),
        tables=frozenset({"transactions", *loads}),
        others=loads,
    )


def reading_in_place(schema: Table, section: TableSettings, settings: Settings) -> Reading:
    """Return how a table is to be understood where it is."""
    return replace(reading_of(schema, section, settings), in_place=True)


def _one_database(settings: Settings, sections: Mapping[Table, TableSettings]) -> str:
    """Return the URL that all tables share, with nothing asked that needs a copy."""
    for schema, section in sections.items():
        if section.url is None:
            raise SettingsError(
                f'`run = "source"` needs a `url` for every table; [{schema.name}] has none. '
                f"{_OR_HERE}"
            )
        if getattr(section, "further_lines", "own") != "own":
            raise SettingsError(
                "`further_lines` follows the order of rows in a file, which a database does not "
                f"have. Make a view there. {_OR_HERE}"
            )
    urls = {resolved(str(section.url)): schema.name for schema, section in sections.items()}
    if len(urls) > 1:
        first, other = list(urls.values())[:2]
        raise SettingsError(
            '`run = "source"` needs all tables in one database; '
            f"[{first}] and [{other}] are in two. {_OR_HERE}"
        )
    if settings.privacy.pseudonyms:
        raise SettingsError(
            "`pseudonyms` under [privacy] renames customers in a copy of the tables; "
            f'`run = "source"` makes none. Name a view that has other ids already. {_OR_HERE}'
        )
    return next(iter(urls))


def _asking(connection: Connection, place: str, url: str) -> RemoteEngine:
    """Make an engine whose failures tell the place and no secret."""

    def fetch(query: str) -> pa.Table:
        with telling_failures(place, url, connection.failures):
            return connection.answer(query).read_all()

    return RemoteEngine(connection.dialect, fetch, close=connection.close)


def _described(
    connection: Connection,
    schema: Table,
    section: TableSettings,
    reading: Reading,
    place: str,
    url: str,
) -> Canonical:
    name = str(section.table)
    source = f"{place}, table {name}"
    wanted = mapping.of(schema, section)
    names, kinds = databases.described(connection, name, source, url, wanted)
    raw = databases.table_of(name, connection.dialect).sql("duckdb")
    return Canonical.of(schema, reading, place=source, raw=raw, names=names, kinds=kinds)


def _check(
    engine: RemoteEngine,
    connection: Connection,
    schema: Table,
    section: TableSettings,
    reading: Reading,
    table: Canonical,
) -> tuple[RemoteEngine, Load]:
    """Count a table by the rules that its rows break, and add it to the engine."""
    counts = engine.run(table.counts()).to_pylist()
    if not counts:
        raise SourceError(f"[{schema.name}] needs rows; {table.place} has none.")
    tally = _tally(counts, table)
    broken = {row["broken"] for row in counts} - {None}
    kept = table.kept(broken if connection.one_moment else None)
    aside = rejects_of(schema.name)
    engine = engine.with_table(schema.name, kept).with_table(aside, table.aside())
    refuse_doubles(engine, schema)
    refuse_foreign(engine, schema.name, tally, reading)
    refuse_too_many(engine, tally, section.max_set_aside, rejects=aside)
    return engine, Load(
        table=schema.name,
        rows_in=counts[0]["rows_in"],
        rows_kept=tally.kept,
        rows_set_aside=tally.set_aside,
        rejects=_rejects(engine, aside, tally),
        by_rule=by_rule(tally),
        loaded_hash=_hash(counts),
        files=(table.place,),
        notes=tuple(notes_of(tally, reading.currency)),
    )


def _tally(counts: list[dict[str, int]], table: Canonical) -> Tally:
    """Add up how the rows fared; each is counted once, for the first rule that it breaks."""
    tally = Tally()
    for row in counts:
        number = row["how_many"]
        tally.rows_in += number
        if row["broken"] is None:
            tally.kept, tally.finer = number, row["finer"]
            continue
        rule = table.rules.rules[row["broken"]]
        key = table.names.get(rule.column, rule.column), rule.words
        tally.set_aside += number
        tally.by_rule[key] += number
        if rule.fault:
            tally.faults[key] += number
        else:
            tally.not_counted += number
    return tally


def _rejects(engine: RemoteEngine, aside: str, tally: Tally) -> pd.DataFrame:
    if not tally.set_aside:
        return pd.DataFrame(columns=[column.name for column in REJECTS.columns])
    first = f'SELECT * FROM {aside} ORDER BY rule, "column", "value" LIMIT $shown'  # noqa: S608
    rows: pd.DataFrame = engine.run(first, shown=SHOWN_REJECTS).to_pandas()
    return rows


def _hash(counts: list[dict[str, int]]) -> str:
    """SHA-256 of what was counted and summed; two tables that differ can share it."""
    return f"{HASH}:{hashlib.sha256(repr(counts).encode()).hexdigest()}"
