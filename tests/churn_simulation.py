"""Simulated customers with a contract, some of them already there when the data begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import settings, tables

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = pd.Timestamp("2015-01-01")
END = pd.Timestamp("2016-12-31")
DAILY_HAZARD = {"monthly": 1 / 300, "yearly": 1 / 900}


def contract_customers(folder: Path, *, customers: int = 2500, seed: int = 1) -> tables.Source:
    """Return a source whose contracts end by chance, monthly ones three times as fast.

    Who had left before the data begin is not in it, as with a table of present customers.
    """
    rng = np.random.default_rng(seed)
    start = BEGIN - pd.Timedelta(days=900) + pd.to_timedelta(rng.integers(0, 1500, customers), "D")
    plan = rng.choice(list(DAILY_HAZARD), customers)
    stays = np.ceil(rng.exponential([1 / DAILY_HAZARD[name] for name in plan]))
    last = start + pd.to_timedelta(stays - 1, "D")
    table = pd.DataFrame(
        {
            "customer_id": [f"c{i:04d}" for i in range(customers)],
            "start_date": start,
            "end_date": last.where(last <= END),
            "reason": rng.choice(["price", "moved"], customers),
            "plan": plan,
        }
    ).loc[last >= BEGIN]
    first_bill = table["start_date"].clip(lower=BEGIN)
    bills = [
        table[["customer_id"]].assign(order_date=first_bill + pd.Timedelta(days=30 * month))
        for month in range(3)
    ]
    frame = pd.concat(bills).assign(amount=10.0)
    frame.to_csv(folder / "bills.csv", index=False)
    table.drop(columns="plan").to_csv(folder / "contracts.csv", index=False)
    table[["customer_id", "plan"]].to_csv(folder / "customers.csv", index=False)
    (folder / "analysis.toml").write_text(
        '[transactions]\npath = "bills.csv"\n[contracts]\npath = "contracts.csv"\n'
        'reason = "reason"\n[customers]\npath = "customers.csv"\n',
        "utf-8",
    )
    return tables.open_source(settings.load(folder / "analysis.toml"))
