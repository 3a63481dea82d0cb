"""Customers followed to the end of a calibration, and through the weeks held out after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analysis.clv.inputs import read_weight
from analysis.compressed import compressed_rows
from analysis.customer_table import CustomerTable
from analysis.engines import read_query

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from analysis.clv.treatments import Treatment, Watched
    from analysis.tables import Source

__all__ = ["Followed", "Known", "follow"]

_DAYS = 7


class Known(NamedTuple):
    """How much is known of first orders.

    Attributes
    ----------
    of_all : bool
        Whether that of everybody is known to be the first.
    repeat_buyers : int
        Whose first order is known, and who ordered again.
    longest : float
        The longest history.
    """

    of_all: bool
    repeat_buyers: int
    longest: float


@dataclass(frozen=True, slots=True)
class Followed:
    """Customers, as the choice of a model looks at them.

    Attributes
    ----------
    table : CustomerTable
        Summary at the end of the calibration, in weeks, with `holdout_frequency` and `holdout_T`;
        with `weight`, a row stands for that many customers. `last_period` has the order days of
        the last stretch of the calibration that is as long as the holdout.
    watched : Watched
        Since when they have been watched.
    """

    table: CustomerTable
    watched: Watched
    _compressed: Callable[..., pd.DataFrame] | None = field(default=None, repr=False)

    def histories(self, treatment: Treatment) -> Iterator[pd.DataFrame]:
        """Yield the rows as a treatment of old customers has them, part by part."""
        return (treatment.histories(frame, self.watched) for frame in self.table.frames())

    def rows(
        self, treatment: Treatment, *, gaps: bool = False, for_fit: bool = False
    ) -> pd.DataFrame:
        """Return all histories, or those to fit; of a source, each of them once, with `weight`."""
        if self._compressed is None:
            return next(self.histories(treatment))
        return self._compressed(treatment, gaps=gaps, for_fit=for_fit)

    def known(self) -> Known:
        """Tell how much is known of first orders."""
        found = []
        for frame in self.table.frames():
            known = self.watched.known(frame)
            again = (known & (frame["frequency"] > 0)).to_numpy()
            buyers = int(read_weight(frame)[again].sum())
            found.append(Known(bool(known.all()), buyers, float(frame["T"].max())))
        return Known(
            all(one.of_all for one in found),
            sum(one.repeat_buyers for one in found),
            max(one.longest for one in found),
        )


def follow(
    source: Source, as_of: dt.date, watched: Watched, *, end: pd.Timestamp, weeks: int
) -> Followed:
    """Follow the customers of a source to the end of a calibration, and `weeks` on to `as_of`."""
    days = {
        "as_of": as_of,
        "calibration_end": end.date(),
        "earlier": (end - pd.Timedelta(days=2 * weeks * _DAYS)).date(),
        "later": (end - pd.Timedelta(days=weeks * _DAYS)).date(),
    }
    frames = (_read(part, days, end, weeks) for part in source.parts())
    table = CustomerTable.written((frame for frame in frames if len(frame)), source.scratch)
    return Followed(table, watched, partial(_compress, source, end.date(), watched, {}))


def _read(part: Source, days: dict[str, dt.date], end: pd.Timestamp, weeks: int) -> pd.DataFrame:
    answer = part.engine.run(read_query("holdout_rows"), **days)
    raw = answer.to_pandas(date_as_object=False)
    return pd.DataFrame(
        {
            "frequency": raw["order_days"] - 1,
            "recency": (raw["last_order"] - raw["first_order"]).dt.days / _DAYS,
            "T": (end - raw["first_order"]).dt.days / _DAYS,
            "first_order": raw["first_order"],
            "last_order": raw["last_order"],
            "days_since_last_order": (end - raw["last_order"]).dt.days,
            "holdout_frequency": raw["held_out"],
            "holdout_T": float(weeks),
            "last_period": raw["order_days"] - raw["until_later"],
            f"before_{2 * weeks}_weeks": raw["until_earlier"],
            f"before_{weeks}_weeks": raw["until_later"],
            "weight": raw["customers"],
        }
    )


def _compress(
    source: Source,
    end: dt.date,
    watched: Watched,
    counted: dict[tuple[object, ...], pd.DataFrame],
    treatment: Treatment,
    *,
    gaps: bool,
    for_fit: bool,
) -> pd.DataFrame:
    """Count histories where the data are, those of treatments that count alike once."""
    counting = treatment.counting(watched, end, for_fit=for_fit)
    key = gaps, *counting.items()
    if key not in counted:
        counted[key] = compressed_rows(source, end, gaps=gaps, **counting)
    return counted[key]
