"""Data and independent code for the tests of the value models.

CDNOW comes as a file of the lifetimes package, which is not imported: it needs an older pandas.
The donors and the retention curves are small tables of the cited papers.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import files
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Callable

CALIBRATION_END = "1997-09-30"
CDNOW_END = "1998-06-30"


@cache
def cdnow_purchases() -> pd.DataFrame:
    """Return the 1/10 sample of CDNOW: one row a purchase."""
    (path,) = (f for f in files("lifetimes") or () if f.name == "CDNOW_sample.txt")
    columns = ["master_id", "customer_id", "order_date", "discs", "amount"]
    frame = pd.read_csv(
        str(path.locate()), sep=r"\s+", header=None, names=columns, dtype={"order_date": str}
    )
    return frame.assign(order_date=pd.to_datetime(frame["order_date"], format="%Y%m%d"))


@cache
def cdnow() -> pd.DataFrame:
    """Return one row a customer at the end of the calibration, with holdout purchases."""
    days = cdnow_purchases().groupby(["customer_id", "order_date"], as_index=False)["amount"].sum()
    end = pd.Timestamp(CALIBRATION_END)
    known = days[days["order_date"] <= end]
    first = known.groupby("customer_id")["order_date"].min()
    last = known.groupby("customer_id")["order_date"].max()
    repeats = known[known["order_date"] > known["customer_id"].map(first)]
    later = days[days["order_date"] > end].groupby("customer_id").size()
    return pd.DataFrame(
        {
            "frequency": known.groupby("customer_id").size() - 1,
            "recency": (last - first).dt.days / 7,
            "T": (end - first).dt.days / 7,
            "monetary_value": repeats.groupby("customer_id")["amount"].mean(),
            "first_order": first,
            "holdout_frequency": later.reindex(first.index, fill_value=0),
            "holdout_T": (pd.Timestamp(CDNOW_END) - end).days / 7,
        }
    ).reset_index()


def history(x: float, t_x: float, T: float) -> pd.DataFrame:
    """Return a summary of one customer."""
    return pd.DataFrame({"frequency": [x], "recency": [t_x], "T": [T]})


def bg_posterior_mean(
    quantity: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    parameters: tuple[float, float, float, float],
    x: int,
    t_x: float,
    T: float,
) -> float:
    """Average `quantity(rate, leave, stayed)` over what one BG/NBD customer may be like.

    Straight from the story, without the paper's algebra: a customer with purchase rate and
    chance to leave has likelihood `stayed` of the history and of being there, `gone` of having
    left at the last purchase. Both are summed against the prior over a fine grid of the
    logarithm of the rate and the logit of the chance, where the trapezoid rule is exact to
    about 1e-9 for functions that vanish at both ends.
    """
    r, alpha, a, b = parameters
    log_rate, logit = np.meshgrid(np.linspace(-45, 8, 1601), np.linspace(-45, 45, 1601))
    rate, leave = np.exp(log_rate), special.expit(logit)
    prior = np.exp(r * log_rate - alpha * rate) * leave**a * special.expit(-logit) ** b
    stayed = (1 - leave) ** x * rate**x * np.exp(-rate * T)
    gone = leave * (1 - leave) ** (x - 1) * rate**x * np.exp(-rate * t_x) if x else 0.0
    top = prior * quantity(rate, leave, stayed)
    return float(top.sum() / (prior * (stayed + gone)).sum())


def simulate_bg(
    parameters: tuple[float, float, float, float],
    T: np.ndarray,
    horizon: float,
    rng: np.random.Generator,
    *,
    at_start: bool = False,
) -> pd.DataFrame:
    """Live the story: a row a customer, with what happens in the horizon after T."""
    r, alpha, a, b = parameters
    rate = rng.gamma(r, 1 / alpha, T.size)
    leave = rng.beta(a, b, T.size)
    rows = []
    for customer in range(T.size):
        times, now = [], 0.0
        gone = at_start and rng.random() < leave[customer]
        while not gone:
            now += rng.exponential(1 / rate[customer])
            if now > T[customer] + horizon:
                break
            times.append(now)
            gone = rng.random() < leave[customer]
        before = [t for t in times if t <= T[customer]]
        rows.append((len(before), max(before, default=0.0), len(times) - len(before)))
    frame = pd.DataFrame(rows, columns=["frequency", "recency", "holdout_frequency"])
    return frame.assign(T=T, holdout_T=horizon)
