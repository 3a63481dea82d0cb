"""What a report reads off the words of a finding: whether it rose, and how sure it is."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Literal

from analysis.language import say, translate

if TYPE_CHECKING:
    from analysis.findings import Finding

__all__ = ["interval", "is_range", "verdict", "way"]

_RISES = ("up {change} on {than}", "up {change} points on {than}")
_FALLS = ("down {change} on {than}", "down {change} points on {than}")
_STAYS = ("unchanged from {than}",)
"""As `analysis.wording` writes a change; so it is known in each language."""
_NAMED = ("interval", "区间")
_AMOUNT = re.compile(r"[^\w\s]*(?:[A-Z]{1,3}[^\w\s]*)?\s?\d")
"""A sign, a currency ('US$', 'CHF'), a digit: how a range begins that says nothing but itself."""


def way(comparison: str) -> Literal["up", "down", "same", ""]:
    """Return where a comparison says that the number went; empty when it tells something else."""
    ways: tuple[tuple[Literal["up", "down", "same"], tuple[str, ...]], ...] = (
        ("up", _RISES), ("down", _FALLS), ("same", _STAYS)
    )  # fmt: skip
    for name, templates in ways:
        if any(_pattern(translate(template)).match(comparison) for template in templates):
            return name
    return ""


def verdict(finding: Finding) -> str:
    """Return in one word whether what a finding is held against is welcome; empty for no word."""
    match finding.direction:
        case "good":
            return say("better")
        case "bad":
            return say("worse")
        case "neutral" if way(finding.comparison) in ("up", "down"):
            return say("neutral")
    return ""


def is_range(finding: Finding) -> bool:
    """Return whether the interval of a finding is one: two numbers, not words for having none."""
    return _AMOUNT.match(finding.interval) is not None


def interval(finding: Finding) -> str:
    """Return the interval of a finding; one that does not say what it is is one of 95%."""
    text = finding.interval
    if not is_range(finding) or any(word in text for word in _NAMED):
        return text
    return say("95% interval {interval}", interval=text)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{\w+\}", template)
    return re.compile(".+?".join(map(re.escape, parts)))
