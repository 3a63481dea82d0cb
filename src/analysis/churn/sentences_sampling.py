"""How the table came about, in words: which reading of it holds, and which does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.churn.layout import thinned
from analysis.churn.readings import BANDS
from analysis.churn.sampling import Sampling
from analysis.churn.spells import ContractEnd
from analysis.errors import TooFewError
from analysis.findings import Finding, too_few
from analysis.wording import MISSING, count, date, join, number, percent, plural, span

if TYPE_CHECKING:
    import datetime as dt

    from analysis.churn.spells import Rule

_ID = "churn.sampling"
_TINY = 0.001
_MANY = 1e12
_AGREE = 0.05
_NO_REASONS = pd.DataFrame({"reason": [], "lost": []})


def sampling(rule: Rule, first_date: dt.date) -> Finding:
    """Say which reading of the table the data support, and what the others would have said."""
    if not isinstance(rule, ContractEnd):
        return Finding(
            id=_ID,
            headline="Nobody is missing for having left: orders stay in the table. What is cut off"
            f" is the past before {date(first_date)}; who ordered before that day looks new.",
            direction="neutral",
        )
    if not isinstance(rule.sampling, Sampling):
        reason = rule.sampling or TooFewError("The contracts were not looked at.")
        return too_few(_ID, reason)
    found = rule.sampling
    if found.design == "not known":
        return _not_known(found)
    if found.valid.empty:
        return _contradiction(found)
    return _history(found) if found.design == "history" else _part(found, rule.recorded_from)


def of_tenures(found: Sampling) -> ContractEnd:
    """Return the rule that stands for a table of tenures without dates, as the others take it."""
    return ContractEnd(found.customers, found.customers - found.left, _NO_REASONS, sampling=found)


def basis(rule: Rule) -> str:
    """Say what that rests on, what remains open, and what settles it."""
    if not isinstance(rule, ContractEnd) or not isinstance(rule.sampling, Sampling):
        return (
            "So a curve over the time since the first order is drawn only where nearly all first"
            " orders are known to be the first, and else one from a day on which all are followed."
        )
    found = rule.sampling
    parts = [_grounds(found)]
    if rule.starts_from is not None:
        parts.append(
            f"Contracts from {date(rule.starts_from)} or earlier are left out of the curves: so"
            " many have that day as their beginning that it must mean then or earlier."
        )
    elif not np.isnan(found.oldest):
        parts.append(
            f"{percent(found.oldest_share, 0)} of those still there have the longest time of all,"
            f" {_time(found.oldest, found.unit)}: records seem to begin there, and some of them"
            " are older."
        )
    if not found.stated:
        parts.append("The settings can say since when departures are kept, where that is known.")
    return " ".join(parts)


def reading_rows(rule: Rule) -> pd.DataFrame:
    """Return the curves of all readings, named, the full history first."""
    if not isinstance(rule, ContractEnd) or not isinstance(rule.sampling, Sampling):
        return pd.DataFrame()
    found = rule.sampling
    names = {window: _as_if(window, found.unit) for window in found.readings["window"]}
    parts = [
        rows.iloc[thinned(rows["time"].to_numpy())]
        for _, rows in found.curves.groupby("window", sort=False)
    ]
    curves = pd.concat(parts, ignore_index=True)
    return curves.assign(reading=curves["window"].map(names), scale=f"{found.unit}s as a customer")


def _not_known(found: Sampling) -> Finding:
    ruled_out = found.readings.loc[found.readings["why"] == "impossible past"]
    text, least = "", ""
    if len(ruled_out):
        text = f" {_impossible(ruled_out.iloc[-1], found)}"
    if found.shortest_window > 1:
        least = f"; at least {_time(found.shortest_window, found.unit)} of departures are in it"
    return Finding(
        id=_ID,
        headline=f"Who is still a customer after {_time(found.horizon, found.unit)} depends on how"
        f" this table was made: {_all_said(found)}.{text}",
        label=f"Still there after {_time(found.horizon, found.unit)}",
        value_text=_range(found.valid),
        comparison=f"between the readings that the data leave open{least}",
        direction="neutral",
        action="Ask whoever made the table since when it keeps those who left.",
        main=True,
    )


def _contradiction(found: Sampling) -> Finding:
    row = found.readings.loc[found.readings["window"] == found.window].iloc[0]
    return Finding(
        id=_ID,
        headline="From this table nobody can tell how long customers stay: it keeps only those who"
        f" left in {_within(found.window, found.unit)}, and read so it would have taken"
        f" {_inflow(row, found)}.",
        label=f"Still there after {_time(found.horizon, found.unit)}",
        value_text=MISSING,
        comparison=f"still customers after {_time(found.horizon, found.unit)}: {_all_said(found)}",
        direction="neutral",
        action=f"Look at the losses of {_within(found.window, found.unit)} alone, and ask for a"
        " table that keeps all who left.",
        main=True,
    )


def _history(found: Sampling) -> Finding:
    rows = found.valid
    others = [_says(row) for _, row in rows.iloc[1:].iterrows()]
    spread = rows["survival"].max() - rows["survival"].min()
    agree = "the readings agree" if spread < _AGREE else "what differs has changed over time"
    return Finding(
        id=_ID,
        headline="The table keeps all who left, as far as can be seen:"
        f" {_share(rows['survival'].iloc[0])} are still customers after"
        f" {_time(found.horizon, found.unit)}.",
        label=f"Still there after {_time(found.horizon, found.unit)}",
        value=float(rows["survival"].iloc[0]),
        value_text=_share(rows["survival"].iloc[0]),
        interval=span(rows["low"].iloc[0], rows["high"].iloc[0], _share),
        comparison=f"{join(others)}: {agree}" if others else "",
        direction="neutral",
    )


def _part(found: Sampling, since: dt.date | None) -> Finding:
    right = found.readings.loc[found.readings["window"] == found.window].iloc[0]
    if right["verdict"] != "valid":
        right = found.valid.iloc[0]
    naive = found.readings.iloc[0]
    near = abs(right["survival"] - naive["survival"]) < _AGREE
    verdict = "here that makes little difference" if near else "that is not so"
    kept = f"in {_within(found.window, found.unit)}" if since is None else f"since {date(since)}"
    told = "By what is said of it" if found.stated else "By the days of departure"
    interval = span(right["low"], right["high"], _share)
    return Finding(
        id=_ID,
        headline=f"{_share(right['survival'])} are still customers after"
        f" {_time(found.horizon, found.unit)} (95% interval {interval}). {told} the table keeps"
        f" only those who left {kept}; read as if it kept all, it would say"
        f" {_share(naive['survival'])}, and {verdict}.",
        label=f"Still there after {_time(found.horizon, found.unit)}",
        value=float(right["survival"]),
        value_text=_share(right["survival"]),
        interval=interval,
        direction="neutral",
        main=True,
    )


def _grounds(found: Sampling) -> str:
    if found.stated:
        return "How the table was made is taken from the settings."
    if np.isnan(found.window):
        return "The table has no days of departure, from which its making could be told."
    if np.isinf(found.window):
        return "Departures go back as far as the customers at risk let expect."
    return (
        f"Had departures been kept before, about {count(found.expected_before)} would be in the"
        " table from that time, by the losses since; there are none, or hardly any."
    )


def _all_said(found: Sampling) -> str:
    return ", ".join(_says(row) for _, row in found.readings.iterrows())


def _says(row: pd.Series) -> str:
    share = "too few to tell" if np.isnan(row["survival"]) else _share(row["survival"])
    return f"{share} {_as_if(row['window'])}"


def _impossible(row: pd.Series, found: Sampling) -> str:
    return (
        f"Read as keeping only those of {_within(row['window'], found.unit)}, it would have taken"
        f" {_inflow(row, found)}, which cannot be."
    )


def _inflow(row: pd.Series, found: Sampling) -> str:
    times = row["inflow_change"]
    many = _round(times) if times < _MANY else "more than a trillion"
    sixth = _time(found.horizon / BANDS, found.unit)
    return f"{many} times as many new customers in the earliest {sixth} as in the latest"


def _round(times: float) -> str:
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if times >= size:
            return f"{number(times / size, 1)} {word}"
    return count(float(f"{times:.2g}"))


def _range(rows: pd.DataFrame) -> str:
    return span(rows["survival"].min(), rows["survival"].max(), _share)


def _as_if(window: float, unit: str = "month") -> str:
    if np.isinf(window):
        return "if it keeps all who left"
    return f"if only those of {_within(window, unit)}"


def _within(window: float, unit: str) -> str:
    n = round(window)
    return f"the last {unit}" if n <= 1 else f"the last {plural(n, unit)}"


def _time(time: float, unit: str) -> str:
    return plural(round(time), unit)


def _share(share: float) -> str:
    return "next to nobody" if 0 <= share < _TINY else percent(share, 0)
