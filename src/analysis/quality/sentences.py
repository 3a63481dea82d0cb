"""The conclusions of the data quality report, one function a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.quality.about_coverage import (
    coverage_finding,
    truncation_finding,
    verdict_finding,
    zone_finding,
    zone_in_words,
)
from analysis.quality.about_lines import (
    described_finding,
    missing_finding,
    oddities_finding,
    quantities_finding,
    rejects_finding,
)
from analysis.quality.reading import in_lower_case
from analysis.wording import count, money, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = [
    "FORMATS",
    "coverage_finding",
    "described_finding",
    "formats",
    "in_words",
    "missing_finding",
    "oddities_finding",
    "quantities_finding",
    "rejects_finding",
    "truncation_finding",
    "verdict_finding",
    "zone_finding",
    "zone_in_words",
]

FORMATS: dict[str, Callable[[float], str]] = {
    "share": percent,
    "share_before": percent,
    "customer_share": percent,
    "amount_share": percent,
    "median": count,
    "p99": count,
    "largest": count,
}


def formats(currency: str) -> dict[str, Callable[[float], str]]:
    """Return how to write columns that may hold money."""

    def in_money(amount: float) -> str:
        return money(amount, currency)

    return {**FORMATS, "amount": in_money, "amount_per_customer": in_money}


def in_words(quantities: pd.DataFrame) -> pd.DataFrame:
    """Return the quantities with the categories as one reads them."""
    if quantities.empty:
        return quantities
    return quantities.assign(category=[in_lower_case(name) for name in quantities["category"]])
