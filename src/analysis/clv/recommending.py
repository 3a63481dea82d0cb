"""Which forecast to use, by what each missed of a holdout: in total, one by one, week by week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.clv.holdout import LAST_PERIOD
from analysis.clv.misses import Miss, beats, pick
from analysis.language import say, translate
from analysis.wording import join

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel

    Floats = NDArray[np.float64]

__all__ = ["by_simplicity", "naive_weekly_error", "recommend", "weekly_error"]


def recommend(misses: dict[str, Miss], models: dict[str, BuyingModel]) -> tuple[str, str, str]:
    """Return the best model, what to forecast by, and why."""
    simplest_first = sorted(models, key=lambda name: by_simplicity(models[name]))
    model = pick(misses, simplest_first)
    rule = pick(misses, [name for name in misses if name not in models])
    missed, naive = misses[model], misses[rule]
    facts = {"missed": missed, "rule": translate(rule), "naive": naive}
    if beats(naive, missed):
        reason = say(
            "no model beats the naive rule ({rule}), which missed {naive}; the best of them, "
            "{model}, missed {missed}",
            **facts,
            model=model,
        )
        return model, rule, reason
    reason = (
        say("it missed {missed}, less than the naive rule ({rule}: {naive})", **facts)
        if beats(missed, naive)
        else say("it missed {missed}, no clear gain on the naive rule ({rule}: {naive})", **facts)
    )
    equal = [n for n in models if n != model and not beats(missed, misses[n])]
    if equal:
        reason = say(
            "{reason}; {others} did as well within chance", reason=reason, others=join(equal)
        )
    return model, model, reason


def by_simplicity(model: BuyingModel) -> tuple[int, float]:
    """Order by the number of parameters (k is one), then the more likely first."""
    return model.free + hasattr(model, "k"), -round(model.log_likelihood, 3)


def weekly_error(customers: pd.DataFrame, model: BuyingModel, weekly: pd.DataFrame | None) -> float:
    """Return the mean absolute error of a week, as a share of the mean week."""
    if weekly is None:
        return float("nan")
    rows, _ = model.read(customers).distinct()
    until = model.mean_course(rows, np.arange(1.0, len(weekly) + 1))
    return _share(np.diff(until, prepend=0.0), weekly)


def naive_weekly_error(rule: str, total: float, weekly: pd.DataFrame | None) -> float:
    """Return the same of a naive rule: each week as long before, or its total spread evenly."""
    if weekly is None:
        return float("nan")
    even = np.full(len(weekly), total / len(weekly))
    return _share(weekly["naive"].to_numpy() if rule == LAST_PERIOD else even, weekly)


def _share(predicted: Floats, weekly: pd.DataFrame) -> float:
    actual = weekly["actual"].to_numpy(dtype=np.float64)
    return float(np.abs(predicted - actual).sum() / max(actual.sum(), 1.0))
