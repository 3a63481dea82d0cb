"""One SQL for all engines: written in DuckDB's dialect, put into that of another."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from analysis.engines.zones import say_days
from analysis.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Value", "parse", "translate"]

TEXTS = frozenset(("customer_id", "order_id", "product_id", "category", "reason"))
"""Columns that a language of the server would order in its own way."""
_BY_BYTES = exp.to_identifier("C", quoted=True)

Value = dt.date | float | int | str


def translate(
    query: str,
    dialect: str,
    values: Mapping[str, Value],
    relations: Mapping[str, str] | None = None,
) -> str:
    """Return a query in the SQL of another engine, its `$names` replaced by values.

    Parameters
    ----------
    query : str
        One statement in DuckDB's dialect.
    dialect : str
        As sqlglot names it: 'postgres', 'spark', 'trino', 'bigquery', 'snowflake', ...
    values : mapping of name to value
        For each `$name` of the query; they become literals that the generator escapes.
    relations : mapping of table to query, optional
        What stands for a table that the query reads, in DuckDB's dialect.

    Raises
    ------
    EngineError
        The query cannot be said in that dialect, or a name has no value.
    """
    statement = parse(query)
    _bring(statement, relations or {})
    for place in list(statement.find_all(exp.Placeholder)):
        if place.name not in values:
            raise EngineError(
                f"Every $name of a query needs a value; ${place.name} has none among "
                f"{', '.join(sorted(values)) or 'no values'}."
            )
        place.replace(_literal(values[place.name]))
    for cut in list(statement.find_all(exp.TimestampTrunc)):
        _cut_days(cut, dialect)
    for division in statement.find_all(exp.Div):
        _refuse_integer_division(division)
    _suit(statement, dialect)
    try:
        return statement.sql(
            dialect,
            unsupported_level=sqlglot.ErrorLevel.RAISE,
            pretty=True,
            identify=dialect == "snowflake",  # which makes capitals of every name that is not
        )
    except sqlglot.errors.UnsupportedError as error:
        raise EngineError(f"A query cannot be said in the SQL of {dialect}: {error}.") from None


def _suit(statement: exp.Query, dialect: str) -> None:
    """Say what engines have other words for than sqlglot knows."""
    say_days(statement, dialect)
    _settle_order(statement, dialect)
    if dialect == "postgres":
        _compare_bytes(statement)
        for first in list(statement.find_all(exp.ArgMin)):
            first.replace(_first_by(first))
    elif dialect != "duckdb":
        for change in statement.find_all(exp.RegexpReplace):
            change.set("modifiers", None)  # all others replace every match anyway
    if dialect == "clickhouse":
        _suit_clickhouse(statement)
    if dialect == "trino":
        for digest in statement.find_all(exp.MD5):
            digest.set("this", exp.func("TO_UTF8", digest.this))


def parse(query: str) -> exp.Query:
    """Read a query in DuckDB's dialect."""
    return _parsed(query).copy()


@cache
def _parsed(query: str) -> exp.Query:
    statement = sqlglot.parse_one(query, read="duckdb")
    if not isinstance(statement, exp.Query):
        raise EngineError(f"An engine only answers questions; this is another statement: {query}.")
    return statement


def _bring(statement: exp.Query, relations: Mapping[str, str]) -> None:
    """Put before a query what its tables are, and theirs; its own names hide those.

    What a relation reads under its own name, in quotes or with a schema before it, is the source's.
    """
    brought: dict[str, exp.Query] = {}

    def bring(query: exp.Query, hidden: str = "") -> None:
        own = {expression.alias for expression in query.find_all(exp.CTE)} | {hidden}
        for table in list(query.find_all(exp.Table)):
            name = table.name
            if table.db or name in own or name not in relations or table.this.args.get("quoted"):
                continue
            if name not in brought:
                relation = parse(relations[name])
                bring(relation, name)
                if not relation.args.get("limit"):
                    relation.set("order", None)  # which says nothing to who reads it
                brought[name] = relation
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
            table.set("this", exp.to_identifier(f"canonical_{name}"))

    bring(statement)
    if brought:
        given = statement.args.get("with_")
        tables = [
            exp.CTE(
                this=relation, alias=exp.TableAlias(this=exp.to_identifier(f"canonical_{name}"))
            )
            for name, relation in brought.items()
        ]
        statement.set(
            "with_", exp.With(expressions=[*tables, *(given.expressions if given else [])])
        )


def _literal(value: Value) -> exp.Expression:
    match value:
        case bool():
            return exp.Boolean(this=value)
        case dt.date():
            return exp.cast(exp.Literal.string(value.isoformat()[:10]), "DATE")
        case int():
            return exp.Literal.number(value)
        case float():
            return exp.cast(exp.Literal.number(repr(value)), "DOUBLE")
        case _:
            return exp.Literal.string(str(value))


def _cut_days(cut: exp.TimestampTrunc, dialect: str) -> None:
    """Say the first day of a period by a word, where DuckDB takes a text; weeks begin on Monday."""
    unit = cut.args["unit"].name.upper()
    if dialect == "bigquery":
        week = "ISOWEEK" if unit == "WEEK" else unit
        cut.replace(
            sqlglot.parse_one(f"DATE_TRUNC(_, {week})", read="bigquery").transform(
                lambda node: cut.this if isinstance(node, exp.Column) else node
            )
        )
    else:
        cut.set("unit", exp.var(unit))


def _settle_order(statement: exp.Query, dialect: str) -> None:
    """Order texts by their bytes everywhere; no window is ordered by what may be missing."""
    for ordered in statement.find_all(exp.Ordered):
        within = ordered.find_ancestor(exp.Window, exp.Select)
        if dialect == "postgres" and ordered.this.name in TEXTS:
            ordered.set("this", exp.Collate(this=ordered.this, expression=_BY_BYTES))
        if dialect == "bigquery" and isinstance(within, exp.Window):
            ordered.set("nulls_first", not ordered.args.get("desc"))


def _compare_bytes(statement: exp.Query) -> None:
    """Compare texts by their bytes, as the other engines do."""
    for comparison in statement.find_all(exp.GT, exp.GTE, exp.LT, exp.LTE):
        side = comparison.left
        if isinstance(side, exp.MD5) or (isinstance(side, exp.Column) and side.name in TEXTS):
            comparison.set("this", exp.Collate(this=side.copy(), expression=_BY_BYTES))


def _suit_clickhouse(statement: exp.Query) -> None:
    """Let days begin in 1900 rather than 1970, and say what it has other words for."""
    for cast in list(statement.find_all(exp.Cast)):
        if cast.to.this is exp.DType.DATE:
            cast.to.set("this", exp.DType.DATE32)
        elif isinstance(cast.this, exp.Floor):
            given = cast.this, exp.Literal.string("Int64")
            cast.replace(exp.func("accurateCastOrNull", *given))
    for count in list(statement.find_all(exp.Count)):
        whole = count.parent if isinstance(count.parent, (exp.Filter, exp.Window)) else count
        whole.replace(exp.func("toInt64", whole.copy()))  # where it counts without a sign
    for place in list(statement.find_all(exp.WithinGroup)):
        share = place.this.this.sql("clickhouse")
        value = place.expression.expressions[0].this.sql("clickhouse")
        at = f"toUInt64(ceil({share} * count({value})))"
        place.replace(exp.var(f"arrayElementOrNull(arraySort(groupArray({value})), {at})"))


def _first_by(smallest: exp.ArgMin) -> exp.Expr:
    """Say ARG_MIN where there is none: the first of all values, put in order."""
    value, key = smallest.this.sql("postgres"), smallest.expression.sql("postgres")
    kept = f"(ARRAY_AGG({value} ORDER BY {key}) FILTER (WHERE {key} IS NOT NULL))[1]"
    return sqlglot.parse_one(kept, read="postgres")


def _refuse_integer_division(division: exp.Div) -> None:
    """Engines disagree on what 7 / 2 is; a cast in the query says it."""
    if not any(isinstance(side, exp.Cast) for side in (division.left, division.right)):
        raise EngineError(
            "A division casts one of its sides to a double, since engines divide whole numbers "
            f"differently; this one does not: {division.sql('duckdb')}."
        )
