"""The value of all customers, however many: valued part by part, added up, told by aggregates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analysis.clv.gathered import Total
from analysis.clv.tiers import TIERS, Members, find_cut_offs, show_tiers
from analysis.clv.valuation import value
from analysis.customer_table import CustomerTable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel
    from analysis.clv.constant_spend import SpendModel
    from analysis.clv.gathered import Estimate
    from analysis.clv.terms import Costs
    from analysis.clv.tiers import CutOffs
    from analysis.clv.worth import Terms, Worth
    from analysis.settings import Settings

    Floats = NDArray[np.float64]

__all__ = ["Appraisal", "Spread", "appraise", "worth_of"]

_HISTORY = ["customer_id", "first_order", "last_order", "orders", "total"]
_VARIANCE, _SLOPE = "_variance", "_slope_"  # of each customer's value, for sums over a tier
_LIKELY_GONE = 0.5
_DIGITS = 6  # of a value: the same for the same history, in whatever part of the customers


class Spread(NamedTuple):
    """How unequal customers are: in value, and how sure that of one worth the mean is."""

    mean: float
    median: float
    top_tenth: float
    low: float
    high: float


class Gone(NamedTuple):
    """Who has more likely left than not, what they had spent, and how many are still there."""

    customers: int
    spent: float
    alive: float


@dataclass(frozen=True, slots=True, eq=False)
class Appraisal:
    """The value of all customers.

    Attributes
    ----------
    table : CustomerTable
        A row a customer: history, outlook, value with its interval, as in the table of a
        `Valuation`; and what a sum over some of them needs for its interval.
    worth : Worth
        Of all.
    terms : Terms
        Margin, costs, horizon.
    cut_offs : CutOffs
        Of the tiers.
    tiers : DataFrame
        As of `tier_table`.
    scratch : Path, optional
        Folder for what is written of several parts.
    """

    table: CustomerTable
    worth: Worth = field(repr=False)
    terms: Terms
    cut_offs: CutOffs
    tiers: pd.DataFrame = field(repr=False)
    scratch: Path | None = field(default=None, repr=False)

    @property
    def horizon(self) -> float:
        """Time looked ahead."""
        return self.terms.horizon

    @property
    def costs(self) -> Costs:
        """As given."""
        return self.terms.costs

    def estimate(self, name: str) -> Estimate:
        """Return one of the totals of a `Valuation`, of all customers."""
        return self.worth.estimate(name, self.terms)

    def listed(self) -> CustomerTable:
        """Return one row a customer, most valuable first: history, outlook, value, tier."""
        shown = [name for name in self.table.columns if not name.startswith("_")]

        def with_tiers() -> Iterator[pd.DataFrame]:
            for frame in self.table.frames():
                tiers = self.cut_offs.tiers(frame["value"].to_numpy())
                yield frame[shown].assign(tier=tiers)

        return CustomerTable.written(with_tiers(), self.scratch).ranked("value")

    def quantile(self, share: float) -> float:
        """Return the value below which a share of the customers is."""
        asked = "SELECT QUANTILE_CONT(value, $share) AS found FROM customers"
        return float(self.table.query(asked, share=share)["found"].iloc[0])

    def column(self, name: str) -> Iterator[Floats]:
        """Yield a column of the table, part by part."""
        return (frame[name].to_numpy() for frame in self.table.frames())

    def spread(self) -> Spread:
        """Return how unequal customers are in value."""
        n, total = len(self.table), sum(float(values.sum()) for values in self.column("value"))
        nearest, limits = np.inf, (np.nan, np.nan)
        for frame in self.table.frames():
            off = (frame["value"] - total / n).abs().to_numpy()
            place = int(off.argmin())
            if off[place] < nearest:
                row = frame.iloc[place]
                nearest, limits = off[place], (float(row["value_low"]), float(row["value_high"]))
        tenth = max(n // 10, 1)
        best = self.table.query(
            "SELECT value FROM customers ORDER BY value DESC LIMIT 1 OFFSET $before",
            before=tenth - 1,
        )["value"].iloc[0]
        above = [values[values > best] for values in self.column("value")]
        top = sum(float(some.sum()) for some in above)
        top += float(best) * (tenth - sum(some.size for some in above))
        return Spread(total / n, self.quantile(0.5), top / total, *limits)

    def gone(self) -> Gone:
        """Return who has more likely left than not."""
        customers, spent, alive = 0, 0.0, 0.0
        for frame in self.table.frames():
            left = frame["probability_alive"] < _LIKELY_GONE
            customers += int(left.sum())
            spent += float(frame.loc[left, "total"].sum())
            alive += float(frame["probability_alive"].sum())
        return Gone(customers, spent, alive)


def appraise(
    histories: CustomerTable,
    purchases: BuyingModel,
    spend: SpendModel,
    settings: Settings,
    *,
    horizon: float,
    scratch: Path | None = None,
) -> Appraisal:
    """Value customers part by part.

    Parameters
    ----------
    histories : CustomerTable
        As the models read them, with what `summarise_customers` tells.
    purchases, spend
        The fits.
    settings : Settings
        For margin, discount rate, costs and tiers.
    horizon : float
        Weeks to look ahead.
    scratch : Path, optional
        Folder for what is written of several parts.
    """
    added: list[Worth] = []
    terms: list[Terms] = []

    def valued() -> Iterator[pd.DataFrame]:
        for frame in histories.frames():
            found = value(
                frame,
                purchases,
                spend,
                horizon=horizon,
                annual_discount_rate=settings.value.annual_discount_rate,
                margin=settings.value.margin,
                cost_to_serve=settings.value.cost_to_serve,
                cost_to_acquire=settings.value.cost_to_acquire,
            )
            added.append(found.worth())
            terms.append(found.terms)
            brings = found.brings("value")
            variance = {_VARIANCE: found.ahead.variances(brings)}
            slopes = {f"{_SLOPE}{i}": one for i, one in enumerate(found.ahead.slopes(brings).T)}
            outlook = found.table.drop(columns="customer_id").round({"value": _DIGITS})
            parts = [frame[_HISTORY], outlook, found.intervals()]
            sums = pd.DataFrame(variance | slopes, index=frame.index)
            yield pd.concat([*parts, sums], axis=1)

    table = CustomerTable.written(valued(), scratch)
    cuts = find_cut_offs(
        table,
        gold_share=settings.tiers.gold_share,
        silver_share=settings.tiers.silver_share,
    )
    members = _members(table, cuts, terms[0])
    return Appraisal(table, worth_of(added), terms[0], cuts, show_tiers(members), scratch)


def worth_of(parts: list[Worth]) -> Worth:
    """Add up what parts of the customers are worth."""
    first, *others = parts
    for other in others:
        first = first + other
    return first


def _members(table: CustomerTable, cuts: CutOffs, terms: Terms) -> dict[str, Members]:
    """Add up the customers of each tier."""
    slopes = [name for name in table.columns if name.startswith(_SLOPE)]
    summed = ["value", _VARIANCE, "expected_purchases", "probability_alive", *slopes]
    sums = np.zeros((len(TIERS), len(summed)))
    counts, least = np.zeros(len(TIERS), dtype=np.int64), np.full(len(TIERS), np.nan)
    for frame in table.frames():
        codes = cuts.tiers(frame["value"].to_numpy()).codes
        for tier in range(len(TIERS)):
            some = frame.loc[codes == tier, summed]
            counts[tier] += len(some)
            sums[tier] += some.to_numpy().sum(axis=0)
            least[tier] = np.fmin(least[tier], some["value"].min())
    found = {}
    for name, n, lowest, row in zip(TIERS, counts, least, sums, strict=True):
        total = Total(float(row[0]), float(row[1]), row[4:])
        cost = terms.costs.to_serve or 0.0
        worth = total.estimate(terms.covariance, terms.confidence, cost=cost)
        found[name] = Members(int(n), float(lowest), worth, float(row[2]), float(row[3]))
    return found
