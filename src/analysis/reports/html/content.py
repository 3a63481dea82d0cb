"""What a report shows, read from the outputs of an executed notebook.

Code, prompts, streams and bare text stay behind. Findings, figures, tables, notes
and exports are read as data and get their markup from the template; other HTML is
let through an allowlist.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from markupsafe import Markup
from pydantic import TypeAdapter, ValidationError

from analysis import display, exports, findings
from analysis.errors import ReportError
from analysis.findings import Finding
from analysis.language import translate_markdown
from analysis.reports.html import sanitize
from analysis.reports.html.blocks import (
    Block,
    Content,
    Export,
    Figure,
    Note,
    Numbers,
    Section,
    Table,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["read_content"]

_T = TypeVar("_T")

_FIGURES = {"image/svg+xml": sanitize.svg_picture, "image/png": sanitize.png_picture}
_HEADING = re.compile(r"<h([12])>(.*?)</h\1>", re.DOTALL)
_SUBHEADING = re.compile(r"<(/?)h([3-6])>")
_TAG = re.compile(r"<[^>]+>")
_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def read_content(notebook: NotebookNode) -> Content:
    """Read what an executed notebook has to show.

    Parameters
    ----------
    notebook : NotebookNode
        With outputs, in nbformat 4.

    Returns
    -------
    Content
        Title and sections as the first two levels of headings divide them, the notebook's texts
        in the language that is spoken.

    Raises
    ------
    ReportError
        An output holds an error, a figure has no alternative text, or a bundle is not
        what its type promises.
    """
    content = Content()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            _add_prose(content, cell.source)
        elif cell.cell_type == "code":
            for output in cell.outputs:
                _add_output(content.sections[-1], output)
    _name_files(content)
    return content


def _add_prose(content: Content, markdown: str) -> None:
    """Add a cell of text; anchors stay those of the English headings, whatever is spoken."""
    before, *parts = _HEADING.split(sanitize.clean_markdown(translate_markdown(markdown)))
    headings = _HEADING.findall(sanitize.clean_markdown(markdown))
    _add_text(content.sections[-1], before)
    for (level, english), title, text in zip(headings, parts[1::3], parts[2::3], strict=True):
        plain = _plain(title)
        if level == "1" and not content.title:
            content.title = plain
        else:
            anchor = _anchor(_plain(english), [section.anchor for section in content.sections])
            content.sections.append(Section(plain, anchor))
        _add_text(content.sections[-1], text)


def _plain(html: str) -> str:
    return Markup(_TAG.sub("", html)).unescape().strip()  # noqa: S704 - already clean


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
            shown = _read(Numbers, data, display.FIGURE_MIME) or Numbers()
            return _figure_block(picture(data[kind]), metadata.get(kind, {}), finding, shown)
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
    picture: sanitize.Picture, metadata: dict[str, Any], finding: Finding | None, shown: Numbers
) -> Block:
    alt = metadata.get("alt") or (finding.headline if finding else "")
    if not alt:
        raise ReportError(
            "Every figure of a report needs an alternative text that states its conclusion; one "
            "has none. Show it by display.figure(axes, finding)."
        )
    return Block("figure", Figure(picture, alt, finding, shown))


def _name_files(content: Content) -> None:
    """Name the CSV of every figure by its finding; a second one of the same gets a number."""
    taken: set[str] = set()
    for section in content.sections:
        for place, block in enumerate(section.blocks):
            if block.kind == "figure" and block.content.shown.rows:
                name = _free_name(block.finding, taken)
                section.blocks[place] = Block("figure", replace(block.content, file=name))


def _free_name(finding: Finding | None, taken: set[str]) -> str:
    name = finding.id if finding else "figure"
    if not _FILE_NAME.fullmatch(name):
        raise ReportError(
            f"The id of a finding names the file of its figure's numbers, so it holds lower-case "
            f"letters, digits, dots, hyphens and underscores; got {name!r}."
        )
    stem, number = f"figure-{name}", 2
    while stem in taken:
        stem, number = f"figure-{name}-{number}", number + 1
    taken.add(stem)
    return f"{stem}.csv"


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
