"""The conclusions of the churn report about what comes: risk, its test, and the two lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis import wording
from analysis.churn.definition import InactivityWindow
from analysis.churn.layout import in_words, ratio_rows
from analysis.churn.sentences import was_lost
from analysis.churn.sentences_gain import LEAVE_ALONE
from analysis.churn.spells import ContractEnd
from analysis.errors import TooFewError
from analysis.findings import COUNTED, Finding, not_enough_data, too_few
from analysis.wording import count, date, days, join, money, number, percent, plural, span

if TYPE_CHECKING:
    from analysis.churn.backtesting import Backtest
    from analysis.churn.gain import ExpectedGain
    from analysis.churn.risk import RiskScores
    from analysis.churn.spells import Rule
    from analysis.churn.warning import EarlyWarnings

_FADES_BELOW = 0.01


def causes(scores: RiskScores | TooFewError, rule: Rule) -> Finding:
    """Say which differences between customers go with a loss."""
    if isinstance(scores, TooFewError):
        return too_few("churn.causes", scores)
    rows = ratio_rows(scores)
    clear = rows.loc[(rows["low"] > 1) | (rows["high"] < 1)]
    model = scores.model
    basis = f"{count(model.events)} losses among {plural(model.customers, 'customer')}"
    if clear.empty:
        headline = f"Nothing that we know of customers tells clearly who is lost ({basis})."
        return Finding(id="churn.causes", headline=headline, direction="neutral")
    equal = "" if isinstance(rule, ContractEnd) else ", at equal silence"
    verb = "leave" if isinstance(rule, ContractEnd) else "go silent"
    parts = [
        f"those {who} {verb} {effect}"
        for who, effect in zip(clear["who"].head(2), clear["effect"].head(2), strict=True)
    ]
    first = clear.iloc[0]
    return Finding(
        id="churn.causes",
        headline=f"{'; '.join(parts)[:1].upper()}{'; '.join(parts)[1:]}{equal} (95% intervals;"
        f" {basis}).",
        label=first["difference"],
        value=float(first["hazard_ratio"]),
        value_text=f"{number(first['hazard_ratio'], 2)} times as fast",
        interval=span(first["low"], first["high"], lambda x: number(x, 2)),
        direction="neutral",
    )


def proportionality(scores: RiskScores | TooFewError) -> str:
    """Say whether the differences last, in words; and what they do not mean."""
    if isinstance(scores, TooFewError):
        return "Without a model there is nothing to check."
    tests = scores.model.proportionality
    fading = tests.loc[(tests["p"] < _FADES_BELOW) & (tests["term"] != "GLOBAL"), "term"]
    held = (
        "The ratios are averages over the time followed; a test of each finds none that clearly"
        " changes over that time"
        if fading.empty
        else "The ratios are averages over the time followed, and change over it for:"
        f" {join([in_words(name).difference.lower() for name in fading])}"
    )
    smallest = tests["p"].min()
    levels = scores.model.design.levels
    against = [f'{wording.label(name).lower()} "{known[0]}"' for name, known in levels.items()]
    compared = f" Kinds of customers are compared with {join(against)}." if against else ""
    return (
        f"{held} ({_smallest(smallest)}).{compared} They tell who is lost, not why:"
        " raising a customer's pace by a discount need not keep the customer."
    )


def _smallest(p: float) -> str:
    return "smallest p below 0.001" if p < 0.001 else f"smallest p = {number(p, 3)}"


def outlook(scores: RiskScores | TooFewError, rule: Rule) -> Finding:
    """Say how many of today's customers to expect to be lost."""
    if isinstance(scores, TooFewError):
        return too_few("churn.outlook", scores)
    risk = scores.table["risk"]
    spread = 1.96 * float(np.sqrt((risk * (1 - risk)).sum()))
    low, high = max(scores.expected - spread, 0), scores.expected + spread
    top = max(round(0.1 * len(risk)), 1)
    share = risk.nlargest(top).sum() / scores.expected
    soon = "leave" if isinstance(rule, ContractEnd) else "go silent"
    rate = f"{percent(scores.expected / len(risk))} of the active customers"
    return Finding(
        id="churn.outlook",
        headline=f"About {count(scores.expected)} of {plural(len(risk), 'customer')} ({rate}) will"
        f" {soon} in the next {days(scores.horizon_days)} (95% interval {count(low)} to"
        f" {count(high)}, if the model is right); the {count(top)} with the highest risk account"
        f" for {percent(share, 0)} of them.",
        label=f"Expected to {soon} in {days(scores.horizon_days)}",
        value=scores.expected,
        value_text=count(scores.expected),
        interval=f"{count(low)} to {count(high)}",
        comparison=rate,
        direction="neutral",
        kpi=True,
    )


def accuracy(check: Backtest | TooFewError, rule: Rule) -> Finding:
    """Say how right earlier scores were, beside a simple rule."""
    if isinstance(check, TooFewError):
        return too_few("churn.accuracy", check)
    rows = _by_score(check, "lost")
    model, naive, gap = rows["model"], rows["naive"], rows["difference"]
    verdict = "no better than"
    if gap["low"] > 0:
        verdict = "better than"
    elif gap["high"] < 0:
        verdict = "worse than"
    interval = span(model["low"], model["high"], lambda share: percent(share, 0))
    simple = f"{verdict} the days since the last order alone"
    simple += f" ({percent(naive['concordance'], 0)})"
    return Finding(
        id="churn.accuracy",
        headline=f"Scores made on {date(check.landmark)} expected {count(check.expected)} losses;"
        f" {count(check.lost)} came. The lost scored higher in"
        f" {percent(model['concordance'], 0)} of pairs (95% interval {interval}), {simple}.",
        label="Pairs ranked rightly",
        value=model["concordance"],
        value_text=percent(model["concordance"], 0),
        interval=interval,
        comparison=simple,
        direction="good" if gap["low"] > 0 else "neutral",
        main=True,
    )


def level_field(check: Backtest | TooFewError) -> str:
    """Say how right the scores are where nobody has a head start."""
    rows = {} if isinstance(check, TooFewError) else _by_score(check, "silent")
    if isinstance(check, TooFewError):
        return "Until scores of an earlier day can be held against what happened, trust none."
    if not rows:
        return "Every customer was scored by what was known on the day of the scores."
    model, naive, gap = rows["model"], rows["naive"], rows["difference"]
    verdict = "the scores tell more" if gap["low"] > 0 else "the gap may be chance"
    gap_text = f"{number(100 * gap['low'])} to {number(100 * gap['high'])} points apart"
    return (
        "A silence under way is a head start towards the window, for the scores and for the"
        " simple rule alike. Asked instead who would not order at all in"
        f" {days(check.horizon_days)}, the scores rank {percent(model['concordance'], 0)} of pairs"
        f" rightly and the simple rule {percent(naive['concordance'], 0)} ({gap_text}: {verdict})."
    )


def warnings(
    found: EarlyWarnings, save: ExpectedGain, currency: str, minimum_customers: int
) -> Finding:
    """Say who slowed down, how much is at stake, and whom to call first."""
    n, weeks = len(found.table), plural(round(found.recent_days / 7), "week")
    if found.judged < minimum_customers:
        return not_enough_data(
            "churn.warnings",
            "a list of early warnings",
            f"at least {plural(minimum_customers, 'customer')} with a habit of their own; there"
            f" are {count(found.judged)}",
        )
    pool = f"{count(found.judged)} whose habit is clear enough to judge"
    if n == 0:
        headline = f"None of the {pool} slowed down beyond chance in the last {weeks}."
        return Finding(id="churn.warnings", headline=headline, direction="good", main=True)
    stake = float(found.table["at_stake"].sum())
    call = save.worthwhile
    first = min(10, call)
    share = found.table["at_stake"].head(first).sum() / stake if stake else 0.0
    at_stake = f"a margin of {money(stake, currency)} a year at stake"
    wrong = max(round(found.false_discovery_rate * n), 1)
    return Finding(
        id="churn.warnings",
        headline=f"{plural(n, 'customer')} slowed down beyond chance in the last {weeks}, of"
        f" {pool}, with {at_stake}.",
        label="Customers who slowed down",
        value=float(n),
        value_text=count(n),
        interval=f"about {count(wrong)} of them by mistake",
        comparison=at_stake,
        direction="neutral",
        action=f"Call the {_first(call, n)} customers who slowed down, from the top of the list:"
        f" the first {count(first)} stand for {percent(share, 0)} of the margin at stake."
        f" {LEAVE_ALONE} calling does."
        if call
        else "",
        at_stake=stake,
        main=True,
        kpi=True,
    )


def lost(back: ExpectedGain, rule: Rule, currency: str) -> Finding:
    """Say who may be won back, what they were worth, and to whom to write."""
    gone, top = back.table, back.worthwhile
    if gone.empty:
        headline = f"No customer {was_lost(rule)} in the last year and stayed away."
        return Finding(id="churn.win_back", headline=headline, direction="good")
    worth = float(gone["yearly_value"].sum())
    share = gone["yearly_value"].head(top).sum() / worth if worth else 0.0
    why = f"they stand for {percent(share, 0)} of the margin"
    why = "each should bring more than a letter costs" if top == len(gone) else why
    can_return = isinstance(rule, InactivityWindow) and rule.return_probability > 0
    some = " Some will return by themselves." if can_return else ""
    return Finding(
        id="churn.win_back",
        headline=f"{plural(len(gone), 'customer')} {was_lost(rule)} in the last year and stayed"
        f" away; they brought a margin of {money(worth, currency)} a year.{some}",
        label="Customers to win back",
        value=float(len(gone)),
        value_text=count(len(gone)),
        interval=COUNTED,
        comparison=f"a margin of {money(worth, currency)} a year",
        direction="neutral",
        action=f"Write to the {_first(top, len(gone))} customers to win back: {why}. {LEAVE_ALONE}"
        " writing does."
        if top
        else "",
        at_stake=worth,
        main=True,
    )


def _first(some: int, of: int) -> str:
    return count(of) if some == of else f"first {count(some)} of the {count(of)}"


def _by_score(check: Backtest, outcome: str) -> dict[str, dict[str, float]]:
    rows = check.accuracy.loc[check.accuracy["outcome"] == outcome]
    values = rows[["concordance", "low", "high"]].to_dict("list")
    return {
        name: {column: float(values[column][at]) for column in ("concordance", "low", "high")}
        for at, name in enumerate(rows["score"])
    }
