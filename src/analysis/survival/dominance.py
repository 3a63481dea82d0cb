"""Compare all pairs of scores without visiting them: sums over pairs in O(n log n)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.survival.counting import to_come

if TYPE_CHECKING:
    from analysis.survival.observations import Floats, Integers, Observations


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Weight of the pairs by outcome, and what each row has to do with them.

    `lead` is the weight of the pairs a row is on the right side of, less those it is on the wrong
    side of; `compared` the weight of all its comparable pairs.
    """

    concordant: float
    discordant: float
    tied_score: float
    tied_time: float
    lead: Floats
    compared: Floats


@dataclass(frozen=True, slots=True)
class _Side:
    """For each element, the weight it meets with a score on the right side, equal, and in all."""

    right: Floats
    equal: Floats
    total: Floats

    def __sub__(self, other: _Side) -> _Side:
        return _Side(self.right - other.right, self.equal - other.equal, self.total - other.total)

    @property
    def lead(self) -> Floats:
        return 2 * self.right + self.equal - self.total


def compare(x: Floats, sample: Observations, time_weight: Floats) -> Comparisons:
    """Compare each event's score with those of everybody at risk just after it.

    The pair of event i and row j weighs time_weight_i w_i w_j. Rows at risk are those that leave
    later, or are censored at that very time, less those that have not entered yet.
    """
    n, events = len(x), np.flatnonzero(sample.event)
    w = np.ones(n) if sample.weight is None else sample.weight
    early = (time_weight * w)[events]
    turn = np.where(sample.event, 0, 2)  # at one time: events leave, are compared, then censoring
    of_event, of_row = _meet(x[events], x, sample.time[events], sample.time, turn, early, w)
    if sample.entry is not None:
        absent = np.full(n, 2)  # who enters at the time of an event is not at risk at it
        entering = _meet(x[events], x, sample.time[events], sample.entry, absent, early, w)
        of_event, of_row = of_event - entering[0], of_row - entering[1]
    lead, compared = of_row.lead, of_row.total
    lead[events] += time_weight[events] * of_event.lead
    compared[events] += time_weight[events] * of_event.total
    concordant, tied = float(early @ of_event.right), float(early @ of_event.equal)
    discordant = float(early @ of_event.total) - concordant - tied
    return Comparisons(concordant, discordant, tied, _tied_times(sample, w), lead, compared)


def _tied_times(sample: Observations, w: Floats) -> float:
    """Weight of the pairs of events at one time."""
    _, at = np.unique(sample.time[sample.event], return_inverse=True)
    own = w[sample.event]
    return float((np.bincount(at, own) ** 2 - np.bincount(at, own**2)).sum() / 2)


def _meet(
    x_event: Floats,
    x_row: Floats,
    t_event: Floats,
    t_row: Floats,
    turn: Integers,
    early: Floats,
    late: Floats,
) -> tuple[_Side, _Side]:
    """Let each event meet all rows placed after it, and each row all events placed before it.

    On the right side are, for an event, lower scores, and for a row, higher ones.
    """
    m = len(x_event)
    x, t = np.concatenate((x_event, x_row)), np.concatenate((t_event, t_row))
    order = np.lexsort((np.concatenate((np.ones(m, np.int64), turn)), t))
    by_score = order[np.argsort(x[order], kind="stable")]
    rank = np.empty(len(x), np.int64)
    rank[by_score] = np.arange(len(x))
    early, late = (
        np.concatenate((early, np.zeros(len(x_row)))),
        np.concatenate((np.zeros(m), late)),
    )
    below, above = below_later_above_earlier(rank[order], early[by_score], late[by_score])
    below, above = below[rank], above[rank]
    equal_later, equal_earlier = np.empty(len(x)), np.empty(len(x))
    edges = np.flatnonzero(np.diff(x[by_score])) + 1
    ends = np.append(edges, len(x))[np.searchsorted(edges, np.arange(len(x)), side="right")]
    begins = np.append(0, edges)[np.searchsorted(edges, np.arange(len(x)), side="right")]
    after = to_come(late[by_score])
    before = np.concatenate(([0.0], np.cumsum(early[by_score])))
    equal_later[by_score] = after[:-1] - after[ends]
    equal_earlier[by_score] = before[:-1] - before[begins]
    total_later, total_earlier = np.empty(len(x)), np.empty(len(x))
    total_later[order] = to_come(late[order])[:-1]
    total_earlier[order] = np.cumsum(early[order])
    return (
        _Side(below[:m], equal_later[:m], total_later[:m]),
        _Side(above[m:], equal_earlier[m:], total_earlier[m:]),
    )


def below_later_above_earlier(
    sequence: Integers, early: Floats, late: Floats
) -> tuple[Floats, Floats]:
    """For each number: the weight of smaller numbers after it, and of larger ones before it.

    Parameters
    ----------
    sequence : array
        A permutation of 0 .. n-1.
    early, late : array
        Weight of each number (not of each position) when met before, or after, another.

    Returns
    -------
    below_later, above_earlier : array, by number
        Sums of `late` over smaller numbers at later places, of `early` over larger ones at
        earlier places.

    Notes
    -----
    Numbers are sorted bit by bit from the highest, always keeping their order otherwise. Two
    numbers part at one bit only, the first in which they differ; just before, both are in one run
    of numbers that agree in all higher bits, and every such run fills the places of its numbers.
    """
    n = len(sequence)
    r = sequence.astype(np.int64)
    below, above = np.zeros(n), np.zeros(n)
    place = np.arange(n)
    for bit in range(max(n - 1, 1).bit_length() - 1, -1, -1):
        one = (r >> bit & 1).astype(bool)
        begin = r >> bit + 1 << bit + 1
        end = np.minimum(begin + (2 << bit), n)
        zeros = np.concatenate(([0], np.cumsum(~one)))
        low = np.concatenate(([0.0], np.cumsum(np.where(one, 0.0, late[r]))))
        high = np.concatenate(([0.0], np.cumsum(np.where(one, early[r], 0.0))))
        below[r] += np.where(one, low[end] - low[place], 0.0)
        above[r] += np.where(one, 0.0, high[place] - high[begin])
        move = np.where(one, zeros[end] - zeros[place], zeros[place] - zeros[begin] - place + begin)
        following = np.empty_like(r)
        following[place + move] = r
        r = following
    return below, above
