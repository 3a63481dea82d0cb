"""How likely a history of periods with and without a purchase is under the BG/BB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.histories import Rows

    Floats = NDArray[np.float64]

__all__ = ["Chances", "Likelihood"]


class Chances:
    """The ways in which a history can have come about: in which period the customer left."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        lived = rows.t_x[:, None] + np.arange(int((rows.T - rows.t_x).max(initial=0.0)) + 1)
        self.possible = lived <= rows.T[:, None]
        self.lived = np.minimum(lived, rows.T[:, None])
        self.left = np.where(self.lived < rows.T[:, None], 1.0, 0.0)

    def logs(self, parameters: Floats) -> Floats:
        """Log-likelihood of the history with each number of periods lived through."""
        alpha, beta, gamma, delta = parameters
        x, m = self.rows.x[:, None], self.lived
        bought = special.betaln(alpha + x, beta + m - x) - special.betaln(alpha, beta)
        stayed = special.betaln(gamma + self.left, delta + m) - special.betaln(gamma, delta)
        return np.where(self.possible, bought + stayed, -np.inf)

    def relative(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Return log(likelihood / likelihood with the customer still there), and the latter."""
        logs = self.logs(parameters)
        there = logs[np.arange(len(logs)), (self.rows.T - self.rows.t_x).astype(int)]
        return special.logsumexp(logs, axis=1) - there, there

    def slopes(self, parameters: Floats) -> tuple[Floats, ...]:
        """How each of `logs` moves with each parameter."""
        alpha, beta, gamma, delta = parameters
        x, m = self.rows.x[:, None], self.lived
        digamma = special.digamma
        buying = digamma(alpha + beta) - digamma(alpha + beta + m)
        leaving = digamma(gamma + delta) - digamma(gamma + delta + m + self.left)
        return (
            buying + digamma(alpha + x) - digamma(alpha),
            buying + digamma(beta + m - x) - digamma(beta),
            leaving + digamma(gamma + self.left) - digamma(gamma),
            leaving + digamma(delta + m) - digamma(delta),
        )


class Likelihood:
    """Log-likelihood and gradient on distinct histories.

    References
    ----------
    .. [1] Fader, Hardie and Shang (2010), Marketing Science 29(6).
    """

    def __init__(self, rows: Rows) -> None:
        self.weight, self.chances = rows.weight, Chances(rows)

    def __call__(self, log_parameters: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood, and its gradient in the log-parameters."""
        parameters = np.exp(log_parameters)
        logs = self.chances.logs(parameters)
        whole = special.logsumexp(logs, axis=1)
        share = np.exp(logs - whole[:, None]) * self.weight[:, None]
        slopes = self.chances.slopes(parameters)
        gradient = np.array([np.sum(share * slope) for slope in slopes])
        return float(self.weight @ whole), gradient * parameters
