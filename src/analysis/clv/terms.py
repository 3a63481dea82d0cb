"""The terms of a valuation: horizons, rates of discount, shares, costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.errors import DataError

__all__ = [
    "Costs",
    "Unit",
    "check_shares",
    "continuous_rate",
    "positive",
    "rate_per_period",
    "units_per_year",
]

Unit = Literal["day", "week"]
_PER_YEAR: dict[Unit, float] = {"day": 365.25, "week": 365.25 / 7}


@dataclass(frozen=True, slots=True)
class Costs:
    """What customers cost, in the money of the spend; None is not given, and counts as 0.

    Attributes
    ----------
    to_serve : float, optional
        Each purchase: handling, delivery, service; >= 0.
    to_acquire : float, optional
        Each customer, once; >= 0.
    """

    to_serve: float | None = None
    to_acquire: float | None = None

    def __post_init__(self) -> None:
        for name, cost in (("cost_to_serve", self.to_serve), ("cost_to_acquire", self.to_acquire)):
            if cost is not None and not (np.isfinite(cost) and cost >= 0):
                raise DataError(
                    f"`{name}` must be finite and >= 0; got {cost}. Give what it costs as a "
                    "positive amount, or leave it out where it is not known."
                )


def units_per_year(unit: Unit) -> float:
    """Return how many `unit` 365.25 days are."""
    if unit not in _PER_YEAR:
        raise DataError(f"`unit` must be 'day' or 'week'; got {unit!r}. Name the unit of the fit.")
    return _PER_YEAR[unit]


def continuous_rate(annual_rate: float, unit: Unit) -> float:
    """Return the continuous rate per `unit` that compounds to `annual_rate` in 365.25 days."""
    return rate_per_period(annual_rate, units_per_year(unit))


def rate_per_period(annual_rate: float, periods_per_year: float) -> float:
    """Return the continuous rate per period that compounds to `annual_rate` in a year."""
    if not (np.isfinite(annual_rate) and annual_rate >= 0):
        raise DataError(
            f"`annual_discount_rate` must be finite and >= 0; got {annual_rate}. "
            "Give a share: 0.10 for 10% a year."
        )
    return float(np.log1p(annual_rate) / positive("periods_per_year", periods_per_year))


def check_shares(**shares: float) -> None:
    """Refuse what is not in (0, 1], by its name."""
    for name, share in shares.items():
        if not 0 < share <= 1:
            raise DataError(f"`{name}` must be in (0, 1]; got {share}. Give a share: 0.25 for 25%.")


def positive(name: str, value: float) -> float:
    """Return `value` when it is finite and > 0; otherwise say so."""
    if not (np.isfinite(value) and value > 0):
        raise DataError(f"`{name}` must be finite and > 0; got {value}. Give a positive number.")
    return float(value)
