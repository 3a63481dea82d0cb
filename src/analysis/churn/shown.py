"""The tables of the churn page: in order, in words, small counts of people untold.

What an analysis could not find for want of data (`TooFewError`) becomes an empty table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import disclosure, display, wording
from analysis.churn.covariate_words import reasons_in_words
from analysis.churn.named import SIMPLE, WARNED
from analysis.churn.spells import ContractEnd
from analysis.errors import TooFewError
from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.churn.acting import ListEffect
    from analysis.churn.backtesting import Backtest
    from analysis.churn.calls import By, CallList
    from analysis.churn.last_warnings import LastWarnings
    from analysis.churn.risk import RiskScores
    from analysis.churn.spells import Rule
    from analysis.display import Bundle


def stake_rows(
    calls: CallList, scores: RiskScores | TooFewError, currency: str, customers: int = 12
) -> pd.DataFrame:
    """Return those to call with the most at stake, with the stake in words."""
    rows = calls.table.head(customers)
    rows = rows.assign(stake=[wording.money(value, currency) for value in rows["at_stake"]])
    if calls.by == "pace" or isinstance(scores, TooFewError):
        return rows
    return rows.assign(
        why=[
            say("{risk} ({reasons})", risk=_whole(risk), reasons=reasons)
            if reasons
            else _whole(risk)
            for risk, reasons in zip(
                rows["risk"], reasons_in_words(rows, scores.model.table), strict=True
            )
        ]
    )


def top_rows(check: Backtest | TooFewError) -> pd.DataFrame:
    """Return how many of the lost a list of the highest scores would have held."""
    columns = ["share", "customers", "lost", "precision", "recall"]
    columns += ["naive_precision", "naive_recall"]
    if isinstance(check, TooFewError):
        return pd.DataFrame(columns=columns)
    top = check.at_top
    spans = zip(top["precision"], top["low"], top["high"], strict=True)
    return top.assign(precision=[_with_interval(*of) for of in spans])[columns]


def record_rows(then: LastWarnings) -> pd.DataFrame:
    """Return what became of earlier warnings, in words; no row where nobody was warned of."""
    record = then.record
    if isinstance(record, TooFewError) or record["customers"].iloc[0] == 0:
        return pd.DataFrame()
    spans = zip(record["share"], record["low"], record["high"], strict=True)
    who = [_who(name, then.by) for name in record["who"]]
    rows = pd.DataFrame({"who": who, "customers": record["customers"]})
    if then.by == "risk":
        rows["left"] = [_with_interval(*of) for of in spans]
        return rows.assign(recall=record["recall"], lead=list(map(_lead, record["lead_days"])))
    losses = zip(record["lost"], record["lead_days"], strict=True)
    return rows.assign(
        silent=[_with_interval(*of) for of in spans],
        recall=record["recall"],
        pace_kept=record["pace_kept"],
        orders_missed=record["orders_missed"],
        lost=[
            say("{n}, after {days}", n=disclosure.people(n), days=wording.days(lead)) if n else "0"
            for n, lead in losses
        ],
    )


def effect_rows(measured: Sequence[ListEffect], rule: Rule) -> pd.DataFrame:
    """Return by how many points acting changed each list, in words; none where it cannot be told.

    The share still under contract with contracts, and else the share that ordered.
    """
    rows = []
    for one in measured:
        if isinstance(one.found, TooFewError):
            continue
        first = one.found.effect.iloc[0]
        points = {name: 100 * first[name] for name in ("difference", "low", "high")}
        told = say(
            "{acted} against {left}",
            acted=wording.percent(first["acted"]), left=wording.percent(first["left"]),
        )  # fmt: skip
        sizes = dict(zip(("acted", "left"), one.found.groups["customers"], strict=True))
        shares = {"share_acted": first["acted"], "share_left": first["left"]}
        what = {"what": list_in_words(one.name, rule)}
        rows.append(what | sizes | shares | {"points": points.pop("difference")} | points)
        rows[-1]["told"] = told
    return pd.DataFrame(rows)


def list_in_words(name: str, rule: Rule) -> str:
    """Name an exported list for a reader."""
    match name:
        case "win_back":
            return say("Customers to win back")
        case "risk_scores":
            return say("Risk of every active customer")
        case _ if isinstance(rule, ContractEnd):
            return say("Customers with the highest risk")
        case _:
            return say("Customers who slowed down")


def _with_interval(share: float, low: float, high: float) -> str:
    interval = wording.span(low, high, _whole)
    return say("{share} ({interval})", share=_whole(share), interval=interval)


def _whole(share: float) -> str:
    return wording.percent(share, 0)


def _lead(days: float) -> str:
    return wording.days(days)


def _who(name: str, by: By) -> str:
    match name:
        case _ if name == WARNED:
            return say("Warned of")
        case _ if name == SIMPLE:
            return say("Youngest contracts") if by == "risk" else say("Longest silent")
        case _:
            return say("Not warned of")


def top_table(check: Backtest | TooFewError) -> Bundle:
    """Show `top_rows`."""
    return display.table(
        top_rows(check),
        title=say("What a list of the highest scores would have held"),
        formats=dict.fromkeys(("share", "recall", "naive_precision", "naive_recall"), _whole)
        | {"lost": wording.count},
        labels={
            "share": say("Highest scores"),
            "customers": say("Customers"),
            "lost": say("Of them lost"),
            "precision": say("Share lost (95% interval)"),
            "recall": say("Part of all lost"),
            "naive_precision": say("Simple rule: share lost"),
            "naive_recall": say("Simple rule: part of all lost"),
        },
        people=["customers", "lost"],
    )


def record_table(then: LastWarnings) -> Bundle | None:
    """Show `record_rows`, where there are any."""
    rows = record_rows(then)
    if rows.empty:
        return None
    return display.table(
        rows,
        title=say("What became of those warned of, beside a simple rule"),
        formats={"recall": _whole, "pace_kept": _whole, "orders_missed": wording.count},
        labels={
            "who": say("Who"),
            "customers": say("Customers"),
            "silent": say("No order since (95% interval)"),
            "left": say("Left since (95% interval)"),
            "recall": say("Part of all of those"),
            "pace_kept": say("Pace kept"),
            "orders_missed": say("Orders missed"),
            "lost": say("Lost by the rule"),
            "lead": say("Days from warning to end"),
        },
        people=["customers"],
    )
