"""SQL that reads one staged column as an id, a day, an amount or a number.

Each function takes a column and its kind and returns an expression that is NULL where the value
cannot be read. What text means is settled by `Reading`, never guessed from the values.

A kind is a DuckDB type, or for text what is known of all its characters (see `kinds`): FIGURES
are digits, points and minus signs; GRAPHIC is ASCII that shows, without blanks; PRINTABLE is ASCII
with blanks; VARCHAR may be anything. The narrower the kind, the less has to be looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.columns import quote
from analysis.currencies import SIGNS

if TYPE_CHECKING:
    from collections.abc import Mapping

YES = ("true", "yes", "y", "1", "t", "ja", "j", "是", "对")
NO = ("false", "no", "n", "0", "f", "nein", "否", "不")
BLANK = r"[\s\x{00a0}\x{202f}]"
EARLIEST, LATEST = "1900-01-01", "2199-12-31"
INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
_UNSIGNED = {f"U{name}" for name in INTEGERS}
_FLOATS = {"FLOAT", "DOUBLE"}
TEXTS = {"FIGURES", "GRAPHIC", "PRINTABLE", "VARCHAR"}
NUMBERS = {*TEXTS, "DECIMAL", *INTEGERS, *_UNSIGNED, *_FLOATS}
DAYS = {
    *TEXTS,
    *("DATE", *INTEGERS, *_UNSIGNED),
    *("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
}
WORDS = NUMBERS | DAYS | {"BOOLEAN", "UUID", "ENUM", "TIME", '"NULL"'}
TEXT_TOO = ", or text that reads as one"
WAY_OUT = "Map another column, or convert it in the source."
_ISO_DAY = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
_ISO_CLOCK = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
_ISO_ZONED = _ISO_CLOCK + r"\s?(Z|[+-]\d{2}(:?\d{2})?)"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the text of a source is to be understood."""

    time_zone: str = "UTC"
    source_time_zone: str | None = None
    date_format: str | None = None
    decimal: str = "."
    currency: str = "USD"
    decimals: int = 2
    yes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values that mean yes, of columns that are yes or no."""
    no: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values that mean no, where all others mean neither."""
    percent: frozenset[str] = frozenset()
    """Columns of shares that are given in percent."""
    has_rates: bool = False
    """Whether a table of rates turns other currencies into this one."""
    in_place: bool = False
    """Whether the rows stay in the database, whose SQL then reads them (see `portable`)."""


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def is_iso(value: str) -> bool:
    """Whether a date reads without a format: 2024-03-31, 20240331, with clock time and zone."""
    shapes = _ISO_DAY, r"\d{8}", _ISO_CLOCK, _ISO_ZONED
    return any(re.fullmatch(shape, value) for shape in shapes)


def is_text(kind: str) -> bool:
    """Whether values of this type are text."""
    return kind in TEXTS


def blank(given: str, kind: str) -> str:
    """Nothing stands there; not a number is nothing."""
    if kind in _FLOATS:
        return f"({given} IS NULL OR isnan({given}))"
    if is_text(kind):
        return f"({trimmed(given, kind)} IS NULL)"
    return f"({given} IS NULL)"


def trimmed(column: str, kind: str = "VARCHAR") -> str:
    """Text without blanks around it; NULL when nothing is left."""
    if kind in {"FIGURES", "GRAPHIC"}:
        return f"nullif({column}, '')"
    if kind == "PRINTABLE":
        return f"nullif(trim({column}), '')"
    return f"nullif(regexp_replace({column}, '^{BLANK}+|{BLANK}+$', '', 'g'), '')"


def one_line(text: str) -> str:
    """Text with a blank for line breaks and tabs."""
    return f"regexp_replace({text}, '[\\t\\n\\v\\f\\r]+', ' ', 'g')"


def has_any(text: str, unseen: str) -> str:
    """Text has one of these characters."""
    return f"regexp_matches({text}, '{unseen}')"


def identifier(column: str, kind: str) -> str:
    """An id as text: `7.0`, which is what a gap makes of 7 in pandas, becomes `7`."""
    if is_text(kind):
        return trimmed(column, kind)
    if kind in _FLOATS:
        whole = f"CASE WHEN {column} = trunc({column}) THEN {column} END"
        return f"coalesce(try_cast({whole} AS BIGINT)::VARCHAR, {column}::VARCHAR)"
    return f"{column}::VARCHAR"


def day(column: str, kind: str, reading: Reading) -> str:
    """Calendar day, in the reading's time zone."""
    if kind == "DATE":
        return column
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"({column} AT TIME ZONE {literal(reading.time_zone)})::DATE"
    if kind.startswith("TIMESTAMP"):
        return _local(f"{column}::TIMESTAMP", reading)
    if kind in INTEGERS | _UNSIGNED:
        return _text_day(f"{column}::VARCHAR", reading)
    return _text_day(trimmed(column, kind), reading) if is_text(kind) else "NULL::DATE"


def amount(given: str, kind: str, reading: Reading) -> str:
    """Return an amount as digits with a point, or as the number that it is."""
    return number_text(given, kind, reading) if is_text(kind) else given


def scaled(amount: str, _kind: str, reading: Reading) -> str:
    """Amount in minor units, not yet whole; NULL where it is no number."""
    return f"try_cast({amount} AS DOUBLE) * {10**reading.decimals}"


def minor_amount(amount: str, scaled: str, kind: str, reading: Reading) -> str:
    """Amount of money in minor units; rounds half away from zero.

    A double decides where it is far from a half and small enough to be exact; elsewhere the
    digits themselves do, as a decimal.
    """
    if kind in _FLOATS:
        return f"CASE WHEN abs({scaled}) < 9007199254740992 THEN round({scaled})::BIGINT END"
    unit, digits = 10**reading.decimals, 18 + reading.decimals
    exact = f"try_cast({amount} AS DECIMAL({digits}, {reading.decimals})) * {unit}"
    return (
        f"CASE WHEN abs({scaled}) < 1e15 AND abs({scaled} - round({scaled})) < 1e-3 "
        f"THEN round({scaled})::BIGINT ELSE try_cast({exact} AS BIGINT) END"
    )


def not_finite(given: str, kind: str) -> str:
    """A number is infinite."""
    return f"NOT isnan({given}) AND NOT isfinite({given})" if kind in _FLOATS else "FALSE"


def number(column: str, kind: str, reading: Reading) -> str:
    """Read a plain number; NULL when it is not finite."""
    value = number_text(column, kind, reading) if is_text(kind) else column
    value = f"try_cast({value} AS DOUBLE)"
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def flag(
    column: str, kind: str, yes: tuple[str, ...] | None, no: tuple[str, ...] | None = None
) -> str:
    """Yes or no; with values that mean `yes`, every other one means no, whatever its capitals.

    With values that mean `no` too, all others mean neither. A value that ends in a star stands
    for all that begin so.
    """
    if kind == "BOOLEAN" and yes is None:
        return column
    return one_of_two(f"lower({identifier(column, kind)})", yes, no)


def one_of_two(text: str, yes: tuple[str, ...] | None, no: tuple[str, ...] | None) -> str:
    """Tell yes from no by a text in small letters; neither is NULL."""
    denied = "TRUE" if yes and not no else _is_one_of(text, no or NO)
    return (
        f"CASE WHEN {text} IS NULL THEN NULL WHEN {_is_one_of(text, yes or YES)} THEN TRUE "
        f"WHEN {denied} THEN FALSE END"
    )


def product(price: str, quantity: str, reading: Reading) -> str:
    """Multiply a price by a quantity as decimals, and round once, in the end."""
    exact = (
        f"try_cast({quote(f'{price}_number')} AS DECIMAL(24, 6))"
        f" * try_cast({quote(quantity)} AS DECIMAL(14, 4))"
    )
    rounded = f"round({exact}, {reading.decimals}) * {10**reading.decimals}::SMALLINT"
    fits = f"abs({quote(f'{price}_scaled')} * {quote(quantity)}) < 9e18"
    return f"CASE WHEN {fits} THEN try_cast({rounded} AS BIGINT) END"


def whole(value: str) -> str:
    """Round a number to a whole one, half away from zero; NULL beyond 64 bits."""
    return f"try_cast(round({value}) AS BIGINT)"


def rates(day: str) -> str:
    """Join the rate of a row's day: the last one that was given by then."""
    return (
        "ASOF LEFT JOIN (SELECT currency AS code, rate_date, rate FROM rates) AS rates "  # noqa: S608
        f"ON upper(read.currency) = rates.code AND read.{day} >= rates.rate_date"
    )


def _is_one_of(text: str, values: tuple[str, ...]) -> str:
    words = [word.strip().lower() for word in values]
    begins = "".join(
        f" OR starts_with({text}, {literal(word[:-1])})" for word in words if word.endswith("*")
    )
    return f"{text} IN ({', '.join(map(literal, words))}){begins}"


def number_text(column: str, kind: str, reading: Reading) -> str:
    """Rewrite a number as people write it into one with a point and no more.

    Read are a sign before or after, brackets for a minus, the currency's code or a currency
    sign, and thousands in groups of three (by a blank, an apostrophe or the mark that is not
    the decimal one). Anything else is NULL.
    """
    mark, group = (",", r"\.") if reading.decimal == "," else (r"\.", ",")
    sign, money = "[-+\u2212]", _currency(reading.currency)
    separators = [group, "['\u2019]", BLANK]
    whole = "|".join([r"\d+", *(rf"\d{{1,3}}(?:{one}\d{{3}})+" for one in separators)])
    body = rf"(?:(?:{whole})(?:{mark}\d*)?|{mark}\d+)"
    text = trimmed(column, kind)
    before = f"(?:{sign}{BLANK}?{money}?|{money}?{BLANK}?{sign}?){BLANK}?"
    shape = (
        rf"{before}{body}{BLANK}?{money}?"
        rf"|{money}?{BLANK}?{body}{BLANK}?{money}?{BLANK}?{sign}"
        rf"|\({money}?{BLANK}?{body}{BLANK}?{money}?\)"
    )
    kept = ",0-9" if reading.decimal == "," else ".0-9"
    bare = f"regexp_replace({text}, {literal(money)}, '', 'g')"
    digits = f"replace(regexp_replace({bare}, '[^{kept}]', '', 'g'), ',', '.')"
    minus = f"CASE WHEN regexp_matches({text}, '[-\u2212(]') THEN '-' ELSE '' END"
    plain = rf"-?\d+(?:{mark}\d+)?"
    quick = f"regexp_full_match({column}, '{plain}')"
    if kind == "FIGURES" and reading.decimal == ".":
        quick = f"try_cast({column} AS DOUBLE) IS NOT NULL"
    return (
        f"CASE WHEN {quick} THEN replace({column}, ',', '.') "
        f"WHEN regexp_full_match({text}, {literal(shape)}) THEN {minus} || {digits} END"
    )


def _currency(code: str) -> str:
    """Match the code of the currency, or one of its own signs."""
    return "(?:" + "|".join(re.escape(sign) for sign in (code, *SIGNS.get(code, ()))) + ")"


def _local(timestamp: str, reading: Reading) -> str:
    if reading.source_time_zone in (None, reading.time_zone):
        return f"({timestamp})::DATE"
    source, target = literal(str(reading.source_time_zone)), literal(reading.time_zone)
    return f"(({timestamp}) AT TIME ZONE {source} AT TIME ZONE {target})::DATE"


def _text_day(text: str, reading: Reading) -> str:
    if reading.date_format is not None:
        stamp = f"try_strptime({text}, {literal(reading.date_format)})"
        if "%z" in reading.date_format:
            return f"({stamp} AT TIME ZONE {literal(reading.time_zone)})::DATE"
        has_clock = "%H" in reading.date_format or "%I" in reading.date_format
        return _local(stamp, reading) if has_clock else f"({stamp})::DATE"
    zone = literal(reading.time_zone)
    close = f"regexp_replace({text}, '\\s([Z+-])', '\\1')"
    return (
        f"CASE WHEN {text} LIKE '____-__-__' THEN try_cast({text} AS DATE) "
        f"WHEN regexp_full_match({text}, '{_ISO_DAY}') "
        f"THEN try_cast(regexp_replace({text}, '[/.]', '-', 'g') AS DATE) "
        f"WHEN regexp_full_match({text}, '\\d{{8}}') "
        f"THEN try_cast(regexp_replace({text}, '(....)(..)(..)', '\\1-\\2-\\3') AS DATE) "
        f"WHEN regexp_full_match({text}, '{_ISO_CLOCK}') "
        f"THEN {_local(f'try_cast({text} AS TIMESTAMP)', reading)} "
        f"WHEN regexp_full_match({text}, '{_ISO_ZONED}') "
        f"THEN (try_cast({close} AS TIMESTAMPTZ) AT TIME ZONE {zone})::DATE END"
    )
