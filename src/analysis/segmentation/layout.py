"""How the tables of this package are shown: units of columns, headings, words for ranges."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from analysis import wording

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_MONEY = ("spend", "lowest", "highest")
_SHARES = ("share_of_customers", "share_of_spend")
LABELS = {
    "action": "What to do",
    "after": "Now",
    "group": "Segment",
    "highest": "To",
    "lowest": "From",
    "moved_in": "Came from others",
    "moved_out": "Went to others",
    "net": "Change",
}


def formats(currency: str) -> dict[str, Callable[[Any], str]]:
    """Return how to write the columns of tiers, sizes and actions."""
    return {
        **dict.fromkeys(_MONEY, partial(wording.money, currency=currency)),
        **dict.fromkeys(_SHARES, wording.percent),
        "net": lambda value: f"{value:+,}",
    }


def cutoffs_in_words(cutoffs: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Lay the cut-offs of the scores out for reading: a row a score, a column a measure.

    Parameters
    ----------
    cutoffs : DataFrame
        Result of `rfm_cutoffs`.
    currency : str
        ISO code of the spend.

    Returns
    -------
    DataFrame
        score, and the range of each measure in words; missing where nobody has the score.
    """
    money = partial(wording.money, currency=currency)
    written: dict[str, Callable[[float], str]] = {
        "days_since_last_order": wording.count,
        "orders": wording.count,
        "spend": money,
    }
    ends = zip(cutoffs["measure"], cutoffs["lowest"], cutoffs["highest"], strict=True)
    words = cutoffs.assign(range=[_range(low, high, written[name]) for name, low, high in ends])
    wide = words.pivot_table(index="score", columns="measure", values="range", aggfunc="first")
    wide = wide.reindex(columns=list(written)).sort_index(ascending=False)
    return wide.rename_axis(columns=None).reset_index().astype({"score": "str"})


def _range(low: float, high: float, text: Callable[[float], str]) -> str:
    return text(low) if text(low) == text(high) else wording.span(low, high, text)
