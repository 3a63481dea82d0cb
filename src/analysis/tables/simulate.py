"""Made-up data whose truth is known, so that an analysis can be asked to find it again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.simulation.draws import draw_contract_days, draw_purchases

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

START, END = dt.date(2020, 1, 1), dt.date(2021, 12, 31)


@dataclass(frozen=True, slots=True)
class SimulatedTransactions:
    """Orders, and the truth about who made them.

    Attributes
    ----------
    transactions : DataFrame, one row an order, by day
        customer_id, order_id, order_date, amount
    truth : DataFrame, one row a customer
        customer_id, first_order, rate (orders a week while active), dropout (chance to leave
        after a repeat order), mean_spend, active (at the end)
    """

    transactions: pd.DataFrame
    truth: pd.DataFrame


@dataclass(frozen=True, slots=True)
class SimulatedContracts:
    """Contracts, and the hazards that ended them.

    Attributes
    ----------
    contracts : DataFrame, one row a contract
        customer_id, start_date, end_date (missing while it runs), reason
    truth : DataFrame, one row a contract
        customer_id, plan, monthly_hazard, days (to the end, also when after the last day)
    """

    contracts: pd.DataFrame
    truth: pd.DataFrame


def simulate_transactions(
    n_customers: int,
    *,
    seed: int,
    start: dt.date = START,
    end: dt.date = END,
    joining_days: int = 180,
    purchase: tuple[float, float] = (0.6, 4.0),
    dropout: tuple[float, float] = (0.8, 2.5),
    spend: tuple[float, float, float] = (6.0, 4.0, 15.0),
) -> SimulatedTransactions:
    """Make orders as the BG/NBD model with gamma-gamma spend tells them.

    Parameters
    ----------
    n_customers : int
        Customers, each with a first order within the first `joining_days`.
    seed : int
        The same seed makes the same data.
    start, end : date
        First and last day.
    joining_days : int
        Days from `start` over which first orders are spread evenly.
    purchase : (r, alpha)
        Shape and rate of the gamma distribution of orders a week.
    dropout : (a, b)
        Of the beta distribution of the chance to leave after a repeat order.
    spend : (p, q, v)
        Of the gamma-gamma distribution of the money of an order.

    Returns
    -------
    SimulatedTransactions

    Notes
    -----
    Orders of one customer on one day are two rows of one day, so that counts of order days lie a
    little below the model's counts where people order often.

    References
    ----------
    .. [1] Fader, Hardie and Lee (2005), Marketing Science 24(2), section 3.
    .. [2] Fader and Hardie (2013), The gamma-gamma model of monetary value.
    """
    _check(n_customers, start, end, joining_days)
    made = draw_purchases(
        np.random.default_rng(seed), n_customers, days=(end - start).days + 1,
        joining_days=joining_days, purchase=purchase, dropout=dropout, spend=spend,
    )  # fmt: skip
    ids = _ids(n_customers)
    order = np.lexsort((made.who, made.day))
    transactions = pd.DataFrame(
        {
            "customer_id": ids[made.who[order]],
            "order_id": [f"o{number:08d}" for number in range(len(order))],
            "order_date": pd.Timestamp(start) + pd.to_timedelta(made.day[order], unit="D"),
            "amount": made.amount[order],
        }
    )
    truth = pd.DataFrame(
        {
            "customer_id": ids,
            "first_order": pd.Timestamp(start) + pd.to_timedelta(made.first_day, unit="D"),
            "rate": made.rate,
            "dropout": made.dropout,
            "mean_spend": made.mean_spend,
            "active": made.active,
        }
    )
    return SimulatedTransactions(transactions, truth)


def simulate_contracts(
    n_customers: int,
    *,
    seed: int,
    start: dt.date = START,
    end: dt.date = END,
    joining_days: int = 365,
    monthly_hazards: Mapping[str, float] | None = None,
) -> SimulatedContracts:
    """Make contracts that end at a constant rate, another one for each plan.

    Parameters
    ----------
    n_customers : int
        Contracts, one a customer, in equal numbers of each plan.
    seed : int
        The same seed makes the same data.
    start, end : date
        First day of a contract, and last day of what is known; a contract that ends later runs.
    joining_days : int
        Days from `start` over which the contracts begin.
    monthly_hazards : mapping of plan to hazard
        Rate of leaving a month; basic 0.08 and plus 0.04 when not given, a hazard ratio of 2.

    Returns
    -------
    SimulatedContracts
    """
    _check(n_customers, start, end, joining_days)
    hazards = dict(monthly_hazards or {"basic": 0.08, "plus": 0.04})
    if not all(hazard > 0 for hazard in hazards.values()):
        raise DataError(f"Every hazard must be > 0; these are {hazards}. Leave plans out at 0.")
    random = np.random.default_rng(seed)
    plans = np.array(list(hazards))[np.arange(n_customers) % len(hazards)]
    monthly = np.array([hazards[plan] for plan in plans])
    first_day = random.integers(0, joining_days, n_customers)
    days = draw_contract_days(random, monthly)
    begins = pd.Timestamp(start) + pd.to_timedelta(first_day, unit="D")
    ends = begins + pd.to_timedelta(np.floor(days), unit="D")
    ended = ends <= pd.Timestamp(end)
    reasons = np.array(["price", "moved", "service"])[random.integers(0, 3, n_customers)]
    contracts = pd.DataFrame(
        {
            "customer_id": _ids(n_customers),
            "start_date": begins,
            "end_date": ends.where(ended),
            "reason": pd.Series(reasons).where(ended),
        }
    )
    truth = pd.DataFrame(
        {"customer_id": _ids(n_customers), "plan": plans, "monthly_hazard": monthly, "days": days}
    )
    return SimulatedContracts(contracts, truth)


def _ids(n_customers: int) -> npt.NDArray[np.object_]:
    return np.array([f"simulated-{number:07d}" for number in range(n_customers)], dtype=object)


def _check(n_customers: int, start: dt.date, end: dt.date, joining_days: int) -> None:
    if n_customers < 1:
        raise DataError(f"`n_customers` must be at least 1; it is {n_customers}.")
    days = (end - start).days + 1
    if not 1 <= joining_days <= days:
        raise DataError(
            f"`joining_days` must lie between 1 and the {days} days from {start} to {end}; it is "
            f"{joining_days}. Choose fewer, or a later `end`."
        )
