"""One table, from where the settings say it is into the engine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from analysis.columns import Kind
from analysis.currencies import decimals
from analysis.errors import SourceError
from analysis.schemas import RATES
from analysis.tables import files, mapping
from analysis.tables.advice import advise, refuse_foreign, refuse_misread
from analysis.tables.checks import Intake
from analysis.tables.further import FurtherLines
from analysis.tables.measure import measure_load, refuse_doubles, refuse_too_many
from analysis.tables.parsing import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from analysis.columns import Table
    from analysis.engines import DuckDBEngine
    from analysis.settings import Settings
    from analysis.settings_tables import TableSettings
    from analysis.tables.checks import Tally
    from analysis.tables.pieces import Piece
    from analysis.tables.shelf import Shelf
    from analysis.tables.source import Load


def load_table(
    engine: DuckDBEngine,
    settings: Settings,
    schema: Table,
    table: TableSettings,
    shelf: Shelf | None = None,
) -> Load:
    """Read, check and count one table; refuse it when too much of it breaks a rule.

    What does not fit into memory is moved to the shelf.
    """
    columns = mapping.of(schema, table)
    intake = Intake(engine.connection, schema, reading_of(schema, table, settings))
    paths = files.find(table, settings.root)
    notes, sources = list(_same_twice(paths)), []
    lines = FurtherLines(getattr(table, "further_lines", "own"))
    for source, names, pieces in _sources(settings, table, columns, paths):
        sources.append(source)
        before = intake.tally.rows_in
        for piece in pieces:
            intake.set_aside(piece.aside, source)
            intake.take(lines.treat(piece.rows), source, names)
            intake.tally.joined += piece.joined
            if shelf is not None:
                shelf.relieve(engine, schema.name)
        if intake.tally.rows_in == before:
            notes.append(f"{source} has a header and no rows.")
    if not intake.tally.rows_in:
        raise SourceError(
            f"[{schema.name}] needs rows; {sources[0]} has a header and nothing under it. "
            "Export it again, or name another source."
        )
    if shelf is not None:
        shelf.show(engine, schema.name)
    refuse_doubles(engine, schema)
    refuse_foreign(engine, schema.name, intake.tally, intake.reading)
    refuse_misread(engine, intake, table)
    hint = advise(engine, intake, table)
    refuse_too_many(engine, intake.tally, table.max_set_aside, rejects=intake.rejects, hint=hint)
    notes += notes_of(intake.tally, settings.currency)
    digest = hash_files(paths) if paths else hash_rows(engine, schema.name)
    return measure_load(
        engine, schema.name, intake.tally,
        loaded_hash=digest, files=tuple(sources), notes=tuple(notes),
    )  # fmt: skip


def _sources(
    settings: Settings, table: TableSettings, columns: mapping.Mapping, paths: list[Path]
) -> Iterator[tuple[str, dict[str, str], Iterator[Piece]]]:
    if table.url is not None and table.table is not None:
        from analysis.tables import databases

        yield databases.read(table.url, table.table, settings.root, columns)
    for path in paths:
        names, pieces = files.read(path, table, columns)
        root = settings.root
        shown = path.relative_to(root) if path.is_relative_to(root) else path
        yield shown.as_posix(), names, pieces


def reading_of(schema: Table, table: TableSettings, settings: Settings) -> Reading:
    """Return how the section of a table says that its text is to be understood."""
    given = {column.given: column.kind for column in schema.columns}
    flags = [name for name, kind in given.items() if kind is Kind.FLAG]
    shares = {name: f"{name}_in" for name, kind in given.items() if kind is Kind.SHARE}
    return Reading(
        time_zone=settings.time_zone,
        source_time_zone=table.source_time_zone,
        date_format=table.date_format,
        decimal=table.decimal or ".",
        currency=settings.currency,
        decimals=decimals(settings.currency),
        yes={name: values for name in flags if (values := getattr(table, f"{name}_values"))},
        no={name: values for name in flags if (values := getattr(table, f"{name}_no_values"))},
        percent=frozenset(name for name, key in shares.items() if getattr(table, key) == "percent"),
        has_rates=schema is not RATES and settings.table(RATES.name) is not None,
    )


def notes_of(tally: Tally, currency: str) -> list[str]:
    """Tell what should be known though no row was set aside for it."""
    notes = []
    if tally.finer:
        notes.append(
            f"{tally.finer:,} amounts have more decimals than {currency} has; each was rounded to "
            "the nearest, halves away from zero."
        )
    if tally.joined:
        notes.append(f"Rows that stretch over more than one line of their file: {tally.joined:,}.")
    return notes


def _same_twice(paths: list[Path]) -> Iterator[str]:
    seen: dict[str, Path] = {}
    for path in paths if len(paths) > 1 else []:
        digest = hash_files([path])
        if digest in seen:
            yield (
                f"{path.name} is a copy of {seen[digest].name}: every row of it counts twice. "
                "Remove one of them."
            )
        seen.setdefault(digest, path)


def hash_files(paths: Iterable[Path]) -> str:
    """SHA-256 over the SHA-256 of each file, in order."""
    whole = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()


def hash_rows(engine: DuckDBEngine, table: str) -> str:
    """SHA-256 of the rows of a table, whatever their order."""
    columns = engine.run(f"SELECT * FROM {table} LIMIT 0").column_names  # noqa: S608
    row = ", ".join(f"coalesce(\"{column}\"::VARCHAR, '')" for column in columns)
    query = f"SELECT count(*), sum(md5_number(concat_ws(chr(31), {row})) >> 64) FROM {table}"  # noqa: S608
    [(count, total)] = engine.connection.execute(query).fetchall()
    return hashlib.sha256(f"{count} {total}".encode()).hexdigest()
