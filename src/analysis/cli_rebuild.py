"""The command `analysis rebuild`: a report once more, from its manifest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.exit_codes import DONE, FAILED

if TYPE_CHECKING:
    import argparse

    from analysis.settings import Settings

__all__ = ["DESCRIPTION", "add_arguments"]

DESCRIPTION = """\
Make reports again, byte for byte, from the manifests of their runs: from a backup of these, or
to see that a report follows from its data. Each is put into the archive where it is missing.
Data, settings, notebook and the runs that it read must be those of then: give the earliest first.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument(
        "manifests", metavar="MANIFEST", nargs="+", type=Path, help="a manifest.json"
    )
    parser.set_defaults(run=_rebuild)


def _rebuild(settings: Settings, settings_file: Path, given: argparse.Namespace) -> int:
    from analysis.reports.archive import Archive
    from analysis.reports.index import write_index
    from analysis.reports.progress import progress_display
    from analysis.reports.rebuilding import rebuild

    code = DONE
    for path in given.manifests:
        with progress_display(quiet=True) as progress:
            rebuilt = rebuild(path, settings, settings_file, progress)
        if rebuilt.fault:
            print(f"analysis: {path}: {rebuilt.fault}. See {rebuilt.folder}", file=sys.stderr)
            code = FAILED
        else:
            print(f"{rebuilt.folder}: the same bytes, {'put back' if rebuilt.new else 'kept'}")
    write_index(Archive.of(settings), settings)
    return code
