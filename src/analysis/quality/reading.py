"""What the sentences of data quality share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

NAMED = 5
"""Days or categories named in a sentence; the others are counted."""


def in_lower_case(name: str) -> str:
    """Return a name that is written in capitals throughout as one reads it: 'FUEL' -> 'Fuel'."""
    return name.capitalize() if name.isupper() and len(name) > 3 else name


def row_of(table: pd.DataFrame, column: str, value: object) -> dict[str, Any]:
    """Return the first row whose `column` is `value`."""
    found = table[table[column] == value].iloc[0].to_dict()
    return {str(name): it for name, it in found.items()}
