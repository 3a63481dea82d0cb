"""The conclusions of the value report about which model is used, for whom, and how well it fits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.clv.frequency import misfit
from analysis.clv.layout import signed_percent
from analysis.clv.layout_check import purchases_so_far
from analysis.clv.treatments import EVERYBODY
from analysis.errors import TooFewError
from analysis.findings import Finding, too_few
from analysis.wording import count, join, number, percent, plural

if TYPE_CHECKING:
    import pandas as pd

    from analysis.clv.check import HoldoutCheck
    from analysis.clv.study import ValueStudy

_BELIEFS = {
    "BG/NBD": "customers order at a pace of their own and may leave after any repeat order",
    "MBG/NBD": "customers order at a pace of their own and may leave after any order",
    "Pareto/NBD": "customers order at a pace of their own and may leave at any moment",
    "BG/CNBD-k": "customers order at even gaps and may leave after any repeat order",
    "MBG/CNBD-k": "customers order at even gaps and may leave after any order",
}
_CHANCE = 0.05  # a difference less likely than this is called more than chance


def recommended(check: HoldoutCheck | TooFewError) -> Finding:
    """Say which model is used, and why."""
    if isinstance(check, TooFewError):
        return too_few("clv.model", check)
    found = check.comparison
    beaten = found.recommended != found.model
    score = found.table.loc[found.table["forecast"] == found.model, "score"]
    reason = found.reason[0].upper() + found.reason[1:]
    opening = (
        f"{reason}. The values here are from {_in_words(found.model)}"
        if beaten
        else (
            f"Of {plural(len(found.models), 'model')} tried, {_in_words(found.model)} is used: "
            f"{found.reason}"
        )
    )
    return Finding(
        id="clv.model",
        headline=f"{opening}.",
        label="Model in use",
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
    naive = (
        ", where taking every first order seen for the first ever misses by "
        f"{_missed(errors, EVERYBODY)}"
        if EVERYBODY in check.births.models and used != EVERYBODY
        else ""
    )
    return Finding(
        id="clv.births",
        headline=(
            f"The first order of {count(unknown)} customers ({percent(share)}), seen in the first "
            f"{plural(check.burn_in_days, 'day')} of the data, is unknown. The fit to {used} "
            f"misses the weeks held out by {_missed(errors, used)}{naive}."
        ),
        label="Customers with unknown first order",
        value=share,
        value_text=percent(share),
    )


def treatment(check: HoldoutCheck | TooFewError) -> str:
    """Say how customers there before the data are taken, and why."""
    if isinstance(check, TooFewError):
        return "Without a check nothing was fitted."
    failed = [f" The fit to {name} failed: {why}" for name, why in check.births.failed.items()]
    boundary = check.comparison.models[check.comparison.model].boundary
    remark = f" It lies on a boundary of the model: {boundary}." if boundary else ""
    return (
        f"The fit to {check.births.recommended} is used: {check.births.reason}.{remark}"
        f"{''.join(failed)}"
    )


def counts(study: ValueStudy | TooFewError) -> Finding:
    """Say whether as many customers ordered never again, once, twice, as the model says."""
    if isinstance(study, TooFewError):
        return too_few("clv.counts", study)
    bars = purchases_so_far(study)
    gap = bars["actual"] - bars["expected"]
    worst = bars.iloc[int(gap.abs().to_numpy().argmax())]
    moved = float(gap.abs().sum()) / 2 / float(bars["actual"].sum())
    chance = misfit(bars, study.purchases.free)
    verdict = (
        "too few bars for a test"
        if math.isnan(chance)
        else f"{'more than' if chance < _CHANCE else 'no more than'} chance would make of it "
        f"(chi-squared test, p {_p_value(chance)})"
    )
    return Finding(
        id="clv.counts",
        headline=(
            f"The model puts {percent(moved)} of the customers at a wrong number of order days, "
            f"{verdict}; it is furthest off at {worst['label']} order "
            f"days, with {count(worst['expected'])} customers for {count(worst['actual'])}."
        ),
        label="Customers at a wrong count",
        value=moved,
        value_text=percent(moved),
        direction="neutral" if math.isnan(chance) or chance < _CHANCE else "good",
    )


def _left_out(failed: dict[str, str]) -> str:
    """Say which models could not be fitted, once for those with the same reason."""
    reasons: dict[str, list[str]] = {}
    for name, why in failed.items():
        reasons.setdefault(why.split(";")[0].rstrip("."), []).append(name)
    return "; ".join(f"left out: {join(names)} ({why})" for why, names in reasons.items())


def _in_words(model: str) -> str:
    """Name a model with what it takes for true."""
    return f"{model} ({_BELIEFS[model]})" if model in _BELIEFS else model


def _p_value(chance: float) -> str:
    return "below 0.001" if chance < 0.001 else number(chance, 3 if chance < 0.01 else 2)


def _missed(errors: pd.DataFrame, fit: str) -> str:
    """Say of one fit how far it missed each group."""
    rows = errors[(errors["fitted_on"] == fit) & (errors["group"] != "everybody")]
    groups = {"first order known": "the surely new", "first order unknown": "these"}
    parts = [
        f"{signed_percent(error)} for {groups[group]}"
        for group, error in zip(rows["group"], rows["error"], strict=True)
    ]
    return join(parts[::-1])
