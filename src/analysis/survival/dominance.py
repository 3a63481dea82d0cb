"""Compare all pairs of scores without visiting them: sums over pairs in O(n log n)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from analysis.survival.counting import to_come

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.survival.observations import Booleans, Floats, Integers, Observations

T = TypeVar("T", bound=np.generic)

_SMALL = 4  # log2 of the blocks whose pairs are compared one by one
_CHUNK = 15  # log2 of what the processor's cache holds


@dataclass(frozen=True, slots=True)
class Pairs:
    """For each row, the weight of its pairs: those in the right order, with equal scores, all.

    A pair of event i and row j weighs w_i w_j times the weight of the event's time. It counts for
    both, so the pairs' whole weight is half the sum over rows.
    """

    right: Floats
    equal: Floats
    total: Floats

    def __sub__(self, other: Pairs) -> Pairs:
        return Pairs(self.right - other.right, self.equal - other.equal, self.total - other.total)


def pairs(x: Floats, sample: Observations, time_weight: Floats) -> Pairs:
    """Compare each event's score with those of everybody at risk just after it.

    At risk are the rows that leave later, or are censored at that very time, less those that have
    not entered yet: an entry at the time of an event is too late for it.
    """
    n, event = len(x), sample.event
    w = np.ones(n) if sample.weight is None else sample.weight
    early, score = np.where(event, time_weight * w, 0.0), dense_rank(x)
    moment = 2 * dense_rank(sample.time) + ~event
    order = np.argsort(moment * n + score)
    place = moment[order]
    alone = np.concatenate(([True], (place[1:] != place[:-1]) | (place[1:] % 2 == 1)))
    met = _meet(score[order], alone, early[order], w[order])
    found = Pairs(*(put(values, order) for values in met))
    if sample.entry is None:
        return found
    return found - _absent(score, sample.time, sample.entry, np.flatnonzero(event), early, w)


def tied_times(sample: Observations) -> float:
    """Weight of the pairs of events at one time."""
    at = dense_rank(sample.time[sample.event])
    w = np.ones(len(at)) if sample.weight is None else sample.weight[sample.event]
    return float((np.bincount(at, w) ** 2 - np.bincount(at, w**2)).sum() / 2)


def dense_rank(values: Floats) -> Integers:
    """Number the distinct values from 0, in rising order."""
    order = np.argsort(values)
    ordered = values[order]
    rank = np.zeros(len(values), np.int64)
    rank[order[1:]] = np.cumsum(ordered[1:] != ordered[:-1])
    return rank


def _absent(
    score: Integers, time: Floats, entry: Floats, events: Integers, early: Floats, w: Floats
) -> Pairs:
    """Pairs of each event with the rows that enter at its time or later."""
    m, n = len(events), len(time)
    order = np.argsort(np.concatenate((time[events], entry)), kind="stable")
    scores = np.concatenate((score[events], score))[order]
    first = np.concatenate((early[events], np.zeros(n)))[order]
    then = np.concatenate((np.zeros(m), w))[order]
    parts = []
    for values in _meet(scores, np.ones(m + n, np.bool_), first, then):
        of_element = put(values, order)
        of_row = of_element[m:]
        of_row[events] += of_element[:m]
        parts.append(of_row)
    return Pairs(*parts)


def _meet(
    score: Integers, alone: Booleans, early: Floats, late: Floats
) -> tuple[Floats, Floats, Floats]:
    """Let every row meet the later ones, but for those of its own block.

    All arguments are in the order of meeting; `alone` marks where a block begins, and scores
    rise within a block. A pair i < j weighs early_i late_j, and is right when i scores higher.
    """
    n = len(score)
    by_score = np.argsort(score * n + np.arange(n))
    block, ordered = np.cumsum(alone)[by_score], score[by_score]
    equals = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    own = equals | np.concatenate(([True], block[1:] != block[:-1]))
    everybody = np.arange(n) == 0
    right = inversions(put(np.arange(n), by_score), early, late)
    equal = put(_outside(equals, own, early[by_score], late[by_score]), by_score)
    return right, equal, _outside(everybody, alone, early, late)


def _outside(group: Booleans, block: Booleans, early: Floats, late: Floats) -> Floats:
    """Weight of each row's pairs within its group but not within its block."""
    before, after = np.concatenate(([0.0], np.cumsum(early))), to_come(late)
    group_begin, group_end = _bounds(group)
    block_begin, block_end = _bounds(block)
    earlier, later = before[block_begin] - before[group_begin], after[block_end] - after[group_end]
    met: Floats = late * earlier + early * later
    return met


def _bounds(begins: Booleans) -> tuple[Integers, Integers]:
    """First position of each position's run, and first after it."""
    starts = np.flatnonzero(begins)
    lengths = np.diff(starts, append=len(begins))
    return np.repeat(starts, lengths), np.repeat(starts + lengths, lengths)


def put(values: NDArray[T], at: Integers) -> NDArray[T]:
    """Undo taking: result[at] = values."""
    result = np.empty_like(values)
    result[at] = values
    return result


def inversions(sequence: Integers, early: Floats, late: Floats) -> Floats:
    """Weight of each place's pairs in which the earlier number is the larger.

    Parameters
    ----------
    sequence : array
        A permutation of 0 .. n-1.
    early, late : array, by place
        The pair of places i < j weighs early_i late_j.

    Notes
    -----
    Merge sort: the two halves of a block of places, each sorted, meet when they are merged. In
    the merged block, what an element of the left half meets are the elements of the right half
    before it, and what one of the right half meets are those of the left half after it.
    """
    n = len(sequence)
    bits = max(n - 1, 1 << _SMALL).bit_length()
    size = 1 << bits
    early, late = np.pad(early, (0, size - n)), np.pad(late, (0, size - n))
    number = np.append(sequence, np.arange(n, size))
    met = _within_small_blocks(number.reshape(-1, 1 << _SMALL), early, late)
    key = number << bits | np.arange(size)
    chunk = min(bits, _CHUNK)
    for part in (slice(begin, begin + (1 << chunk)) for begin in range(0, size, 1 << chunk)):
        _merge(key[part], early[part], late[part], met[part], range(_SMALL, chunk))
    _merge(key, early, late, met, range(chunk, bits))
    return met[:n]


def _merge(key: Integers, early: Floats, late: Floats, met: Floats, levels: range) -> None:
    """Merge ever larger halves, adding to `met`; `key` holds number and place, to be sorted."""
    for level in levels:
        blocks = key.reshape(-1, 2 << level)
        blocks.sort(axis=1)
        place = key & len(key) - 1
        right = place >> level & 1
        E, L = early[place], late[place]
        smaller = (L * right).reshape(blocks.shape).cumsum(axis=1).ravel()
        larger = (E * (1 - right))[::-1].reshape(blocks.shape).cumsum(axis=1).ravel()[::-1]
        met[place] += np.where(right, L * larger, E * smaller)


def _within_small_blocks(number: Integers, early: Floats, late: Floats) -> Floats:
    early, late = early.reshape(number.shape), late.reshape(number.shape)
    met = np.zeros(number.shape)
    for gap in range(1, number.shape[1]):
        pair = (number[:, :-gap] > number[:, gap:]) * (early[:, :-gap] * late[:, gap:])
        met[:, :-gap] += pair
        met[:, gap:] += pair
    return met.ravel()
