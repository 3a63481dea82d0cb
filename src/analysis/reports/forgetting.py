"""What archive and cache hold of one customer, and its removal.

Lists lose the customer's rows and keep every other byte; they are written beside their place and
moved there, so that no half-written one is ever read. What may name anybody goes as a whole:
failed runs, what killed processes left, and the cache, all of which can be made again.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analysis.reports.lists import LISTS, as_word, count, written_without
from analysis.reports.manifest import FILE, Forgotten, Manifest
from analysis.reports.retention import REMOVED
from analysis.tables.pseudonyms import pseudonym

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.reports.archive import Archive
    from analysis.settings import Settings

__all__ = ["Held", "find", "names_of", "remove"]

_PAGES = ("*.html", "*.ipynb", "*.json", "*.txt", "tables/*.csv")


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of one customer.

    Attributes
    ----------
    lists : dict of Path to int
        Lists of archived runs with rows of the customer, and how many.
    failed : tuple of Path
        Failed runs; they may name anybody.
    left : tuple of Path
        What killed processes left of runs.
    cache : tuple of Path
        Tables as loaded, rows set aside, and what did not fit into memory.
    mentions : tuple of Path
        Other files of archived runs in which the name stands as a word; a short one may be
        a number there. They are not changed.
    """

    lists: dict[Path, int]
    failed: tuple[Path, ...]
    left: tuple[Path, ...]
    cache: tuple[Path, ...]
    mentions: tuple[Path, ...]

    def __bool__(self) -> bool:
        return any((self.lists, self.failed, self.left, self.cache))


def names_of(customer: str, settings: Settings) -> tuple[str, ...]:
    """Return what a customer is called in outputs: the id and, where there is a key, a pseudonym.

    Raises
    ------
    SettingsError
        The settings name a key that is not there.
    """
    key = settings.privacy.key(settings.root)
    return (customer,) if key is None else (customer, pseudonym(customer, key.derive("pseudonyms")))


def find(names: Sequence[str], archive: Archive, settings: Settings) -> Held:
    """Look through archive and cache for a customer; nothing is changed."""
    counted = {path: count(path, names) for pattern in LISTS for path in _files(archive, pattern)}
    lists = {path: rows for path, rows in counted.items() if rows}
    word = as_word(names)
    return Held(
        lists=lists,
        failed=tuple(sorted(archive.root.glob(".failed/*/*"))),
        left=tuple(sorted(archive.root.glob(".staging/*"))),
        cache=tuple(sorted((settings.root / "data" / "cache").glob("*/*"))),
        mentions=tuple(
            path
            for pattern in _PAGES
            for path in _files(archive, pattern)
            if path not in lists and word.search(path.read_text("utf-8", "replace"))
        ),
    )


def remove(held: Held, names: Sequence[str], archive: Archive) -> None:
    """Remove what was found, but for what is only mentioned.

    Raises
    ------
    BusyError
        A report is being made that could bring back what is removed; what was removed by then
        is whole, and the same command goes on where it stopped.
    """
    with archive.catching_up():
        for run in sorted({path.parent.parent for path in held.lists}):
            with archive.holding(run.parent.parent.name, run.parent.name):
                _clean(run, [path for path in held.lists if path.parent.parent == run], names)
        for place in (*{path.parent for path in held.failed}, *held.left):
            report, _, period = place.name.rpartition("_")
            with archive.holding(report, period):
                shutil.rmtree(place)
    shutil.rmtree(archive.root / REMOVED, ignore_errors=True)
    for path in held.cache:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _files(archive: Archive, pattern: str) -> list[Path]:
    """Return such files of all archived runs, each once."""
    runs = (path.parent for path in archive.root.glob(f"[!.]*/*/*/{FILE}"))
    return sorted(path for run in runs if not run.is_symlink() for path in run.glob(pattern))


def _clean(run: Path, lists: Sequence[Path], names: Sequence[str]) -> None:
    """Take a customer out of the lists of a run; first its manifest says what they will be.

    Killed between the two, the lists still name the customer, and the next time tells and
    does it again.
    """
    for old in (run / "tables").glob(".*.new"):
        old.unlink()
    asides = {path: written_without(path, names) for path in lists}
    digests = {
        path.name: hashlib.sha256(aside.read_bytes()).hexdigest() for path, aside in asides.items()
    }
    manifest = Manifest.read(run)
    told = Forgotten(at=datetime.now(UTC).replace(microsecond=0), lists_sha256=digests)
    manifest.model_copy(update={"forgotten": (*manifest.forgotten, told)}).write(run)
    for path, aside in asides.items():
        aside.replace(path)
