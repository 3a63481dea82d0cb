"""Sentences that would tell by a share what they may not tell by its count.

'3.7% of 54 customers left' says that two did. Where a share in a sentence can only be that of a
small count of a number beside it, a bound takes its place: 'under 9.3% of 54 customers'. What was
estimated from so few (interval, comparison, course) goes with it.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from analysis import disclosure, wording
from analysis.language import say

if TYPE_CHECKING:
    from analysis.findings import Finding

__all__ = ["as_told", "few"]

_NEAR = 1e-9
_SHARE = re.compile(r"(?<![\d+\-−.,])\d+\.(\d+)%")
_COUNT = re.compile(
    r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+|\d{1,3})"
    r"(?![\d%]|[.,]\d| (?:days|weeks|months|[A-Z][a-z]+ \d{4})|[天周月日年])"
)
"""A whole number that is no year, no day of a month and no length of time."""
_INTERVAL = re.compile(r"\s*[(\uff08][^()\uff08\uff09]*%[^()\uff08\uff09]*[)\uff09]")


def as_told(finding: Finding) -> Finding:
    """Return a finding as managers may read it; most are as they were.

    Parameters
    ----------
    finding : Finding
        Its headline is searched for whole numbers and shares with decimals; which of them belong
        together is not known, so each is tried with each. What counts no people, as "3 of 415
        rows (0.7%)", names the small number itself, and stays.
    """
    wholes = [int(text.replace(",", "")) for text in _COUNT.findall(finding.headline)]
    bounds = {
        match[0]: bound
        for match in _SHARE.finditer(f"{finding.headline} {finding.value_text}")
        if (bound := _bound(match, wholes))
    }
    if not bounds:
        return finding
    headline = _INTERVAL.sub("", finding.headline)
    for text, bound in bounds.items():
        headline = re.sub(rf"(?<![\d.,]){re.escape(text)}", bound, headline)
    text = bounds.get(finding.value_text, finding.value_text)
    return few(replace(finding, headline=headline[:1].upper() + headline[1:], value_text=text))


def few(finding: Finding) -> Finding:
    """Return a finding about too few people: what is told of them stays, what tells more goes."""
    return replace(finding, value=None, interval="", comparison="", year_before="", trend=())


def _bound(share: re.Match[str], wholes: list[int]) -> str:
    """Return what is told of a share that is one of too few; empty where it is none."""
    least, half = disclosure.least(), 0.5 * 10.0 ** -len(share[1])
    value = float(share[0][:-1])
    of = []
    for whole in (number for number in wholes if number >= least):
        lowest = max(1, math.ceil((value - half) / 100 * whole - _NEAR))
        highest = min(least - 1, math.floor((value + half) / 100 * whole + _NEAR))
        if lowest <= highest and not set(range(lowest, highest + 1)) & set(wholes):
            of.append(whole)
    return say("under {count}", count=wording.percent(least / min(of))) if of and value else ""
