"""Who was named on an earlier day, beside as many by a simple rule: what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.customer_table import CustomerTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WARNED, SIMPLE, OTHERS = "warned", "longest silent", "not warned"
_SUMS = ("customers", "lost", "silent", "usual", "since")


def listed(customers: Iterable[str]) -> CustomerTable:
    """Return a list that was handed out as a table."""
    return CustomerTable.of(pd.DataFrame({"customer_id": list(customers)}, dtype="str"))


def outcomes(rows: CustomerTable, rank: str) -> pd.DataFrame:
    """Add up what became of those named, of as many by a simple rule, and of all not named.

    Parameters
    ----------
    rows : CustomerTable
        warned (named or not); lead: days to the loss, missing without one; and what else is to
        be added up: silent (or not), usual, since.
    rank : str
        Column of whole numbers by which the simple rule names, the highest first, of equal ones in
        the order of ids.

    Returns
    -------
    DataFrame, indexed by group
        customers, lost, the sums, and lead_days: the median
    """
    sums = {who: dict.fromkeys(_SUMS, 0.0) for who in (WARNED, SIMPLE, OTHERS)}
    leads = {who: pd.Series(dtype=np.int64) for who in sums}
    for frame in _by_rule(rows, rank):
        groups = {WARNED: frame["warned"], SIMPLE: frame["simple"], OTHERS: ~frame["warned"]}
        for who, flag in groups.items():
            group = frame.loc[flag]
            leads[who] = leads[who].add(group["lead"].value_counts(), fill_value=0)
            added = {"customers": float(len(group)), "lost": float(group["lead"].count())}
            added |= {name: float(group[name].sum()) for name in _SUMS[2:] if name in group}
            sums[who] |= {name: sums[who][name] + value for name, value in added.items()}
    table = pd.DataFrame.from_dict(sums, orient="index")
    table[["customers", "lost", "silent"]] = table[["customers", "lost", "silent"]].astype(np.int64)
    return table.assign(lead_days=[_median(leads[who]) for who in table.index])


def _median(sizes: pd.Series) -> float:
    """Return the median of numbers that are there so many times each."""
    below = sizes.sort_index().cumsum()
    if below.empty:
        return np.nan
    count = int(below.iloc[-1])
    middle = np.searchsorted(below, [(count - 1) // 2, count // 2], side="right")
    return float(below.index[middle].to_numpy().mean())


def _by_rule(rows: CustomerTable, rank: str) -> Iterator[pd.DataFrame]:
    """Yield the rows with a mark on as many as were named, by the simple rule."""
    wanted = sum(int(frame["warned"].sum()) for frame in rows.frames())
    sizes = pd.Series(dtype=np.int64)
    for frame in rows.frames():
        sizes = sizes.add(frame[rank].value_counts(), fill_value=0)
    reached = sizes.sort_index(ascending=False).cumsum()
    within = reached.index[reached <= wanted]
    last = reached.index[len(within)] if len(within) < len(reached) else None
    left = wanted - (int(reached[within[-1]]) if len(within) else 0)
    lowest = within[-1] if len(within) else np.inf
    for frame in rows.frames():
        tied = frame[rank] == last if last is not None else pd.Series(False, frame.index)
        chosen = tied & (tied.cumsum() <= left)
        left -= int(chosen.sum())
        yield frame.assign(simple=(frame[rank] >= lowest) | chosen)
