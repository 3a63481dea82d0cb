"""DuckDB, embedded: the engine that needs nothing but its wheel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

_PROGRESS_BAR = "SELECT current_setting('enable_progress_bar')"
_OF_CUSTOMERS = (
    "SELECT table_catalog, table_name FROM information_schema.columns"
    " WHERE table_catalog = current_database() AND column_name = 'customer_id'"
)
_ALWAYS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "preserve_insertion_order": "true",
}


@dataclass(frozen=True, slots=True)
class DuckDBEngine:
    """The canonical tables in one DuckDB connection."""

    connection: duckdb.DuckDBPyConnection
    only: tuple[str, ...] = ()
    """What holds for all customers that are shown; empty: all are."""

    def run(self, query: str, **values: Any) -> pa.Table:
        """Answer `query`, with each `$name` in it bound to `values[name]`."""
        return self.connection.sql(query, params=values or None).to_arrow_table()

    def where(self, condition: str) -> DuckDBEngine:
        """Show the same tables with the rows of some customers alone; nothing is copied."""
        own, only = self.connection.cursor(), (*self.only, condition)
        for database, name in own.execute(_OF_CUSTOMERS).fetchall():
            own.execute(
                f'CREATE TEMP VIEW {name} AS SELECT * FROM "{database}".main.{name}'  # noqa: S608
                f" WHERE {' AND '.join(f'({one})' for one in only)}"
            )
        return DuckDBEngine(own, only)

    @classmethod
    def open(
        cls, *, memory: str | None = None, threads: int | None = None, spill: Path | None = None
    ) -> DuckDBEngine:
        """Start an empty engine that never fetches an extension.

        Parameters
        ----------
        memory : str, optional
            Limit such as "4GB"; half of the machine's memory when not given.
        threads : int, optional
            All processors when not given.
        spill : Path, optional
            Folder for what does not fit into memory; without one, nothing is written to disk.
        """
        connection = duckdb.connect(":memory:", config=dict(_ALWAYS))
        # In a notebook without ipywidgets the bar is off and the setting itself is an error.
        if connection.execute(_PROGRESS_BAR).fetchone() == (True,):
            connection.execute("SET enable_progress_bar = false")
        connection.execute("SET memory_limit = ?", [memory or "50%"])
        if threads is not None:
            connection.execute("SET threads = ?", [threads])
        connection.execute("SET temp_directory = ?", ["" if spill is None else str(spill)])
        return cls(connection)

    def lock(self, folders: Sequence[Path] = ()) -> None:
        """Close every way out but to `folders`: no file, no database, no extension, no setting."""
        self.connection.execute("SET allowed_directories = ?", [[str(at) for at in folders]])
        self.connection.execute("SET enable_external_access = false")
        self.connection.execute("SET lock_configuration = true")
