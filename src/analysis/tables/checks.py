"""Batches of rows, checked: each row is kept or set aside, and both are counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import duckdb

from analysis.columns import create, quote
from analysis.errors import SourceError
from analysis.schemas import REJECTS, TRANSACTIONS
from analysis.tables.kinds import narrowed
from analysis.tables.parsing import literal
from analysis.tables.rules import rules_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from analysis.columns import Table
    from analysis.tables.parsing import Reading
    from analysis.tables.rules import TableRules

CUT = 200
_COUNTS = """
SELECT
    broken,
    count(*),
    count(*) FILTER (finer),
    count(*) FILTER (has_mark),
    count(*) FILTER (looks_grouped),
    min(grouped)
FROM checked GROUP BY broken ORDER BY broken
"""


@dataclass(slots=True)
class Tally:
    """Counts of one table while its batches come in."""

    rows_in: int = 0
    kept: int = 0
    set_aside: int = 0
    """Of these, `not_counted` are no fault of the rows: the settings leave them out."""
    finer: int = 0
    with_mark: int = 0
    looks_grouped: int = 0
    not_counted: int = 0
    joined: int = 0
    by_rule: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    """As `by_rule`, without what is not counted."""

    @property
    def commonest(self) -> str:
        """The rule that set most rows aside, if possible a fault of theirs; empty without one."""
        counter = self.faults or self.by_rule
        return max(counter, key=lambda key: counter[key])[1] if counter else ""


@dataclass(slots=True)
class Intake:
    """Takes the batches of one table into the engine.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Of the engine.
    table : Table
        What is to come of the rows.
    reading : Reading
        How the text of the source is to be understood.
    """

    connection: duckdb.DuckDBPyConnection
    table: Table
    reading: Reading
    tally: Tally = field(default_factory=Tally)
    example: str = ""
    _made: bool = False

    @property
    def rejects(self) -> str:
        """Name of the table for the rows set aside."""
        return rejects_of(self.table.name)

    def take(self, batch: pa.Table, file: str, names: Mapping[str, str]) -> None:
        """Check a batch: `line` and, under canonical names, the columns that the source has.

        `names` has what the source calls them.
        """
        if self._made and not batch.num_rows:
            return
        self.connection.register("staged", batch)
        try:
            kinds = self._kinds(batch)
            rules = rules_for(self.table, kinds, self.reading)
            self._make(rules, names)
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE checked AS {_checked(rules, kinds)}"
            )
            self._move(rules, names, batch.num_rows, file)
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            raise SourceError(
                f"Memory, and without a key data/cache beyond it, must hold [{self.table.name}]; "
                f"after {self.tally.rows_in:,} rows they could not: {str(error).splitlines()[0]}. "
                "Raise `memory` in [engine], or make room on the disk."
            ) from None
        finally:
            self.connection.execute("DROP TABLE IF EXISTS checked")
            self.connection.unregister("staged")

    def set_aside(self, rows: list[tuple[int, str | None, str, str]], file: str) -> None:
        """Take rows that could not even be split into columns: line, column, value, rule."""
        if not rows:
            return
        self._make_rejects()
        self.connection.executemany(
            f"INSERT INTO {self.rejects} VALUES (?, ?, ?, ?, ?)",  # noqa: S608
            [(file, line, column, value[:CUT], rule) for line, column, value, rule in rows],
        )
        self.tally.rows_in += len(rows)
        self.tally.set_aside += len(rows)
        for counter in (self.tally.by_rule, self.tally.faults):
            counter.update((column or "", rule) for _, column, _, rule in rows)

    def _kinds(self, batch: pa.Table) -> dict[str, str]:
        described = self.connection.execute("DESCRIBE staged").fetchall()
        return {
            str(name): narrowed(batch[name]) if kind == "VARCHAR" else str(kind)
            for name, kind, *_ in described
            if name != "line"
        }

    def _make_rejects(self) -> None:
        self.connection.execute(
            create(self.rejects, REJECTS.columns).replace(
                "CREATE TABLE", "CREATE TABLE IF NOT EXISTS"
            )
        )

    def _make(self, rules: TableRules, names: Mapping[str, str]) -> None:
        if not self._made:
            columns = tuple(
                replace(column, name=names[column.name]) if column.name in rules.renamed else column
                for column in rules.columns
            )
            self.connection.execute(create(rules.table, columns))
            self._make_rejects()
            self._made = True

    def _move(self, rules: TableRules, names: Mapping[str, str], rows: int, file: str) -> None:
        columns = ", ".join(quote(column.name) for column in rules.columns)
        kept = self._count(
            f"INSERT INTO {rules.table} SELECT {columns} FROM checked WHERE broken IS NULL"  # noqa: S608
        )
        counts = self.connection.execute(_COUNTS).fetchall()
        aside = rows - kept and self._count(_rejects_query(self.rejects, rules, names), [file])
        if rows != kept + aside:
            raise SourceError(
                f"Every row read must be kept or set aside; of {rows:,} rows of {file} {kept:,} "
                f"were kept and {aside:,} set aside. This is a fault of the loader, not of the "
                "data: please report it."
            )
        self._add(rules, names, rows - kept, counts)
        self.tally.rows_in += rows
        self.tally.kept += kept

    def _add(
        self,
        rules: TableRules,
        names: Mapping[str, str],
        aside: int,
        counts: list[tuple[Any, ...]],
    ) -> None:
        tally = self.tally
        tally.set_aside += aside
        for broken, count, finer, has_mark, looks_grouped, example in counts:
            self.example = self.example or example or ""
            tally.with_mark += has_mark
            tally.looks_grouped += looks_grouped
            if broken is None:
                tally.finer += finer
            else:
                rule = rules.rules[broken]
                key = names.get(rule.column, rule.column), rule.words
                tally.by_rule[key] += count
                if rule.fault:
                    tally.faults[key] += count
                else:
                    tally.not_counted += count

    def _count(self, statement: str, values: list[str] | None = None) -> int:
        [(count,)] = self.connection.execute(statement, values).fetchall()
        return int(count)


def rejects_of(table: str) -> str:
    """Return the name of the engine's table for the rows of `table` that were set aside."""
    return "rejects" if table == TRANSACTIONS.name else f"{table}_rejects"


def _rejects_query(rejects: str, rules: TableRules, names: Mapping[str, str]) -> str:
    columns = choice([literal(names.get(rule.column, rule.column)) for rule in rules.rules])
    words = choice([literal(rule.words) for rule in rules.rules])
    return (
        f"INSERT INTO {rejects} SELECT ?, line, {columns}, shown, {words} FROM checked "  # noqa: S608
        "WHERE broken IS NOT NULL"
    )


def choice(values: list[str]) -> str:
    """Choose a value by the number of the rule that is broken."""
    cases = " ".join(f"WHEN {number} THEN {value}" for number, value in enumerate(values))
    return f"CASE broken {cases} END"


def _added(step: Mapping[str, str]) -> str:
    return "".join(f", {value} AS {quote(name)}" for name, value in step.items())


def _checked(rules: TableRules, kinds: Mapping[str, str]) -> str:
    """Compose the query: values as given, step by step as read, judged, and what to keep."""
    given = ", ".join(f"{quote(name)} AS {quote('given_' + name)}" for name in kinds)
    query = f"SELECT line, {given} FROM staged"  # noqa: S608
    *steps, last = rules.steps
    for step in steps:
        query = f"SELECT *{_added(step)} FROM ({query})"  # noqa: S608
    if last or rules.joined:
        rate = ", rates.rate" if rules.joined else ""
        query = f"SELECT read.*{rate}{_added(last)} FROM ({query}) AS read {rules.joined}"  # noqa: S608
    broken = " ".join(f"WHEN {rule.broken} THEN {at}" for at, rule in enumerate(rules.rules))
    query = f"SELECT *, CASE {broken} END::USMALLINT AS broken FROM ({query})"  # noqa: S608
    shown = choice(
        [f"left({quote('given_' + rule.column)}::VARCHAR, {CUT})" for rule in rules.rules]
    )
    columns = ", ".join(
        f"coalesce({quote(column.name)}, {column.otherwise}) AS {quote(column.name)}"
        if column.otherwise
        else quote(column.name)
        for column in rules.columns
    )
    return (
        f"SELECT line, {columns}, broken, {shown} AS shown, {rules.finer} AS finer, "  # noqa: S608
        f"{rules.has_mark} AS has_mark, {rules.looks_grouped} AS looks_grouped, "
        f"{rules.grouped} AS grouped FROM ({query})"
    )
