"""Do the hazard ratios of a Cox model stay the same over time?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.survival.comparison import log_chi2_sf
from analysis.survival.counting import grouped_counts
from analysis.survival.observations import Observations
from analysis.survival.steps import product_limit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.survival.cox import FitState
    from analysis.survival.observations import Floats

Transform = Literal["km", "rank", "identity", "log"]


def score_test(
    fit: FitState,
    columns: list[str],
    transform: Transform,
    terms: Mapping[str, Sequence[str]] | None,
) -> pd.DataFrame:
    """Test whether each log hazard ratio changes with a function g of time.

    Parameters
    ----------
    transform : {"km", "rank", "identity", "log"}
        g: one less the Kaplan-Meier curve just before, rank among all times, time, log time.
    terms : mapping of name to covariates, optional
        Covariates to be tested together, such as the levels of one factor; each alone otherwise.

    Returns
    -------
    DataFrame, one row a term and last "GLOBAL": `term`, `statistic`, `dof`, `p`, `log_p`
        The numbers but `dof` are missing where all events are at one time.

    Notes
    -----
    This is the exact score test of adding x g(t) to the model, not the older approximation by
    correlating scaled Schoenfeld residuals with g.

    References
    ----------
    .. [1] Grambsch and Therneau (1994), Biometrika 81, 515-526.
    .. [2] Therneau, survival package for R, cox.zph since version 3.0.
    """
    risk, at = fit.risk, fit.sums
    g = _function_of_time(fit, transform)
    g = g - np.average(g, weights=risk.W)
    u = risk.score(at, g)
    I_bg, I_gg = risk.information(at, g), risk.information(at, g**2)
    V = I_gg - I_bg @ np.linalg.solve(fit.information, I_bg)
    groups = {name: [name] for name in columns} if terms is None else dict(terms)
    rows = []
    for name, members in [*groups.items(), ("GLOBAL", columns)]:
        unknown = [member for member in members if member not in columns]
        if unknown:
            raise DataError(f"`terms` must name covariates of the fit; {unknown[0]!r} is not one.")
        at_term = [columns.index(member) for member in members]
        statistic = np.nan
        if np.ptp(g) > 0:
            statistic = float(u[at_term] @ np.linalg.solve(V[np.ix_(at_term, at_term)], u[at_term]))
        log_p = log_chi2_sf(statistic, len(at_term))
        rows.append((name, statistic, len(at_term), float(np.exp(log_p)), log_p))
    return pd.DataFrame(rows, columns=["term", "statistic", "dof", "p", "log_p"])


def _function_of_time(fit: FitState, transform: Transform) -> Floats:
    """Return g at the time of each cell."""
    time = fit.risk.time
    if transform == "identity":
        return time
    if transform == "log":
        if time.min() <= 0:
            raise DataError(
                f"`transform` 'log' needs event times > 0; the first is {time.min()}. "
                "Use 'km' or 'rank'."
            )
        return np.log(time)
    if transform == "rank":
        ordered = np.sort(fit.sample.time)
        below, upto = (np.searchsorted(ordered, time, side) for side in ("left", "right"))
        return (below + upto + 1) / 2
    if transform == "km":
        s = fit.sample
        ((_, counts),) = grouped_counts(Observations(s.time, s.event, s.entry), None)
        S = np.append(1.0, product_limit(None, counts).S)
        return 1 - S[np.searchsorted(counts.time, time)]
    raise DataError(f"`transform` must be 'km', 'rank', 'identity' or 'log'; got {transform!r}.")
