"""Compare the shares that left for a reason between groups, when reasons compete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.survival.comparison import log_chi2_sf
from analysis.survival.competing import coded_causes
from analysis.survival.counting import first_of_ties, to_come
from analysis.survival.observations import aligned, labels, observe

if TYPE_CHECKING:
    from analysis.survival.observations import Floats, Integers


def gray_test(durations: Any, causes: Any, groups: Any) -> pd.DataFrame:
    """Does a reason take an equal share of each group in the end? One test a reason.

    A log-rank test of one reason, the others taken as censored, asks for the pace at which those
    still here leave for it. This asks for the share that has left for it, which also depends on
    how many the other reasons took before.

    Parameters
    ----------
    durations, causes
        As for `aalen_johansen`.
    groups : array
        Two labels or more.

    Returns
    -------
    DataFrame, one row a cause: `cause`, `statistic` (chi-squared), `dof`, `p_value`,
    `log_p_value`

    Raises
    ------
    DataError
        Values missing or mismatched, or a single group.

    References
    ----------
    .. [1] Gray (1988), Annals of Statistics 16, 1141-1154.
    """
    aligned(durations=durations, causes=causes, groups=groups)
    cause, causes_found = coded_causes(causes)
    time = observe(np.asarray(durations), cause >= 0).time
    codes, names = labels("groups", groups)
    if len(names) < 2:
        raise DataError(f"`groups` must hold two labels or more; it holds {len(names)}.")
    order = np.argsort(time)
    n, gone = _risk_and_events(time[order], cause[order], codes[order], len(names))
    rows = []
    for code, name in enumerate(causes_found):
        z, V = _score(n, gone[code], gone.sum(axis=0) - gone[code])
        some = np.flatnonzero(np.diag(V) > 0)[:-1]
        inverse = np.linalg.pinv(V[np.ix_(some, some)], hermitian=True)
        statistic = float(z[some] @ inverse @ z[some])
        log_p = log_chi2_sf(statistic, len(some))
        rows.append((name, statistic, len(some), float(np.exp(log_p)), log_p))
    return pd.DataFrame(rows, columns=["cause", "statistic", "dof", "p_value", "log_p_value"])


def _risk_and_events(
    time: Floats, cause: Integers, codes: Integers, k: int
) -> tuple[Floats, Floats]:
    """Numbers at risk (groups x times) and events (causes x groups x times), where some are."""
    starts = first_of_ties(time)
    starts = starts[np.add.reduceat(cause >= 0, starts, dtype=np.int64) > 0]
    at = np.searchsorted(time[starts], time[cause >= 0])
    size, width = int(cause.max()) + 1, len(starts)
    where = (cause[cause >= 0] * k + codes[cause >= 0]) * width + at
    events = np.bincount(where, minlength=size * k * width).reshape(size, k, width)
    n = np.stack([to_come((codes == group).astype(np.float64))[starts] for group in range(k)])
    return n, events.astype(np.float64)


def _score(n: Floats, d: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Gray's score of each group and its covariance; all arguments are groups x times.

    R = n / S(t-) counts those at risk as if nobody had been lost but to events, so events over
    the sum of R are steps of the incidence F of all groups together.
    """
    risk = np.where(n > 0, n, 1.0)
    S = np.multiply.accumulate(np.where(n > 0, 1 - (d + other) / risk, 1.0), axis=1)
    S_before = np.insert(S, 0, 1.0, axis=1)[:, :-1]
    F_before = np.insert(np.cumsum(S_before * d / risk, axis=1), 0, 0.0, axis=1)[:, :-1]
    R = np.divide(n, S_before, out=np.zeros_like(n), where=n > 0)
    total, events = R.sum(axis=0), d.sum(axis=0)
    still = R * (1 - F_before)
    z = (d - events * still / still.sum(axis=0)).sum(axis=1)
    F = np.cumsum(events / total)
    a = np.eye(len(n))[:, :, None] * R[:, None] - R[:, None] * R[None] / total
    C = np.cumsum(a * events / (total * (1 - np.append(0.0, F[:-1]))), axis=2)
    ahead = C[:, :, -1:] - C
    scaled = np.divide(1 - F, S, out=np.zeros_like(S), where=S > 0)
    own, others = a + (1 - scaled) * ahead, scaled * ahead
    spread = S_before * events / (total * risk) * _ties(events, total * S_before) * (n > 0)
    spread_other = (S_before / risk) ** 2 * other * _ties(other, n) * (S > 0)
    V = np.einsum("ikt,jkt,kt->ij", own, own, spread)
    return z, V + np.einsum("ikt,jkt,kt->ij", others, others, spread_other)


def _ties(events: Floats, n: Floats) -> Floats:
    """Hypergeometric factor for several events at a time."""
    events = np.broadcast_to(events, n.shape)
    some = (events > 1) & (n > 1)
    return 1 - np.divide(events - 1, n - 1, out=np.zeros_like(n), where=some)
