"""What the last report handed out: its lists, as they were exported then."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis import exports
from analysis.errors import ReportError
from analysis.periods import Period

if TYPE_CHECKING:
    from collections.abc import Mapping

LISTS = ("early_warnings", "win_back")


@dataclass(frozen=True, slots=True)
class LastLists:
    """The lists of the last earlier report.

    Attributes
    ----------
    period : Period
        That the report was about; its last day is the one the lists were made on.
    lists : mapping of name to DataFrame
        As exported, with customer_id as text; a list that is not there was not handed out.
    """

    period: Period
    lists: Mapping[str, pd.DataFrame] = field(repr=False)


def read_last_lists(folder: str | Path) -> LastLists | None:
    """Read what the last report handed out.

    Parameters
    ----------
    folder : str or Path
        Of that run, with manifest.json and tables/; an empty text where there is none.

    Returns
    -------
    LastLists, or None where there is no earlier report

    Raises
    ------
    ReportError
        If the folder holds no manifest with a period.
    """
    if not str(folder):
        return None
    path = Path(folder) / "manifest.json"
    try:
        period = Period.parse(json.loads(path.read_text("utf-8"))["period"])
    except (OSError, ValueError, KeyError) as error:
        raise ReportError(
            f"{path} must tell the period of the last report; it does not: {error}. Move that run"
            " out of the archive."
        ) from None
    tables = Path(folder) / "tables"
    found = {name: tables / f"{name}.csv" for name in LISTS}
    return LastLists(period, {name: _read(file) for name, file in found.items() if file.is_file()})


def _read(file: Path) -> pd.DataFrame:
    """Read an exported list; an apostrophe that kept an id from being a formula is taken off."""
    rows = pd.read_csv(
        file,
        dtype={"customer_id": "str"},
        encoding="utf-8-sig",
        keep_default_na=False,
        na_values=[""],
    )
    return rows.assign(customer_id=rows["customer_id"].map(exports.original, na_action="ignore"))
