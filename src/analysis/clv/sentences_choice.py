"""The conclusions of the value report about which model is used, for whom, and how well it fits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analysis import disclosure
from analysis.clv import phrases
from analysis.clv.frequency import misfit
from analysis.clv.layout_check import purchases_so_far
from analysis.clv.phrases import signed_percent
from analysis.clv.treatments import EVERYBODY
from analysis.errors import TooFewError
from analysis.findings import Finding, too_few
from analysis.language import say, translate
from analysis.wording import join, number, percent, plural, sentences

if TYPE_CHECKING:
    import pandas as pd

    from analysis.clv.check import HoldoutCheck
    from analysis.clv.study import ValueStudy

_CHANCE = 0.05  # a difference less likely than this is called more than chance


def recommended(check: HoldoutCheck | TooFewError) -> Finding:
    """Say which model is used, and why."""
    if isinstance(check, TooFewError):
        return too_few("clv.model", check)
    found = check.comparison
    beaten = found.recommended != found.model
    score = found.table.loc[found.table["forecast"] == found.model, "score"]
    facts = {
        "reason": found.reason,
        "model": _in_words(found.model),
        "models": plural(len(found.models), "model"),
    }
    headline = (
        say("{reason}. The values here are from {model}.", **facts)
        if beaten
        else say("Of {models} tried, {model} is used: {reason}.", **facts)
    )
    return Finding(
        id="clv.model",
        headline=headline[0].upper() + headline[1:],
        label=say("Model in use"),
        value=float(score.iloc[0]),
        value_text=found.model,
        comparison=_left_out(found.failed),
        direction="bad" if beaten else "neutral",
    )


def births(check: HoldoutCheck | TooFewError) -> Finding:
    """Say how many customers have no known first order, and what taking them for new would do."""
    if isinstance(check, TooFewError):
        return too_few("clv.births", check)
    errors, used = check.births.errors, check.births.recommended
    sizes = errors[errors["fitted_on"] == used].set_index("group")["customers"]
    unknown = int(sizes.get("first order unknown", 0))
    share = unknown / int(sizes["everybody"])
    counted = say(
        "The first order of {customers} ({share}), seen in the first {days} of the data, is "
        "unknown.",
        customers=disclosure.plural(unknown, "customer"),
        share=percent(share),
        days=plural(check.burn_in_days, "day"),
    )
    missed = say(
        "The fit to {fit} misses the weeks held out by {errors}.",
        fit=phrases.fitted_to(used),
        errors=_missed(errors, used),
    )
    naive = (
        say(
            "Taking every first order seen for the first ever misses them by {errors}.",
            errors=_missed(errors, EVERYBODY),
        )
        if EVERYBODY in check.births.models and used != EVERYBODY
        else ""
    )
    return Finding(
        id="clv.births",
        headline=sentences([counted, missed, naive]),
        label=say("Customers with unknown first order"),
        value=share,
        value_text=percent(share),
    )


def treatment(check: HoldoutCheck | TooFewError) -> str:
    """Say how customers there before the data are taken, and why."""
    if isinstance(check, TooFewError):
        return say("Without a check nothing was fitted.")
    used = say(
        "The fit to {fit} is used: {reason}.",
        fit=phrases.fitted_to(check.births.recommended),
        reason=check.births.reason,
    )
    limit = phrases.boundary(check.comparison.models[check.comparison.model])
    remark = say("It lies on a boundary of the model: {limit}.", limit=limit) if limit else ""
    failed = [
        say("The fit to {fit} failed: {reason}.", fit=phrases.fitted_to(name), reason=_stem(why))
        for name, why in check.births.failed.items()
    ]
    return sentences([used, remark, *failed])


def counts(study: ValueStudy | TooFewError) -> Finding:
    """Say whether as many customers ordered never again, once, twice, as the model says."""
    if isinstance(study, TooFewError):
        return too_few("clv.counts", study)
    bars = purchases_so_far(study)
    gap = bars["actual"] - bars["expected"]
    worst = bars.iloc[int(gap.abs().to_numpy().argmax())]
    moved = float(gap.abs().sum()) / 2 / float(bars["actual"].sum())
    chance = misfit(bars, study.purchases.free)
    wrong = say(
        "The model puts {share} of the customers at a wrong number of order days; it is furthest "
        "off at {label} order days, with {expected} customers for {actual}.",
        share=percent(moved),
        label=worst["label"],
        expected=disclosure.people(worst["expected"]),
        actual=disclosure.people(worst["actual"]),
    )
    return Finding(
        id="clv.counts",
        headline=sentences([wrong, _by_chance(chance)]),
        label=say("Customers at a wrong count"),
        value=moved,
        value_text=percent(moved),
        direction="neutral" if math.isnan(chance) or chance < _CHANCE else "good",
    )


def fits(study: ValueStudy | TooFewError) -> str:
    """Return what the fits are, with their standard errors, for the page of method."""
    if isinstance(study, TooFewError):
        return say("No model was fitted.")
    told = say(
        "Purchases: {model} on {customers}, {parameters}; log-likelihood {likelihood}. Spend: "
        "{spend} on {buyers}, {of_spend}. Time in weeks. In brackets: standard errors.",
        model=study.purchases.label,
        customers=plural(study.purchases.n_customers, "customer"),
        parameters=_fitted(study.purchases.parameters, study.purchases.standard_errors),
        likelihood=number(study.purchases.log_likelihood, 1),
        spend=translate(study.spend.label),
        buyers=plural(study.spend.n_customers, "repeat buyer"),
        of_spend=_fitted(study.spend.parameters, study.spend.standard_errors),
    )
    limit = phrases.boundary(study.purchases)
    remark = say("At a limit of the model: {limit}.", limit=limit) if limit else ""
    return sentences([told, remark])


def _fitted(parameters: pd.Series, errors: pd.Series) -> str:
    parts = []
    for name, value, error in zip(parameters.index, parameters, errors, strict=True):
        digits = max(0, 2 - int(np.floor(np.log10(abs(value))))) if value > 1e-6 else 3
        at_limit = say("at a limit") if math.isnan(error) else number(error, digits)
        parts.append(f"{name} {number(value, digits)} ({at_limit})")
    return ", ".join(parts)


def _by_chance(chance: float) -> str:
    """Say whether chance would make as much of a difference."""
    if math.isnan(chance):
        return say("There are too few bars for a test.")
    p = _p_value(chance)
    if chance < _CHANCE:
        return say("That is more than chance would make of it (chi-squared test, p {p}).", p=p)
    return say("That is no more than chance would make of it (chi-squared test, p {p}).", p=p)


def _left_out(failed: dict[str, str]) -> str:
    """Say which models could not be fitted, once for those with the same reason."""
    reasons: dict[str, list[str]] = {}
    for name, why in failed.items():
        reasons.setdefault(_stem(why), []).append(name)
    told = [
        say("left out: {models} ({reason})", models=join(names), reason=why)
        for why, names in reasons.items()
    ]
    return "; ".join(told)


def _stem(why: str) -> str:
    """Return the rule that a message begins with."""
    return translate(why.split(";")[0].rstrip("."))


def _in_words(model: str) -> str:
    """Name a model with what it takes for true."""
    beliefs = {
        "BG/NBD": say(
            "customers order at a pace of their own and may leave after any repeat order"
        ),
        "MBG/NBD": say("customers order at a pace of their own and may leave after any order"),
        "Pareto/NBD": say("customers order at a pace of their own and may leave at any moment"),
        "BG/CNBD-k": say("customers order at even gaps and may leave after any repeat order"),
        "MBG/CNBD-k": say("customers order at even gaps and may leave after any order"),
    }
    if model not in beliefs:
        return model
    return say("{model} ({belief})", model=model, belief=beliefs[model])


def _p_value(chance: float) -> str:
    if chance < 0.001:
        return say("below 0.001")
    return number(chance, 3 if chance < 0.01 else 2)


def _missed(errors: pd.DataFrame, fit: str) -> str:
    """Say of one fit how far it missed each group."""
    rows = errors[(errors["fitted_on"] == fit) & (errors["group"] != "everybody")]
    parts = [
        say("{off} for the surely new", off=signed_percent(error))
        if group == "first order known"
        else say("{off} for these", off=signed_percent(error))
        for group, error in zip(rows["group"], rows["error"], strict=True)
    ]
    return join(parts[::-1])
