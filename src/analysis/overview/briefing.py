"""What the other reports of the period found, and what they would have you do."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from analysis.errors import DataError

_COLUMNS = ["report", "id", "headline", "action", "at_stake", "main"]


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
        report, id, headline, action, at_stake (currency), main

    Raises
    ------
    DataError
        If a file is not a list of findings.
    """
    files = sorted(Path(folder).glob("*.json")) if str(folder) else []
    rows = [{**found, "report": file.stem} for file in files for found in _read(file)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def rank_actions(findings: pd.DataFrame) -> pd.DataFrame:
    """Order the proposed actions by the money at stake; those without a sum come last.

    Returns
    -------
    DataFrame, one row an action
        report, action, at_stake, headline
    """
    actions = findings.loc[findings["action"].fillna("") != ""]
    stakes = pd.to_numeric(actions["at_stake"])
    return (
        actions.assign(at_stake=stakes)
        .sort_values("at_stake", ascending=False, na_position="last", kind="stable")
        .reset_index(drop=True)[["report", "action", "at_stake", "headline"]]
    )


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
