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
from analysis.settings_errors import did_you_mean
from analysis.tables.checks import Intake
from analysis.tables.measure import measure, refuse_too_many
from analysis.tables.parsing import Reading
from analysis.tables.rules import for_transactions
from analysis.tables.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.tables.rules import TableRules

REQUIRED = ("customer_id", "order_date", "amount")
OPTIONAL = ("order_id", "product_id", "category", "quantity")


def from_frame(
    frame: pd.DataFrame,
    *,
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
        When rows were set aside; they are in `source.quality.rejects`.
    """
    _refuse_missing(frame)
    present = [name for name in (*REQUIRED, *OPTIONAL) if name in frame.columns]
    staged = pa.table(
        {"line": pa.array(range(1, len(frame) + 1), pa.int64())}
        | {name: _array(frame[name]) for name in present}
    )
    engine = DuckDBEngine.open()
    reading = Reading(time_zone=time_zone, currency=currency, decimals=decimals(currency))

    def rules_for(kinds: Mapping[str, str]) -> TableRules:
        return for_transactions(kinds, reading)

    intake = Intake(engine.connection, rules_for)
    intake.take(staged, "DataFrame", {name: name for name in present})
    refuse_too_many(engine, intake.tally, max_set_aside, error=DataError)
    quality = measure(engine, intake.tally, files=("DataFrame",), loaded_hash=_hash(staged))
    engine.lock()
    if quality.rows_set_aside:
        first = quality.rejects.iloc[0]
        warnings.warn(
            f"{quality.rows_set_aside:,} of {quality.rows_in:,} rows were set aside, first row "
            f"{first['line']} ({first['rule']}). They are in source.quality.rejects.",
            AnalysisWarning,
            stacklevel=2,
        )
    return Source(engine, currency, time_zone, "A DataFrame", quality)


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


def _refuse_missing(frame: pd.DataFrame) -> None:
    missing = [name for name in REQUIRED if name not in frame.columns]
    if missing:
        known = [str(name) for name in frame.columns]
        raise DataError(
            f"Transactions need `customer_id`, `order_date` and `amount`; {len(missing)} of 3 "
            f"missing, first `{missing[0]}`. {did_you_mean(missing[0], known)} "
            "Rename the column first: frame.rename(columns=...)."
        )
    if frame.empty:
        raise DataError("Transactions need at least one row; this frame has none.")


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
