"""The calendar day of a moment somewhere, in the words of each engine."""

from __future__ import annotations

from sqlglot import exp

from analysis.errors import EngineError

__all__ = ["BETWEEN_ZONES", "IN_ZONE", "say_days"]

IN_ZONE = "DAY_IN_ZONE"
"""As a function of two arguments: the day of a moment (with time zone) in a zone."""
BETWEEN_ZONES = "DAY_BETWEEN_ZONES"
"""Of three: the day, in the second zone, of a clock time that was read in the first."""
_STANDARD = (
    "CAST({time} AT TIME ZONE {zone} AS DATE)",
    "CAST({time} AT TIME ZONE {zone} AT TIME ZONE {other} AS DATE)",
)
_DAYS = {
    "duckdb": _STANDARD,
    "postgres": _STANDARD,
    "trino": (
        _STANDARD[0],
        "CAST(WITH_TIMEZONE({time}, {zone}) AT TIME ZONE {other} AS DATE)",
    ),
    "spark": (
        "CAST(CONVERT_TIMEZONE(CURRENT_TIMEZONE(), {zone}, CAST({time} AS TIMESTAMP_NTZ)) AS DATE)",
        "CAST(CONVERT_TIMEZONE({zone}, {other}, {time}) AS DATE)",
    ),
    "snowflake": (
        "CAST(CONVERT_TIMEZONE({zone}, {time}) AS DATE)",
        "CAST(CONVERT_TIMEZONE({zone}, {other}, {time}) AS DATE)",
    ),
    "bigquery": ("DATE({time}, {zone})", "DATE(TIMESTAMP({time}, {zone}), {other})"),
    "clickhouse": (
        "toDate32(toTimeZone({time}, {zone}))",
        "toDate32(toTimeZone(toDateTime64(toString({time}), 6, {zone}), {other}))",
    ),
}


def say_days(statement: exp.Expr, dialect: str) -> None:
    """Replace both functions in a statement.

    Raises
    ------
    EngineError
        It is not known how the engine says that.
    """
    for call in list(statement.find_all(exp.Anonymous)):
        if call.name.upper() not in {IN_ZONE, BETWEEN_ZONES}:
            continue
        if dialect not in _DAYS:
            raise EngineError(f"Days in a time zone cannot be said in the SQL of {dialect}.")
        given = (argument.sql(dialect) for argument in call.expressions)
        parts = dict(zip(("time", "zone", "other"), given, strict=False))
        call.replace(exp.var(_DAYS[dialect][len(parts) == 3].format(**parts)))
