"""Profile: do customers with certain attributes end up in a group more often than others?

Attributes are often known for some customers only, and seldom for a random part of them. So
`coverage` says how many are known and how they differ from the rest; everything else is said
of the known ones alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis.errors import DataError
from analysis.proportions import wilson_interval
from analysis.segmentation.checks import check_customers
from analysis.tables import as_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from analysis.tables import Source

NOT_STATED = "Not stated"


@dataclass(frozen=True, slots=True)
class Coverage:
    """For how many customers attributes are known, and whether they are like the others.

    Attributes
    ----------
    known, customers : int
        Customers with attributes, and all.
    spend_known, spend_unknown : float
        Mean spend of those with attributes and of those without; NaN where there are none.
    ratio, low, high : float
        spend_known / spend_unknown with its interval (delta method on the log scale).
    """

    known: int
    customers: int
    spend_known: float
    spend_unknown: float
    ratio: float
    low: float
    high: float


def read_attributes(transactions: Source | pd.DataFrame) -> pd.DataFrame:
    """Return the customers table of a source, or one without rows where there is none."""
    source = as_source(transactions)
    if not source.has("customers"):
        return pd.DataFrame({"customer_id": pd.Series(dtype="str")})
    frame: pd.DataFrame = source.engine.run("SELECT * FROM customers").to_pandas()
    return frame


def coverage(
    customers: pd.DataFrame, attributes: pd.DataFrame, *, confidence: float = 0.95
) -> Coverage:
    """For how many customers are attributes known, and do those spend like the others?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        `customer_id` and `spend`.
    attributes : DataFrame, one row per known customer
        `customer_id` and any attributes.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    Coverage
    """
    check_customers(customers, ["spend"])
    check_customers(attributes, [])
    is_known = customers["customer_id"].isin(attributes["customer_id"])
    known = customers.loc[is_known, "spend"].to_numpy(dtype=float)
    unknown = customers.loc[~is_known, "spend"].to_numpy(dtype=float)
    ratio, low, high = _ratio(known, unknown, confidence)
    return Coverage(
        known=len(known),
        customers=len(customers),
        spend_known=float(known.mean()) if len(known) else np.nan,
        spend_unknown=float(unknown.mean()) if len(unknown) else np.nan,
        ratio=ratio,
        low=low,
        high=high,
    )


def profile(
    customers: pd.DataFrame,
    attributes: pd.DataFrame,
    *,
    column: str = "tier",
    group: str = "Gold",
    minimum_customers: int = 30,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """What share of the customers with each attribute is in the group?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        `customer_id` and `column`.
    attributes : DataFrame, one row per known customer
        `customer_id`; every other column is an attribute with its levels as text.
    column, group : str
        The group in question: the value `group` of `column`.
    minimum_customers : int
        Levels with fewer customers are left out.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame, one row per attribute and level, levels in natural order
        attribute, level, customers, in_group, share, low, high (Wilson);
        overall : share among all customers whose attributes are known;
        p_value : chi-squared test that the share is the same at all levels of the
        attribute; p_adjusted : the same after Holm's correction for the number of
        attributes.

    Raises
    ------
    DataError
        If `group` is no value of `column`, a column is absent or a customer repeats.
    """
    check_customers(customers, [column])
    check_customers(attributes, [])
    if group not in set(customers[column].astype("object")) | _categories(customers[column]):
        raise DataError(f"`group` must be a value of `{column}`; {group!r} is not.")
    known = attributes.merge(customers[["customer_id", column]], on="customer_id")
    inside = known[column].astype("object") == group
    names = [name for name in attributes.columns if name != "customer_id"]
    tables = [_levels(known[name], inside, minimum_customers) for name in names]
    adjusted = holm([float(table["p_value"].max()) for table in tables])
    for table, p in zip(tables, adjusted, strict=True):
        table["p_adjusted"] = p
    result = pd.concat([_NO_LEVELS, *tables], ignore_index=True) if tables else _NO_LEVELS.copy()
    result["low"], result["high"] = wilson_interval(
        result["in_group"], result["customers"], confidence
    )
    result["overall"] = inside.mean()
    return result[[*_COLUMNS]]


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number by Holm's step-down method; NaN stays NaN.

    References
    ----------
    .. [1] Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")[: int(np.isfinite(p).sum())]
    adjusted = np.full(len(p), np.nan)
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in adjusted]


def level_key(level: str) -> tuple[bool, float, bool, str]:
    """Sort levels as a reader would: 'Under 15K', '15-24K', ..., '250K+', and words by letter."""
    found = re.search(r"\d+(?:\.\d+)?", level)
    number = float(found.group()) if found else np.inf
    opens_below = re.match(r"(?i)under|below|less|<|up to", level.strip()) is not None
    return (level == NOT_STATED, number, not opens_below, level)


_COLUMNS = (
    "attribute", "level", "customers", "in_group", "share", "low", "high", "overall",
    "p_value", "p_adjusted",
)  # fmt: skip
_NO_LEVELS = pd.DataFrame(
    {name: pd.Series(dtype="str" if name in _COLUMNS[:2] else "float64") for name in _COLUMNS}
)


def _ratio(
    known: npt.NDArray[np.float64], unknown: npt.NDArray[np.float64], confidence: float
) -> tuple[float, float, float]:
    """Return the ratio of two means, with limits that are symmetric on the log scale."""
    if min(len(known), len(unknown)) < 2 or min(known.mean(), unknown.mean()) <= 0:
        return np.nan, np.nan, np.nan
    relative = [x.std(ddof=1) / np.sqrt(len(x)) / x.mean() for x in (known, unknown)]
    step = stats.norm.ppf((1 + confidence) / 2) * np.hypot(*relative)
    ratio = known.mean() / unknown.mean()
    return float(ratio), float(ratio * np.exp(-step)), float(ratio * np.exp(step))


def _levels(values: pd.Series, inside: pd.Series, minimum_customers: int) -> pd.DataFrame:
    stated = values.astype("object").where(values.notna(), NOT_STATED).astype(str)
    table = (
        inside.groupby(stated).agg(customers="size", in_group="sum").rename_axis("level")
    ).reset_index()
    table = table[table["customers"] >= minimum_customers]
    table = table.sort_values("level", key=lambda s: s.map(level_key), ignore_index=True)
    table.insert(0, "attribute", str(values.name))
    table["share"] = table["in_group"] / table["customers"]
    counts = np.array([table["in_group"], table["customers"] - table["in_group"]])
    testable = len(table) > 1 and bool((counts.sum(axis=1) > 0).all())
    table["p_value"] = stats.chi2_contingency(counts).pvalue if testable else np.nan
    return table


def _categories(values: pd.Series) -> set[str]:
    return set(values.cat.categories) if isinstance(values.dtype, pd.CategoricalDtype) else set()
