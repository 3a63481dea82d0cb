"""The longer spans of time that the names of rows lie in: a month's quarter and year."""

from __future__ import annotations

import re

import pandas as pd

__all__ = ["SPAN", "with_spans"]

SPAN = "\x1f"
"""Stands between the name of a column and that of a span of its dates."""
_MONTH = re.compile(r"(\d{4})-(\d\d)(-\d\d)?")


def with_spans(names: pd.DataFrame) -> pd.DataFrame:
    """Add the month, quarter and year of every column of names that are dates or months."""
    added: dict[str, list[str]] = {}
    for name in names:
        dates = [_MONTH.fullmatch(text) for text in names[name]]
        found = [match for match in dates if match]
        if not found or len(found) < len(dates):
            continue
        months = [(match[1], int(match[2])) for match in found]
        quarters = [(year, (month + 2) // 3) for year, month in months]
        added |= {
            f"{name}{SPAN}month": [f"{year}-{month:02d}" for year, month in months],
            f"{name}{SPAN}month_start": [f"{year}-{month:02d}-01" for year, month in months],
            f"{name}{SPAN}quarter": [f"{year}-Q{quarter}" for year, quarter in quarters],
            f"{name}{SPAN}quarter_start": [
                f"{year}-{3 * quarter - 2:02d}-01" for year, quarter in quarters
            ],
            f"{name}{SPAN}year": [year for year, _ in months],
            f"{name}{SPAN}year_start": [f"{year}-01-01" for year, _ in months],
        }
    return names.assign(**{name: pd.Series(texts, dtype=object) for name, texts in added.items()})
