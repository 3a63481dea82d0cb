"""A report as PDF beside its page, printed by Chromium where that is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from analysis.settings import ReportSettings

__all__ = ["FILE", "browser", "print_beside", "tell_if_missing"]

FILE = "report.pdf"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SECONDS = 120.0
_OPTIONS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # nothing is fetched, whatever a page asks for
    "--no-pdf-header-footer", "--generate-pdf-document-outline",
)  # fmt: skip
_LINK_OUTSIDE = re.compile(r'(<a\b[^>]*?) href="(?!#)[^"]*"')
_MOMENT = re.compile(rb"/(CreationDate|ModDate) \(D:[0-9]{14}")
_NODE = re.compile(rb"\(node([0-9]{8})\)")


def browser() -> str | None:
    """Return the path of Chromium, or None where it is not installed."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def tell_if_missing(settings: ReportSettings, tell: Callable[[str], None]) -> None:
    """Say that PDFs are asked for and cannot be made; the reports are made all the same."""
    if settings.pdf and browser() is None:
        tell(
            "No PDF is made: [reports] `pdf` needs Chromium, and none is on the PATH "
            f"({', '.join(_NAMES)}). Install it, or remove `pdf`."
        )


def print_beside(
    page: Path, day: date, settings: ReportSettings, tell: Callable[[str], None]
) -> None:
    """Print a report into `report.pdf` beside it, when that is asked for and can be done.

    A page that cannot be printed is told, and is as good as without. The same page gives the
    same bytes with the same Chromium, and what lies beside the page is not linked to: a PDF
    goes on journeys of its own.

    Parameters
    ----------
    page : Path
    day : date
        What the PDF gives as its day; the last one of the period.
    settings : ReportSettings
    tell : callable
        Takes a line for whoever watches.
    """
    program = browser() if settings.pdf else None
    if program is None:
        return
    try:
        printed = _print(program, page.read_text("utf-8"))
    except (OSError, subprocess.SubprocessError) as error:
        tell(f"No PDF of {page.parent.parent.name}: {_reason(error)}.")
        return
    (page.parent / FILE).write_bytes(_settled(printed, day))


def _print(program: str, html: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="analysis-pdf-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        copy, printed = folder / "report.html", folder / FILE
        copy.write_text(_LINK_OUTSIDE.sub(r"\1", html), "utf-8")
        # Chromium has no sandbox for root; the page holds no script, and its policy lets none in.
        alone = ("--no-sandbox",) if os.geteuid() == 0 else ()
        subprocess.run(  # noqa: S603 - our words
            [program, *_OPTIONS, *alone, f"--user-data-dir={folder / 'profile'}",
             f"--print-to-pdf={printed}", copy.as_uri()],
            check=True, capture_output=True, timeout=_SECONDS,
        )  # fmt: skip
        return printed.read_bytes()


def _settled(printed: bytes, day: date) -> bytes:
    """Return a PDF without what differs from print to print; its length stays the same."""
    numbers: dict[bytes, int] = {}

    def renumbered(match: re.Match[bytes]) -> bytes:
        return b"(node%08d)" % numbers.setdefault(match[1], len(numbers) + 1)

    dated = _MOMENT.sub(rb"/\1 (D:%s000000" % f"{day:%Y%m%d}".encode(), printed)
    return _NODE.sub(renumbered, dated)


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"Chromium took longer than {_SECONDS:g} s"
    if isinstance(error, subprocess.CalledProcessError):
        return f"Chromium ended with {error.returncode}"
    return str(error)
