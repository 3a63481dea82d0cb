"""SQL that reads one typed column of a database, in words that every engine has.

The counterpart of `parsing` for tables that stay where they are: the same questions, answered for
columns that have a type already. Text is trimmed and never parsed, since engines do not agree on
what they take for a date or a number. Nothing here raises on any engine: a cast comes only after
a comparison has shown that the value fits.
"""

from __future__ import annotations

import re

from analysis.columns import quote
from analysis.engines.zones import BETWEEN_ZONES, IN_ZONE
from analysis.tables import parsing
from analysis.tables.parsing import Reading, literal

_FLOATS = {"FLOAT", "DOUBLE"}
_INTEGERS = {f"{sign}{name}" for name in parsing.INTEGERS for sign in ("", "U")}
TEXTS = {"VARCHAR", "ENUM"}
NUMBERS = {"DECIMAL", *_INTEGERS, *_FLOATS}
DAYS = {"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"} | {
    f"TIMESTAMP_{unit}" for unit in ("S", "MS", "NS")
}
WORDS = {*TEXTS, *NUMBERS, "DATE", "BOOLEAN", "UUID", '"NULL"'}
TEXT_TOO = ""
WAY_OUT = (
    "Where the data are, nothing is parsed: make a view there in which it has that type, or write "
    'run = "here" under [engine].'
)
_BLANKS = " \t\n\f\r\u00a0\u202f"
_MOST = "1.7976931348623157e308"
_WHOLE = 9.2e18
"""Up to here, whole numbers have 64 bits."""


def blank(given: str, kind: str) -> str:
    """Nothing stands there; not a number is nothing."""
    if kind in TEXTS:
        return f"({trimmed(given, kind)} IS NULL)"
    if kind in _FLOATS | {"DECIMAL"}:
        return f"({given} IS NULL OR {_as_word(given)} = 'nan')"
    return f"({given} IS NULL)"


def trimmed(given: str, _kind: str = "VARCHAR") -> str:
    """Text without blanks around it; NULL when nothing is left."""
    return f"NULLIF(TRIM(CAST({given} AS VARCHAR), {literal(_BLANKS)}), '')"


def one_line(text: str) -> str:
    """Text with a blank for line breaks and tabs."""
    return f"REGEXP_REPLACE({text}, '[\t\n\v\f\r]+', ' ', 'g')"


def has_any(text: str, unseen: str) -> str:
    """Text has one of these characters; of NUL no database speaks."""
    shown = re.sub(r"\\x\{?([0-9a-f]+)\}?", lambda found: chr(int(found[1], 16)), unseen)
    return f"REGEXP_REPLACE({text}, {literal(shown.replace(chr(0), chr(1)))}, '', 'g') <> {text}"


def identifier(given: str, kind: str) -> str:
    """An id as text, 7.0 as 7."""
    if kind in TEXTS:
        return trimmed(given)
    if kind in _FLOATS:
        whole = (
            f"{given} BETWEEN -9007199254740992 AND 9007199254740992 AND {given} = FLOOR({given})"
        )
        return (
            f"CASE WHEN {whole} THEN CAST(CAST({given} AS BIGINT) AS VARCHAR) "
            f"ELSE CAST({given} AS VARCHAR) END"
        )
    return f"CAST({given} AS VARCHAR)"


def day(given: str, kind: str, reading: Reading) -> str:
    """Calendar day, in the reading's time zone."""
    zone = literal(reading.time_zone)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"{IN_ZONE}({given}, {zone})"
    other = reading.source_time_zone
    if kind != "DATE" and other not in (None, reading.time_zone):
        return f"{BETWEEN_ZONES}({given}, {literal(str(other))}, {zone})"
    return given if kind == "DATE" else f"CAST({given} AS DATE)"


def amount(given: str, kind: str, _reading: Reading) -> str:
    """Return a finite amount, as it is."""
    return given if kind in _INTEGERS else _finite(given, kind)


def scaled(amount: str, kind: str, reading: Reading) -> str:
    """Amount in minor units, not yet whole; NULL where that is no whole number of 64 bits."""
    unit = 10**reading.decimals
    most = _literal((2**53 if kind in _FLOATS else _WHOLE) / unit)
    whole = f"CAST({amount} AS BIGINT)" if kind in _INTEGERS else amount
    return f"CASE WHEN {amount} BETWEEN -{most} AND {most} THEN {whole} * {unit} END"


def minor_amount(_amount: str, scaled: str, kind: str, _reading: Reading) -> str:
    """Amount of money in minor units; rounds half away from zero."""
    return scaled if kind in _INTEGERS else _rounded(scaled)


def not_finite(given: str, _kind: str) -> str:
    """A number is infinite."""
    return f"{_as_word(given)} IN ('inf', '-inf', 'infinity', '-infinity')"


def number(given: str, kind: str, _reading: Reading) -> str:
    """Read a plain number; NULL when it is not finite."""
    return f"CAST({given if kind in _INTEGERS else _finite(given, kind)} AS DOUBLE)"


def flag(
    given: str, kind: str, yes: tuple[str, ...] | None, no: tuple[str, ...] | None = None
) -> str:
    """Yes or no, as `parsing.flag` has it."""
    if kind == "BOOLEAN" and yes is None:
        return given
    return parsing.one_of_two(f"LOWER({identifier(given, kind)})", yes, no)


def product(price: str, quantity: str, reading: Reading) -> str:
    """Multiply a price by a quantity as decimals, and round once, in the end."""
    unit, named = 10**reading.decimals, quote(f"{price}_number")
    most, pieces = _literal(_WHOLE / unit), quote(quantity)
    exact = f"(CAST({named} AS DECIMAL(20, 6)) * CAST({pieces} AS DECIMAL(14, 4)))"
    fits = f"{named} BETWEEN -9e13 AND 9e13 AND {pieces} BETWEEN -9e9 AND 9e9"
    within = (
        f"CASE WHEN {exact} BETWEEN -{most} AND {most} THEN {_rounded(f'{exact} * {unit}')} END"
    )
    return f"CASE WHEN {fits} THEN {within} END"


def whole(value: str) -> str:
    """Round a number to a whole one, half away from zero; NULL beyond 64 bits."""
    return f"CASE WHEN {value} BETWEEN -{_WHOLE:.1e} AND {_WHOLE:.1e} THEN {_rounded(value)} END"


def rates(day: str) -> str:
    """Join the rate of a row's day: the last one that was given by then."""
    return (
        "LEFT JOIN (SELECT currency AS code, rate_date, rate, LEAD(rate_date) OVER "  # noqa: S608
        "(PARTITION BY currency ORDER BY rate_date) AS next_date FROM rates) AS rates "
        f"ON UPPER(read.currency) = rates.code AND read.{day} >= rates.rate_date "
        f"AND (rates.next_date IS NULL OR read.{day} < rates.next_date)"
    )


def _literal(limit: float) -> str:
    """Write a limit as a double: a decimal of few digits cannot be held against a whole number."""
    return f"{limit:.15e}"


def _finite(given: str, kind: str) -> str:
    value = f"CAST({given} AS DOUBLE)" if kind == "FLOAT" else given
    return f"CASE WHEN {given} BETWEEN -{_MOST} AND {_MOST} THEN {value} END"


def _rounded(value: str) -> str:
    """Round by what all engines agree on; of ROUND some make even numbers."""
    up = f"CASE WHEN ABS({value}) - FLOOR(ABS({value})) >= 0.5 THEN 1 ELSE 0 END"
    size = f"(CAST(FLOOR(ABS({value})) AS BIGINT) + {up})"
    return f"CASE WHEN {value} < 0 THEN -{size} ELSE {size} END"


def _as_word(given: str) -> str:
    return f"LOWER(CAST({given} AS VARCHAR))"
