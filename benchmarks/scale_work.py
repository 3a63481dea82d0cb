"""One summary by one package, in a process of its own: seconds, memory, answer.

Run as a file by the interpreter that has the package, so every import of one is inside a
function:  python scale_work.py PACKAGE FOLDER MEMORY
"""

from __future__ import annotations

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
_SCAN = "SELECT customer_id, count(*), min(order_date), sum(amount) FROM '{}' GROUP BY customer_id"


def scan(folder: Path, memory: str) -> Callable[[], Answer]:
    import duckdb

    connection = duckdb.connect(config={"memory_limit": memory} if memory else {})
    connection.execute("SET temp_directory = ?", [str(folder)])
    return lambda: [
        connection.sql(_SCAN.format(folder / "lines.parquet")).to_arrow_table().num_rows
    ]


def opening(folder: Path, memory: str) -> Callable[[], Answer]:
    from analysis import tables

    settings = settings_of(folder, memory)
    return lambda: [tables.open_source(settings).quality.rows_kept]


def ours(folder: Path, memory: str) -> Callable[[], Answer]:
    from analysis import summary, tables

    settings = settings_of(folder, memory)
    return lambda: answer(summary.summarise_customers(tables.open_source(settings), LAST_DAY))


def lifetimes(folder: Path, _memory: str) -> Callable[[], Answer]:
    from lifetimes.utils import summary_data_from_transaction_data

    lines = lines_of(folder)
    return lambda: answer(
        summary_data_from_transaction_data(
            lines, "customer_id", "order_date", "amount", observation_period_end=LAST_DAY
        )
    )


def clvkit(folder: Path, _memory: str) -> Callable[[], Answer]:
    from clvkit import CustomerBase

    lines = lines_of(folder)
    return lambda: answer(
        CustomerBase.from_transactions(
            lines, "customer_id", "order_date", "amount", observation_period_end=LAST_DAY
        )._data
    )


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

    lines = pd.read_parquet(
        folder / "lines.parquet", columns=["customer_id", "order_date", "amount"]
    )
    return lines.assign(
        order_date=pd.to_datetime(lines["order_date"]), amount=lines["amount"].astype(float)
    )


def answer(customers: pd.DataFrame) -> Answer:
    """Return what must be the same whoever counts: customers and repeat order days."""
    return [len(customers), int(customers["frequency"].sum())]


PACKAGES: dict[str, Any] = {
    "scan": scan,
    "opening": opening,
    "ours": ours,
    "lifetimes": lifetimes,
    "clvkit": clvkit,
}


def main() -> None:
    package, folder, memory = sys.argv[1:]
    warnings.simplefilter("ignore")
    call = PACKAGES[package](Path(folder), memory)
    cpu, wall = time.process_time(), time.monotonic()
    found = call()
    report = {"seconds": time.process_time() - cpu, "wall": time.monotonic() - wall}
    print(json.dumps({**report, "megabytes": peak_megabytes(), "answer": found}))


if __name__ == "__main__":
    main()
