"""The conclusions of the data quality report, one function a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.quality.about_coverage import (
    coverage_finding,
    truncation_finding,
    verdict_finding,
    zone_finding,
)
from analysis.quality.about_lines import (
    described_finding,
    missing_finding,
    oddities_finding,
    quantities_finding,
    rejects_finding,
)
from analysis.wording import count, percent

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "FORMATS",
    "coverage_finding",
    "described_finding",
    "missing_finding",
    "oddities_finding",
    "quantities_finding",
    "rejects_finding",
    "truncation_finding",
    "verdict_finding",
    "zone_finding",
]

FORMATS: dict[str, Callable[[float], str]] = {
    "share": percent,
    "share_before": percent,
    "customer_share": percent,
    "amount_share": percent,
    "amount": count,
    "amount_per_customer": count,
    "median": count,
    "p99": count,
    "largest": count,
}
