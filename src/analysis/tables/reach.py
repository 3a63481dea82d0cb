"""How far the tables beside the purchases reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.engines import read_query

if TYPE_CHECKING:
    from datetime import date

    from analysis.tables.source import Source


def contracts_until(source: Source) -> date | None:
    """Return the last day on which a contract is known to have begun, or ended for a reason.

    Bills may come later than that, so that a period after the last bill is still one of the data.
    """
    if not source.has("contracts"):
        return None
    row = source.engine.run(read_query("contracts_until")).to_pylist()[0]
    return max((day for day in row.values() if day is not None), default=None)
