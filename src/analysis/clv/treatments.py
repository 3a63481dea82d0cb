"""Ways to take customers whose first order lies before the data begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import pandas as pd

from analysis.clv.inputs import read_weight
from analysis.clv.origins import fit_by_origin
from analysis.summary import acquired_inside, count_from

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from analysis.clv.buying import BuyingModel
    from analysis.clv.followed import Known

    Fitter = Callable[[pd.DataFrame], BuyingModel]

__all__ = [
    "ALIKE",
    "APART",
    "EVERYBODY",
    "KNOWN_BIRTHS",
    "Treatment",
    "Watched",
    "last_weeks",
    "possible_treatments",
]

EVERYBODY, KNOWN_BIRTHS = "all customers", "new customers alone"
ALIKE, APART = "old and new customers alike", "old and new customers apart"
_DAYS = 7


@dataclass(frozen=True, slots=True)
class Watched:
    """Since when, and how, customers have been watched.

    Attributes
    ----------
    begin : date
        First day of the data.
    burn_in_days : int
        Who orders this soon after it may be an old customer.
    summarised : callable, optional
        Day -> the customers' summary at its end; without it no shorter stretch can be looked at.
    """

    begin: dt.date
    burn_in_days: int
    summarised: Callable[[dt.date], pd.DataFrame] | None = None

    def known(self, customers: pd.DataFrame) -> pd.Series:
        """Tell whose first order is known to be the first."""
        return acquired_inside(customers, self.begin, self.burn_in_days)


class Counting(TypedDict, total=False):
    """Options of `compressed_rows`."""

    known_after: dt.date
    count_from: dt.date
    within_days: int


@dataclass(frozen=True, slots=True)
class Treatment:
    """One way to take customers of unknown birth.

    Attributes
    ----------
    name : str
        For readers, after "the fit to".
    weeks : int, optional
        How many of the last weeks are looked at; all of the data where not given.
    """

    name: str
    weeks: int | None = None

    def histories(self, customers: pd.DataFrame, watched: Watched) -> pd.DataFrame:
        """Return the summary as the model is to read it: the same customers, in their order."""
        known = watched.known(customers)
        if self.weeks is not None and watched.summarised is not None:
            first = customers.iloc[0]
            end = first["last_order"] + pd.Timedelta(days=int(first["days_since_last_order"]))
            begin = self._begin(end, self.weeks)
            before = customers.get(f"before_{self.weeks}_weeks")
            if before is not None:
                return count_from(customers, begin, known, days_before=before)
            eve = begin - pd.Timedelta(days=1)
            return count_from(customers, begin, known, earlier=watched.summarised(eve))
        if self.name in (ALIKE, APART):
            within = watched.burn_in_days
            return count_from(customers, watched.begin, known, within_days=within)
        return customers

    def counting(self, watched: Watched, end: dt.date, *, for_fit: bool) -> Counting:
        """Return how the same histories, or those to fit, are counted where the data are."""
        known_after = watched.begin + pd.Timedelta(days=watched.burn_in_days)
        if self.weeks is not None:
            return {"known_after": known_after, "count_from": self._begin(end, self.weeks)}
        if self.name in (ALIKE, APART):
            return {
                "known_after": known_after,
                "count_from": watched.begin,
                "within_days": watched.burn_in_days,
            }
        return {"known_after": known_after} if for_fit and self.name == KNOWN_BIRTHS else {}

    @staticmethod
    def _begin(end: dt.date, weeks: int) -> dt.date:
        return (pd.Timestamp(end) - pd.Timedelta(days=weeks * _DAYS - 1)).date()

    def fit(
        self, histories: pd.DataFrame, *, watched: Watched, fit: Fitter, minimum_customers: int
    ) -> BuyingModel:
        """Fit a model to the histories; old and new customers apart where both are enough."""
        chosen = histories["T"] > 0
        if self.name == KNOWN_BIRTHS and "first_order" in histories.columns:
            chosen &= watched.known(histories)
        if "seen_within" not in histories.columns:
            return fit(histories[chosen])
        new = histories["seen_within"].isna()
        rows = histories[chosen & (new | (histories["frequency"] > 0))]
        again = pd.Series(read_weight(rows), index=rows.index).where(rows["frequency"] > 0, 0.0)
        repeats = again.groupby(rows["seen_within"].isna()).sum()
        both = repeats.size == 2 and int(repeats.min()) >= minimum_customers
        return (fit_by_origin(fit) if both and self.name != ALIKE else fit)(rows)


def last_weeks(weeks: int) -> Treatment:
    """Look at the last weeks alone, and condition on who was a customer when they began."""
    return Treatment(f"the last {weeks} weeks", weeks)


def possible_treatments(
    known: Known, watched: Watched, weeks: Sequence[int], minimum_customers: int
) -> list[Treatment]:
    """Return the treatments that there are data for: first those that assume the least.

    Parameters
    ----------
    known : Known
        How much is known of first orders.
    watched : Watched
        Since when.
    weeks : sequence of int
        Stretches to look at apart from all of the data.
    minimum_customers : int
        Fewer repeat buyers are not fitted apart.
    """
    if known.of_all:
        return [Treatment(EVERYBODY)]
    recent = [last_weeks(w) for w in sorted(weeks, reverse=True) if w < known.longest]
    if watched.summarised is None:
        recent = []
    if known.repeat_buyers < minimum_customers:
        return [Treatment(ALIKE), *recent, Treatment(EVERYBODY)]
    apart = [Treatment(APART), Treatment(ALIKE)]
    return [*apart, *recent, Treatment(KNOWN_BIRTHS), Treatment(EVERYBODY)]
