"""A DataFrame as a source, under the same checks as any file."""

from __future__ import annotations

import hashlib
import warnings
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from analysis.currencies import decimals
from analysis.engines import DuckDBEngine
from analysis.errors import AnalysisWarning, DataError
from analysis.schemas import IN_ORDER, OPTIONAL, TABLES
from analysis.settings_errors import did_you_mean
from analysis.tables.advice import refuse_foreign
from analysis.tables.checks import Intake
from analysis.tables.mapping import attribute
from analysis.tables.measure import (
    measure_load,
    measure_purchases,
    refuse_doubles,
    refuse_too_many,
)
from analysis.tables.parsing import Reading
from analysis.tables.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.columns import Table
    from analysis.tables.source import Load


def from_frame(
    frame: pd.DataFrame,
    *,
    others: Mapping[str, pd.DataFrame] | None = None,
    currency: str = "USD",
    time_zone: str = "UTC",
    max_set_aside: float = 0.05,
) -> Source:
    """Make a source of transactions that are already in memory.

    Parameters
    ----------
    frame : DataFrame, one row a line or an order
        `customer_id`, `order_date` (dates, timestamps or ISO text), `amount` (in units of the
        currency; negative for returns); optional `order_id` (customer and day without it),
        `product_id`, `category`, `quantity`. Other columns are not read.
    others : mapping of name to DataFrame, optional
        Further canonical tables, such as `contracts` or `tickets`, with the columns of
        `schemas`; money in units of the currency, under its name without `_minor`.
    currency : str
        ISO 4217 code.
    time_zone : str
        In whose calendar a timestamp with a zone falls on a day.
    max_set_aside : float
        Share of the rows that may break a rule before the whole is refused.

    Returns
    -------
    Source

    Raises
    ------
    DataError
        A missing column, no rows, or too many rows that break a rule.

    Warns
    -----
    AnalysisWarning
        When rows were set aside; they are in `source.loads`.
    """
    engine = DuckDBEngine.open()
    reading = Reading(
        time_zone=time_zone,
        currency=currency,
        decimals=decimals(currency),
        has_rates="rates" in (others or {}),
    )
    unknown = sorted(set(others or {}) - {table.name for table in OPTIONAL})
    if unknown:
        raise DataError(
            f"`{unknown[0]}` is no canonical table. {did_you_mean(unknown[0], list(TABLES))}"
        )
    given = {"transactions": frame, **(others or {})}
    loads = {
        table.name: _take(engine, table, given[table.name], reading, max_set_aside)
        for table in IN_ORDER
        if table.name in given
    }
    load = loads.pop("transactions")
    quality = measure_purchases(engine, load, loads.values())
    engine.lock()
    for one in (load, *loads.values()):
        _warn_of(one)
    tables = frozenset({"transactions", *loads})
    return Source(engine, currency, time_zone, "A DataFrame", quality, tables, loads)


def _take(
    engine: DuckDBEngine, table: Table, frame: pd.DataFrame, reading: Reading, most: float
) -> Load:
    """Check a frame into the engine."""
    _refuse_missing(frame, table)
    known = [column.given for column in table.columns]
    names = {name: name for name in known if name in frame.columns}
    if table.attributes:
        others = [str(name) for name in frame.columns if name not in known]
        names |= {attribute(number): name for number, name in enumerate(others)}
    staged = pa.table(
        {"line": pa.array(range(1, len(frame) + 1), pa.int64())}
        | {canonical: _array(frame[name]) for canonical, name in names.items()}
    )
    intake = Intake(engine.connection, table, reading)
    intake.take(staged, "DataFrame", names)
    refuse_doubles(engine, table, error=DataError)
    refuse_foreign(engine, table.name, intake.tally, reading, error=DataError)
    refuse_too_many(engine, intake.tally, most, error=DataError, rejects=intake.rejects)
    return measure_load(
        engine, table.name, intake.tally, files=("DataFrame",), loaded_hash=_hash(staged)
    )


def as_source(transactions: Source | pd.DataFrame) -> Source:
    """Return a source as it is, and a DataFrame through `from_frame`."""
    if isinstance(transactions, Source):
        return transactions
    if isinstance(transactions, pd.DataFrame):
        return from_frame(transactions)
    raise DataError(
        "`transactions` must be a Source or a DataFrame; it is "
        f"{type(transactions).__name__}. Open one: tables.open_source(settings.load())."
    )


def _warn_of(load: Load) -> None:
    if load.rows_set_aside:
        first = load.rejects.iloc[0]
        warnings.warn(
            f"{load.rows_set_aside:,} of {load.rows_in:,} rows of {load.table} were set aside, "
            f"first row {first['line']} ({first['rule']}). They are in "
            f"source.loads[{load.table!r}].rejects.",
            AnalysisWarning,
            stacklevel=3,
        )


def _refuse_missing(frame: pd.DataFrame, table: Table) -> None:
    required = [
        column.given
        for column in table.columns
        if column.wanted and not (column.instead and set(column.instead) <= set(frame.columns))
    ]
    missing = [name for name in required if name not in frame.columns]
    if missing:
        known = [str(name) for name in frame.columns]
        raise DataError(
            f"{table.name.capitalize()} need {_and(required)}; {len(missing)} of {len(required)} "
            f"missing, first `{missing[0]}`. {did_you_mean(missing[0], known)} "
            "Rename the column first: frame.rename(columns=...)."
        )
    if frame.empty:
        raise DataError(f"{table.name.capitalize()} need at least one row; this frame has none.")


def _and(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def _array(values: pd.Series) -> pa.Array:
    """Convert a column; a mixture of types (7 and "b7") becomes text."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def _hash(staged: pa.Table) -> str:
    whole = hashlib.sha256()
    for batch in staged.combine_chunks().to_batches(max_chunksize=65_536):
        whole.update(batch.serialize())
    return whole.hexdigest()
