"""Confidence limits of a survival probability on five scales."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from scipy.special import expit, logit, ndtri

from analysis.errors import DataError

if TYPE_CHECKING:
    from analysis.survival.observations import Floats

Interval = Literal["log-log", "log", "plain", "logit", "arcsin"]


def survival_limits(
    S: Floats, se_log: Floats, confidence: float, interval: Interval
) -> tuple[Floats, Floats]:
    """Limits of S from the standard error of log S.

    Where S is 1 the log-log, logit and arcsin scales give no limits, and where S is 0 none does:
    NaN, as nothing was observed that could say how sure the estimate is.

    References
    ----------
    .. [1] Borgan and Liestol (1990), Scandinavian Journal of Statistics 17, 35-41.
    .. [2] Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, 1.4.
    """
    z = normal_quantile(confidence)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if interval == "plain":
            low, high = S - z * se_log * S, S + z * se_log * S
        elif interval == "log":
            low, high = S * np.exp(-z * se_log), S * np.exp(z * se_log)
        elif interval == "log-log":
            step = np.exp(z * se_log / np.log(S))
            low, high = S ** (1 / step), S**step
        elif interval == "logit":
            step = z * se_log / (1 - S)
            low, high = expit(logit(S) - step), expit(logit(S) + step)
        elif interval == "arcsin":
            angle, step = np.arcsin(np.sqrt(S)), 0.5 * z * se_log * np.sqrt(S / (1 - S))
            low = np.sin(np.maximum(angle - step, 0)) ** 2
            high = np.sin(np.minimum(angle + step, np.pi / 2)) ** 2
        else:
            raise DataError(f"`interval` must be one of {get_args(Interval)}; got {interval!r}.")
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def normal_quantile(confidence: float) -> float:
    """Half-width, in standard errors, of a two-sided interval."""
    if not 0 < confidence < 1:
        raise DataError(f"`confidence` must lie between 0 and 1; got {confidence}. Try 0.95.")
    return float(ndtri(0.5 + confidence / 2))
