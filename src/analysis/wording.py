"""Numbers as a reader meets them: rounded, with units, in words.

Everything here returns text. A value that is missing or not finite becomes
`MISSING`, so that no `nan` reaches a report.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from babel import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MISSING = "–"
_LOCALE = "en_US"
_FULL_MONEY_BELOW = 1_000_000
_CENTS_BELOW = 100
_LARGE = ("million", "billion", "trillion")


def count(value: float) -> str:
    """Return a count with thousands separated: 1469307 -> '1,469,307'."""
    return _unless_missing(value, lambda v: numbers.format_decimal(round(v), locale=_LOCALE))


def number(value: float, digits: int = 1) -> str:
    """Return a number with `digits` decimals: 3.14159 -> '3.1'."""
    return _unless_missing(value, lambda v: f"{_no_minus_zero(v, digits):,.{digits}f}")


def percent(share: float, digits: int = 1) -> str:
    """Return a share as a percentage: 0.1234 -> '12.3%'."""
    return _unless_missing(share, lambda v: f"{_no_minus_zero(100 * v, digits):,.{digits}f}%")


def money(amount: float, currency: str) -> str:
    """Return an amount of money at the precision a reader uses.

    Minor units below 100, whole units below a million, then up to two decimals and a word:
    '$29.49', '$4,596', '$4.6 million'.
    """

    def text(value: float) -> str:
        digits = numbers.get_currency_precision(currency)
        if 0 < round(abs(value), digits) < _CENTS_BELOW:
            return numbers.format_currency(round(value, digits), currency, locale=_LOCALE)
        if abs(value) < _FULL_MONEY_BELOW:
            return _money_as(round(value), "¤#,##0", currency)
        value, words = round(value / 1e6, 2), iter(_LARGE)
        word = next(words)
        while abs(value) >= 1000 and (larger := next(words, "")):
            value, word = round(value / 1000, 2), larger
        return f"{_money_as(value, '¤#,##0.##', currency)} {word}"

    return _unless_missing(amount, text)


def days(value: float) -> str:
    """Return a duration: 1 -> '1 day', 105.2 -> '105 days'."""
    return _unless_missing(value, lambda v: plural(round(v), "day"))


def plural(n: float, noun: str, nouns: str | None = None) -> str:
    """Return a count with its noun: plural(2, 'customer') -> '2 customers'."""
    written = count(n)
    return f"{written} {noun if written == '1' else nouns or noun + 's'}"


def date(value: dt.date) -> str:
    """Return a date in words: '30 November 2017'."""
    return f"{value.day} {value:%B %Y}"


def span(low: float, high: float, text: Callable[[float], str]) -> str:
    """Return an interval in words: span(.1, .2, percent) -> '10.0% to 20.0%'."""
    return f"{text(low)} to {text(high)}"


def change(new: float, old: float, than: str) -> str:
    """Return a relative change: change(110, 100, 'October') -> 'up 10.0% on October'."""
    if not (math.isfinite(new) and math.isfinite(old)) or old <= 0:
        return f"no comparison with {than}"
    ratio = new / old - 1
    if abs(ratio) < 0.0005:
        return f"unchanged from {than}"
    return f"{_way(ratio)} {percent(abs(ratio))} on {than}"


def points(new: float, old: float, than: str) -> str:
    """Return the change of a share: points(.12, .10, 'October') -> 'up 2.0 points on October'."""
    if not (math.isfinite(new) and math.isfinite(old)):
        return f"no comparison with {than}"
    gap = 100 * (new - old)
    if abs(gap) < 0.05:
        return f"unchanged from {than}"
    return f"{_way(gap)} {number(abs(gap))} points on {than}"


def join(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: ['a', 'b', 'c'] -> 'a, b and c'."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def label(name: str) -> str:
    """Return a column name as a heading: 'days_since_last_order' -> 'Days since last order'."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def cell(value: Any) -> str:
    """Return any table cell as text, by its type."""
    if value is None or value is MISSING:
        return MISSING
    if isinstance(value, str):
        return value
    if hasattr(value, "item") and not hasattr(value, "isoformat"):
        value = value.item()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.date):
        return f"{value:%Y-%m-%d}" if value == value else MISSING
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return number(value, 2)
    return str(value)


def _money_as(value: float, pattern: str, currency: str) -> str:
    return numbers.format_currency(
        value, currency, format=pattern, currency_digits=False, locale=_LOCALE
    )


def _unless_missing(value: float, text: Callable[[float], str]) -> str:
    try:
        plain = float(value)
    except TypeError:  # None and pandas.NA
        return MISSING
    return text(plain) if math.isfinite(plain) else MISSING


def _no_minus_zero(value: float, digits: int) -> float:
    return round(value, digits) + 0.0


def _way(gap: float) -> str:
    return "up" if gap > 0 else "down"
