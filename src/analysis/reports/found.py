"""What a run found, as files for whatever reads it later: index, summary, mail, the next run."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from analysis import forecasts
from analysis.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nbformat import NotebookNode

    from analysis.reports.html.blocks import Content, Export

__all__ = ["FILE", "handed_on", "read", "write", "write_forecasts"]

FILE = "findings.json"
_FINDINGS = TypeAdapter(list[Finding])


def write(path: Path, findings: Sequence[Finding]) -> None:
    """Write findings as JSON that any program reads; a number that is none becomes null."""
    rows = [_plain(finding.to_dict()) for finding in findings]
    text = json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", "utf-8")


def read(path: Path) -> list[Finding]:
    """Read the findings of one run."""
    return _FINDINGS.validate_json(path.read_bytes())


def write_forecasts(notebook: NotebookNode, folder: Path) -> None:
    """Write the forecasts that a notebook emitted into the folder of its run; none, no file."""
    emitted = [
        forecast
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for forecast in forecasts.parse(output.get("data", {}).get(forecasts.MIME, []))
    ]
    if emitted:
        forecasts.write(folder / forecasts.FILE, emitted)


def handed_on(content: Content) -> list[Finding]:
    """Return what a report found, as others may repeat it: people and lists as they were written.

    Who refused contact is on no list; so the summary does not promise more calls than there are
    customers to call. A list that is no CSV is named with its ending, so that the summary leads to
    a file that is there.
    """
    return [_as_listed(finding, content.exports) for finding, _ in content.findings]


def _as_listed(finding: Finding, exports: Mapping[str, Export]) -> Finding:
    listed = exports.get(finding.list_name)
    if listed is None:
        return finding
    people = finding.people if finding.people is None else min(finding.people, listed.rows)
    file = listed.file.rpartition("/")[2]
    return replace(finding, people=people, list_name=file.removesuffix(".csv") or listed.name)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }
