"""The rules of a table: how its columns are read together, and when a row is set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.columns import Column, Kind, Rule, quote
from analysis.tables.parsing import Reading, literal
from analysis.tables.readers import Part, read_column
from analysis.tables.ways import how

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.columns import Table

OWN, RATE = "own_{}", "rates.rate"


@dataclass(frozen=True, slots=True)
class TableRules:
    """How the rows of one source become rows of a canonical table.

    Each of the `steps` adds columns to those before it. In the end a bare name is the value as
    read, and ``given_<name>`` the value as it stood in the source. Columns in `renamed` go under
    the source's name of them in the table. The last step may be `joined` with another table.
    """

    table: str
    columns: tuple[Column, ...]
    steps: tuple[Mapping[str, str], ...]
    rules: tuple[Rule, ...]
    renamed: frozenset[str] = frozenset()
    money: tuple[Part, ...] = ()
    joined: str = ""

    @property
    def finer(self) -> str:
        """Whether an amount has more decimals than the currency."""
        return _any([part.finer for part in self.money if part.finer])

    @property
    def has_mark(self) -> str:
        """Whether an amount has a point."""
        return _any([part.has_mark for part in self.money if part.has_mark])

    @property
    def looks_grouped(self) -> str:
        """Whether each amount with a point looks as if that separated thousands."""
        marked = [part for part in self.money if part.has_mark]
        each = [f"(NOT {part.has_mark} OR {part.looks_grouped})" for part in marked]
        return f"({self.has_mark} AND {' AND '.join(each)})" if marked else "FALSE"

    @property
    def grouped(self) -> str:
        """Return an amount that looks so."""
        cases = [
            f"WHEN {part.looks_grouped} THEN {part.given}" for part in self.money if part.has_mark
        ]
        return f"CASE {' '.join(cases)} END" if cases else "NULL"


def rules_for(table: Table, kinds: Mapping[str, str], reading: Reading) -> TableRules:
    """Return the rules of a table; `kinds` are the DuckDB types of the columns that are there."""
    known = {column.given: column for column in table.columns}
    attributes = tuple(
        Column(name, Kind.WORDS, table.attributes, called="the attribute")
        for name in kinds
        if name not in known
    )
    columns = (*table.columns, *attributes)
    parts = {column.name: read_column(column, kinds, reading) for column in columns}
    meant = _meant(table, kinds, reading)
    read = {OWN.format(name) if name in meant else name: p.value for name, p in parts.items()}
    return TableRules(
        table=table.name,
        columns=(*table.kept, *attributes),
        steps=(
            {name: value for part in parts.values() for name, value in part.first.items()},
            {name: value for part in parts.values() for name, value in part.second.items()},
            read,
            meant,
        ),
        rules=_rules(table, columns, parts, kinds, reading),
        renamed=frozenset(column.name for column in attributes),
        money=tuple(part for part in parts.values() if part.looks_grouped),
        joined=how(reading).rates(table.day)
        if _has_currency(table, kinds) and reading.has_rates
        else "",
    )


def _meant(table: Table, kinds: Mapping[str, str], reading: Reading) -> dict[str, str]:
    """Return what amounts mean, where other columns say more than their own digits."""
    meant = {}
    for column in table.kept:
        if column.kind is not Kind.MONEY:
            continue
        own = value = quote(OWN.format(column.name))
        if _is_product(column, kinds):
            value = _product(column, kinds, reading)
        if column.instead and "is_refund" in kinds:
            value = f"CASE WHEN is_refund THEN -abs({value}) ELSE {value} END"
        if column.instead and "refunded_amount" in kinds:
            value = f"({value} - coalesce(abs(refunded_amount_minor), 0))"
        if _has_currency(table, kinds) and reading.has_rates:
            abroad = how(reading).whole(f"{value} * {RATE}")
            value = f"CASE WHEN {_at_home(reading)} THEN {value} ELSE {abroad} END"
        if value != own:
            meant[column.name] = value
    return meant


def _is_product(column: Column, kinds: Mapping[str, str]) -> bool:
    return bool(column.instead) and column.given not in kinds and column.instead[0] in kinds


def _product(column: Column, kinds: Mapping[str, str], reading: Reading) -> str:
    """Multiply price and quantity as decimals, and round once, in the end."""
    price, quantity = column.instead
    if quantity not in kinds:
        return "NULL::BIGINT"
    return how(reading).product(price, quantity, reading)


def _has_currency(table: Table, kinds: Mapping[str, str]) -> bool:
    return "currency" in kinds and any(
        column.name == "currency" and not column.kept for column in table.columns
    )


def _at_home(reading: Reading) -> str:
    return f"coalesce(upper(currency) = {literal(reading.currency)}, TRUE)"


def _rules(
    table: Table,
    columns: tuple[Column, ...],
    parts: Mapping[str, Part],
    kinds: Mapping[str, str],
    reading: Reading,
) -> tuple[Rule, ...]:
    """Put the rules in order: what does not count, currency, each column, and between columns."""
    between = [rule for rule in table.rules if rule.column in kinds]
    rules = [rule for rule in between if not rule.fault]
    if _has_currency(table, kinds):
        rules.append(Rule("currency", _foreign(table, reading), foreign(reading)))
    for column in columns:
        rules += parts[column.name].rules
    for column in columns:
        rules += _of_product(column) if _is_product(column, kinds) else []
    return (*rules, *(rule for rule in between if rule.fault))


def _of_product(column: Column) -> list[Rule]:
    price, quantity = column.instead
    number = quote(f"{price}_number")
    return [
        Rule(price, f"{number} IS NULL", f"the {price.replace('_', ' ')} is missing"),
        Rule(quantity, f"{quote(quantity)} IS NULL", f"the {quantity} is missing"),
        Rule(price, f"{quote(column.name)} IS NULL", f"{column.words} is too large"),
    ]


def _foreign(table: Table, reading: Reading) -> str:
    at_home = _at_home(reading)
    if reading.has_rates:
        return f"NOT {at_home} AND {table.day} IS NOT NULL AND rate IS NULL"
    return f"NOT {at_home}"


def foreign(reading: Reading) -> str:
    """Return the words of the rule on amounts in another currency."""
    if reading.has_rates:
        return f"no rate turns the currency into {reading.currency} on that day"
    return f"the currency is not {reading.currency}"


def _any(conditions: list[str]) -> str:
    return f"({' OR '.join(conditions)})" if conditions else "FALSE"
