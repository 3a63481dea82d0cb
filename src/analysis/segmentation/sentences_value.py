"""Who brings the revenue, as findings: concentration, tiers, key accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis import disclosure, wording
from analysis.findings import Finding, not_enough_data
from analysis.language import say
from analysis.segmentation.refusals import too_few, without_spend
from analysis.segmentation.sentences import row_of, window_in_words
from analysis.segmentation.stakes import margin_of_a_year
from analysis.segmentation.standing import standing

if TYPE_CHECKING:
    import pandas as pd

    from analysis.periods import Period
    from analysis.segmentation.concentration import Concentration
    from analysis.segmentation.snapshot import Snapshot


def concentrated(
    spread: Concentration,
    earlier: Concentration,
    now: Snapshot,
    before: Snapshot,
    history: pd.DataFrame,
    period: Period,
) -> Finding:
    """How much of the spend do the top fifth and the top hundredth of the customers bring?

    Parameters
    ----------
    spread, earlier : Concentration
        With the shares 0.01 and 0.2 in `top` (`concentration_of`).
    now, before : Snapshot
    history : DataFrame
        Output of `take_history`.
    period : Period
    """
    name = "segmentation.concentration"
    if refused := without_spend(name, say("Concentration"), now):
        return refused
    fifth, hundredth = row_of(spread.top, "top_share", 0.2), row_of(spread.top, "top_share", 0.01)
    share, than = fifth["share_of_spend"], wording.date(before.as_of)
    then = row_of(earlier.top, "top_share", 0.2)["share_of_spend"]
    stands = standing(history, "top_fifth", period, more_is="neutral")
    interval = wording.span(fifth["low"], fifth["high"], wording.percent)
    return Finding(
        id=name,
        headline=say(
            "The top 20% of the customers bring {fifth} of the spend (95% interval {interval}), the"
            " top 1% ({customers}) {hundredth}.",
            fifth=wording.percent(share),
            interval=interval,
            customers=disclosure.people(hundredth["customers"]),
            hundredth=disclosure.share(hundredth["share_of_spend"], hundredth["customers"]),
        ),
        label=say("Spend from the top 20%"),
        value=float(share),
        value_text=wording.percent(share),
        interval=interval,
        comparison=wording.points(share, then, than),
        year_before=stands.year_before,
        trend=stands.trend,
        direction=stands.direction,
        main=True,
        kpi=True,
    )


def gini(spread: Concentration, now: Snapshot) -> Finding:
    """How far is the spend from being the same for all?"""
    if refused := without_spend("segmentation.gini", say("The Gini index"), now):
        return refused
    lower_half = row_of(spread.lorenz, "share_of_customers", 0.5)["share_of_spend"]
    told = say(
        "The lower half of the customers bring {share} of the spend; the Gini index, 0 when all"
        " spend the same and near 1 when one customer brings all, is {gini}.",
        share=wording.percent(lower_half),
        gini=wording.number(spread.gini, 2),
    )
    negative = (
        say(
            "Counted as no spend: {customers} with more returns than purchases.",
            customers=disclosure.plural(spread.below_zero, "customer"),
        )
        if spread.below_zero
        else ""
    )
    return Finding(
        id="segmentation.gini",
        headline=wording.sentences([told, negative]),
        label=say("Gini index"),
        value=spread.gini,
        value_text=wording.number(spread.gini, 2),
        interval=wording.span(spread.gini_low, spread.gini_high, lambda x: wording.number(x, 2)),
    )


def tiers(
    cutoffs: pd.DataFrame, earlier_cutoffs: pd.DataFrame, now: Snapshot, before: Snapshot
) -> Finding:
    """From which spend on is a customer gold, and what do the gold customers bring?"""
    name = "segmentation.tiers"
    if refused := without_spend(name, say("A ranking into tiers"), now):
        return refused
    gold, earlier = row_of(cutoffs, "tier", "Gold"), row_of(earlier_cutoffs, "tier", "Gold")
    if not gold["customers"]:
        missing = say("more customers, or customers who differ in spend")
        return not_enough_data(name, say("A gold tier"), missing)
    lowest = wording.money(gold["lowest"], now.currency)
    return Finding(
        id=name,
        headline=say(
            "A customer is gold from a spend of {lowest} in {window}; the {customers} bring {share}"
            " of the spend.",
            lowest=lowest,
            window=window_in_words(now),
            customers=disclosure.plural(gold["customers"], "gold customer"),
            share=wording.percent(gold["share_of_spend"]),
        ),
        label=say("Gold from"),
        value=float(gold["lowest"]),
        value_text=lowest,
        comparison=wording.change(gold["lowest"], earlier["lowest"], wording.date(before.as_of)),
    )


def accounts(listed: pd.DataFrame, now: Snapshot, margin: float) -> Finding:
    """How much hangs on the key accounts, and is one of them silent?

    Parameters
    ----------
    listed : DataFrame
        Output of `key_accounts`.
    now : Snapshot
    margin : float
        Share of sales that is contribution.
    """
    name = "segmentation.accounts"
    if refused := too_few(name, say("A list of key accounts"), now):
        return refused
    if listed.empty:
        return not_enough_data(name, say("A list of key accounts"), say("any spend"))
    silent = listed[listed["days_since_last_order"] >= now.dormant_days]
    spend = float(listed["spend"].sum())
    known = Finding(
        id=name,
        headline=_accounts_in_words(listed, len(silent), now),
        label=say("Spend of the key accounts"),
        value=spend,
        value_text=wording.money(spend, now.currency),
        action=say(
            "Name one person for each of the {accounts}, who bring {spend}.",
            accounts=disclosure.plural(len(listed), "key account"),
            spend=wording.money(spend, now.currency),
        ),
        people=len(listed),
        list_name="key_accounts",
    )
    if silent.empty:
        return known
    stake = margin_of_a_year(silent["spend"], now, margin)
    return replace(
        known,
        action=say(
            "Call the {accounts} first.",
            accounts=disclosure.plural(len(silent), "silent key account"),
        ),
        at_stake=stake.value,
        at_stake_low=stake.low,
        at_stake_high=stake.high,
        basis=stake.basis,
        people=len(silent),
    )


def _accounts_in_words(listed: pd.DataFrame, silent: int, now: Snapshot) -> str:
    told = {
        "accounts": disclosure.plural(len(listed), "key account"),
        "share": wording.percent(listed["share_of_spend"].sum()),
        "each": wording.money(listed["spend"].mean(), now.currency),
        "days": wording.days(now.dormant_days),
    }
    if not silent:
        return say(
            "{accounts} bring {share} of the spend, {each} each; none of them has been silent for"
            " {days}.",
            **told,
        )
    return say(
        "{accounts} bring {share} of the spend, {each} each; {silent} of them bought nothing for"
        " {days} or more.",
        silent=disclosure.people(silent),
        **told,
    )
