"""What every function of this package asks of the customers it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.customer_table import CustomerTable
from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence


def checked(customers: pd.DataFrame | CustomerTable, columns: Sequence[str]) -> CustomerTable:
    """Refuse a frame as `check_customers` does; take it, or a table, to be asked.

    A table has one complete row a customer by its making: of it, columns alone are asked.
    """
    if isinstance(customers, CustomerTable):
        _check_columns(list(customers.columns), columns)
        return customers
    check_customers(customers, columns)
    return CustomerTable.of(customers[[*dict.fromkeys(["customer_id", *columns])]])


def names_of(table: CustomerTable, column: str) -> list[str]:
    """Return the groups of a categorical column in their order.

    Raises
    ------
    DataError
        If the column is not categorical.
    """
    dtype = table.dtypes[column]
    if not isinstance(dtype, pd.CategoricalDtype):
        raise DataError(
            f"`{column}` must be categorical, so that its groups have an order;"
            f" it is {dtype}. Convert it with pandas.Categorical."
        )
    return [str(name) for name in dtype.categories]


def check_customers(customers: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse a frame that is not one complete row a customer.

    Raises
    ------
    DataError
        If `customer_id` or one of `columns` is not there or has missing values, or if a
        customer has two rows.
    """
    _check_columns(list(customers.columns), columns)
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


def _check_columns(there: Sequence[str], columns: Sequence[str]) -> None:
    absent = [name for name in ("customer_id", *columns) if name not in there]
    if absent:
        raise DataError(
            f"A customer table needs the columns {', '.join(['customer_id', *columns])};"
            f" {', '.join(absent)} not found among {', '.join(map(str, there))}."
            " Make the table with summary.summarise_customers, or name your own columns."
        )


def check_share(name: str, value: float) -> None:
    """Refuse a share outside (0, 1)."""
    if not 0 < value < 1:
        raise DataError(f"`{name}` is a share and lies between 0 and 1; got {value!r}.")
