"""Batches of rows, checked: each row is kept or set aside, and both are counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.errors import SourceError
from analysis.tables.parsing import literal
from analysis.tables.rules import quote
from analysis.tables.schemas import REJECTS, create

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb
    import pyarrow as pa

    from analysis.tables.rules import TableRules

CUT = 200


@dataclass(slots=True)
class Tally:
    """Counts of one table while its batches come in."""

    rows_in: int = 0
    kept: int = 0
    set_aside: int = 0
    finer: int = 0
    with_mark: int = 0
    looks_grouped: int = 0
    by_rule: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(slots=True)
class Intake:
    """Takes the batches of one table into the engine.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Of the engine.
    rules_for : callable
        Makes the rules from the DuckDB types of a batch's columns.
    names : mapping
        What the source calls the canonical columns; for the rejects.
    rejects : str
        Name of the table for the rows set aside.
    """

    connection: duckdb.DuckDBPyConnection
    rules_for: Callable[[Mapping[str, str]], TableRules]
    names: Mapping[str, str]
    rejects: str = "rejects"
    tally: Tally = field(default_factory=Tally)
    _made: bool = False

    def take(self, batch: pa.Table, file: str) -> None:
        """Check a batch: `line` and, under canonical names, the columns that the source has."""
        self.connection.register("staged", batch)
        try:
            described = self.connection.execute("DESCRIBE staged").fetchall()
            kinds = {str(name): str(kind) for name, kind, *_ in described if name != "line"}
            rules = self.rules_for(kinds)
            self._make(rules)
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE checked AS {_checked(rules, kinds)}"
            )
            self._move(rules, batch.num_rows, file)
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
        self.tally.by_rule.update((column or "", rule) for _, column, _, rule in rows)

    def _make_rejects(self) -> None:
        self.connection.execute(
            create(self.rejects, REJECTS).replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS")
        )

    def _make(self, rules: TableRules) -> None:
        if not self._made:
            self.connection.execute(create(rules.table, rules.columns))
            self._make_rejects()
            self._made = True

    def _move(self, rules: TableRules, rows: int, file: str) -> None:
        columns = ", ".join(quote(column.name) for column in rules.columns)
        kept = self._count(
            f"INSERT INTO {rules.table} SELECT {columns} FROM checked WHERE broken IS NULL"  # noqa: S608
        )
        counts = self.connection.execute(
            "SELECT broken, count(*), count(*) FILTER (finer), count(*) FILTER (has_mark), "
            "count(*) FILTER (looks_grouped) FROM checked GROUP BY broken ORDER BY broken"
        ).fetchall()
        aside = rows - kept and self._count(self._rejects_query(rules), [file])
        if rows != kept + aside:
            raise SourceError(
                f"Every row read must be kept or set aside; of {rows:,} rows of {file} {kept:,} "
                f"were kept and {aside:,} set aside. This is a fault of the loader, not of the "
                "data: please report it."
            )
        self._add(rules, rows, kept, counts)

    def _add(self, rules: TableRules, rows: int, kept: int, counts: list[tuple[int, ...]]) -> None:
        tally = self.tally
        tally.rows_in += rows
        tally.kept += kept
        tally.set_aside += rows - kept
        for broken, count, finer, has_mark, looks_grouped in counts:
            tally.with_mark += has_mark
            tally.looks_grouped += looks_grouped
            if broken is None:
                tally.finer += finer
            else:
                rule = rules.rules[broken]
                tally.by_rule[self.names.get(rule.column, rule.column), rule.words] += count

    def _rejects_query(self, rules: TableRules) -> str:
        columns = _choice(
            [literal(self.names.get(rule.column, rule.column)) for rule in rules.rules]
        )
        words = _choice([literal(rule.words) for rule in rules.rules])
        return (
            f"INSERT INTO {self.rejects} SELECT ?, line, {columns}, shown, {words} FROM checked "  # noqa: S608
            "WHERE broken IS NOT NULL"
        )

    def _count(self, statement: str, values: list[str] | None = None) -> int:
        [(count,)] = self.connection.execute(statement, values).fetchall()
        return int(count)


def _choice(values: list[str]) -> str:
    cases = " ".join(f"WHEN {number} THEN {value}" for number, value in enumerate(values))
    return f"CASE broken {cases} END"


def _checked(rules: TableRules, kinds: Mapping[str, str]) -> str:
    given = ", ".join(f"{quote(name)} AS {quote('given_' + name)}" for name in kinds)
    read = ", ".join(f"{value} AS {quote(name)}" for name, value in rules.read.items())
    broken = " ".join(
        f"WHEN {rule.broken} THEN {number}" for number, rule in enumerate(rules.rules)
    )
    shown = _choice(
        [f"left({quote('given_' + rule.column)}::VARCHAR, {CUT})" for rule in rules.rules]
    )
    columns = ", ".join(
        _order_id() if column.name == "order_id" else quote(column.name) for column in rules.columns
    )
    return (
        f"WITH parsed AS (SELECT line, {given}, {read} FROM staged), "  # noqa: S608
        f"judged AS (SELECT *, CASE {broken} END::UTINYINT AS broken FROM parsed) "
        f"SELECT line, {columns}, broken, {shown} AS shown, {rules.finer} AS finer, "
        f"{rules.has_mark} AS has_mark, {rules.looks_grouped} AS looks_grouped FROM judged"
    )


def _order_id() -> str:
    return "coalesce(order_id, customer_id || ' ' || order_date::VARCHAR) AS order_id"
