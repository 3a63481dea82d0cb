"""What an engine is to the analyses: something that answers queries over canonical tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    import pyarrow as pa

    from analysis.engines.dialects import Value

__all__ = ["Engine"]


class Engine(Protocol):
    """Canonical tables, wherever they are, and queries over them."""

    def run(self, query: str, **values: Value) -> pa.Table:
        """Answer a query in DuckDB's dialect, with each `$name` bound to `values[name]`."""

    def where(self, condition: str) -> Self:
        """Show the same tables with the rows of some customers alone.

        `condition` is one of `analysis.engines.customers`: over `customer_id`, in DuckDB's dialect.
        """
