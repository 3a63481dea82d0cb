"""Customers who live the story of a model, purchase by purchase, without its formulas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import clv

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CUSTOMERS, WEEKS, YOUNGEST, HOLDOUT = 2500, 52, 13, 52.0
MARGIN, ANNUAL_RATE = 0.3, 0.10
SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}  # as published for CDNOW
Buying = clv.BGNBD | clv.MBGNBD | clv.ParetoNBD | clv.BGCNBD


@dataclass(frozen=True)
class Story:
    """A model: its name, its true parameters, how customers live, and how it is fitted."""

    name: str
    truth: dict[str, float]
    live: Callable[[dict[str, float], Floats, np.random.Generator], tuple[Floats, Floats]]
    fit: Callable[[pd.DataFrame], Buying]


def live_bg(
    truth: dict[str, float],
    end: Floats,
    rng: np.random.Generator,
    *,
    at_start: bool = False,
    stages: int = 1,
) -> tuple[Floats, Floats]:
    """Let each buy at a rate of his or her own, with a chance to leave at every purchase."""
    rate = rng.gamma(truth["r"], 1 / truth["alpha"], end.size)
    leave = rng.beta(truth["a"], truth["b"], end.size)
    now = np.zeros(end.size)
    there = np.flatnonzero(~(at_start & (rng.random(end.size) < leave)))
    who, when = [], []
    while there.size:
        now[there] += rng.standard_gamma(stages, there.size) / np.maximum(rate[there], 1e-300)
        there = there[now[there] <= end[there]]
        who.append(there)
        when.append(now[there])
        there = there[rng.random(there.size) >= leave[there]]
    return np.concatenate(who), np.concatenate(when)


def live_pareto(
    truth: dict[str, float], end: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Let each buy at a steady rate until a moment that comes at random."""
    rate = rng.gamma(truth["r"], 1 / truth["alpha"], end.size)
    leave = np.maximum(rng.gamma(truth["s"], 1 / truth["beta"], end.size), 1e-300)
    there = np.minimum(end, rng.standard_exponential(end.size) / leave)
    who = np.repeat(np.arange(end.size), rng.poisson(rate * there))
    return who, rng.random(who.size) * there[who]


STORIES = {
    story.name: story
    for story in (
        Story(
            "BG/NBD",
            {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
            live_bg,
            clv.fit_bg_nbd,
        ),
        Story(
            "MBG/NBD",
            {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
            partial(live_bg, at_start=True),
            clv.fit_mbg_nbd,
        ),
        Story(
            "Pareto/NBD",
            {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
            live_pareto,
            clv.fit_pareto_nbd,
        ),
        Story(
            "BG/CNBD-2",
            {"r": 0.6, "alpha": 4.0, "a": 0.793, "b": 2.426},
            partial(live_bg, stages=2),
            partial(clv.fit_bg_cnbd, k=2),
        ),
    )
}


def simulate(story: Story, seed: int) -> pd.DataFrame:
    """Return a summary at the end of the calibration, and what really happens in the holdout."""
    rng = np.random.default_rng([seed, len(story.name)])
    T = rng.integers(YOUNGEST * 7, WEEKS * 7, CUSTOMERS, endpoint=True) / 7
    who, when = story.live(story.truth, T + HOLDOUT, rng)
    pay_rate = rng.gamma(SPEND["q"], 1 / SPEND["v"], CUSTOMERS)
    paid = rng.gamma(SPEND["p"], 1 / pay_rate[who])
    early = when <= T[who]
    add = partial(np.bincount, minlength=CUSTOMERS)
    x, last = add(who[early]), np.zeros(CUSTOMERS)
    np.maximum.at(last, who[early], when[early])
    ahead, after = who[~early], when[~early] - T[who[~early]]
    today = np.exp(-clv.continuous_rate(ANNUAL_RATE, "week") * after)
    return pd.DataFrame(
        {
            "frequency": x,
            "recency": last,
            "T": T,
            "monetary_value": np.where(
                x > 0, add(who[early], paid[early]) / np.maximum(x, 1), np.nan
            ),
            "holdout_frequency": add(ahead),
            "holdout_T": HOLDOUT,
            "sales": add(ahead, paid[~early]),
            "value": MARGIN * add(ahead, paid[~early] * today),
            "log_gaps": sum_log_gaps(who[early], when[early], CUSTOMERS),
        }
    )


def sum_log_gaps(who: NDArray[np.intp], when: Floats, customers: int) -> Floats:
    order = np.lexsort((when, who))
    who, when = who[order], when[order]
    first = np.concatenate([[True], who[1:] != who[:-1]])
    gaps = when - np.where(first, 0.0, np.concatenate([[0.0], when[:-1]]))
    return np.bincount(who, np.log(gaps), customers)
