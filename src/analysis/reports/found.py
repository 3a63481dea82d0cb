"""The findings of a run as a file, for whatever reads them later: index, summary, mail."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from analysis.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["FILE", "read", "write"]

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


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }
