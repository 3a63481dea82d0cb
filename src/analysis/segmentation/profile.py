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

from analysis.customer_table import CustomerTable, exact_sum, quoted
from analysis.errors import DataError
from analysis.proportions import wilson_interval
from analysis.segmentation.checks import check_customers, checked
from analysis.tables import as_source

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def read_attributes(transactions: Source | pd.DataFrame) -> CustomerTable:
    """Return the customers table of a source, or one without rows where there is none."""
    source = as_source(transactions)
    if not source.has("customers"):
        return CustomerTable.of(pd.DataFrame({"customer_id": pd.Series(dtype="str")}))
    asked = "SELECT * FROM customers ORDER BY customer_id"
    parts = (part.engine.run(asked).to_pandas() for part in source.parts())
    return CustomerTable.written(parts, source.scratch)


def coverage(
    customers: pd.DataFrame | CustomerTable,
    attributes: pd.DataFrame | CustomerTable,
    *,
    confidence: float = 0.95,
) -> Coverage:
    """For how many customers are attributes known, and do those spend like the others?

    Parameters
    ----------
    customers : DataFrame or CustomerTable, one row per customer
        `customer_id` and `spend`.
    attributes : DataFrame or CustomerTable, one row per known customer
        `customer_id` and any attributes.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    Coverage
    """
    found = (
        checked(customers, ["spend"])
        .query_with(
            {"known": _known(attributes)},
            "SELECT known.customer_id IS NOT NULL AS is_known, COUNT(*) AS customers,"  # noqa: S608
            f" {exact_sum('spend')} / COUNT(*) AS mean, STDDEV_SAMP(spend) AS deviation"
            " FROM customers LEFT JOIN known ON customers.customer_id = known.customer_id"
            " GROUP BY is_known",
        )
        .set_index("is_known")
    )
    known, unknown = (found.reindex([which]).iloc[0] for which in (True, False))
    ratio, low, high = _ratio(known, unknown, confidence)
    return Coverage(
        known=0 if np.isnan(known["customers"]) else int(known["customers"]),
        customers=len(customers),
        spend_known=float(known["mean"]),
        spend_unknown=float(unknown["mean"]),
        ratio=ratio,
        low=low,
        high=high,
    )


def profile(
    customers: pd.DataFrame | CustomerTable,
    attributes: pd.DataFrame | CustomerTable,
    *,
    column: str = "tier",
    group: str = "Gold",
    minimum_customers: int = 30,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """What share of the customers with each attribute is in the group?

    Parameters
    ----------
    customers : DataFrame or CustomerTable, one row per customer
        `customer_id` and `column`.
    attributes : DataFrame or CustomerTable, one row per known customer
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
    everyone, known = checked(customers, [column]), _known(attributes)
    _check_group(everyone, column, group)
    names = [name for name in known.columns if name != "customer_id"]
    levels = [f"CAST(known.{quoted(name)} AS VARCHAR)" for name in names]
    overall, *each = (
        everyone.query_with({"known": known}, _by_level(level, column), group=group, least=least)
        for level, least in [("''", 0), *((level, minimum_customers) for level in levels)]
    )
    tables = [_levels(name, counts) for name, counts in zip(names, each, strict=True)]
    adjusted = holm([float(table["p_value"].max()) for table in tables])
    for table, p in zip(tables, adjusted, strict=True):
        table["p_adjusted"] = p
    result = pd.concat([_NO_LEVELS, *tables], ignore_index=True) if tables else _NO_LEVELS.copy()
    result["low"], result["high"] = wilson_interval(
        result["in_group"], result["customers"], confidence
    )
    result["overall"] = (overall["in_group"] / overall["customers"]).sum(min_count=1)
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


def _known(attributes: pd.DataFrame | CustomerTable) -> CustomerTable:
    if isinstance(attributes, CustomerTable):
        return attributes
    check_customers(attributes, [])
    return CustomerTable.of(attributes)


def _check_group(table: CustomerTable, column: str, group: str) -> None:
    dtype = table.dtypes[column]
    known = list(dtype.categories) if isinstance(dtype, pd.CategoricalDtype) else []
    asked = f"SELECT 1 FROM customers WHERE {quoted(column)} = $group LIMIT 1"  # noqa: S608
    if group not in known and table.query(asked, group=group).empty:
        raise DataError(f"`group` must be a value of `{column}`; {group!r} is not.")


def _by_level(level: str, column: str) -> str:
    """Ask how many known customers have each level, and how many of them are in the group."""
    return (
        f"SELECT COALESCE({level}, '{NOT_STATED}') AS level, COUNT(*) AS customers,"  # noqa: S608
        f" COUNT(*) FILTER (customers.{quoted(column)} = $group) AS in_group"
        " FROM known INNER JOIN customers ON known.customer_id = customers.customer_id"
        " GROUP BY ALL HAVING COUNT(*) >= $least"
    )


def _ratio(known: pd.Series, unknown: pd.Series, confidence: float) -> tuple[float, float, float]:
    """Return the ratio of two means, with limits that are symmetric on the log scale."""
    both = pd.DataFrame([known, unknown]).astype(float)
    if not ((both["customers"] >= 2) & (both["mean"] > 0)).all():
        return np.nan, np.nan, np.nan
    relative = both["deviation"] / np.sqrt(both["customers"]) / both["mean"]
    step = stats.norm.ppf((1 + confidence) / 2) * np.hypot(*relative)
    ratio = known["mean"] / unknown["mean"]
    return float(ratio), float(ratio * np.exp(-step)), float(ratio * np.exp(step))


def _levels(name: str, found: pd.DataFrame) -> pd.DataFrame:
    table = found.sort_values("level", key=lambda s: s.map(level_key), ignore_index=True)
    table.insert(0, "attribute", name)
    table["share"] = table["in_group"] / table["customers"]
    counts = np.array([table["in_group"], table["customers"] - table["in_group"]])
    testable = len(table) > 1 and bool((counts.sum(axis=1) > 0).all())
    table["p_value"] = stats.chi2_contingency(counts).pvalue if testable else np.nan
    return table
