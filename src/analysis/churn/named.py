"""Who was named on an earlier day, beside as many by a simple rule: what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.customer_table import CustomerTable

WARNED, SIMPLE, OTHERS = "warned", "longest silent", "not warned"
_SUMS = ("customers", "lost", "silent", "usual", "since")


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
    leads: dict[str, list[pd.Series]] = {who: [] for who in sums}
    for frame in _by_rule(rows, rank):
        groups = {WARNED: frame["warned"], SIMPLE: frame["simple"], OTHERS: ~frame["warned"]}
        for who, flag in groups.items():
            group = frame.loc[flag]
            leads[who].append(group["lead"].dropna())
            added = {"customers": float(len(group)), "lost": float(len(leads[who][-1]))}
            added |= {name: float(group[name].sum()) for name in _SUMS[2:] if name in group}
            sums[who] |= {name: sums[who][name] + value for name, value in added.items()}
    table = pd.DataFrame.from_dict(sums, orient="index")
    table[["customers", "lost", "silent"]] = table[["customers", "lost", "silent"]].astype(np.int64)
    return table.assign(lead_days=[pd.concat(leads[who]).median() for who in table.index])


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
