"""Fitting the BG/CNBD-k family: the likelihood at a given regularity, and the best regularity."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from analysis.clv.beta_geometric import LIMITS, start
from analysis.clv.erlang_counts import unfinished
from analysis.clv.histories import more_than
from analysis.clv.inputs import number_column, read_customers, refuse, refuse_unborn
from analysis.clv.likelihood import Maximum, either, maximise
from analysis.clv.truncation import conditioned, with_unseen
from analysis.errors import AnalysisWarning, DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.histories import Rows

    Floats = NDArray[np.float64]

__all__ = ["Likelihood", "Regular", "fit_regularity", "refuse_unknown_stage"]

_MOST_REGULAR = 12  # the highest k tried
_REMAKE = "Make the table with summary.summarise_customers(..., gaps=True)"


class Regular(NamedTuple):
    """The best fit: its regularity, its maximum, and the number of customers."""

    k: int
    peak: Maximum
    size: float


class Likelihood:
    """Log-likelihood and gradient of the family on distinct histories, for one k.

    The gaps enter by their logarithms alone, as a constant: added up over all customers.

    References
    ----------
    .. [1] Reutterer, Platzer and Schroeder (2021), Leveraging purchase regularity for
       predicting customer behavior the easy way, Int. J. of Research in Marketing 38(1).
    """

    def __init__(self, rows: Rows, k: int, at_start: int, log_gaps: float) -> None:
        self.k, self.x, self.weight = k, rows.x, rows.weight
        self.unbroken = rows.T - rows.t_x
        chances, stages = rows.chances(at_start), k * rows.x
        self.more_stages = more_than(stages, rows.weight)
        self.more_chances = more_than(chances, rows.weight)
        places, times = pd.factorize(np.concatenate([rows.T, rows.t_x]))
        self.end, self.latest = np.split(places, 2)
        self.times = np.asarray(times)
        self.customers = np.bincount(self.end, rows.weight, times.size)  # by their T
        self.stages = np.bincount(self.end, rows.weight * stages, times.size)
        self.last = chances.astype(np.intp) - 1
        self.constant = (k - 1) * log_gaps - float(rows.weight @ rows.x) * special.gammaln(k)

    def __call__(self, log_parameters: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood, and its gradient in the log-parameters."""
        r, alpha, a, b = np.exp(log_parameters)
        i, j = r + np.arange(self.more_stages.size), b + np.arange(self.more_chances.size)
        age, share = np.log1p(self.times / alpha), self.times / (alpha + self.times)
        c, silence = r + self.k * self.x, age[self.end] - age[self.latest]
        passed = unfinished(c, self.unbroken / (alpha + self.times)[self.end], self.k)
        odds = np.append(np.log(a / j), -np.inf)[self.last]
        log_either, left = either(odds + c * silence - passed.log)
        left *= self.weight
        there = self.weight - left
        value = (
            self.weight @ (log_either + passed.log)
            - (r * self.customers + self.stages) @ age
            - self.stages.sum() * np.log(alpha)
            + self.more_stages @ np.log(i)
            - self.more_chances @ np.log1p(a / j)
        )
        could = self.last >= 0  # have left
        at_last = np.bincount(self.last[could], left[could], j.size)
        together = a * self.more_chances / (a + j)
        gradient = [
            r * (left @ silence + there @ passed.in_c)
            + r * (self.more_stages @ (1 / i) - self.customers @ age),
            (r * self.customers + self.stages) @ share
            - self.stages.sum()
            - (left * c) @ (share[self.end] - share[self.latest])
            - (there * passed.in_log_z) @ (1 - share[self.end]),
            left.sum() - together.sum(),
            b * ((together - at_last) @ (1 / j)),
        ]
        return float(value) + self.constant, np.array(gradient)


def fit_regularity(customers: pd.DataFrame, at_start: int, k: int | None) -> Regular:
    """Fit a model of the family at `k`, or at the k of the highest likelihood.

    The search goes up from k = 1 and ends when the likelihood has fallen twice in a row.
    """
    everybody = read_customers(customers, for_fit=True)
    refuse_unknown_stage(customers, everybody, k)
    log_gaps = 0.0 if k == 1 else _total_log_gaps(customers, everybody)
    rows, _ = everybody.distinct()
    found: list[tuple[Regular, list[warnings.WarningMessage]]] = []
    for stages in range(1, _MOST_REGULAR + 1) if k is None else [_whole(k)]:
        near = _near(start(rows), stages, found[-1][0] if found else None)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", AnalysisWarning)
            found.append((_fit(rows, stages, at_start, log_gaps, near), said))
        values = [fit.peak.log_likelihood for fit, _ in found]
        if int(np.argmax(values)) < len(values) - 2:
            break
    best, said = max(found, key=lambda one: one[0].peak.log_likelihood)
    messages = [str(warning.message) for warning in said]
    if k is None and best.k == _MOST_REGULAR:
        messages.append(f"gaps are even more regular than k = {_MOST_REGULAR}, the highest k tried")
    for message in messages:
        warnings.warn(message, AnalysisWarning, stacklevel=3)
    return best


def refuse_unknown_stage(customers: pd.DataFrame, rows: Rows, k: int | None) -> None:
    """Refuse histories that begin with the data, unless k is 1: the stage then is not known."""
    if k != 1:
        why = "with k > 1, a history must begin with a purchase"
        way_out = "Count from the first order seen, or fit with k=1."
        refuse_unborn(customers, rows, why, way_out)


def _fit(rows: Rows, k: int, at_start: int, log_gaps: float, near: Floats) -> Regular:
    size = float(rows.weight.sum())
    likelihood = conditioned(lambda some: Likelihood(some, k, at_start, log_gaps), rows)
    return Regular(k, maximise(likelihood, near, size, with_unseen(LIMITS, rows)), size)


def _near(first: Floats, k: int, before: Regular | None) -> Floats:
    """Where to begin: at the fit before, for as many purchases, unless it lies at a limit."""
    if before is None or before.peak.limits:
        return np.asarray(first - [0.0, np.log(k), 0.0, 0.0])
    return np.asarray(before.peak.log_parameters - [0.0, np.log(k / before.k), 0.0, 0.0])


def _whole(k: int) -> int:
    if k != int(k) or k < 1:
        raise DataError(f"`k` must be a whole number >= 1; got {k}. Leave it out to estimate it.")
    return int(k)


def _total_log_gaps(customers: pd.DataFrame, rows: Rows) -> float:
    """Add up the logarithms of all gaps; refuse sums that no gaps can have."""
    if "log_gaps" not in customers.columns:
        raise DataError(
            "to estimate `k`, or to fit with k > 1, `customers` needs a column `log_gaps`; found: "
            f"{', '.join(map(str, customers.columns))}. {_REMAKE}, or fit with k=1."
        )
    log_gaps = number_column(customers, "log_gaps")
    most = special.xlogy(rows.x, rows.t_x / np.maximum(rows.x, 1.0))
    rule = "`log_gaps` must be 0 where `frequency` is 0"
    refuse(customers, (rows.x == 0) & (log_gaps != 0), "log_gaps", rule, f"{_REMAKE}.")
    rule = "`log_gaps` must be at most what even gaps give, frequency * log(recency / frequency)"
    way_out = f"{_REMAKE}, in the unit of `recency`."
    refuse(customers, log_gaps > most + 1e-6 * (1 + np.abs(most)), "log_gaps", rule, way_out)
    return float(rows.weight @ log_gaps)
