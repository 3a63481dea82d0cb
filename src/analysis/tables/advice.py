"""What to write into the settings when the text of a source does not read as they say."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from analysis.columns import Kind, quote
from analysis.errors import AnalysisError, SourceError
from analysis.tables.checks import rejects_of
from analysis.tables.rules import foreign

if TYPE_CHECKING:
    from analysis.columns import Column
    from analysis.engines import DuckDBEngine, Engine
    from analysis.settings_tables import TableSettings
    from analysis.tables.checks import Intake, Tally
    from analysis.tables.parsing import Reading

MOST_VALUES = 500
DAYS = (
    *("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%m.%d.%Y"),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y"),
    *("%B %d, %Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d%m%Y", "%Y年%m月%d日"),
)
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def date_formats(values: list[str]) -> list[str]:
    """Return the formats under which every one of the values is a date."""
    return [
        day + clock
        for day in DAYS
        for clock in CLOCKS
        if values and all(_fits(value, day + clock) for value in values)
    ]


def _fits(value: str, form: str) -> bool:
    try:
        return datetime.strptime(value.strip(), form).year >= 1000
    except ValueError:
        return False


def advise(engine: DuckDBEngine, intake: Intake, table: TableSettings) -> str:
    """Say what to change, going by the rule that set most rows aside; empty when at a loss."""
    rule = intake.tally.commonest
    values = _values(engine, intake.rejects, rule)
    if "is not a date" in rule:
        return _about_dates(values)
    if "is not a number with a decimal" in rule:
        return _about_decimals(values, table)
    if "where the header has" in rule and table.separator is None:
        return (
            "A separator within a value needs quotes around the value, and none may end a line. If "
            'the file has another separator, write it: separator = ";"'
        )
    if "bytes that are not" in rule:
        return 'Write the encoding of the file: encoding = "cp1252" (Western Europe), "gb18030".'
    return ""


def _values(engine: Engine, rejects: str, rule: str) -> list[str]:
    query = (
        f'SELECT DISTINCT "value" FROM {rejects} WHERE rule = $rule '  # noqa: S608
        f'AND "value" IS NOT NULL ORDER BY 1 LIMIT {MOST_VALUES}'
    )
    return [str(row["value"]) for row in engine.run(query, rule=rule).to_pylist()]


def _about_dates(values: list[str]) -> str:
    forms = date_formats(values)
    if not forms:
        return 'Write how the dates look, as in: date_format = "%d.%m.%Y".'
    if len(forms) == 1:
        return f'All of them fit: date_format = "{forms[0]}". Write it.'
    first, second = forms[:2]
    return (
        f'Day and month cannot be told apart: both date_format = "{first}" and "{second}" fit all '
        "of them. Write the one that the export uses."
    )


def _about_decimals(values: list[str], table: TableSettings) -> str:
    comma = sum(bool(re.search(r",\d{1,2}\D*$", value)) for value in values)
    point = sum(bool(re.search(r"\.\d{1,2}\D*$", value)) for value in values)
    if table.decimal != "," and comma > point:
        return 'They look like numbers with a decimal comma. Write: decimal = ","'
    if table.decimal == "," and point > comma:
        return 'They look like numbers with a decimal point. Remove decimal = ","'
    return ""


def refuse_misread(engine: DuckDBEngine, intake: Intake, table: TableSettings) -> None:
    """Stop when rows were kept whose text most probably means something else."""
    tally = intake.tally
    if table.decimal is None:
        _refuse_grouped(tally.with_mark, tally.looks_grouped, intake.example)
    for column in intake.table.columns if table.date_format is not None else ():
        if column.kind in {Kind.DAY, Kind.END}:
            _refuse_swapped(engine, intake, column, table.date_format or "")


def refuse_foreign(
    engine: Engine,
    table: str,
    tally: Tally,
    reading: Reading,
    *,
    error: type[AnalysisError] = SourceError,
) -> None:
    """Stop at amounts in another currency than the settings', which nothing turns into it."""
    words = foreign(reading)
    rows = sum(count for (_, rule), count in tally.by_rule.items() if rule == words)
    if rows and not reading.has_rates:
        found = ", ".join(_values(engine, rejects_of(table), words)[:5])
        raise error(
            f"[{table}] must be in one currency, {reading.currency}; {rows:,} of "
            f"{tally.rows_in:,} rows are in another ({found}). Set `currency`, or name a "
            "table of rates: [rates] with currency, rate_date and rate."
        )


def _refuse_grouped(with_mark: int, looks_grouped: int, example: str) -> None:
    if with_mark and with_mark == looks_grouped:
        raise SourceError(
            "A point in an amount must be known to be the decimal point; all "
            f"{with_mark:,} amounts with one have three digits after it, such as {example!r}. "
            'If it separates thousands, write decimal = ","; if it is the decimal point, '
            'write decimal = "."'
        )


def _refuse_swapped(engine: DuckDBEngine, intake: Intake, column: Column, form: str) -> None:
    swapped = form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
    values = _values(engine, intake.rejects, f"{column.words} is not a date like {form}")
    if swapped == form or not values or not all(_fits(value, swapped) for value in values):
        return
    query = f"SELECT max(day({quote(column.name)})) AS day FROM {intake.table.name}"  # noqa: S608
    [latest] = engine.run(query)["day"].to_pylist()
    if latest is None or latest <= 12:
        raise SourceError(
            f"`date_format` must fit the dates; {len(values):,} different dates do not fit "
            f'"{form}", such as {values[0]!r}, and every date of the source fits "{swapped}". '
            f'Write date_format = "{swapped}".'
        )
