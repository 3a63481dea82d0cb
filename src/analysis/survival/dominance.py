"""Compare all pairs of scores without visiting them: sums over pairs in O(n log n)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from analysis.survival.counting import first_of_ties, to_come
from analysis.survival.inversions import inversions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.survival.observations import Booleans, Floats, Integers, Observations

T = TypeVar("T", bound=np.generic)


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


def pairs(
    x: Floats, sample: Observations, time_weight: Floats, layers: Integers | None = None
) -> Pairs:
    """Compare each event's score with those of everybody at risk just after it.

    At risk are the rows that leave later, or are censored at that very time, less those that have
    not entered yet: an entry at the time of an event is too late for it. With `layers` (strata)
    only rows of one layer are compared.
    """
    n, event = len(x), sample.event
    w = np.ones(n) if sample.weight is None else sample.weight
    early, score = np.where(event, time_weight * w, 0.0), dense_rank(x, layers)
    moment = 2 * dense_rank(sample.time, layers) + ~event
    order = np.argsort(moment * n + score)
    place = moment[order]
    alone = np.concatenate(([True], (place[1:] != place[:-1]) | (place[1:] % 2 == 1)))
    apart = np.arange(n) == 0 if layers is None else _changes(layers[order])
    met = _meet(score[order], alone, apart, early[order], w[order])
    found = Pairs(*(put(values, order) for values in met))
    if sample.entry is None:
        return found
    return found - _absent(score, sample, sample.entry, layers, early, w)


def tied_times(sample: Observations, layers: Integers | None = None) -> float:
    """Weight of the pairs of events at one time."""
    event = sample.event
    t = sample.time[event]
    if sample.weight is None and layers is None:
        d = np.diff(first_of_ties(np.sort(t)), append=len(t))
        return float((d * (d - 1)).sum() / 2)
    at = dense_rank(t, None if layers is None else layers[event])
    w = np.ones(len(at)) if sample.weight is None else sample.weight[event]
    return float((np.bincount(at, w) ** 2 - np.bincount(at, w**2)).sum() / 2)


def dense_rank(values: Floats, layers: Integers | None = None) -> Integers:
    """Number the distinct values from 0, in rising order (layer by layer, where there are)."""
    order = np.argsort(values) if layers is None else np.lexsort((values, layers))
    changes = _changes(values[order])
    if layers is not None:
        changes |= _changes(layers[order])
    return put(np.cumsum(changes) - 1, order)


def _absent(
    score: Integers,
    sample: Observations,
    entry: Floats,
    layers: Integers | None,
    early: Floats,
    w: Floats,
) -> Pairs:
    """Pairs of each event with the rows that enter at its time or later."""
    events, n = np.flatnonzero(sample.event), len(score)
    m = len(events)
    moments = np.concatenate((sample.time[events], entry))
    layer = np.zeros(m + n, np.int64) if layers is None else np.append(layers[events], layers)
    order = np.lexsort((moments, layer))  # of one time, events stay before entries
    scores = np.concatenate((score[events], score))[order]
    first = np.concatenate((early[events], np.zeros(n)))[order]
    then = np.concatenate((np.zeros(m), w))[order]
    parts = []
    for values in _meet(scores, np.ones(m + n, np.bool_), _changes(layer[order]), first, then):
        of_element = put(values, order)
        of_row = of_element[m:]
        of_row[events] += of_element[:m]
        parts.append(of_row)
    return Pairs(*parts)


def _meet(
    score: Integers, alone: Booleans, apart: Booleans, early: Floats, late: Floats
) -> tuple[Floats, Floats, Floats]:
    """Let every row meet the later ones of its layer, but for those of its own block.

    All arguments are in the order of meeting; `alone` marks where a block begins and `apart`
    where a layer does. Scores rise within a block and from layer to layer. A pair i < j weighs
    early_i late_j, and is right when i scores higher.
    """
    n = len(score)
    by_score = np.argsort(score * n + np.arange(n))
    equals = _changes(score[by_score])
    own = equals | _changes(np.cumsum(alone)[by_score])
    right = inversions(put(np.arange(n), by_score), early, late)
    equal = put(_outside(equals, own, early[by_score], late[by_score]), by_score)
    return right, equal, _outside(apart, alone, early, late)


def _changes(values: NDArray[Any]) -> Booleans:
    """Mark the places of a sequence at which a new value begins."""
    begins: Booleans = np.concatenate(([True], values[1:] != values[:-1]))[: len(values)]
    return begins


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
