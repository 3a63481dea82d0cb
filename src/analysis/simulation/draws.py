"""What is drawn of customers: orders as the BG/NBD model tells them, and lengths of contracts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Whole = npt.NDArray[np.int64]

DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Purchases:
    """Orders as arrays.

    Attributes
    ----------
    first_day, rate, dropout, mean_spend : arrays, one element a customer
        Day of the first order from the first of all, and as in `SimulatedTransactions`.
    who, day, amount, leaves : arrays, one element an order
        The customer's number, the day, the money, and whether the customer leaves after it.
    """

    first_day: Whole
    rate: Floats
    dropout: Floats
    mean_spend: Floats
    who: Whole
    day: Whole
    amount: Floats
    leaves: Flags

    @property
    def active(self) -> Flags:
        """Whether each customer is still there at the end."""
        active = np.ones(len(self.rate), bool)
        active[self.who[self.leaves]] = False
        return active


def draw_purchases(
    random: np.random.Generator,
    n_customers: int,
    *,
    days: int,
    joining_days: int,
    purchase: tuple[float, float],
    dropout: tuple[float, float],
    spend: tuple[float, float, float],
) -> Purchases:
    """Draw the orders of `simulate_transactions`."""
    first_day = random.integers(0, joining_days, n_customers)
    rate = random.gamma(purchase[0], 1 / purchase[1], n_customers)
    leave = random.beta(*dropout, n_customers)
    who, when, leaves = _orders(random, first_day.astype(float), rate, leave, float(days))
    p, q, v = spend
    scale = random.gamma(q, 1 / v, n_customers)
    return Purchases(
        first_day=first_day,
        rate=rate,
        dropout=leave,
        mean_spend=p / scale,
        who=who,
        day=np.floor(when).astype("int64"),
        amount=draw_amounts(random, p, p / scale[who]),
        leaves=leaves,
    )


def draw_amounts(random: np.random.Generator, p: float, mean_spend: Floats) -> Floats:
    """Draw the money of orders, at least a cent each, from the mean of each one's customer."""
    amounts: Floats = np.maximum(random.gamma(p, 1.0, len(mean_spend)) * mean_spend / p, 0.01)
    return amounts.round(2)


def _orders(
    random: np.random.Generator, first_day: Floats, rate: Floats, leave: Floats, days: float
) -> tuple[Whole, Floats, Flags]:
    """Let everybody order, wait and perhaps leave, round by round."""
    who = np.arange(len(first_day))
    now = first_day.copy()
    customers, moments, left = [who], [now], [np.zeros(len(who), bool)]
    while len(who):
        now = now + random.exponential(1.0, len(who)) * 7 / rate[who]
        in_time = now < days
        who, now = who[in_time], now[in_time]
        leaves = random.random(len(who)) < leave[who]
        customers.append(who)
        moments.append(now)
        left.append(leaves)
        who, now = who[~leaves], now[~leaves]
    return np.concatenate(customers), np.concatenate(moments), np.concatenate(left)


def draw_contract_days(
    random: np.random.Generator,
    monthly_hazard: Floats,
    changed_after: Floats | float = np.inf,
    ratio: float = 1.0,
) -> Floats:
    """Draw how long contracts last, in days, when their hazard changes by a ratio after a while."""
    hazard = monthly_hazard / DAYS_PER_MONTH
    limit = random.exponential(1.0, len(hazard))
    borne = hazard * changed_after
    days: Floats = np.minimum(limit, borne) / hazard
    return days + np.maximum(limit - borne, 0.0) / (hazard * ratio)


def labels(prefix: str, part: int, count: int) -> npt.NDArray[np.object_]:
    """Number things so that no other part of the business has the same names."""
    return np.array([f"{prefix}{part:04d}-{number:06d}" for number in range(count)], dtype=object)


def dates(
    start: dt.date, day: npt.NDArray[Any], known: Flags | None = None
) -> npt.NDArray[np.datetime64]:
    """Turn days from the first one into dates; missing where they are not known."""
    made = np.datetime64(start, "D") + np.floor(day).astype("timedelta64[D]")
    return made if known is None else np.where(known, made, np.datetime64("NaT"))
