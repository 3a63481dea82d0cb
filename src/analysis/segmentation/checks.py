"""What every function of this package asks of the frame it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def check_customers(customers: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse a frame that is not one complete row a customer.

    Raises
    ------
    DataError
        If `customer_id` or one of `columns` is not there or has missing values, or if a
        customer has two rows.
    """
    absent = [name for name in ("customer_id", *columns) if name not in customers]
    if absent:
        raise DataError(
            f"A customer table needs the columns {', '.join(['customer_id', *columns])};"
            f" {', '.join(absent)} not found among {', '.join(map(str, customers.columns))}."
            " Make the table with summary.summarise_customers, or name your own columns."
        )
    repeated = customers["customer_id"].duplicated()
    if repeated.any():
        raise DataError(
            f"A customer has one row; {repeated.sum()} of {len(customers)} rows repeat an"
            f" earlier one, first customer_id={customers.loc[repeated, 'customer_id'].iloc[0]!r}."
            " Add up the rows of a customer first."
        )
    for name in columns:
        missing = customers[name].isna()
        if missing.any():
            raise DataError(
                f"`{name}` must be known for every customer; {missing.sum()} of"
                f" {len(customers)} are missing, first"
                f" customer_id={customers.loc[missing, 'customer_id'].iloc[0]!r}."
                " Fill in or leave out these customers first."
            )


def check_share(name: str, value: float) -> None:
    """Refuse a share outside (0, 1)."""
    if not 0 < value < 1:
        raise DataError(f"`{name}` is a share and lies between 0 and 1; got {value!r}.")
