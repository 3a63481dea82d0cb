"""Orders of three months, by hand."""

import pandas as pd

from analysis.periods import Period

JANUARY, FEBRUARY, MARCH = (Period.parse(f"2024-0{month}") for month in (1, 2, 3))
ORDERS = pd.DataFrame(
    [
        ("ann", "2023-12-10", 1.0),
        ("bob", "2023-12-20", 1.0),
        ("ann", "2024-01-10", 10.0),
        ("bob", "2024-01-20", 30.0),
        ("ann", "2024-02-10", 20.0),
        ("ann", "2024-02-12", 20.0),
        ("eve", "2024-02-05", 50.0),
        ("dan", "2024-02-29", 30.0),
    ],
    columns=["customer_id", "order_date", "amount"],
).assign(order_date=lambda frame: pd.to_datetime(frame["order_date"]))
