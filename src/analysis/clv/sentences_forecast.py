"""The conclusions of the value report about the last forecast, and those before it."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from scipy import stats

from analysis import display
from analysis.clv.layout_forecast import SHOWN
from analysis.clv.phrases import signed_percent
from analysis.errors import TooFewError
from analysis.findings import Finding, too_few
from analysis.language import say
from analysis.wording import count, date, money, percent, plural, sentences, span

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from analysis.clv.last_forecast import LastForecast
    from analysis.findings import Direction
    from analysis.forecasts import Forecast

__all__ = ["held", "origin", "past"]

_LEAST = 2  # periods for a record
_CHANCE = 0.05  # so few inside their intervals, were these right, is called too few


def held(last: LastForecast | TooFewError) -> Finding:
    """Say what was forecast for the period at its eve, and what came."""
    if isinstance(last, TooFewError):
        return too_few("clv.last_forecast", last)
    made, period = last.order_days, last.period.title
    interval = span(made.low, made.high, count)
    came = count(made.actual or 0.0)
    facts = {
        "date": date(_day(made)),
        "period": period,
        "forecast": count(made.value),
        "came": came,
        "off": signed_percent(made.error),
        "interval": interval,
    }
    headline = (
        say(
            "On {date} the forecast for {period} was {forecast} order days; {came} came: {off} "
            "off, inside the 90% interval {interval}.",
            **facts,
        )
        if made.covered
        else say(
            "On {date} the forecast for {period} was {forecast} order days; {came} came: {off} "
            "off, outside the 90% interval {interval}.",
            **facts,
        )
    )
    errors = (*(one.error for one in last.record if one.made_for != made.made_for), made.error)
    return Finding(
        id="clv.last_forecast",
        headline=sentences([headline, _of_sales(last)]),
        label=say("Last forecast, of {period}", period=period),
        value=made.error,
        value_text=say("{off} off", off=signed_percent(made.error)),
        interval=say("90% interval {interval} order days", interval=interval),
        comparison=_beside_naive(last),
        direction=_verdict(last),
        trend=errors if len(errors) > 1 else (),
        main=True,
    )


def origin(last: LastForecast | TooFewError) -> display.Bundle | None:
    """Say where the forecast comes from, and what has changed under it since."""
    if isinstance(last, TooFewError):
        return None
    told = [_where_from(last), _restated(last), _unfinished(last)]
    serious = not last.complete or bool(last.order_days.restated)
    return display.note(sentences(told), level="warning" if serious else "info")


def past(last: LastForecast | TooFewError) -> Finding:
    """Say how many of the forecasts that reports kept held."""
    if isinstance(last, TooFewError):
        return too_few("clv.forecast_record", last)
    record = last.record[-SHOWN:]
    if len(record) < _LEAST:
        return Finding(
            id="clv.forecast_record",
            headline=say(
                "Not enough data: a record of forecasts needs at least {least} periods whose "
                "forecast a report kept and a later one scored. There so far: {n}.",
                least=_LEAST,
                n=len(record),
            ),
            refused=True,
        )
    inside = sum(one.covered for one in record)
    few = float(stats.binom.cdf(inside, len(record), record[-1].level)) < _CHANCE
    return Finding(
        id="clv.forecast_record",
        headline=sentences([_of_record(record, inside, few=few), _sales_record(last)]),
        label=say("Forecasts that held"),
        value=inside / len(record),
        value_text=say("{inside} of {n}", inside=inside, n=len(record)),
        comparison=_naive_record(record),
        direction="bad" if few else "good",
    )


def _of_sales(last: LastForecast) -> str:
    """Say whether their sales came as forecast too."""
    made = last.sales
    if made is None:
        return ""
    facts = {
        "came": money(made.actual or 0.0, made.unit),
        "off": signed_percent(made.error),
        "interval": span(made.low, made.high, partial(money, currency=made.unit)),
    }
    if made.covered:
        return say(
            "Their sales came to {came}: the forecast was {off} off, inside its interval "
            "{interval}.",
            **facts,
        )
    return say(
        "Their sales came to {came}: the forecast was {off} off, outside its interval {interval}.",
        **facts,
    )


def _beside_naive(last: LastForecast) -> str:
    """Name the error of the naive rule, and what came from customers newly won."""
    made, period = last.order_days, last.period
    facts = {"period": period.title, "days": plural(last.of_newcomers, "order day")}
    if math.isnan(made.naive_error):
        return say("customers new in {period} added {days}", **facts)
    return say(
        "against {off} off by repeating the {stretch} before; customers new in {period} added "
        "{days}",
        off=signed_percent(made.naive_error),
        stretch=plural(period.days, "day"),
        **facts,
    )


def _verdict(last: LastForecast) -> Direction:
    made = last.order_days
    if not last.complete:
        return "neutral"
    if not made.covered:
        return "bad"
    if last.sales is not None and not last.sales.covered:
        return "neutral"
    naive = made.naive_error
    return "good" if math.isnan(naive) or abs(made.error) <= abs(naive) else "neutral"


def _where_from(last: LastForecast) -> str:
    facts = {"before": last.period.previous.title, "period": last.period.title}
    if last.kept:
        return say(
            "This is the forecast that the report of {before} showed, as it was archived then.",
            **facts,
        )
    again = say(
        "No forecast for {period} is in the archive. This one was made again today, by what the "
        "data now say of the time before {period}: as the report of {before} would have made it.",
        **facts,
    )
    if not last.record:
        return again
    newest = last.record[-1]
    told = {
        "period": newest.period.title,
        "off": signed_percent(newest.error),
        "date": date(_day(newest)),
    }
    earlier = (
        say(
            "The newest forecast in the archive, of {date}, is for {period}: it was {off} off, "
            "inside its interval.",
            **told,
        )
        if newest.covered
        else say(
            "The newest forecast in the archive, of {date}, is for {period}: it was {off} off, "
            "outside its interval.",
            **told,
        )
    )
    return sentences([again, earlier])


def _restated(last: LastForecast) -> str:
    made = last.order_days
    if not made.restated:
        return ""
    return say(
        "The data up to {date} have been restated since: they held {then} order days when the "
        "forecast was made, and hold {now} today. A part of the error may come from that.",
        date=date(_day(made)),
        then=count(made.known or 0.0),
        now=count(made.known_later or 0.0),
    )


def _unfinished(last: LastForecast) -> str:
    if last.complete:
        return ""
    return say(
        "The data end before {period} does: more may come, and the record waits for it.",
        period=last.period.title,
    )


def _of_record(record: Sequence[Forecast], inside: int, *, few: bool) -> str:
    """Say how many forecasts held, and whether these are fewer than chance allows."""
    facts = {
        "n": len(record),
        "inside": inside,
        "level": percent(record[-1].level, 0),
        "off": percent(sum(abs(one.error) for one in record) / len(record)),
    }
    if few:
        return say(
            "Of the last {n} forecasts of order days that reports kept, {inside} held within "
            "their {level} interval, fewer than chance allows: take the intervals for too short. "
            "They were {off} off on average.",
            **facts,
        )
    return say(
        "Of the last {n} forecasts of order days that reports kept, {inside} held within their "
        "{level} interval, as many as such intervals promise or as chance allows. They were {off} "
        "off on average.",
        **facts,
    )


def _sales_record(last: LastForecast) -> str:
    """Say how many of the forecasts of sales held, of the same periods."""
    record = last.sales_record[-SHOWN:]
    if not record:
        return ""
    inside = sum(one.covered for one in record)
    return say("Of their sales, {inside} of {n} held.", inside=inside, n=len(record))


def _naive_record(record: Sequence[Forecast]) -> str:
    errors = [abs(one.naive_error) for one in record if not math.isnan(one.naive_error)]
    if len(errors) < len(record):
        return ""
    typical = percent(sum(errors) / len(errors))
    return say("against {off} off on average by repeating the period before", off=typical)


def _day(made: Forecast) -> dt.date:
    return made.period.start.fromisoformat(made.made_on)
