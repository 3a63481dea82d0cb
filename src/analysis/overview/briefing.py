"""What the other reports of the period found, and what they would have you do first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis import forecasts
from analysis.errors import DataError

if TYPE_CHECKING:
    from analysis.forecasts import Forecast

_COLUMNS = [
    "report", "id", "headline", "action", "at_stake", "at_stake_low", "at_stake_high", "basis",
    "people", "list_name", "main", "kpi", "refused",
]  # fmt: skip
_TEXTS = ("headline", "action", "basis", "list_name")
_NUMBERS = ("at_stake", "at_stake_low", "at_stake_high", "people")
ACTIONS = (
    "report", "action", "people", "at_stake", "at_stake_low", "at_stake_high", "basis",
    "list_name", "headline",
)  # fmt: skip
CAUTIONS = ("data_quality",)
"""Reports whose actions mend the data: they come after what is to be done for customers."""


def collect_findings(folder: str | Path) -> pd.DataFrame:
    """Read the findings of the other reports.

    Parameters
    ----------
    folder : str or Path
        Holds one `<report>.json` a report: a list of findings. Empty text, or a folder that
        is not there: no findings.

    Returns
    -------
    DataFrame, one row a finding, by report
        report, id, headline, action, at_stake, at_stake_low, at_stake_high (currency), basis,
        people, list_name, main, kpi, refused

    Raises
    ------
    DataError
        If a file is not a list of findings.
    """
    files = sorted(Path(folder).glob("*.json")) if str(folder) else []
    rows = [{**found, "report": file.stem} for file in files for found in _read(file)]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    table[list(_TEXTS)] = table[list(_TEXTS)].astype(object).fillna("")
    for name in _NUMBERS:
        table[name] = pd.to_numeric(table[name])
    return table


def collect_forecasts(folder: str | Path) -> list[tuple[str, Forecast]]:
    """Read the forecasts that the other reports keep, open ones and those of the past.

    Parameters
    ----------
    folder : str or Path
        As for `collect_findings`; its folder `forecasts` holds one `<report>.json` a report.

    Returns
    -------
    list of (report, Forecast)

    Raises
    ------
    ReportError
        If a file does not hold forecasts.
    """
    files = sorted(Path(folder).glob("forecasts/*.json")) if str(folder) else []
    return [
        (file.stem, one)
        for file in files
        for one in forecasts.parse(json.loads(file.read_text("utf-8")))
    ]


def rank_actions(findings: pd.DataFrame) -> pd.DataFrame:
    """Order the proposed actions: by the money at stake, and within one kind of money only.

    A margin of a year and the sales of a month are not the same money, so their sums are not
    held against each other. The kind that most actions are told in comes first. Actions
    without a sum follow, and last those that mend the data.

    Parameters
    ----------
    findings : DataFrame
        Output of `collect_findings`.

    Returns
    -------
    DataFrame, one row an action
        Columns `ACTIONS`, in order.
    """
    actions = findings.loc[findings["action"] != ""].copy()
    stakes = actions["at_stake"].notna()
    sums = actions.loc[stakes].groupby("basis")["at_stake"].agg(["size", "max"])
    order = sums.sort_values(["size", "max"], ascending=False).index
    actions["kind"] = actions["basis"].where(stakes).map({name: i for i, name in enumerate(order)})
    actions["caution"] = actions["report"].isin(CAUTIONS)
    ranked = actions.sort_values(
        ["caution", "kind", "at_stake"],
        ascending=[True, True, False], na_position="last", kind="stable",
    )  # fmt: skip
    return ranked[list(ACTIONS)].reset_index(drop=True)


def _read(file: Path) -> list[dict[str, object]]:
    content = json.loads(file.read_text("utf-8"))
    if not isinstance(content, list) or not all(
        isinstance(one, dict) and "headline" in one for one in content
    ):
        raise DataError(
            f"{file.name} must hold a list of findings, each with a headline; it does not."
            " Render that report again."
        )
    return content
