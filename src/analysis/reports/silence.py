"""No secret outlives a run: whatever a notebook showed of one is taken out of what is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import nbformat

from analysis.reports.execution import LOG, OUTPUT
from analysis.reports.lists import with_texts
from analysis.secrecy import hiding

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analysis.reports.execution import Execution
    from analysis.settings import Settings

__all__ = ["without_secrets"]

_PART = 1 << 20


def without_secrets(execution: Execution, folder: Path, settings: Settings) -> Execution:
    """Take the secrets that the settings lead to out of notebook, log, lists and fault.

    Parameters
    ----------
    execution : Execution
        How the run ended.
    folder : Path
        Where it ran; its files are changed.
    settings : Settings

    Returns
    -------
    Execution
        As given where nothing was shown, as in all notebooks of this package.
    """
    hide = hiding(settings)
    for path in (folder / OUTPUT, folder / LOG, *(folder / "tables").glob("*.csv")):
        if path.is_file() and _hid(path, hide) and path.name == OUTPUT and execution.notebook:
            again = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
            execution = replace(execution, notebook=again)
    for path in (folder / "tables").glob("*.parquet"):
        with_texts(path, hide)
    return replace(execution, fault=hide(execution.fault))


def _hid(path: Path, hide: Callable[[str], str]) -> bool:
    """Take secrets out of a file, and say whether there were any; long lists are read by parts."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        parts = iter(lambda: "".join(stream.readlines(_PART)), "")
        if all(hide(part) == part for part in parts):
            return False
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    path.write_text(hide(text), "utf-8", "surrogateescape", newline="")
    return True
