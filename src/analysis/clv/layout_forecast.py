"""The last forecast, and those before it, as the tables and the chart of the value report."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from analysis import display
from analysis.clv.next_period import SALES
from analysis.clv.phrases import signed_percent
from analysis.errors import TooFewError
from analysis.language import say
from analysis.wording import count, money, span

if TYPE_CHECKING:
    from analysis.clv.last_forecast import LastForecast
    from analysis.forecasts import Forecast

__all__ = ["SHOWN", "record", "scores"]

SHOWN = 12  # periods of the record


def scores(last: LastForecast | TooFewError) -> display.Bundle | None:
    """Show what was forecast of order days and sales, what came, and the naive rule."""
    if isinstance(last, TooFewError):
        return None
    made = [last.order_days] if last.sales is None else [last.order_days, last.sales]
    names = {SALES: say("Sales")}
    frame = pd.DataFrame(
        {
            "what": [names.get(one.id, say("Order days")) for one in made],
            **_columns(made),
        }
    )
    title = say("Forecast for {period}, and what came", period=last.period.title)
    return display.table(frame, title=title, labels=_labels() | {"what": say("Forecast of")})


def record(last: LastForecast | TooFewError) -> pd.DataFrame:
    """Return the record: a row a period, with its forecast and what came.

    Returns
    -------
    DataFrame
        `period` (its key), `low`, `value`, `high`, `actual`, `naive`.
    """
    columns = ["period", "low", "value", "high", "actual", "naive"]
    if isinstance(last, TooFewError):
        return pd.DataFrame(columns=columns)
    rows = [
        (one.made_for, one.low, one.value, one.high, one.actual, one.naive)
        for one in last.record[-SHOWN:]
    ]
    return pd.DataFrame(rows, columns=columns)


def _columns(made: list[Forecast]) -> dict[str, list[str]]:
    return {
        "forecast": [_amount(one, one.value) for one in made],
        "interval": [span(one.low, one.high, partial(_amount, one)) for one in made],
        "came": [_amount(one, one.actual) for one in made],
        "error": [signed_percent(one.error) for one in made],
        "naive_error": [signed_percent(one.naive_error) for one in made],
        "inside": [say("yes") if one.covered else say("no") for one in made],
    }


def _labels() -> dict[str, str]:
    return {
        "forecast": say("Forecast"),
        "interval": say("90% interval"),
        "came": say("Came"),
        "error": say("Error"),
        "naive_error": say("Naive rule's error"),
        "inside": say("Inside its interval"),
    }


def _amount(made: Forecast, value: float | None) -> str:
    if value is None:
        return ""
    return money(value, made.unit) if made.id == SALES else count(value)
