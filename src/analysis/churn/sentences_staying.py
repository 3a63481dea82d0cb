"""The conclusions of the churn report about who stays, and how the curves may be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.churn.definition import InactivityWindow
from analysis.churn.spells import ContractEnd
from analysis.disclosure import people
from analysis.errors import TooFewError
from analysis.findings import Finding, too_few
from analysis.language import say
from analysis.wording import date, days, join, number, percent, sentences, span

if TYPE_CHECKING:
    import pandas as pd

    from analysis.churn.curves import SegmentCurves
    from analysis.churn.spells import Rule


def staying(curves: SegmentCurves | TooFewError, rule: Rule) -> Finding:
    """Say who stays longest and who shortest."""
    if isinstance(curves, TooFewError):
        return too_few("churn.staying", curves)
    rows = curves.summary.sort_values("stayed")
    worst, best = rows.iloc[0], rows.iloc[-1]
    if len(rows) == 1:
        text = say(
            "{share} of the customers were still customers {time}.",
            share=_stayed(best), time=_time(curves),
        )  # fmt: skip
        difference = ""
    else:
        text = say(
            'Of the group "{best}" {most} were still customers {time}, of "{worst}" {least}.',
            best=best["segment"], most=_whole(best["stayed"]), time=_time(curves),
            worst=worst["segment"], least=_stayed(worst),
        )  # fmt: skip
        difference = _difference(curves.p_value)
    returned, lost = int(rows["returned"].sum()), int(rows["lost"].sum())
    back = say(
        "{n} of the {lost} lost have come back since", n=people(returned), lost=people(lost)
    )  # fmt: skip
    parts = [difference, back if returned else ""]
    return Finding(
        id="churn.staying",
        headline=text,
        label=say("Still customers, of the group that stays least"),
        value=float(worst["stayed"]),
        value_text=_whole(worst["stayed"]),
        interval=span(worst["low"], worst["high"], _whole),
        comparison=say("{first}; {second}", first=parts[0], second=parts[1])
        if all(parts)
        else "".join(parts),
        direction="neutral",
        main=len(rows) > 1,
    )


def reading(curves: SegmentCurves | TooFewError, rule: Rule) -> str:
    """Say which reading of the curves is valid, and which is not."""
    if isinstance(curves, TooFewError):
        return say("Without curves there is nothing to read wrongly.")
    told = [_valid(curves, rule)]
    if isinstance(rule, InactivityWindow):
        told.append(
            say(
                "One window for all is stricter with those who order seldom: part of the gap"
                " between the groups is the rule itself."
            )
        )
    if curves.left_out:
        named = [
            say("{name} ({n})", name=name, n=people(n)) for name, n in curves.left_out.items()
        ]  # fmt: skip
        told.append(say("Left out as too small: {groups}.", groups=join(named)))
    return sentences(told)


def _valid(curves: SegmentCurves, rule: Rule) -> str:
    if curves.scale == "tenure":
        return say(
            "Valid: the share still a customer at each age, where customers who were there already"
            " on {day} count only from the age they had then. Not valid: the same curve with"
            " everybody counted from age 0. Who left before that day is not followed here, so the"
            " old customers are survivors, and it would promise too much.",
            day=_landmark(curves),
        )
    if isinstance(rule, ContractEnd):
        return say(
            "Valid: of the customers with a contract on {day}, old and new together, the share that"
            " still has one so many days later. Not valid: how long a contract lasts from its first"
            " day on, for which this table is not made (see above).",
            day=_landmark(curves),
        )
    return say(
        "Valid: of the customers active on {day}, old and new together, the share still active so"
        " many days later. Not valid: how long a customer stays from the first order on. Of only"
        " {share} of them the first order is known to be the first; all others were customers"
        " before the data begin, and a curve over their age would describe the beginning of the"
        " data.",
        day=_landmark(curves), share=_whole(curves.start_known),
    )  # fmt: skip


def _time(curves: SegmentCurves) -> str:
    if curves.scale == "landmark":
        return say(
            "{days} after {day}",
            days=days(curves.horizon - curves.start), day=_landmark(curves),
        )  # fmt: skip
    if curves.start > 1:
        return say(
            "{days} after their beginning (of those there after {start})",
            days=days(curves.horizon), start=days(curves.start),
        )  # fmt: skip
    return say("{days} after their beginning", days=days(curves.horizon))


def _landmark(curves: SegmentCurves) -> str:
    return say("the landmark") if curves.landmark is None else date(curves.landmark)


def _stayed(row: pd.Series) -> str:
    return say(
        "{share} (95% interval {interval})",
        share=_whole(row["stayed"]), interval=span(row["low"], row["high"], _whole),
    )  # fmt: skip


def _difference(p_value: float) -> str:
    if np.isnan(p_value):
        return ""
    if p_value < 0.001:
        return say("a difference so large is not chance")
    if p_value < 0.05:
        return say(
            "chance alone makes a difference so large in {share} of cases", share=percent(p_value)
        )
    return say("the difference may be chance (p = {p})", p=number(p_value, 2))


def _whole(share: float) -> str:
    return percent(share, 0)
