"""Where a process lays what does not fit into memory, and what killed processes left there.

Each machine has a folder of its own, as only there the number of a process tells whether it runs.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.settings import Settings

__all__ = ["scratch_of", "sweep"]

_OF_A_PROCESS = re.compile(r"(?:customers-|making-|duckdb_temp_)(\d+)[-_]")


def scratch_of(settings: Settings) -> Path:
    """Return the folder of this machine; whoever writes there first makes it."""
    machine = re.sub(r"[^A-Za-z0-9.-]", "_", platform.node())
    return settings.root / "data" / "cache" / f"spill-{machine}"


def sweep(folder: Path) -> None:
    """Remove what processes left that do not run any more."""
    with suppress(OSError):  # there is none, or it is not ours; whoever it belongs to sweeps it
        for entry in list(folder.iterdir()):
            made = _OF_A_PROCESS.match(entry.name)
            if made is None or _runs(int(made[1])):
                continue
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # somebody else's, or no number of a process
        return True
    return True
