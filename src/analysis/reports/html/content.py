"""What a report shows, read from the outputs of an executed notebook.

Code, prompts, streams and bare text stay behind. Findings, figures, tables, notes
and exports are read as data and get their markup from the template; other HTML is
let through an allowlist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from markupsafe import Markup
from pydantic import TypeAdapter, ValidationError

from analysis import display, exports, findings
from analysis.errors import ReportError
from analysis.findings import Finding
from analysis.reports.html import sanitize

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Block", "Content", "Section", "Table", "read_content", "read_findings"]

_T = TypeVar("_T")

_FIGURES = {"image/svg+xml": sanitize.svg_picture, "image/png": sanitize.png_picture}
_HEADING = re.compile(r"<h([12])>(.*?)</h\1>", re.DOTALL)
_SUBHEADING = re.compile(r"<(/?)h([3-6])>")
_TAG = re.compile(r"<[^>]+>")


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


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, what it shows in words, and the finding it supports."""

    picture: sanitize.Picture
    alt: str
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Block:
    """One thing in a section; `kind` names the template's macro for it."""

    kind: Literal["prose", "finding", "figure", "table", "note", "exports", "markup"]
    content: Any


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
    def findings(self) -> list[tuple[Finding, str]]:
        """Every finding once, in order, with the anchor of its section."""
        seen: dict[str, tuple[Finding, str]] = {}
        for section in self.sections:
            for block in section.blocks:
                found = block.content.finding if block.kind == "figure" else block.content
                if not isinstance(found, Finding):
                    continue
                known, _ = seen.setdefault(found.id, (found, section.anchor))
                if known != found:
                    raise ReportError(
                        f"The id of a finding must be unique in its report; two different ones "
                        f"are called {found.id!r}: {known.headline!r} and {found.headline!r}."
                    )
        return list(seen.values())


def read_findings(notebook: NotebookNode) -> list[Finding]:
    """Return the findings of an executed notebook, in order, each once."""
    return [finding for finding, _ in read_content(notebook).findings]


def read_content(notebook: NotebookNode) -> Content:
    """Read what an executed notebook has to show.

    Parameters
    ----------
    notebook : NotebookNode
        With outputs, in nbformat 4.

    Returns
    -------
    Content
        Title and sections as the first two levels of headings divide them.

    Raises
    ------
    ReportError
        An output holds an error, a figure has no alternative text, or a bundle is not
        what its type promises.
    """
    content = Content()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            _add_prose(content, sanitize.clean_markdown(cell.source))
        elif cell.cell_type == "code":
            for output in cell.outputs:
                _add_output(content.sections[-1], output)
    return content


def _add_prose(content: Content, html: Markup) -> None:
    before, *parts = _HEADING.split(html)
    _add_text(content.sections[-1], before)
    for level, title, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        plain = Markup(_TAG.sub("", title)).unescape().strip()  # noqa: S704 - already clean
        if level == "1" and not content.title:
            content.title = plain
        else:
            anchor = _anchor(plain, [section.anchor for section in content.sections])
            content.sections.append(Section(plain, anchor))
        _add_text(content.sections[-1], text)


def _add_text(section: Section, html: str) -> None:
    if html.strip():
        text = Markup(_without_skipped_levels(html.strip()))  # noqa: S704 - already clean
        section.blocks.append(Block("prose", text))


def _without_skipped_levels(html: str) -> str:
    """Lower headings so that none is more than one level below the one before it."""
    level = {"given": 2, "shown": 2}

    def shown(match: re.Match[str]) -> str:
        closing, given = match[1], int(match[2])
        if not closing:
            deeper = given > level["given"]
            level["shown"] = (
                min(given, level["shown"] + 1) if deeper else min(given, level["shown"])
            )
            level["given"] = given
        return f"<{closing}h{level['shown']}>"

    return _SUBHEADING.sub(shown, html)


def _anchor(title: str, taken: list[str]) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "section"
    anchor, number = f"s-{words}", 2
    while anchor in taken:
        anchor, number = f"s-{words}-{number}", number + 1
    return anchor


def _add_output(section: Section, output: NotebookNode) -> None:
    if output.output_type == "error":
        raise ReportError(
            f"A report is made of cells that all succeeded; one ended in {output.ename}: "
            f"{output.evalue}."
        )
    if output.output_type not in {"display_data", "execute_result"}:
        return
    block = _read_bundle(output.data, output.get("metadata", {}))
    if block is None:
        return
    last = section.blocks[-1] if section.blocks else None
    if block.kind == "exports" and last is not None and last.kind == "exports":
        last.content.extend(block.content)
    else:
        section.blocks.append(block)


def _read_bundle(data: dict[str, Any], metadata: dict[str, Any]) -> Block | None:
    """Return the richest form of one output, or None when there is only plain text."""
    finding = _read(Finding, data, findings.MIME)
    for kind, picture in _FIGURES.items():
        if kind in data:
            return _figure_block(picture(data[kind]), metadata.get(kind, {}), finding)
    if finding is not None:
        return Block("finding", finding)
    if (table := _read(Table, data, display.TABLE_MIME)) is not None:
        return Block("table", table)
    if (note := _read(Note, data, display.NOTE_MIME)) is not None:
        return Block("note", note)
    if (export := _read(Export, data, exports.MIME)) is not None:
        return Block("exports", [export])
    if "text/html" in data:
        return Block("markup", sanitize.clean_html(data["text/html"]))
    return None


def _figure_block(
    picture: sanitize.Picture, metadata: dict[str, Any], finding: Finding | None
) -> Block:
    alt = metadata.get("alt") or (finding.headline if finding else "")
    if not alt:
        raise ReportError(
            "Every figure of a report needs an alternative text that states its conclusion; one "
            "has none. Show it by display.figure(axes, finding)."
        )
    return Block("figure", Figure(picture, alt, finding))


def _read(kind: type[_T], data: dict[str, Any], mime: str) -> _T | None:
    if mime not in data:
        return None
    try:
        return TypeAdapter(kind).validate_python(data[mime])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ReportError(
            f"An output of type {mime} is not what that type promises: {place}: {first['msg']}."
        ) from None
