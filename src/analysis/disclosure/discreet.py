"""Findings that would tell by a share what they may not tell by its count.

'3.7% of 54 customers left' says that two did. Where a finding's number is the share of a small
count of people, or of all but a small count, a bound takes its place in the sentence as well:
'under 9.3% of 54 customers'. What was estimated from so few goes with it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from analysis import disclosure, wording
from analysis.language import say

if TYPE_CHECKING:
    from analysis.findings import Finding

__all__ = ["as_told"]

_BRACKETS = r"\s*[(\uff08][^()\uff08\uff09]*{}[^()\uff08\uff09]*[)\uff09]"


def as_told(finding: Finding) -> Finding:
    """Return a finding as managers may read it, which most are already.

    Parameters
    ----------
    finding : Finding
        With `of_people` where its value is a share of people; its headline then has `value_text`.
    """
    bound = _bound(finding)
    if not bound:
        return finding
    given = rf"(?<![\d.,]){re.escape(finding.value_text)}"
    headline = re.sub(given, bound, finding.headline)
    if finding.interval:
        headline = re.sub(_BRACKETS.format(re.escape(finding.interval)), "", headline)
    headline = headline[:1].upper() + headline[1:]
    told = replace(finding, headline=headline, value_text=bound)
    return replace(told, value=None, interval="", comparison="", year_before="", trend=())


def _bound(finding: Finding) -> str:
    """Return what is told of a share in which few people are, or lack; empty for any other."""
    if finding.of_people is None:
        return ""
    (part, of), least = finding.of_people, disclosure.least()
    if 0 < part < least <= of:
        return say("under {count}", count=wording.percent(least / of))
    if 0 < of - part < least <= of:
        return say("over {count}", count=wording.percent(1 - least / of))
    return ""
