"""What a run finds around it: a kernel that is this very interpreter, and an environment.

Both are the same on every machine, whatever a user has set up for Jupyter or IPython.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from analysis.reports import child
from analysis.reports.warm import FORKED

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["own_folders", "settled", "write_kernel"]


def write_kernel(runtime: Path, *, forked: bool) -> None:
    """Define the kernel of a run in its folder of temporary files."""
    folder = runtime / "kernels" / child.KERNEL
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel = {
        "argv": [*command, "--HistoryManager.hist_file=:memory:"],
        "display_name": "Python 3",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": FORKED}} if forked else {},
    }
    (folder / "kernel.json").write_text(json.dumps(kernel), "utf-8")


def settled(threads: int) -> dict[str, str]:
    """Return what is the same for every run, and must be set before anything is imported."""
    pools = ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
    return {f"{pool}_NUM_THREADS": str(threads) for pool in pools} | {
        "JE_ARROW_MALLOC_CONF": "background_thread:false",  # no second thread before a fork
        "JUPYTER_PLATFORM_DIRS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
    }


def own_folders(runtime: Path) -> dict[str, str]:
    """Return what keeps a user's Jupyter and IPython set-up out of a run."""
    return {
        "JUPYTER_PATH": str(runtime),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "IPYTHONDIR": str(runtime / "ipython"),
    }
