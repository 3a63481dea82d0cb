"""Count the inversions of a sequence, each pair weighed, thirty-two numbers at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from analysis.survival.observations import Floats, Integers

_BLOCK = 32
_RUN = 4096  # blocks compared at a time, so as to stay in the processor's cache


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
    Numbers are read digit by digit in base 32, the highest digit first. Two numbers differ first
    in one digit, and are compared there: at each digit the numbers that share all higher ones
    stand together, in the order of their places. Within blocks of 32 places every pair is
    visited; pairs of different blocks are counted from how often each digit occurs in each block.
    """
    n, unit = len(sequence), 1
    while unit * _BLOCK < n:
        unit *= _BLOCK
    size = -(-n // max(unit, _BLOCK)) * max(unit, _BLOCK)
    number = np.append(sequence, np.arange(n, size))
    padded_early, padded_late = (np.pad(v, (0, size - n)) for v in _narrow(early, late))
    met, place, bits = np.zeros(size), np.arange(size), size.bit_length()
    while True:
        met[place] += _at_digit(number[place], padded_early[place], padded_late[place], unit)
        if unit == 1:
            return met[:n]
        place = np.sort(number >> _log2(unit) << bits | np.arange(size)) & (1 << bits) - 1
        unit //= _BLOCK


def _log2(power: int) -> int:
    return power.bit_length() - 1


def _narrow(early: Floats, late: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
    """Weights as bytes where sums over a block stay exact in them."""
    if all((v <= 8).all() and (v == v.astype(np.uint8)).all() for v in (early, late)):
        return early.astype(np.uint8), late.astype(np.uint8)
    return early, late


def _at_digit(number: Integers, early: NDArray[Any], late: NDArray[Any], unit: int) -> Floats:
    """Weight of each number's pairs that first differ in the digit worth `unit`."""
    digit = (number >> _log2(unit) & _BLOCK - 1).astype(np.uint8).reshape(-1, _BLOCK)
    early, late = early.reshape(digit.shape), late.reshape(digit.shape)
    larger, smaller = _within_blocks(digit, early, late)
    if unit > 1:  # the last digit's blocks have no others beside them
        row = np.arange(len(digit))[:, None]
        cell = (row * _BLOCK + digit).ravel()
        beside = (-1, min(unit, len(digit)), _BLOCK)
        E, L = (
            _running_sums(np.bincount(cell, v.ravel(), digit.size).reshape(beside))
            for v in (early, late)
        )
        before = E[:, :-1].reshape(-1, _BLOCK + 1)
        after = (L[:, -1:] - L[:, 1:]).reshape(-1, _BLOCK + 1)
        at = row * (_BLOCK + 1) + digit
        larger = larger + before[:, -1:] - before.take(at + 1)
        smaller = smaller + after.take(at)
    met: Floats = (late * larger + early * smaller).ravel()
    return met


def _running_sums(counts: NDArray[Any]) -> Floats:
    """Sum counts (nodes x blocks x digits) from the first block and digit, with zeros in front."""
    nodes, blocks, digits = counts.shape
    sums = np.zeros((nodes, blocks + 1, digits + 1))
    inner = sums[:, 1:, 1:]
    np.cumsum(counts, axis=1, out=inner)
    np.cumsum(inner, axis=2, out=inner)
    return sums


def _within_blocks(
    digit: NDArray[Any], early: NDArray[Any], late: NDArray[Any]
) -> tuple[Floats, Floats]:
    """Weight of the earlier larger and of the later smaller digits in each block."""
    larger, smaller = np.empty(digit.shape), np.empty(digit.shape)
    for begin in range(0, len(digit), _RUN):
        run = slice(begin, begin + _RUN)
        d, e, w = (np.ascontiguousarray(values[run].T) for values in (digit, early, late))
        of_larger, of_smaller = np.zeros_like(e), np.zeros_like(w)
        for gap in range(1, _BLOCK):
            falls = d[:-gap] > d[gap:]
            of_larger[gap:] += falls * e[:-gap]
            of_smaller[:-gap] += falls * w[gap:]
        larger[run], smaller[run] = of_larger.T, of_smaller.T
    return larger, smaller
