"""Which export of which system a file is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import SourceError
from analysis.mappings.look import looks
from analysis.settings_errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.mappings.look import Look
    from analysis.mappings.model import Export, Part, System


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file, the system that wrote it, and which of its exports it is."""

    look: Look
    system: System
    export: Export

    @property
    def parts(self) -> list[Part]:
        """The tables that it fills: those of which no needed column is missing."""
        return [part for part in self.export.parts if not part.missing(self.look.header)]


def recognise(path: Path, systems: Sequence[System], guess: System) -> Recognised:
    """Return what a file is.

    Parameters
    ----------
    path : Path
        The file.
    systems : sequence of System
        Those to choose from: one, when the user named it.
    guess : System
        What is tried when none of several fits: tables known by everyday words.

    Raises
    ------
    SourceError
        If none fits, several do, or a column is missing without which nothing can be read.
    """
    ways = list(looks(path))
    if not ways:
        raise SourceError(
            f"A file must have a header of two columns or more; {path.name} has none in its "
            "first lines. Is it an export, one record a line?"
        )
    found = _best(ways, systems)
    if not found and len(systems) > 1:
        found = _best(ways, [guess])
    if not found:
        raise _nothing_fits(ways, systems if len(systems) == 1 else [guess])
    if len({one.system.key for one in found}) > 1:
        keys = sorted({one.system.key for one in found})
        raise SourceError(
            f"A file must be of one system; {path.name} has the columns of {len(keys)}, "
            f"{' and '.join(keys)}. Say which: --from {keys[0]}"
        )
    if not found[0].parts:
        raise _nothing_to_read(found[0])
    return found[0]


def _best(ways: list[Look], systems: Sequence[System]) -> list[Recognised]:
    """Return the best fit of each system that fits, the best look at the file first."""
    fits = [
        (one, (bool(one.parts), len(export.marks), export.columns_in(look.header)))
        for look in ways
        for system in systems
        for export in system.exports
        if not export.lacking(look.header)
        for one in [Recognised(look, system, export)]
    ]
    best: dict[str, tuple[Recognised, tuple[bool, int, int]]] = {}
    for one, merit in fits:
        if one.system.key not in best or merit > best[one.system.key][1]:
            best[one.system.key] = one, merit
    return [one for one, _ in best.values()]


def _nothing_fits(ways: list[Look], systems: Sequence[System]) -> SourceError:
    """Say what the nearest export lacks."""
    system = systems[0]
    look, export = min(
        ((look, export) for look in ways for export in system.exports),
        key=lambda pair: (
            len(pair[1].lacking(pair[0].header)) / len(pair[1].marks),
            -len(pair[0].header),
        ),
    )
    lacking = export.lacking(look.header)
    return SourceError(
        f"{export.name} of {system.title} is known by {len(export.marks)} columns; "
        f"{look.path.name} has not {len(lacking)} of them, first `{lacking[0]}`. "
        f"{did_you_mean(lacking[0], [name for name in look.header if name])} Export it again with "
        "all columns, name the system with --from, or write analysis.toml by hand."
    )


def _nothing_to_read(one: Recognised) -> SourceError:
    """Say what is missing for the table that lacks least."""
    header = one.look.header
    part = min(one.export.parts, key=lambda part: len(part.missing(header)))
    missing = part.missing(header)
    names = part.columns.get(missing[0], (missing[0],))
    return SourceError(
        f"[{part.table}] needs {len(part.wanted)} columns of {one.export.name.lower()} of "
        f"{one.system.title}; {one.look.path.name} has not {len(missing)} of them, first "
        f"{missing[0]} = `{names[0]}`. "
        f"{did_you_mean(names[0], [name for name in header if name])} Export it again with it."
    )
