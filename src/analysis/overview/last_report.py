"""The last report of the same kind: what it said then, beside the same figures as counted now."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import disclosure
from analysis.errors import AnalysisError, DataError
from analysis.periods import Period

if TYPE_CHECKING:
    from analysis.periods import Kind

LIST = "figures_by_period"
REPORTED = ("revenue", "customers", "orders")
_CENT = 0.005


@dataclass(frozen=True, slots=True)
class LastReport:
    """What the last report of the same kind of period said.

    Attributes
    ----------
    period : Period
        The one that it is about.
    figures : DataFrame
        What it told of this period and those before: period_start and `REPORTED`.
    """

    period: Period
    figures: pd.DataFrame

    def told(self, figure: str) -> float:
        """Return what it told of a figure of its period; not a number if nothing."""
        rows = self.figures["period_start"] == pd.Timestamp(self.period.start)
        found = self.figures.loc[rows, figure]
        return float(found.iloc[0]) if len(found) else np.nan


def read_last_report(folder: str | Path, kind: Kind) -> LastReport | None:
    """Read what the last report said of its period and those before.

    Parameters
    ----------
    folder : str or Path
        Folder of its run; an empty text: there is none.
    kind : {'day', 'week', 'month', 'quarter', 'year'}
        A report on another kind of period is no earlier report of this one.

    Returns
    -------
    LastReport or None
        None as well when the run kept no figures.

    Raises
    ------
    DataError
        If the run's files are not what such a run holds.
    """
    if not str(folder):
        return None
    told = [disclosure.bound_in_data(small=small) for small in (True, False, None)]  # of few people
    manifest, table = Path(folder) / "manifest.json", Path(folder) / "tables" / f"{LIST}.csv"
    if not manifest.is_file() or not table.is_file():
        return None
    try:
        period = Period.parse(json.loads(manifest.read_text("utf-8"))["period"])
        figures = pd.read_csv(table, parse_dates=["period_start"], encoding="utf-8-sig")
        figures = figures[["period_start", *REPORTED]].replace(told, np.nan)
        figures = figures.astype(dict.fromkeys(REPORTED, float))
    except (AnalysisError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{Path(folder).name} must hold the run of an earlier report, with its period and"
            f" {LIST}.csv; it does not: {error}. Render that report again."
        ) from None
    return LastReport(period, figures) if period.kind == kind else None


def held_against(
    last: LastReport | None, activity: pd.DataFrame, period: Period
) -> tuple[Period, float]:
    """Which earlier period is a change against, and how far have its sales been restated?

    Returns
    -------
    base, restated : Period, float
        The period of the last report, and its sales as the data stand now less those told
        then. Without a report: the period before, and not a number.
    """
    if last is None:
        return period.previous, np.nan
    now = activity.loc[activity["period_start"] == pd.Timestamp(last.period.start), "revenue"]
    return last.period, (float(now.iloc[0]) if len(now) else 0.0) - last.told("revenue")


def restated_figures(last: LastReport | None, activity: pd.DataFrame) -> pd.DataFrame:
    """Which figures of past periods are not what they were reported to be?

    Periods that the data do not reach back to any more are no matter of restating.

    Parameters
    ----------
    last : LastReport or None
    activity : DataFrame
        Output of `retention.activity_by_period`, as the data stand now.

    Returns
    -------
    DataFrame, one row a figure of a period that differs
        period_start, figure, reported, now, change.
    """
    columns = ["period_start", "figure", "reported", "now", "change"]
    if last is None:
        return pd.DataFrame(columns=columns)
    counted = activity.loc[
        activity["complete"] | (activity.index != activity.index[0]), ["period_start", *REPORTED]
    ]
    both = last.figures.merge(counted, on="period_start", suffixes=("", "_now"))
    rows: list[dict[str, Any]] = [
        {
            "period_start": row["period_start"],
            "figure": figure,
            "reported": row[figure],
            "now": row[f"{figure}_now"],
            "change": row[f"{figure}_now"] - row[figure],
        }
        for _, row in both.iterrows()
        for figure in REPORTED
    ]
    table = pd.DataFrame(rows, columns=columns)
    return table[table["change"].abs() > _CENT].reset_index(drop=True)
