"""Lines of which few customers have many, at any size: what `benchmarks.scale` measures on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

IDS = {
    "numbers": "id",
    "texts of 36": "format('{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}', hash(id) & 4294967295,"
    " hash(id + 1) & 65535, hash(id + 2) & 4095, hash(id + 3) & 4095, id)",
}
_ORDERS = """
CREATE TEMP TABLE orders AS
SELECT
    range AS order_id,
    CAST(floor($customers * pow(random(), 2.5)) AS BIGINT) AS id,
    DATE '2015-01-01' + CAST(floor(3650 * sqrt(random())) AS INTEGER) AS order_date
FROM range($orders)
"""
_LINES = """
SELECT {id} AS customer_id, order_id, order_date,
    CAST(round(exp(2.5 + 2 * random()), 2) AS DECIMAL(10, 2)) AS amount
FROM orders, range(3)
"""


def simulate(path: Path, lines: int, ids: str) -> None:
    """Write orders of three lines each; a tenth of the customers makes four tenths of them."""
    with duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(path.parent)}) as made:
        made.execute("SELECT setseed(0.42)")
        made.execute(_ORDERS, {"customers": lines // 50, "orders": lines // 3})
        query = _LINES.format(id=IDS[ids])
        made.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def provide(folder: Path, lines: int, ids: str) -> Path:
    """Return a folder with the lines; what an earlier run left there is used again."""
    place = folder / f"{lines}-{ids.replace(' ', '-')}"
    made = place / "lines.parquet"
    if not made.exists():
        place.mkdir(parents=True, exist_ok=True)
        making = place / "making.parquet"
        simulate(making, lines, ids)
        making.rename(made)
    return place
