"""The conclusions of the data quality report, one function a finding."""

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

__all__ = [
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
