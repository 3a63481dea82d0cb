"""What comes out of an engine, watched: no answer may hold a row of each of many customers."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis import settings, tables
from analysis.customer_table import CustomerTable
from analysis.simulation.folder import simulate_folder
from analysis.simulation.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from analysis.engines import Engine

OF_NOBODY = {"product_id", "campaign_id"}


def most_rows(customers_at_once: int) -> float:
    """Return how many customers may be known one by one: a random sample has about so many."""
    return 1.1 * customers_at_once


def check(rows: pa.Table | pd.DataFrame, most: float, what: str) -> None:
    """Refuse rows of too many customers, and rows that repeat: they are counts of nothing.

    Where every customer is there several times under other ids, a row a customer without its id
    is there several times as well; counts by whatever they have in common are not.
    """
    frame = rows if isinstance(rows, pd.DataFrame) else rows.to_pandas()
    names = [name for name in map(str, frame) if name.endswith("customer_id")]
    for name in names:
        customers = frame[name].nunique()
        assert customers <= most, f"{customers} customers in an answer to: {what}"
    if not names:
        repeated = int(frame.duplicated().sum())
        assert not repeated, f"{repeated} rows like others, so of customers each, to: {what}"


def first_line(query: str) -> str:
    return next(line for line in query.splitlines() if line.strip())


@dataclass(frozen=True)
class Watched:
    """An engine whose answers are looked at as they come."""

    engine: Engine
    most: float
    asked: list[str]

    def run(self, query: str, **values: Any) -> pa.Table:
        answer = self.engine.run(query, **values)
        check(answer, self.most, first_line(query))
        self.asked.append(first_line(query))
        return answer

    def where(self, condition: str) -> Watched:
        return Watched(self.engine.where(condition), self.most, self.asked)


def watched(source: tables.Source, customers_at_once: int) -> tables.Source:
    """Return a source for so many customers at once, whose answers are looked at."""
    engine = Watched(source.engine, most_rows(customers_at_once), [])
    return replace(source, engine=engine, customers_at_once=customers_at_once)


@contextmanager
def nothing_gathered(monkeypatch: pytest.MonkeyPatch, most: float) -> Iterator[None]:
    """Look as well at what is asked of tables of customers, and at what is put together."""
    asked, together = CustomerTable.query_with, pd.concat

    def query_with(table: CustomerTable, others: Any, sql: str, **values: Any) -> pd.DataFrame:
        found = asked(table, others, sql, **values)
        check(found, most, first_line(sql))
        return found

    def concat(*given: Any, **options: Any) -> Any:
        found = together(*given, **options)
        if isinstance(found, pd.DataFrame) and "customer_id" in found:
            check(found, most, "pd.concat")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(CustomerTable, "query_with", query_with)
        patched.setattr(pd, "concat", concat)
        yield


def run_cells(notebook: Path, **parameters: str) -> dict[str, Any]:
    """Run the code of a notebook in this process, and return what it has made."""
    names: dict[str, Any] = {}
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names |= parameters
        plt.close("all")
    return names


def simulate_alike(folder: Path, customers: int, *, copies: int) -> tables.Source:
    """Open a simulated business in which each customer is there several times, by other ids."""
    hazard = {"basic": 0.07, "plus": 0.035}
    truth = Truth(member_share=0.98, monthly_hazard=hazard, complaint_chance=0.3)
    simulate_folder(folder, customers, seed=1, truth=truth)
    for path in (folder / "data").glob("*.parquet"):
        table = pq.read_table(path)
        ids = {name for name in table.column_names if name.endswith("_id")} - OF_NOBODY
        if ids:
            parts = [_renamed(table, ids, copy) for copy in range(copies)]
            pq.write_table(pa.concat_tables(parts), path)
    told = folder / "analysis.toml"
    told.write_text(told.read_text("utf-8") + "[churn]\nlandmark_days = 365\n", "utf-8")
    return tables.open_source(settings.load(told))


def _renamed(table: pa.Table, ids: set[str], copy: int) -> pa.Table:
    columns = [
        pc.binary_join_element_wise(table[name], f"~{copy}", "") if name in ids else table[name]
        for name in table.column_names
    ]
    return pa.table(columns, names=table.column_names)
