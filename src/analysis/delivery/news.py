"""What a run of `render` or `due` made and what failed, as mail and webhook tell it."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from analysis.findings import main_points
from analysis.language import translate
from analysis.reports import found
from analysis.reports.archive import CURRENT, REPORT
from analysis.reports.execution import LOG, OUTPUT
from analysis.reports.manifest import FILE as MANIFEST
from analysis.reports.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from analysis.findings import Finding
    from analysis.periods import Period
    from analysis.reports.archive import Archive
    from analysis.reports.rendering import Outcome
    from analysis.settings import Settings

__all__ = ["Failed", "Made", "News", "read_news"]

LOG_LINES = 30
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Made:
    """A report that readers have now; `address` is a path, or of the web where that is known."""

    report: str
    title: str
    leads: bool
    period: Period
    provisional: bool
    address: str
    file: Path
    points: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A report that could not be made.

    Attributes
    ----------
    report, title : str
    period : Period
    fault : str
        What went wrong, in a sentence.
    attempts : int
        How often it was tried in this run; 0 when it was not even begun.
    folder : Path, optional
        Where analysts find what is left of it.
    log : str
        The end of what it said.
    kept : bool
        Whether readers still have an earlier report of the period.
    """

    report: str
    title: str
    period: Period
    fault: str
    attempts: int
    folder: Path | None
    log: str
    kept: bool


@dataclass(frozen=True, slots=True)
class News:
    """What one run brought; the newest period first, and in it the report that sums up."""

    collection: str
    index: str
    made: tuple[Made, ...]
    failed: tuple[Failed, ...]

    @property
    def newest(self) -> Period | None:
        """The newest period of which a report was made."""
        return self.made[0].period if self.made else None


def read_news(
    settings: Settings, archive: Archive, outcomes: Iterable[tuple[Period, Outcome]]
) -> News:
    """Read from the archive what there is to tell of these outcomes."""
    real = [(period, outcome) for period, outcome in outcomes if not outcome.busy]
    made = [
        _made(settings, archive, period, outcome.folder)
        for period, outcome in real
        if not outcome.fault and outcome.folder is not None
    ]
    made.sort(key=lambda one: not one.leads)
    made.sort(key=lambda one: (one.period.end, one.period.start), reverse=True)
    return News(
        collection=" ".join(settings.title.split()),
        index=_address(settings, archive.root, "index.html"),
        made=tuple(made),
        failed=tuple(_failed(archive, period, one) for period, one in real if one.fault),
    )


def _made(settings: Settings, archive: Archive, period: Period, folder: Path) -> Made:
    manifest = Manifest.read(folder)
    findings = found.read(folder / found.FILE)
    return Made(
        report=manifest.report,
        title=translate(manifest.title),
        leads=manifest.leads,
        period=period,
        provisional=manifest.provisional,
        address=_address(settings, archive.root, manifest.report, period.key, CURRENT, REPORT),
        file=folder / REPORT,
        points=tuple(main_points(findings) or findings),
    )


def _failed(archive: Archive, period: Period, outcome: Outcome) -> Failed:
    folder, title, attempts = outcome.folder, outcome.report.replace("_", " ").capitalize(), 0
    if folder is not None and (folder / MANIFEST).is_file():
        manifest = Manifest.read(folder)
        title, attempts = translate(manifest.title), manifest.attempts
    return Failed(
        report=outcome.report,
        title=title,
        period=period,
        fault=outcome.fault,
        attempts=attempts,
        folder=folder,
        log=_end_of_log(folder) if folder is not None else "",
        kept=archive.current(outcome.report, period.key) is not None,
    )


def _end_of_log(folder: Path) -> str:
    """Return the end of the traceback and of what was printed."""
    lines = _traceback(folder / OUTPUT)[-LOG_LINES:]
    with suppress(OSError):
        lines += (folder / LOG).read_text("utf-8", "replace").splitlines()[-LOG_LINES:]
    return "\n".join(lines)


def _traceback(notebook: Path) -> list[str]:
    with suppress(OSError, ValueError, LookupError, TypeError):
        for cell in json.loads(notebook.read_bytes())["cells"]:
            for output in cell.get("outputs", []):
                if output["output_type"] == "error":
                    return _COLOUR.sub("", "\n".join(output["traceback"])).splitlines()
    return []


def _address(settings: Settings, root: Path, *parts: str) -> str:
    if settings.reports.base_url is None:
        return str(root.joinpath(*parts))
    return "/".join([settings.reports.base_url.rstrip("/"), *(quote(part) for part in parts)])
