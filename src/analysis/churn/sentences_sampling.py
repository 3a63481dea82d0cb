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
from analysis.language import say
from analysis.wording import MISSING, count, date, join, number, percent, plural, sentences, span

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
        headline = say(
            "Nobody is missing for having left: orders stay in the table. What is cut off is the"
            " past before {day}; who ordered before that day looks new.",
            day=date(first_date),
        )
        return Finding(id=_ID, headline=headline, direction="neutral")
    if not isinstance(rule.sampling, Sampling):
        reason = rule.sampling or TooFewError(say("the contracts were not looked at."))
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
        return say(
            "So a curve over the time since the first order is drawn only where nearly all first"
            " orders are known to be the first, and else one from a day on which all are followed."
        )
    found = rule.sampling
    parts = [_grounds(found)]
    if rule.starts_from is not None:
        parts.append(
            say(
                "Contracts from {day} or earlier are left out of the curves: so many have that day"
                " as their beginning that it must mean then or earlier.",
                day=date(rule.starts_from),
            )
        )
    elif not np.isnan(found.oldest):
        parts.append(
            say(
                "{share} of those still there have the longest time of all, {time}: records seem to"
                " begin there, and some of them are older.",
                share=percent(found.oldest_share, 0), time=_time(found.oldest, found.unit),
            )
        )  # fmt: skip
    if not found.stated:
        parts.append(
            say("The settings can say since when departures are kept, where that is known.")
        )  # fmt: skip
    return sentences(parts)


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
    return curves.assign(reading=curves["window"].map(names), scale=say("months as a customer"))


def _not_known(found: Sampling) -> Finding:
    ruled_out = found.readings.loc[found.readings["why"] == "impossible past"]
    told = say(
        "Who is still a customer after {time} depends on how this table was made: {readings}.",
        time=_time(found.horizon, found.unit), readings=_all_said(found),
    )  # fmt: skip
    text = _impossible(ruled_out.iloc[-1], found) if len(ruled_out) else ""
    between = say("between the readings that the data leave open")
    if found.shortest_window > 1:
        between = say(
            "between the readings that the data leave open; at least {time} of departures are in"
            " it",
            time=_time(found.shortest_window, found.unit),
        )
    return Finding(
        id=_ID,
        headline=sentences([told, text]),
        label=_label(found),
        value_text=_range(found.valid),
        comparison=between,
        direction="neutral",
        action=say("Ask whoever made the table since when it keeps those who left."),
        main=True,
    )


def _contradiction(found: Sampling) -> Finding:
    row = found.readings.loc[found.readings["window"] == found.window].iloc[0]
    kept = _within(found.window, found.unit)
    return Finding(
        id=_ID,
        headline=say(
            "From this table nobody can tell how long customers stay: it keeps only those who left"
            " in {kept}, and read so it would have taken {inflow}.",
            kept=kept, inflow=_inflow(row, found),
        ),
        label=_label(found),
        value_text=MISSING,
        comparison=say(
            "still customers after {time}: {readings}",
            time=_time(found.horizon, found.unit), readings=_all_said(found),
        ),
        direction="neutral",
        action=say(
            "Look at the losses of {kept} alone, and ask for a table that keeps all who left.",
            kept=kept,
        ),
        main=True,
    )  # fmt: skip


def _history(found: Sampling) -> Finding:
    rows = found.valid
    first = rows.iloc[0]
    spread = rows["survival"].max() - rows["survival"].min()
    others = join([_says(row) for _, row in rows.iloc[1:].iterrows()])
    comparison = ""
    if others:
        comparison = say("{others}: what differs has changed over time", others=others)
        if spread < _AGREE:
            comparison = say("{others}: the readings agree", others=others)
    return Finding(
        id=_ID,
        headline=say(
            "The table keeps all who left, as far as can be seen: {share} are still customers after"
            " {time}.",
            share=_share(first["survival"]), time=_time(found.horizon, found.unit),
        ),
        label=_label(found),
        value=float(first["survival"]),
        value_text=_share(first["survival"]),
        interval=span(first["low"], first["high"], _share),
        comparison=comparison,
        direction="neutral",
    )  # fmt: skip


def _part(found: Sampling, since: dt.date | None) -> Finding:
    right = found.readings.loc[found.readings["window"] == found.window].iloc[0]
    if right["verdict"] != "valid":
        right = found.valid.iloc[0]
    naive = found.readings.iloc[0]
    near = abs(right["survival"] - naive["survival"]) < _AGREE
    interval = span(right["low"], right["high"], _share)
    stay = say(
        "{share} are still customers after {time} (95% interval {interval}).",
        share=_share(right["survival"]), time=_time(found.horizon, found.unit), interval=interval,
    )  # fmt: skip
    kept = say("in {kept}", kept=_within(found.window, found.unit))
    if since is not None:
        kept = say("since {day}", day=date(since))
    if found.stated:
        told = say(
            "By what is said of it the table keeps only those who left {kept}.", kept=kept
        )  # fmt: skip
    else:
        told = say(
            "By the days of departure the table keeps only those who left {kept}.", kept=kept
        )
    if near:
        wrong = say(
            "Read as if it kept all, it would say {share}, and here that makes little difference.",
            share=_share(naive["survival"]),
        )
    else:
        wrong = say(
            "Read as if it kept all, it would say {share}, and that is not so.",
            share=_share(naive["survival"]),
        )
    return Finding(
        id=_ID,
        headline=sentences([stay, told, wrong]),
        label=_label(found),
        value=float(right["survival"]),
        value_text=_share(right["survival"]),
        interval=interval,
        direction="neutral",
        main=True,
    )


def _grounds(found: Sampling) -> str:
    if found.stated:
        return say("How the table was made is taken from the settings.")
    if np.isnan(found.window):
        return say("The table has no days of departure, from which its making could be told.")
    if np.isinf(found.window):
        return say("Departures go back as far as the customers at risk let expect.")
    return say(
        "Had departures been kept before, about {n} would be in the table from that time, by the"
        " losses since; there are none, or hardly any.",
        n=count(found.expected_before),
    )


def _label(found: Sampling) -> str:
    return say("Still there after {time}", time=_time(found.horizon, found.unit))


def _all_said(found: Sampling) -> str:
    comma = say(", ")
    return comma.join(_says(row) for _, row in found.readings.iterrows())


def _says(row: pd.Series) -> str:
    known = not np.isnan(row["survival"])
    share = _share(row["survival"]) if known else say("too few to tell")
    return say("{share} {as_if}", share=share, as_if=_as_if(row["window"]))


def _impossible(row: pd.Series, found: Sampling) -> str:
    return say(
        "Read as keeping only those of {kept}, it would have taken {inflow}, which cannot be.",
        kept=_within(row["window"], found.unit), inflow=_inflow(row, found),
    )  # fmt: skip


def _inflow(row: pd.Series, found: Sampling) -> str:
    times = row["inflow_change"]
    sixth = _time(found.horizon / BANDS, found.unit)
    many = _round(times) if times < _MANY else say("more than a trillion")
    return say(
        "{many} times as many new customers in the earliest {time} as in the latest",
        many=many, time=sixth,
    )  # fmt: skip


def _round(times: float) -> str:
    if times >= 1e9:
        return say("{n} billion", n=number(times / 1e9, 1))
    if times >= 1e6:
        return say("{n} million", n=number(times / 1e6, 1))
    return count(float(f"{times:.2g}"))


def _range(rows: pd.DataFrame) -> str:
    return span(rows["survival"].min(), rows["survival"].max(), _share)


def _as_if(window: float, unit: str = "month") -> str:
    if np.isinf(window):
        return say("if it keeps all who left")
    return say("if only those of {kept}", kept=_within(window, unit))


def _within(window: float, unit: str) -> str:
    n = round(window)
    return say("the last month") if n <= 1 else say("the last {time}", time=_time(n, unit))


def _time(time: float, unit: str) -> str:
    return plural(round(time), unit)


def _share(share: float) -> str:
    return say("next to nobody") if 0 <= share < _TINY else percent(share, 0)
