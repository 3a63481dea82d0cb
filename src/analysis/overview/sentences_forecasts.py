"""Did the forecasts of the other reports hold, and what do they expect next?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import wording
from analysis.findings import Finding
from analysis.language import say, translate
from analysis.overview.sentences_actions import report_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.forecasts import Forecast
    from analysis.periods import Period

    Kept = Sequence[tuple[str, Forecast]]


def held_finding(kept: Kept, period: Period) -> Finding:
    """Say how many of the forecasts that were made of this period held.

    Parameters
    ----------
    kept : sequence of (report, Forecast)
        Output of `collect_forecasts`.
    period : Period
    """
    name = "summary.forecasts"
    made = [one for _, one in kept if one.made_for == period.key and not one.is_open]
    if not made:
        return Finding(
            id=name,
            headline=say(
                "No forecast of {period} was kept by an earlier report, so none can be checked.",
                period=period.title,
            ),
            refused=True,
        )
    held = sum(one.covered for one in made)
    told = say(
        "{held} of {forecasts} of {period} held: what came lies inside the interval.",
        held=wording.count(held),
        forecasts=wording.plural(len(made), "forecast"),
        period=period.title,
    )
    missed = [_missed(one) for one in made if not one.covered]
    return Finding(
        id=name,
        headline=wording.sentences([told, *missed[:1]]),
        label=say("Forecasts that held"),
        value=float(held),
        value_text=say("{part} of {whole}", part=held, whole=len(made)),
        direction="neutral",
        main=held < len(made),
    )


def held_table(kept: Kept, period: Period) -> pd.DataFrame:
    """Return the forecasts of the period beside what came, for display."""
    rows = [
        {
            **_expected(report, one),
            "actual": _written(one.actual, one.unit),
            "error": _signed(one.error),
            "held": say("yes") if one.covered else say("no"),
        }
        for report, one in kept
        if one.made_for == period.key and not one.is_open
    ]
    return pd.DataFrame(
        rows, columns=["report", "label", "value", "interval", "actual", "error", "held"]
    )


def next_table(kept: Kept, period: Period) -> pd.DataFrame:
    """Return what the reports expect of the next period, for display."""
    rows = [
        _expected(report, one)
        for report, one in kept
        if one.is_open and one.made_for == period.next.key
    ]
    return pd.DataFrame(rows, columns=["report", "label", "value", "interval"])


def table_labels() -> dict[str, str]:
    """Return the headings of both tables."""
    return {
        "report": say("Report"),
        "label": say("What was forecast"),
        "value": say("Forecast"),
        "interval": say("Interval"),
        "actual": say("What came"),
        "error": say("Forecast off by"),
        "held": say("Inside the interval"),
    }


def _missed(one: Forecast) -> str:
    return say(
        "Missed: {label}, where {interval} was expected and {actual} came.",
        label=one.label,
        interval=_interval(one),
        actual=_written(one.actual, one.unit),
    )


def _expected(report: str, one: Forecast) -> dict[str, str]:
    return {
        "report": report_title(report),
        "label": one.label,
        "value": _written(one.value, one.unit),
        "interval": say(
            "{interval} ({level})", interval=_interval(one), level=wording.percent(one.level, 0)
        ),
    }


def _interval(one: Forecast) -> str:
    """Write an interval, without the unit that stands beside the forecast."""
    if _is_money(one.unit):
        return wording.span(one.low, one.high, lambda value: wording.money(value, one.unit))
    return wording.span(one.low, one.high, wording.count)


def _is_money(unit: str) -> bool:
    return len(unit) == 3 and unit.isupper()


def _written(value: float | None, unit: str) -> str:
    """Write a number with its unit: '$4,596', '10,781 order days'."""
    if value is None:
        return wording.MISSING
    if _is_money(unit):
        return wording.money(value, unit)
    return say("{value} {unit}", value=wording.count(value), unit=translate(unit))


def _signed(share: float) -> str:
    return f"{'+' if share > 0 else ''}{wording.percent(share)}"
