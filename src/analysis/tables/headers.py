"""The header of a text file: its columns, its separator, and which column is which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import SourceError
from analysis.tables.lines import blocks
from analysis.tables.quoting import Shape, fields, split

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.settings_tables import TableSettings
    from analysis.tables.mapping import Mapping

SEPARATORS = (",", ";", "\t", "|")
MOST_LINES = 50


def read_header(
    path: Path, mapping: Mapping, settings: TableSettings
) -> tuple[Shape, dict[str, str]]:
    """Return how the lines split, and the source's names of the canonical columns.

    Without a `separator` in the settings it is the one under which the header has all the
    columns that the settings name; no other sign is trusted.
    """
    text = next(blocks(path, settings.encoding)).text
    start = 0
    for _ in range(settings.skip_lines):
        start = text.find(b"\n", start) + 1 or len(text)
    if not text[start:].strip():
        below = f" below the {settings.skip_lines} lines skipped" if settings.skip_lines else ""
        raise SourceError(
            f"A table must have a header and rows; {path.name} is empty{below}. Export it again."
        )
    start = len(text) - len(text[start:].lstrip(b"\n"))
    separator = settings.separator
    if text[start : start + 4].lower() == b"sep=":
        separator = separator or text[start + 4 : start + 5].decode("ascii", "replace")
        start = text.index(b"\n", start) + 1
    candidates = {
        mark: _names(text, start, mark) for mark in ([separator] if separator else SEPARATORS)
    }
    fitting = [mark for mark, (names, _) in candidates.items() if not mapping.missing(names)]
    if not fitting:
        most = max((names for names, _ in candidates.values()), key=len)
        raise mapping.complaint(most, path.name)
    mark = max(fitting, key=lambda one: len(candidates[one][0]))
    names, end = candidates[mark]
    found = mapping.find(names, path.name)
    places = {canonical: names.index(name) for canonical, name in found.items()}
    return Shape(mark, len(names), places, header_lines=text.count(b"\n", 0, end)), found


def _names(text: bytes, start: int, mark: str) -> tuple[list[str], int]:
    """Split the header; its names may hold line breaks in quotes."""
    complete, end = fields(mark), start
    for _ in range(MOST_LINES):
        end = text.find(b"\n", end) + 1
        if not end or complete.fullmatch(text, start, end - 1):
            break
    if not end or not complete.fullmatch(text, start, end - 1):
        end = text.find(b"\n", start) + 1
    values = split(text[start : end - 1], mark)
    return [value.decode("utf-8", "replace").strip(" \t\ufeff") for value in values], end
