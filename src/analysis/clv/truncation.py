"""Customers who were there before the data: a likelihood that conditions on being a customer then.

Whose first order lies before the data has no known birth, and the first order seen is not the
first. What is known: the customer was active when the data begin, and bought within a stretch
of it, for otherwise nobody would know. So time starts with the data, every purchase seen counts,
and the chance of the history is divided by the chance of a purchase within that stretch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.clv.histories import Rows
from analysis.clv.likelihood import Limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.clv.likelihood import LogLikelihood

    Floats = NDArray[np.float64]

__all__ = ["conditioned", "with_unseen"]

UNSEEN = Limit(
    "of those there before, most hardly buy and were never seen", (-1, 0, 0, 0), (0,), (0,)
)


def with_unseen(limits: tuple[Limit, ...], rows: Rows) -> tuple[Limit, ...]:
    """Return the limits of a model, and one more where some histories begin with the data.

    As r goes to 0, ever more customers hardly buy. Followed from a purchase on, they would be
    seen to; of those there before, only who buys is seen, and the number of purchases tends to
    the logarithmic series distribution [1]_.

    References
    ----------
    .. [1] Fisher, Corbet and Williams (1943), The relation between the number of species and
       the number of individuals, Journal of Animal Ecology 12(1).
    """
    return limits if rows.seen_within is None else (*limits, UNSEEN)


def conditioned(likelihood: Callable[[Rows], LogLikelihood], rows: Rows) -> LogLikelihood:
    """Return the log-likelihood of `rows`, given that those there before the data were seen.

    Parameters
    ----------
    likelihood : callable
        Rows -> log-likelihood of a model, as if everybody had just bought at time 0.
    rows : Rows
        Distinct histories; those with a number in `seen_within` begin with the data.

    Returns
    -------
    callable
        Log-parameters -> (log-likelihood, its gradient).
    """
    if rows.seen_within is None:
        return likelihood(rows)
    return _Conditioned(likelihood, rows, rows.seen_within)


class _Conditioned:
    """The likelihood of all, less the chance to have come into the table at all."""

    def __init__(
        self, likelihood: Callable[[Rows], LogLikelihood], rows: Rows, seen_within: Floats
    ) -> None:
        self.histories = likelihood(rows)
        stretches = np.unique(seen_within[~np.isnan(seen_within)])
        self.silences = [
            (float(rows.weight[seen_within == stretch].sum()), likelihood(_silent_for(stretch)))
            for stretch in stretches
        ]

    def __call__(self, log_parameters: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood, and its gradient in the log-parameters."""
        value, gradient = self.histories(log_parameters)
        for customers, silence in self.silences:
            log_unseen, slope = silence(log_parameters)
            seen = max(-np.expm1(log_unseen), np.finfo(float).tiny)
            value -= customers * np.log(seen)
            gradient = gradient + customers * np.exp(log_unseen) / seen * slope
        return float(value), gradient


def _silent_for(stretch: float) -> Rows:
    """Return the history of one active at the start who then bought nothing for `stretch`."""
    nothing, end = np.zeros(1), np.array([stretch])
    return Rows(nothing, nothing, end, np.ones(1), seen_within=end)
