"""Do the tables fit together? Ids that only one of two tables names, and rows there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.columns import quote
from analysis.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.tables.source import Source

HOMES = {"customer_id": "transactions", "product_id": "products", "campaign_id": "campaigns"}
_COUNT = """
SELECT
    COUNT(*) AS ids,
    SUM(CASE WHEN known.{column} IS NULL THEN 1 ELSE 0 END) AS unknown
FROM (SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL) AS named
LEFT JOIN (SELECT DISTINCT {column} FROM {home}) AS known ON named.{column} = known.{column}
"""


def unknown_ids(source: Source) -> pd.DataFrame:
    """Which tables name customers without a purchase, or products and campaigns not described?

    Returns
    -------
    DataFrame, one row a table and column of ids
        table, column, home : where the ids should be
        ids : different ones in the table
        unknown : of these, how many are not in `home`
    """
    rows = []
    for table, column, home in _links(source):
        query = _COUNT.format(column=column, table=table, home=home)
        counts = source.engine.run(query).to_pylist()[0]
        rows.append({"table": table, "column": column, "home": home, **counts})
    return pd.DataFrame(rows, columns=["table", "column", "home", "ids", "unknown"])


def repeated_rows(source: Source, table: str) -> int:
    """How many rows of a table repeat another one in every column?"""
    columns = source.engine.run(f"SELECT * FROM {table} LIMIT 0").column_names  # noqa: S608
    named = ", ".join(quote(name) for name in columns)
    query = f"SELECT count(*) AS times FROM {table} GROUP BY {named}"  # noqa: S608
    total = f"SELECT CAST(SUM(times - 1) AS BIGINT) AS repeated FROM ({query}) AS lines"  # noqa: S608
    return int(source.engine.run(total)["repeated"][0].as_py() or 0)


def _links(source: Source) -> Iterator[tuple[str, str, str]]:
    for name, table in TABLES.items():
        for column in table.columns if source.has(name) else ():
            home = HOMES.get(column.name)
            if home not in (None, name) and source.has(str(home)):
                yield name, column.name, str(home)
