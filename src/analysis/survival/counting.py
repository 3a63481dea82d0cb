"""Count who is at risk and who has the event: one sort, then cumulative sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.survival.observations import Observations, labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from analysis.survival.observations import Floats, Integers


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts at the distinct times of one group; `n_risk` is just before each time.

    `n_rows` counts the rows with the event (`n_event` is their weight). With delayed entry
    `entry` holds the sorted entry times and `to_enter` the weight that enters at or after each.
    """

    time: Floats
    n_risk: Floats
    n_event: Floats
    n_censored: Floats
    n_rows: Integers
    entry: Floats | None
    to_enter: Floats | None

    def at_risk(self, times: Floats) -> Floats:
        """Weight at risk just before each of `times`."""
        leaving = to_come(self.n_event + self.n_censored)[np.searchsorted(self.time, times)]
        if self.entry is None or self.to_enter is None:
            return leaving
        return leaving - self.to_enter[np.searchsorted(self.entry, times)]

    def only(self, keep: NDArray[np.bool_]) -> Counts:
        """Return the counts at some of the times."""
        kept = (self.n_risk[keep], self.n_event[keep], self.n_censored[keep], self.n_rows[keep])
        return Counts(self.time[keep], *kept, self.entry, self.to_enter)

    def columns(self) -> dict[str, Floats]:
        """Columns of a tidy table."""
        return {
            "time": self.time,
            "n_risk": self.n_risk,
            "n_event": self.n_event,
            "n_censored": self.n_censored,
        }


def grouped_counts(sample: Observations, groups: Any) -> Iterator[tuple[Any, Counts]]:
    """Yield each group's label and counts (None for the whole), sorting once."""
    if groups is None:
        yield None, count(in_time_order(sample))
        return
    order = np.argsort(sample.time)
    ordered = sample.take(order)
    codes, names = labels("groups", groups)
    for name, rows in zip(names, rows_by_code(codes[order]), strict=True):
        yield name, count(ordered.take(rows))


def in_time_order(sample: Observations) -> Observations:
    """Sort rows by time.

    Times alone, with their events, are sorted as one number: the bits of a float that is not
    negative keep its order, and leave the last place free for the event.
    """
    if sample.entry is None and sample.weight is None:
        key = np.sort((sample.time + 0.0).view(np.uint64) << 1 | sample.event)
        return Observations((key >> 1).view(np.float64), (key & 1).astype(np.bool_))
    return sample.take(np.argsort(sample.time))


def rows_by_code(codes: Integers) -> list[Integers]:
    """Rows of each code 0, 1, ..., in the order in which they stand."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(1, codes.max(initial=0) + 1)))


def count(sample: Observations) -> Counts:
    """Count a sample that is sorted by time."""
    t, w = sample.time, sample.weight
    starts = first_of_ties(t)
    rows = np.diff(starts, append=len(t))
    n_rows = np.add.reduceat(sample.event, starts, dtype=np.int64)
    if w is None:
        n_event, n_left = n_rows.astype(np.float64), rows.astype(np.float64)
    else:
        n_event, n_left = np.add.reduceat(w * sample.event, starts), np.add.reduceat(w, starts)
    n_risk = to_come(n_left)[:-1]
    entry, to_enter = None, None
    if sample.entry is not None:
        order = np.argsort(sample.entry)
        entry = sample.entry[order]
        to_enter = to_come(np.ones(len(t)) if w is None else w[order])
        n_risk = n_risk - to_enter[np.searchsorted(entry, t[starts])]
    return Counts(t[starts], n_risk, n_event, n_left - n_event, n_rows, entry, to_enter)


def first_of_ties(t: Floats) -> Integers:
    """Positions at which a new value starts in a sorted array."""
    return np.flatnonzero(np.concatenate(([True], t[1:] != t[:-1])))


def to_come(amounts: Floats) -> Floats:
    """Sum from each position to the end; one element longer, the last is 0."""
    totals = np.zeros(len(amounts) + 1)
    np.cumsum(amounts[::-1], out=totals[-2::-1])
    return totals


def stack(curves: Sequence[Any], rows: Callable[[Any], dict[str, Any]]) -> pd.DataFrame:
    """Put the rows of every curve under each other, labelled when there are groups."""
    frames = [pd.DataFrame(rows(curve)) for curve in curves]
    for frame, curve in zip(frames, curves, strict=True):
        if curve.group is not None:
            frame.insert(0, "group", [curve.group] * len(frame))
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
