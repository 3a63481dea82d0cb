"""How many customers bought never again, once, twice: the model beside the count."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis.clv.beta_geometric import BetaGeometric
from analysis.clv.bg_nbd import BGNBD
from analysis.clv.inputs import read_weight
from analysis.clv.origins import TwoOrigins
from analysis.clv.pareto_nbd import ParetoNBD
from analysis.clv.ranks import mean_ranks, quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel

    Floats = NDArray[np.float64]

__all__ = ["misfit", "purchase_counts"]

_SINGLE = 7  # counts shown one by one, where most customers have no more
_BARS = 12  # else, of equal width
_LENGTHS = 60
_EXPECTED = 5.0  # customers a bar for a chi-squared test


def purchase_counts(histories: pd.DataFrame, model: BuyingModel) -> pd.DataFrame:
    """How many customers should have bought how often by now, and how many did?

    Parameters
    ----------
    histories : DataFrame, one row per customer, or several with `weight`
        As the model was fitted to: purchases since the first one or, with `seen_within`, since
        the day from which those there before are counted; of these, those seen in time.
    model : BuyingModel
        Fitted to them.

    Returns
    -------
    DataFrame, a row a bar
        `first`, `last` (purchases), `actual` and `expected` customers; the last bar is open,
        and its `last` missing.

    Notes
    -----
    Each customer is expected by the length of his or her own history; of more than 60 lengths,
    neighbours share their mean.
    """
    within = histories.get("seen_within", pd.Series(np.nan, index=histories.index))
    ages = histories.assign(seen_within=within.fillna(0.0), weight=read_weight(histories))
    ages = ages[(ages["T"] > 0) & ((ages["seen_within"] == 0) | (ages["frequency"] > 0))]
    first = _first_of_each_bar(ages["frequency"], ages["weight"])
    counts = np.arange(first[-1])
    expected = np.zeros(first[-1])
    alike = ages.assign(time=ages["T"] * ages["weight"]).groupby(_alike(ages), sort=True)
    sums = alike.agg({"seen_within": "first", "weight": "sum", "time": "sum"})
    for stretch, size, time in sums.itertuples(index=False):
        expected += size * _chances(model, counts, time / size, stretch)
    in_bars = np.add.reduceat(expected, first[:-1])
    bar = np.searchsorted(first, ages["frequency"], side="right") - 1
    return pd.DataFrame(
        {
            "first": first,
            "last": np.append(first[1:] - 1.0, np.nan),
            "actual": np.bincount(bar, ages["weight"], first.size).astype(np.int64),
            "expected": np.append(in_bars, ages["weight"].sum() - in_bars.sum()),
        }
    )


def misfit(bars: pd.DataFrame, parameters: int) -> float:
    """How likely is so large a difference by chance? p-value of Pearson's test.

    Parameters
    ----------
    bars : DataFrame
        Of `purchase_counts`; neighbours with fewer than 5 expected are put together.
    parameters : int
        How many were estimated from the same customers.

    Returns
    -------
    float, missing where there are too few bars
    """
    group = (bars["expected"].cumsum() // _EXPECTED).clip(upper=bars["expected"].sum() // _EXPECTED)
    sums = bars.groupby(group)[["actual", "expected"]].sum()
    sums = sums[sums["expected"] > 0]
    freedom = len(sums) - 1 - parameters
    if freedom < 1:
        return float("nan")
    off = float(((sums["actual"] - sums["expected"]) ** 2 / sums["expected"]).sum())
    return float(stats.chi2.sf(off, freedom))


def _first_of_each_bar(frequency: pd.Series, weight: pd.Series) -> NDArray[np.int64]:
    most = quantile(frequency, weight, 0.95) if len(frequency) else 0.0
    width = int(np.ceil(most / _BARS))
    if width <= 1:
        return np.arange(_SINGLE + 1)
    return np.append(0, np.arange(1, most + 1, width).astype(np.int64))


def _alike(ages: pd.DataFrame) -> list[pd.Series]:
    """Put customers of about the same length of history together, old and new ones apart."""
    T = ages["T"]
    if T.nunique() > _LENGTHS:
        ranks = mean_ranks(T.to_numpy(), ages["weight"].to_numpy())
        T = pd.Series(np.ceil(ranks / ages["weight"].sum() * _LENGTHS), index=ages.index)
    return [T, ages["seen_within"]]


def _chances(model: BuyingModel, counts: NDArray[np.int64], T: float, within: float) -> Floats:
    """P(each count of purchases by T); of those there before, given one within the stretch."""
    if isinstance(model, TwoOrigins):
        model = model.old if within else model.new
    if not within:
        return model.distribution_new(counts, T)
    unseen, silent = _after_silence(model, within)
    model = _without_chance_at_start(model)
    late = silent.distribution_new(counts, T - within) if within < T else (counts == 0) * 1.0
    nothing = float(model.distribution_new(np.zeros(1, dtype=np.int64), within)[0])
    chances = model.distribution_new(counts, T) - unseen * late
    return np.asarray(np.where(counts > 0, chances, 0.0) / (1 - nothing))


def _without_chance_at_start(model: BuyingModel) -> BuyingModel:
    """Return the model as it holds for those there before: nobody leaves at the start."""
    if isinstance(model, BetaGeometric):
        known = {name: getattr(model, name) for name in model.names}
        return BGNBD(**known, n_customers=model.n_customers, peak=model.peak)
    return model


def _after_silence(model: BuyingModel, silence: float) -> tuple[float, BuyingModel]:
    """Return P(there, but silent for so long), and the model of who was."""
    if isinstance(model, BetaGeometric):
        chance = (1 + silence / model.alpha) ** -model.r
        return chance, replace(_without_chance_at_start(model), alpha=model.alpha + silence)
    if isinstance(model, ParetoNBD):
        chance = (1 + silence / model.alpha) ** -model.r * (1 + silence / model.beta) ** -model.s
        return chance, replace(model, alpha=model.alpha + silence, beta=model.beta + silence)
    raise TypeError(f"{model.label} is not fitted to customers who were there before")
