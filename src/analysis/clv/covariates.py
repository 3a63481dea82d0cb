"""What is known of customers beside their purchases: read, checked, and put to use.

A covariate may act on how often customers buy, on how readily they leave, or on both, with a
coefficient each or with one for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pandas.api.types import infer_dtype, is_bool_dtype, is_numeric_dtype

from analysis.clv.inputs import number_column
from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from analysis.clv.histories import Rows

    Floats = NDArray[np.float64]

__all__ = ["Effects", "check_informative", "choose_effects", "read_covariates"]

_HISTORY = ("frequency", "recency", "T", "n_periods", "weight", "seen_within", "log_gaps")
_REPEATED = 1e-10  # share of a column's variance that must be its own


@dataclass(frozen=True, slots=True)
class Effects:
    """Which columns act on what.

    Attributes
    ----------
    purchase, dropout : tuple of str
        Columns that act on buying, and on leaving.
    same : tuple of str
        Those of both that have one coefficient for both.
    """

    purchase: tuple[str, ...]
    dropout: tuple[str, ...]
    same: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column once."""
        return tuple(dict.fromkeys((*self.purchase, *self.dropout)))

    @property
    def coefficients(self) -> list[tuple[str, str]]:
        """What each coefficient acts on, and its column."""
        alone = [
            (process, column)
            for process, columns in (("purchase", self.purchase), ("dropout", self.dropout))
            for column in columns
            if column not in self.same
        ]
        return alone + [("both", column) for column in self.same]

    @property
    def names(self) -> list[str]:
        """The names of the coefficients."""
        return [f"{process}.{column}" for process, column in self.coefficients]

    def matrix(self, process: str) -> Floats:
        """Return 1 where a coefficient (a column each) weighs a covariate (a row each)."""
        return np.array(
            [
                [float(on in (process, "both") and own == column) for on, own in self.coefficients]
                for column in self.columns
            ]
        )


def choose_effects(purchase: Sequence[str], dropout: Sequence[str], same: Sequence[str]) -> Effects:
    """Check the names of the columns, as far as that goes without the data."""
    for name, columns in (("purchase", purchase), ("dropout", dropout), ("same", same)):
        if isinstance(columns, str):
            raise DataError(f'`{name}` must be a list of columns; got "{columns}". Give a list.')
        twice = [column for column in columns if list(columns).count(column) > 1]
        if twice:
            raise DataError(f"`{name}` must name a column once; `{twice[0]}` comes again.")
        history = [column for column in columns if column in _HISTORY]
        if history:
            raise DataError(
                f"`{name}` must name what is known beside the purchases; `{history[0]}` is what "
                "the model explains. Leave it out."
            )
    if not purchase and not dropout:
        raise DataError(
            "`purchase` or `dropout` must name a column; both are empty. "
            "Name one, or fit the model without covariates."
        )
    apart = [column for column in same if column not in purchase or column not in dropout]
    if apart:
        raise DataError(
            f"a column of `same` must be in `purchase` and in `dropout`; `{apart[0]}` is not. "
            "Add it there, or take it out of `same`."
        )
    return Effects(tuple(purchase), tuple(dropout), tuple(same))


def read_covariates(customers: pd.DataFrame, columns: Sequence[str]) -> Floats:
    """Take covariates out of a table, a column each; they must be numbers, or true and false.

    Raises
    ------
    DataError
        With the column that is not there, no number or missing, and a way out.
    """
    return np.column_stack([_covariate(customers, column) for column in columns])


def check_informative(z: Floats, rows: Rows, effects: Effects, *, penalised: bool) -> None:
    """Refuse covariates from which no coefficient can be learnt.

    Raises
    ------
    DataError
        With the column that is the same for all, or a sum of others, or that tells the repeat
        buyers from all others.
    """
    for column, values in zip(effects.columns, z.T, strict=True):
        if np.ptp(values) == 0:
            raise DataError(
                f"`{column}` must differ between customers; all {values.size} have {values[0]:g}, "
                "so there is nothing to learn. Leave it out."
            )
    centred = z - z.mean(axis=0)
    for chosen in (effects.purchase, effects.dropout):
        _check_independent(centred[:, [effects.columns.index(c) for c in chosen]], chosen)
    if not penalised:
        for column in effects.purchase:
            _check_bounded(z[:, effects.columns.index(column)], rows.x, column)


def _covariate(customers: pd.DataFrame, column: str) -> Floats:
    if column not in customers.columns:
        found = ", ".join(map(str, customers.columns))
        raise DataError(
            f"`customers` needs the covariate `{column}`; found: {found}. "
            "Join it to the table first."
        )
    values = customers[column]
    if not (is_numeric_dtype(values) or is_bool_dtype(values) or infer_dtype(values) == "decimal"):
        raise DataError(
            f"a covariate must hold numbers, or true and false; `{column}` is {values.dtype}, "
            f"first {values.iloc[0] if len(values) else 'nothing'!r}. Make a column of each group "
            f"but one: pandas.get_dummies(customers, columns=['{column}'], drop_first=True)."
        )
    return number_column(customers, column)


def _check_independent(centred: Floats, columns: Sequence[str]) -> None:
    own = np.diag(np.linalg.qr(centred / np.linalg.norm(centred, axis=0), mode="r")) ** 2
    repeated = np.flatnonzero(own < _REPEATED)
    if repeated.size:
        others = ", ".join(f"`{column}`" for column in columns[: repeated[0]])
        raise DataError(
            f"a covariate must tell something that the others do not; `{columns[repeated[0]]}` is "
            f"a sum of multiples of {others}. Leave it out (of groups, leave out one: "
            "drop_first=True)."
        )


def _check_bounded(values: Floats, x: Floats, column: str) -> None:
    bought = values[x > 0]
    if bought.min() == bought.max() and bought.min() in (values.min(), values.max()):
        raise DataError(
            f"repeat buyers must differ in `{column}`; all {bought.size} of them have "
            f"{bought.min():g}, the others not, so its coefficient has no bound. Leave the column "
            "out, or give l2_purchase > 0."
        )
