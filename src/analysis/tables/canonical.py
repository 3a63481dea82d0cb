"""The canonical tables as queries over the tables of a database, in words all engines have.

What `checks` does with rows that come in, these queries say of rows that stay: the same rules in
the same order, each row kept or set aside for the first that it breaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.columns import Kind, quote
from analysis.tables.checks import CUT, choice
from analysis.tables.parsing import literal
from analysis.tables.rules import rules_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analysis.columns import Column, Rule, Table
    from analysis.tables.parsing import Reading
    from analysis.tables.rules import TableRules

__all__ = ["Canonical"]

_SINCE = "DATE '1970-01-01'"


@dataclass(frozen=True, slots=True)
class Canonical:
    """A canonical table that is made of one of a database, row by row, whenever it is read.

    Attributes
    ----------
    place : str
        Where the rows are, in words.
    raw : str
        The table there, quoted.
    names : mapping of str to str
        The source's names of the columns that are read.
    kinds : mapping of str to str
        Their types, in DuckDB's words.
    """

    place: str
    raw: str
    names: Mapping[str, str]
    kinds: Mapping[str, str]
    rules: TableRules

    @classmethod
    def of(
        cls,
        table: Table,
        reading: Reading,
        *,
        place: str,
        raw: str,
        names: Mapping[str, str],
        kinds: Mapping[str, str],
    ) -> Canonical:
        """Bring the rules of a table and the columns of a source together."""
        read = {name: "DECIMAL" if kind == "MONEY" else kind for name, kind in kinds.items()}
        return cls(place, raw, names, kinds, rules_for(table, read, reading))

    def kept(self, broken: Iterable[int] | None = None) -> str:
        """Select the rows that break no rule; those that are known to break none need no look.

        Parameters
        ----------
        broken : iterable of int, optional
            The rules that rows break, by their place; all are asked when not given.
        """
        columns = ", ".join(
            f"{_value(column)} AS {quote(self._name(column))}" for column in self.rules.columns
        )
        asked = [rule for at, rule in enumerate(self.rules.rules) if broken is None or at in broken]
        query = f"SELECT {columns} FROM ({self._read()}) AS checked"  # noqa: S608
        return f"{query} WHERE {_first_broken(asked)} IS NULL" if asked else query

    def aside(self) -> str:
        """Select the rows set aside as the table of rejects has them; no row has a number there."""
        rules = self.rules.rules
        named = choice([literal(self.names.get(rule.column, rule.column)) for rule in rules])
        words = choice([literal(rule.words) for rule in rules])
        shown = [f"LEFT(CAST({quote('given_' + rule.column)} AS VARCHAR), {CUT})" for rule in rules]
        return (
            f"SELECT {literal(self.place)} AS file, CAST(NULL AS BIGINT) AS line, "  # noqa: S608
            f'{named} AS "column", {choice(shown)} AS "value", {words} AS rule '
            f"FROM ({self._judged()}) AS judged WHERE broken IS NOT NULL"
        )

    def counts(self) -> str:
        """Count rows by the rule that they break, and measure those that break none.

        The sums of a column change when almost anything in it does: how many values, and the
        total of minor units, of days, or of the lengths of texts.
        """
        sums = [
            f"CAST(SUM(CASE WHEN broken IS NULL THEN {size} END) AS VARCHAR) AS sum_{at}"
            for at, column in enumerate(self.rules.columns)
            for size in [_size(column, _value(column))]
        ]
        return (
            f"SELECT broken, COUNT(*) AS how_many, (SELECT COUNT(*) FROM {self.raw}) AS rows_in, "  # noqa: S608
            f"SUM(CASE WHEN {self.rules.finer} THEN 1 ELSE 0 END) AS finer, {', '.join(sums)} "
            f"FROM ({self._judged()}) AS judged GROUP BY broken ORDER BY broken"
        )

    def _judged(self) -> str:
        broken = _first_broken(list(self.rules.rules))
        return f"SELECT *, {broken} AS broken FROM ({self._read()}) AS checked"  # noqa: S608

    def _read(self) -> str:
        """Compose the query: values as given, and step by step as read."""
        given = ", ".join(f"{self._cast(name)} AS {quote('given_' + name)}" for name in self.names)
        query = f"SELECT {given} FROM {self.raw} AS raw"  # noqa: S608
        *steps, last = [step for step in self.rules.steps[:-1] if step] + [self.rules.steps[-1]]
        for step in steps:
            query = f"SELECT *{_added(step)} FROM ({query}) AS given"  # noqa: S608
        if last or self.rules.joined:
            rate = ", rates.rate" if self.rules.joined else ""
            query = f"SELECT read.*{rate}{_added(last)} FROM ({query}) AS read {self.rules.joined}"  # noqa: S608
        return query

    def _cast(self, name: str) -> str:
        column = f"raw.{quote(self.names[name])}"
        return f"CAST({column} AS DECIMAL(38, 4))" if self.kinds[name] == "MONEY" else column

    def _name(self, column: Column) -> str:
        """Return the name of a canonical column; attributes keep the source's."""
        return self.names[column.name] if column.name in self.rules.renamed else column.name


def _value(column: Column) -> str:
    name = quote(column.name)
    return f"COALESCE({name}, {column.otherwise})" if column.otherwise else name


def _added(step: Mapping[str, str]) -> str:
    return "".join(f", {value} AS {quote(name)}" for name, value in step.items())


def _first_broken(rules: list[Rule]) -> str:
    """Number the first rule that a row breaks, of these; NULL where it breaks none."""
    cases = " ".join(f"WHEN {rule.broken} THEN {at}" for at, rule in enumerate(rules))
    return f"CASE {cases} END" if rules else "CAST(NULL AS INTEGER)"


def _size(column: Column, value: str) -> str:
    """Say how much a value amounts to, as a whole number: sums of others depend on their order."""
    match column.kind:
        case Kind.MONEY:
            return value
        case Kind.DAY | Kind.END:
            return f"DATE_DIFF('day', {_SINCE}, {value})"
        case Kind.ID | Kind.WORDS:
            return f"LENGTH({value})"
        case Kind.FLAG:
            return f"CASE WHEN {value} THEN 1 WHEN NOT {value} THEN 2 END"
        case _:
            return f"CASE WHEN {value} IS NOT NULL THEN 1 END"
