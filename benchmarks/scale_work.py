"""One piece of work on the lines, in a process of its own: seconds, memory, answer.

Run as a file by the interpreter that has the package, so every import of one is inside a
function:  python scale_work.py WORK FOLDER MEMORY
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clv_work import peak_megabytes

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from analysis.settings import Settings

    Answer = list[int]

LAST_DAY = "2024-12-31"
PART = 100_000  # customers, of the 200,000 of ten million lines
COLUMNS = ["customer_id", "order_date", "amount"]
LINES = (
    "SELECT CAST(customer_id AS VARCHAR) AS customer_id, CAST(order_id AS VARCHAR) AS order_id,"
    " order_date, CAST(amount * 100 AS BIGINT) AS amount_minor FROM {}"
)
"""The canonical transactions, as a query over the lines where they are."""
_SCAN = "SELECT customer_id, count(*), min(order_date), sum(amount) FROM '{}' GROUP BY customer_id"


def scan(folder: Path, memory: str) -> Callable[[], Answer]:
    """The limit: one look at the columns, grouped by customer."""
    connection = _connect(folder, memory)
    return lambda: [
        connection.sql(_SCAN.format(folder / "lines.parquet")).to_arrow_table().num_rows
    ]


def query(folder: Path, memory: str) -> Callable[[], Answer]:
    """Our summary as one query over the file, as an engine runs it that has the lines."""
    from analysis.engines import read_query
    from analysis.engines.dialects import translate

    relations = {
        "transactions": LINES.format("lines"),
        "customer_days": read_query("customer_days"),
    }
    day = dt.date.fromisoformat(LAST_DAY)
    values = {"as_of": day, "calibration_end": day}
    asked = translate(read_query("customer_summary"), "duckdb", values, relations)

    def run() -> Answer:
        connection = _connect(folder, memory)
        connection.sql(f"CREATE VIEW lines AS FROM '{folder / 'lines.parquet'}'")
        counts = [0, 0]
        for batch in connection.sql(asked).to_arrow_reader(100_000):
            counts[0] += batch.num_rows
            counts[1] += int(batch["frequency"].to_numpy().sum())
        return counts

    return run


def opening(folder: Path, memory: str) -> Callable[[], Answer]:
    """Our first opening: every line read, checked, kept, and laid out by customer and day."""
    from analysis import tables

    settings = settings_of(folder, memory)
    return lambda: [tables.open_source(settings).quality.rows_kept]


def ours(folder: Path, memory: str, at_once: int = 1_000_000) -> Callable[[], Answer]:
    """Our summary of the opened source: a row a customer, in parts beyond a million."""
    from dataclasses import replace

    from analysis import summary, tables
    from analysis.customer_table import CustomerTable

    settings = settings_of(folder, memory)

    def run() -> Answer:
        source = replace(tables.open_source(settings), customers_at_once=at_once)
        parts = (summary.summarise_customers(part, LAST_DAY) for part in source.parts())
        customers = CustomerTable.written(parts, source.scratch)
        asked = "SELECT count(*) AS customers, sum(frequency) AS days FROM customers"
        return [int(one) for one in customers.query(asked).iloc[0]]

    return run


def in_parts(folder: Path, memory: str) -> Callable[[], Answer]:
    """The same of fewer customers, in parts as well."""
    return ours(folder, memory, PART)


def pandas(folder: Path, _memory: str) -> Callable[[], Answer]:
    """The summary as one would write it in pandas."""
    lines = lines_of(folder)

    def run() -> Answer:
        days = lines.groupby(["customer_id", "order_date"], as_index=False)["amount"].sum()
        customers = days.groupby("customer_id")
        first, last = customers["order_date"].min(), customers["order_date"].max()
        spend = customers["amount"].sum() - customers["amount"].first()
        frequency = (customers.size() - 1).rename("frequency")
        mean = (spend / frequency.where(frequency > 0)).rename("monetary_value")
        return answer((last - first).to_frame("recency").join([frequency, mean]))

    return run


def lifetimes(folder: Path, _memory: str) -> Callable[[], Answer]:
    from lifetimes.utils import summary_data_from_transaction_data

    lines = lines_of(folder)
    return lambda: answer(
        summary_data_from_transaction_data(lines, *COLUMNS, observation_period_end=LAST_DAY)
    )


def clvkit(folder: Path, _memory: str) -> Callable[[], Answer]:
    from clvkit import CustomerBase

    lines = lines_of(folder)
    return lambda: answer(
        CustomerBase.from_transactions(lines, *COLUMNS, observation_period_end=LAST_DAY)._data
    )


def pymc_marketing(folder: Path, _memory: str) -> Callable[[], Answer]:
    from pymc_marketing.clv.utils import rfm_summary

    lines = lines_of(folder)
    return lambda: answer(rfm_summary(lines, *COLUMNS, observation_period_end=LAST_DAY))


def settings_of(folder: Path, memory: str) -> Settings:
    """Return settings that read the lines, within the memory given."""
    from analysis import settings

    limit = f'[engine]\nmemory = "{memory}"\n' if memory else ""
    path = folder / "analysis.toml"
    path.write_text(f'{limit}[transactions]\npath = "lines.parquet"\n', "utf-8")
    return settings.load(path)


def lines_of(folder: Path) -> pd.DataFrame:
    """Return the lines as the peers take them."""
    import pandas as pd

    lines = pd.read_parquet(folder / "lines.parquet", columns=COLUMNS)
    return lines.assign(
        order_date=pd.to_datetime(lines["order_date"]), amount=lines["amount"].astype(float)
    )


def answer(customers: pd.DataFrame) -> Answer:
    """Return what must be the same whoever counts: customers and repeat order days."""
    return [len(customers), int(customers["frequency"].sum())]


def _connect(folder: Path, memory: str) -> Any:
    import duckdb

    connection = duckdb.connect(config={"memory_limit": memory} if memory else {})
    connection.execute("SET temp_directory = ?", [str(folder / "spill")])
    return connection


WORKS: dict[str, Any] = {
    "scan": scan,
    "query": query,
    "opening": opening,
    "ours": ours,
    "parts": in_parts,
    "pandas": pandas,
    "lifetimes": lifetimes,
    "clvkit": clvkit,
    "pymc-marketing": pymc_marketing,
}


def main() -> None:
    work, folder, memory = sys.argv[1:]
    warnings.simplefilter("ignore")
    call = WORKS[work](Path(folder), memory)
    cpu, wall = time.process_time(), time.monotonic()
    found = call()
    report = {"seconds": time.process_time() - cpu, "wall": time.monotonic() - wall}
    print(json.dumps({**report, "megabytes": peak_megabytes(), "answer": found}))


if __name__ == "__main__":
    main()
