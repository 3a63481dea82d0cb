"""Numbers as a reader meets them: rounded, with units, in words of the language spoken.

Everything here returns text. A value that is missing or not finite becomes
`MISSING`, so that no `nan` reaches a report.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from babel import numbers

from analysis.language import current, locale, say, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MISSING = "–"
_FULL_MONEY_BELOW = 1_000_000
_CENTS_BELOW = 100
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def count(value: float) -> str:
    """Return a count with thousands separated: 1469307 -> '1,469,307'."""
    return _unless_missing(value, lambda v: numbers.format_decimal(round(v), locale=locale()))


def number(value: float, digits: int = 1) -> str:
    """Return a number with `digits` decimals: 3.14159 -> '3.1'."""
    return _unless_missing(value, lambda v: f"{_no_minus_zero(v, digits):,.{digits}f}")


def percent(share: float, digits: int = 1) -> str:
    """Return a share as a percentage: 0.1234 -> '12.3%'."""
    return _unless_missing(share, lambda v: f"{_no_minus_zero(100 * v, digits):,.{digits}f}%")


def money(amount: float, currency: str) -> str:
    """Return an amount of money at the precision a reader uses.

    Minor units below 100, whole units below a million, then up to two decimals and a word:
    '$29.49', '$4,596', '$4.6 million'. Chinese counts in ten thousands, as exactly.
    """

    def text(value: float) -> str:
        digits = numbers.get_currency_precision(currency)
        if 0 < round(abs(value), digits) < _CENTS_BELOW:
            return numbers.format_currency(round(value, digits), currency, locale=locale())
        if abs(value) < _FULL_MONEY_BELOW:
            return _money_as(round(value), "¤#,##0", currency)
        return _large_money(value, currency)

    return _unless_missing(amount, text)


def days(value: float) -> str:
    """Return a duration: 1 -> '1 day', 105.2 -> '105 days'."""
    return _unless_missing(value, lambda v: plural(round(v), "day"))


def plural(n: float, noun: str, nouns: str | None = None) -> str:
    """Return a count with its noun: plural(2, 'customer') -> '2 customers'.

    A translation is that of '{n} customer' or '{n} customers'.
    """
    written = count(n)
    form = f"{{n}} {noun if written == '1' else nouns or noun + 's'}"
    return translate(form).format(n=written)


def date(value: dt.date) -> str:
    """Return a date in words: '30 November 2017'."""
    return say("{day} {month} {year}", day=value.day, month=month(value), year=value.year)


def month(value: dt.date) -> str:
    """Return the month of a date: 'November'."""
    return translate(MONTHS[value.month - 1])


def short_month(value: dt.date) -> str:
    """Return the month of a date for an axis: 'Nov'."""
    name = MONTHS[value.month - 1]
    return name[:3] if current() == "en" else translate(name)


def month_of_year(value: dt.date) -> str:
    """Return month and year of a date, short: 'Nov 2017'."""
    return say("{month} {year}", month=short_month(value), year=value.year)


def span(low: float, high: float, text: Callable[[float], str]) -> str:
    """Return an interval in words: span(.1, .2, percent) -> '10.0% to 20.0%'."""
    return say("{low} to {high}", low=text(low), high=text(high))


def change(new: float, old: float, than: str) -> str:
    """Return a relative change: change(110, 100, 'October') -> 'up 10.0% on October'."""
    if not (math.isfinite(new) and math.isfinite(old)) or old <= 0:
        return say("no comparison with {than}", than=than)
    ratio = new / old - 1
    if abs(ratio) < 0.0005:
        return say("unchanged from {than}", than=than)
    if ratio > 0:
        return say("up {change} on {than}", change=percent(ratio), than=than)
    return say("down {change} on {than}", change=percent(-ratio), than=than)


def points(new: float, old: float, than: str) -> str:
    """Return the change of a share: points(.12, .10, 'October') -> 'up 2.0 points on October'."""
    if not (math.isfinite(new) and math.isfinite(old)):
        return say("no comparison with {than}", than=than)
    gap = 100 * (new - old)
    if abs(gap) < 0.05:
        return say("unchanged from {than}", than=than)
    if gap > 0:
        return say("up {change} points on {than}", change=number(gap), than=than)
    return say("down {change} points on {than}", change=number(-gap), than=than)


def join(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: ['a', 'b', 'c'] -> 'a, b and c'."""
    if len(words) < 2:
        return "".join(words)
    comma = ", " if current() == "en" else "、"
    return say("{these} and {last}", these=comma.join(words[:-1]), last=words[-1])


def sentences(texts: Sequence[str]) -> str:
    """Return whole sentences after one another; empty ones are left out."""
    return (" " if current() == "en" else "").join(text for text in texts if text)


def label(name: str) -> str:
    """Return a column name as a heading: 'days_since_last_order' -> 'Days since last order'."""
    words = name.replace("_", " ").strip()
    return translate(words[:1].upper() + words[1:])


def cell(value: Any) -> str:
    """Return any table cell as text, by its type."""
    if value is None or value is MISSING:
        return MISSING
    if isinstance(value, str):
        return value
    if hasattr(value, "item") and not hasattr(value, "isoformat"):
        value = value.item()
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, dt.date):
        return f"{value:%Y-%m-%d}" if value == value else MISSING
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return number(value, 2)
    return str(value)


def _large_money(value: float, currency: str) -> str:
    """Write a million and more, with two decimals of the English word in any language."""
    scaled, power = round(value / 1e6, 2), 0
    while abs(scaled) >= 1000 and power < 2:
        scaled, power = round(scaled / 1000, 2), power + 1
    if current() == "en":
        written = _money_as(scaled, "¤#,##0.##", currency)
        return f"{written} {('million', 'billion', 'trillion')[power]}"
    tens_of_thousands = scaled * 100 * 1000**power
    if abs(tens_of_thousands) < 10_000:
        return f"{_money_as(round(tens_of_thousands), '¤#,##0', currency)}万"
    if abs(tens_of_thousands) < 100_000_000:
        return f"{_money_as(tens_of_thousands / 1e4, '¤#,##0.####', currency)}亿"
    return f"{_money_as(tens_of_thousands / 1e8, '¤#,##0.##', currency)}万亿"


def _money_as(value: float, pattern: str, currency: str) -> str:
    return numbers.format_currency(
        value, currency, format=pattern, currency_digits=False, locale=locale()
    )


def _unless_missing(value: float, text: Callable[[float], str]) -> str:
    try:
        plain = float(value)
    except TypeError:  # None and pandas.NA
        return MISSING
    return text(plain) if math.isfinite(plain) else MISSING


def _no_minus_zero(value: float, digits: int) -> float:
    return round(value, digits) + 0.0
