"""The conclusions of the churn report about risk: what tells, how many, and how right it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import wording
from analysis.churn.covariate_words import in_words
from analysis.churn.layout import ratio_rows
from analysis.churn.losses_ahead import interval_of_losses
from analysis.churn.spells import ContractEnd
from analysis.errors import TooFewError
from analysis.findings import Finding, too_few
from analysis.language import say
from analysis.wording import count, date, days, join, number, percent, plural, sentences, span

if TYPE_CHECKING:
    from analysis.churn.backtesting import Backtest
    from analysis.churn.risk import Drawn, RiskScores
    from analysis.churn.spells import Rule

_FADES_BELOW = 0.01


def method(scores: RiskScores) -> str:
    """Name the model behind the risks."""
    attributes = [name.partition(": ")[0] for name in scores.model.table["covariate"]]
    names = [wording.label(name).lower() for name in dict.fromkeys(attributes)]
    return say("Cox model of {covariates}", covariates=join(names))


def causes(scores: RiskScores | TooFewError, rule: Rule) -> Finding:
    """Say which differences between customers go with a loss."""
    if isinstance(scores, TooFewError):
        return too_few("churn.causes", scores)
    rows = ratio_rows(scores)
    clear = rows.loc[(rows["low"] > 1) | (rows["high"] < 1)]
    model = scores.model
    basis = say(
        "{losses} losses among {customers}",
        losses=count(model.events), customers=plural(model.customers, "customer"),
    )  # fmt: skip
    if clear.empty:
        headline = say(
            "Nothing that we know of customers tells clearly who is lost ({basis}).", basis=basis
        )
        headline = sentences([headline, _learned_from(scores.drawn)])
        return Finding(id="churn.causes", headline=headline, direction="neutral")
    parts = [
        _differs(who, effect, rule)
        for who, effect in zip(clear["who"].head(2), clear["effect"].head(2), strict=True)
    ]
    told = "; ".join(parts)
    if len(parts) == 2:
        told = say("{first}; {second}", first=parts[0], second=parts[1])
    told = f"{told[:1].upper()}{told[1:]}"
    first = clear.iloc[0]
    headline = say("{told}, at equal silence (95% intervals; {basis}).", told=told, basis=basis)
    if isinstance(rule, ContractEnd):
        headline = say("{told} (95% intervals; {basis}).", told=told, basis=basis)
    return Finding(
        id="churn.causes",
        headline=sentences([headline, _learned_from(scores.drawn)]),
        label=first["difference"],
        value=float(first["hazard_ratio"]),
        value_text=say("{times} times as fast", times=number(first["hazard_ratio"], 2)),
        interval=span(first["low"], first["high"], lambda x: number(x, 2)),
        direction="neutral",
        method=method(scores),
    )


def _learned_from(drawn: Drawn | None) -> str:
    """Say from how many customers the model learned, where not from all."""
    if drawn is None:
        return ""
    return say(
        "The model learned from about {some} customers drawn at random out of {all}; every active"
        " customer is scored.",
        some=count(drawn.customers), all=count(drawn.of),
    )  # fmt: skip


def _differs(who: str, effect: str, rule: Rule) -> str:
    if isinstance(rule, ContractEnd):
        return say("those {who} leave {effect}", who=who, effect=effect)
    return say("those {who} go silent {effect}", who=who, effect=effect)


def proportionality(scores: RiskScores | TooFewError) -> str:
    """Say whether the differences last, in words; and what they do not mean."""
    if isinstance(scores, TooFewError):
        return say("Without a model there is nothing to check.")
    tests = scores.model.proportionality
    fading = tests.loc[(tests["p"] < _FADES_BELOW) & (tests["term"] != "GLOBAL"), "term"]
    smallest = _smallest(float(tests["p"].min()))
    if tests["p"].isna().all():
        held = say(
            "Whether the ratios change over time cannot be tested: all losses are of one day."
        )
    elif fading.empty:
        held = say(
            "The ratios are averages over the time followed; a test of each finds none that clearly"
            " changes over that time ({smallest}).",
            smallest=smallest,
        )
    else:
        held = say(
            "The ratios are averages over the time followed, and change over it for: {names}"
            " ({smallest}).",
            names=join([in_words(name).difference.lower() for name in fading]),
            smallest=smallest,
        )
    levels = scores.model.design.levels
    against = [
        say('{what} "{level}"', what=wording.label(name).lower(), level=known[0])
        for name, known in levels.items()
    ]
    compared = say("Kinds of customers are compared with {kinds}.", kinds=join(against))
    caution = say(
        "They tell who is lost, not why: raising a customer's pace by a discount need not keep the"
        " customer."
    )
    return sentences([held, compared if against else "", caution])


def _smallest(p: float) -> str:
    if p < 0.001:
        return say("smallest p below 0.001")
    return say("smallest p = {p}", p=number(p, 3))


def outlook(scores: RiskScores | TooFewError, rule: Rule) -> Finding:
    """Say how many of today's customers to expect to be lost."""
    if isinstance(scores, TooFewError):
        return too_few("churn.outlook", scores)
    low, high = interval_of_losses(scores.table)
    customers = len(scores.table)
    rate = say(
        "{share} of the active customers", share=percent(scores.expected / customers)
    )  # fmt: skip
    ahead = days(scores.horizon_days)
    told = {
        "n": count(scores.expected), "customers": plural(customers, "customer"), "rate": rate,
        "days": ahead, "interval": span(low, high, count),
    }  # fmt: skip
    if isinstance(rule, ContractEnd):
        label = say("Expected to leave in {days}", days=ahead)
        headline = say(
            "About {n} of {customers} ({rate}) will leave in the next {days} (95% interval"
            " {interval}, if the model is right).",
            **told,
        )
    else:
        label = say("Expected to go silent in {days}", days=ahead)
        headline = say(
            "About {n} of {customers} ({rate}) will go silent in the next {days} (95% interval"
            " {interval}, if the model is right).",
            **told,
        )
    return Finding(
        id="churn.outlook",
        headline=sentences([headline, _of_the_highest(scores)]),
        label=label,
        value=scores.expected,
        value_text=count(scores.expected),
        interval=span(low, high, count),
        comparison=rate,
        direction="neutral",
        method=method(scores),
        kpi=True,
    )


def _of_the_highest(scores: RiskScores) -> str:
    """Say for how many of the losses the tenth with the highest risk stands."""
    top = max(round(0.1 * len(scores.table)), 1)
    asked = "SELECT sum(risk) AS risk FROM (SELECT risk FROM customers ORDER BY risk DESC LIMIT $n)"
    risk = float(scores.table.query(asked, n=top)["risk"].iloc[0])
    return say(
        "The {top} with the highest risk account for {share} of them.",
        top=count(top), share=percent(risk / scores.expected, 0),
    )  # fmt: skip


def accuracy(check: Backtest | TooFewError, rule: Rule) -> Finding:
    """Say how right earlier scores were, beside a simple rule."""
    if isinstance(check, TooFewError):
        return too_few("churn.accuracy", check)
    rows = _by_score(check, "lost")
    model, gap = rows["model"], rows["difference"]
    simple = _beside(gap, rows["naive"]["concordance"], rule)
    interval = span(model["low"], model["high"], _whole)
    expected = say(
        "Scores made on {day} expected {expected} losses; {lost} came.",
        day=date(check.landmark), expected=count(check.expected), lost=count(check.lost),
    )  # fmt: skip
    ranked = say(
        "The lost scored higher in {share} of pairs (95% interval {interval}), {simple}.",
        share=_whole(model["concordance"]), interval=interval, simple=simple,
    )  # fmt: skip
    some, of = check.drawn or (0, 0)
    sample = say(
        "Checked on about {some} customers drawn at random out of {all}.",
        some=count(some), all=count(of),
    )  # fmt: skip
    return Finding(
        id="churn.accuracy",
        headline=sentences([expected, ranked, sample if check.drawn else ""]),
        label=say("Pairs ranked rightly"),
        value=model["concordance"],
        value_text=_whole(model["concordance"]),
        interval=interval,
        comparison=simple,
        direction="good" if gap["low"] > 0 else "neutral",
        main=True,
    )


def _beside(gap: dict[str, float], naive: float, rule: Rule) -> str:
    """Hold the scores against the simple rule: the longest silence, or the youngest contract."""
    share = _whole(naive)
    if isinstance(rule, ContractEnd):
        if gap["low"] > 0:
            return say("better than the youth of the contract alone ({share})", share=share)
        if gap["high"] < 0:
            return say("worse than the youth of the contract alone ({share})", share=share)
        return say("no better than the youth of the contract alone ({share})", share=share)
    if gap["low"] > 0:
        return say("better than the days since the last order alone ({share})", share=share)
    if gap["high"] < 0:
        return say("worse than the days since the last order alone ({share})", share=share)
    return say("no better than the days since the last order alone ({share})", share=share)


def level_field(check: Backtest | TooFewError) -> str:
    """Say how right the scores are where nobody has a head start."""
    if isinstance(check, TooFewError):
        return say(
            "Until scores of an earlier day can be held against what happened, trust none."
        )  # fmt: skip
    rows = _by_score(check, "silent")
    if not rows:
        return say("Every customer was scored by what was known on the day of the scores.")
    gap = rows["difference"]
    start = say(
        "A silence under way is a head start towards the window, for the scores and for the simple"
        " rule alike."
    )
    told = {
        "days": days(check.horizon_days), "model": _whole(rows["model"]["concordance"]),
        "naive": _whole(rows["naive"]["concordance"]),
        "low": number(100 * gap["low"]), "high": number(100 * gap["high"]),
    }  # fmt: skip
    if gap["low"] > 0:
        asked = say(
            "Asked instead who would not order at all in {days}, the scores rank {model} of pairs"
            " rightly and the simple rule {naive} ({low} to {high} points apart: the scores tell"
            " more).",
            **told,
        )
    else:
        asked = say(
            "Asked instead who would not order at all in {days}, the scores rank {model} of pairs"
            " rightly and the simple rule {naive} ({low} to {high} points apart: the gap may be"
            " chance).",
            **told,
        )
    return sentences([start, asked])


def _by_score(check: Backtest, outcome: str) -> dict[str, dict[str, float]]:
    rows = check.accuracy.loc[check.accuracy["outcome"] == outcome]
    values = rows[["concordance", "low", "high"]].to_dict("list")
    return {
        name: {column: float(values[column][at]) for column in ("concordance", "low", "high")}
        for at, name in enumerate(rows["score"])
    }


def _whole(share: float) -> str:
    return percent(share, 0)
