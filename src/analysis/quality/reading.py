"""What the sentences of data quality share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.language import say

if TYPE_CHECKING:
    import pandas as pd

NOT_KNOWN = "not known"
"""Stands for the category of lines that have none."""
NAMED = 5
"""Days or categories named in a sentence; the others are counted."""


def category_in_words(name: str) -> str:
    """Return a category as one reads it: 'FUEL' -> 'Fuel'."""
    if name == NOT_KNOWN:
        return say("not known")
    return name.capitalize() if name.isupper() and len(name) > 3 else name


def row_of(table: pd.DataFrame, column: str, value: object) -> dict[str, Any]:
    """Return the first row whose `column` is `value`."""
    found = table[table[column] == value].iloc[0].to_dict()
    return {str(name): it for name, it in found.items()}
