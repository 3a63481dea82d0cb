"""A simulated business as files, with the settings that read them and the truth beside them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.columns import Kind
from analysis.errors import SourceError
from analysis.schemas import TABLES
from analysis.simulation.business import simulate_parts, single_tables
from analysis.simulation.truth import Truth

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

_TYPES = {
    Kind.ID: pa.string(),
    Kind.WORDS: pa.string(),
    Kind.DAY: pa.date32(),
    Kind.END: pa.date32(),
    Kind.MONEY: pa.float64(),
    Kind.NUMBER: pa.float64(),
    Kind.SHARE: pa.float64(),
    Kind.FLAG: pa.bool_(),
}
_SETTINGS = """\
# Made up: {customers:,} customers with seed {seed}; truth.json says what the data were drawn from.

title = "Simulated business"
currency = "USD"
simulated = true  # every report says so

[value]
margin = {margin}
cost_to_acquire = {acquisition}
"""


def simulate_folder(
    folder: Path, n_customers: int, *, seed: int, truth: Truth | None = None
) -> dict[str, int]:
    """Write a business of any size: its tables, the settings that read them, and the truth.

    Parameters
    ----------
    folder : Path
        Made when it is not there; must be empty.
    n_customers : int
        Customers, each with a first order.
    seed : int
        The same seed makes the same business.
    truth : Truth, optional
        The parameters; `Truth()` when not given.

    Returns
    -------
    dict of table to rows

    Raises
    ------
    SourceError
        If there is something in the folder.

    Notes
    -----
    Holds fifty thousand customers in memory at a time. The settings are written last, so
    that nothing reads a folder that was not finished.
    """
    truth = truth or Truth()
    if folder.is_dir() and any(folder.iterdir()):
        raise SourceError(
            f"A simulated business needs a folder of its own; {folder} is not empty. Name another."
        )
    (folder / "data").mkdir(parents=True, exist_ok=True)
    rows: dict[str, int] = {}
    with ExitStack() as files:
        writers: dict[str, pq.ParquetWriter] = {}

        def write(name: str, frame: pd.DataFrame, path: Path) -> None:
            table = _table(name, frame)
            if name not in writers:
                writers[name] = files.enter_context(pq.ParquetWriter(path, table.schema))
            writers[name].write_table(table)
            rows[name] = rows.get(name, 0) + len(frame)

        for name, frame in single_tables(seed, truth).items():
            write(name, frame, folder / "data" / f"{name}.parquet")
        for part in simulate_parts(n_customers, seed=seed, truth=truth):
            for name, frame in part.tables.items():
                write(name, frame, folder / "data" / f"{name}.parquet")
            write("truth", part.customers, folder / "truth_of_customers.parquet")
    del rows["truth"]
    _write_truth(folder / "truth.json", n_customers, seed, truth)
    rows = {name: rows[name] for name in TABLES if name in rows}
    _write_settings(folder / "analysis.toml", list(rows), n_customers, seed, truth)
    return rows


def _table(name: str, frame: pd.DataFrame) -> pa.Table:
    """Give every part of a table the same types, whatever is missing in it."""
    if name not in TABLES:
        return pa.Table.from_pandas(frame, preserve_index=False)
    kinds = {column.given: column.kind for column in TABLES[name].columns}
    fields = [(column, _TYPES[kinds.get(column, Kind.WORDS)]) for column in frame.columns]
    return pa.Table.from_pandas(frame, pa.schema(fields), preserve_index=False)


def _write_truth(path: Path, n_customers: int, seed: int, truth: Truth) -> None:
    known = {"customers": n_customers, "seed": seed} | dataclasses.asdict(truth)
    text = json.dumps(known, indent=2, default=_day)
    path.write_text(text + "\n", "utf-8")


def _day(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def _write_settings(
    path: Path, tables: list[str], n_customers: int, seed: int, truth: Truth
) -> None:
    text = _SETTINGS.format(
        customers=n_customers, seed=seed, margin=truth.margin, acquisition=truth.acquisition_cost
    )
    text += "".join(f'\n[{name}]\npath = "data/{name}.parquet"\n' for name in tables)
    path.write_text(text, "utf-8")
