"""What a report shows: sections of blocks, as data that the templates lay out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from analysis.errors import ReportError
from analysis.findings import Finding

if TYPE_CHECKING:
    from analysis.reports.html import sanitize

__all__ = ["Block", "Content", "Export", "Figure", "Note", "Numbers", "Section", "Table"]

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts that are ready to read."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    align: list[Literal["left", "right", "center"]]


@dataclass(frozen=True, slots=True)
class Note:
    """A remark beside the findings."""

    text: str
    level: Literal["info", "warning"] = "info"


@dataclass(frozen=True, slots=True)
class Export:
    """A list that lies beside the report."""

    name: str
    file: str
    rows: int
    title: str
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers behind a picture: the first of them to read, and all of them as data."""

    subtitle: str = ""
    numbers: Table | None = None
    columns: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, what it shows in words, the finding it supports, and its numbers.

    `file` is the name that its numbers have as a CSV; empty when it brought none.
    """

    picture: sanitize.Picture
    alt: str
    finding: Finding | None
    shown: Numbers = Numbers()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One thing in a section; `kind` names the template's macro for it."""

    kind: Literal["prose", "finding", "figure", "table", "note", "exports", "markup"]
    content: Any

    @property
    def finding(self) -> Finding | None:
        """The finding that it shows, or that its picture supports."""
        found = self.content.finding if self.kind == "figure" else self.content
        return found if isinstance(found, Finding) else None


@dataclass(slots=True)
class Section:
    """The blocks under one question."""

    title: str
    anchor: str
    blocks: list[Block] = field(default_factory=list)

    def without_repeats(self) -> Section:
        """Return the section with each reason why something is not shown said once."""
        reasons: set[str] = set()
        kept = []
        for block in self.blocks:
            refused = isinstance(block.content, Finding) and block.content.refused
            if not (refused and block.content.headline in reasons):
                kept.append(block)
            if refused:
                reasons.add(block.content.headline)
        return Section(self.title, self.anchor, kept)


@dataclass(slots=True)
class Content:
    """A whole report but for its frame; the first section stands before any heading."""

    title: str = ""
    sections: list[Section] = field(default_factory=lambda: [Section("", "top")])

    @property
    def findings(self) -> list[tuple[Finding, Section]]:
        """Every finding once, in order, with the section that it stands in."""
        seen: dict[str, tuple[Finding, Section]] = {}
        for section in self.sections:
            for block in section.blocks:
                if (found := block.finding) is None:
                    continue
                known, _ = seen.setdefault(found.id, (found, section))
                if known != found:
                    raise ReportError(
                        f"The id of a finding must be unique in its report; two different ones "
                        f"are called {found.id!r}: {known.headline!r} and {found.headline!r}."
                    )
        return list(seen.values())

    @property
    def exports(self) -> dict[str, Export]:
        """The lists that lie beside the report, by name."""
        listed = [block.content for block in self._of_kind("exports")]
        return {export.name: export for exports in listed for export in exports}

    @property
    def figures(self) -> list[Figure]:
        """Every picture, in order."""
        return [block.content for block in self._of_kind("figure")]

    def _of_kind(self, kind: str) -> list[Block]:
        return [
            block for section in self.sections for block in section.blocks if block.kind == kind
        ]
