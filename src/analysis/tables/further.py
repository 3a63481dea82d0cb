"""Exports that write the fields of an order on its first line only, and its other lines below."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy.typing as npt

How = Literal["own", "filled", "left out"]
OF_ORDERS = ("customer_id", "order_date", "is_cancelled", "is_refund", "is_sale", "currency")


@dataclass(slots=True)
class FurtherLines:
    """Completes or marks the lines below the first one of an order, batch after batch.

    A line is a further one where its `order_id` is that of the line above, or where it has
    none, and no customer and day either.
    """

    how: How
    _last: dict[str, Any] = field(default_factory=dict)

    def treat(self, batch: pa.Table) -> pa.Table:
        """Fill the fields of the order from its first line, or mark lines as further ones."""
        if self.how == "own" or not batch.num_rows or "order_id" not in batch.column_names:
            return batch
        batch = batch.combine_chunks()
        is_further = self._is_further(batch["order_id"]) | _says_nothing(batch)
        first = np.maximum.accumulate(np.where(is_further, -1, np.arange(batch.num_rows)))
        if self.how == "left out":
            treated = batch.append_column("is_further", pa.array(is_further))
        else:
            treated = self._filled(batch, first)
        at = max(int(first[-1]), 0)
        self._last = {
            name: treated[name][at].as_py()
            for name in (*OF_ORDERS, "order_id")
            if name in treated.column_names
        }
        return treated

    def _is_further(self, orders: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
        known = orders.to_numpy()
        above = np.concatenate([np.array([self._last.get("order_id")], known.dtype), known[:-1]])
        same: npt.NDArray[np.bool_] = known == above
        known_ids: npt.NDArray[np.bool_] = orders.is_valid().to_numpy()
        further: npt.NDArray[np.bool_] = same & known_ids
        return further

    def _filled(self, batch: pa.Table, first: npt.NDArray[np.int64]) -> pa.Table:
        """Take what is blank from the first line, which may be in the batch before."""
        for name in ("order_id", *OF_ORDERS):
            if name not in batch.column_names:
                continue
            column = batch[name]
            before = pa.scalar(self._last.get(name), column.type)
            above = pc.if_else(first < 0, before, column.take(pa.array(np.maximum(first, 0))))
            blank = _blank(column)
            filled = pc.if_else(blank, above, column)
            batch = batch.set_column(batch.column_names.index(name), name, filled)
        return batch


def _says_nothing(batch: pa.Table) -> npt.NDArray[np.bool_]:
    """Whether a line has nothing that tells whose order it is, or when it was."""
    telling = [
        name for name in ("order_id", "customer_id", "order_date") if name in batch.schema.names
    ]
    nothing = np.ones(batch.num_rows, bool)
    for name in telling:
        nothing &= _blank(batch[name]).to_numpy()
    return nothing


def _blank(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True)
    return column.is_null()
