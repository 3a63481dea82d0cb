"""On which time scale customers may be followed, and from when to when enough of them are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.churn.sampling import Sampling
from analysis.churn.spells import ContractEnd

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from analysis.churn.spells import Rule

Scale = Literal["landmark", "tenure"]
_KNOWN_ENOUGH = 0.95


def scale_by_sampling(rule: Rule) -> Scale | None:
    """Leave age out where the check of the sampling found no curve over it that holds."""
    if isinstance(rule, ContractEnd) and isinstance(rule.sampling, Sampling):
        return "landmark" if rule.sampling.valid.empty else None
    return None


def time_scale(table: pd.DataFrame) -> Scale:
    """Which time scale can be trusted: age, or only time since the landmark?

    Age is a scale only if nearly all beginnings are known. Where the history is cut off, all
    who were there before it look equally old, and a curve over their age describes the
    beginning of the data, not a customer's life. Time since the landmark is valid always; it
    tells about the customers of that day, old and new together.
    """
    return "tenure" if start_known(table) >= _KNOWN_ENOUGH else "landmark"


def start_known(followed: pd.DataFrame) -> float:
    """Return the share of the customers at the landmark whose beginning is known."""
    rows = followed.loc[followed["at_landmark"]]
    weights = rows.get("customers", None)
    return float(np.average(rows["start_known"], weights=weights))


def enough_at_risk(frame: pd.DataFrame, minimum: int) -> tuple[int, int]:
    """Return the first and last day between which every segment has enough at risk."""
    days = np.arange(1, int(frame["time"].max()) + 1)
    enough = np.ones(len(days), dtype=bool)
    for _, rows in frame.groupby("segment", observed=True):
        entered, left = (_before(rows, name, days) for name in ("entry", "time"))
        enough &= entered - left >= min(minimum, int(rows["customers"].sum()))
    if not enough.any():
        return 0, int(days[-1])
    first = int(np.argmax(enough))
    stops = np.flatnonzero(~enough[first:])
    return first, int(days[first + stops[0] - 1]) if len(stops) else int(days[-1])


def _before(rows: pd.DataFrame, name: str, days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Count the customers for whom it is so before each of the days."""
    on = rows.groupby(name)["customers"].sum()
    total = np.concatenate([[0], on.cumsum().to_numpy()])
    before: npt.NDArray[np.int64] = total[np.searchsorted(on.index.to_numpy(), days, side="left")]
    return before
