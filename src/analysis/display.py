"""Figures, tables and notes as notebook outputs that a report can read.

Each output is a MIME bundle: HTML or SVG for the notebook, and JSON from which
the report template builds its own, escaped, markup.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd

from analysis import disclosure, wording
from analysis.disclosure import discretion
from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes

    from analysis.findings import Finding

TABLE_MIME = "application/vnd.analysis.table+json"
FIGURE_MIME = "application/vnd.analysis.figure+json"
NOTE_MIME = "application/vnd.analysis.note+json"
_NUMBER = re.compile(r"[+−-]?\D{0,3}\d[\d.,]*(%| million| billion)?")
ROWS_SHOWN = 60
"""Of the numbers of a figure, in a report; the CSV beside it holds all."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One notebook output in several formats."""

    data: dict[str, Any]
    metadata: dict[str, Any]

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.data, self.metadata


def figure(
    axes: Axes,
    finding: Finding,
    *,
    subtitle: str = "",
    data: pd.DataFrame | None = None,
    formats: Mapping[str, Callable[[Any], str]] | None = None,
    labels: Mapping[str, str] | None = None,
    people: Sequence[str] = (),
) -> Bundle:
    """Show a chart under the sentence that it supports, with its numbers.

    The sentence is the headline and the alternative text of the picture. The
    figure is closed, so that the notebook does not show it twice. A finding that
    was refused for want of data is shown without the picture.

    Parameters
    ----------
    axes : Axes
        Of the chart.
    finding : Finding
        What the chart shows.
    subtitle : str, optional
        Measure, population and period, in words.
    data : DataFrame, optional
        The tidy table behind the chart; the report shows its first `ROWS_SHOWN` rows folded
        under the picture, and links to all of it as a CSV.
    formats, labels, people
        How to write its columns, as in `table`.
    """
    drawing = axes.get_figure(root=True)
    if drawing is None:
        raise ValueError("`axes` belongs to no figure; charts return the Axes they drew on.")
    shown = finding._repr_mimebundle_()
    if finding.refused:
        plt.close(drawing)
        return Bundle(shown, {})
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": finding.id, "svg.fonttype": "path"}):
        drawing.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(drawing)
    svg = buffer.getvalue()
    data = pd.DataFrame() if data is None else data
    telling = discretion.tell(data, people)
    if subtitle and any(states.any() for states in telling.states.values()):
        subtitle = say(
            "{subtitle}; counts that are not told are drawn alike, or not at all",
            subtitle=subtitle,
        )
    below = f"<p>{escape(subtitle)}</p>" if subtitle else ""
    shown["text/html"] = f"{shown['text/html']}{below}{svg[svg.index('<svg') :]}"
    shown["image/svg+xml"] = svg
    shown[FIGURE_MIME] = {"subtitle": subtitle, "numbers": None, "columns": [], "rows": []}
    if not data.empty:
        first = _content(data.head(ROWS_SHOWN), "", formats, labels, telling)
        shown[FIGURE_MIME].update(numbers=first, **_plain_rows(data, telling))
        shown |= telling.record
    return Bundle(shown, {"image/svg+xml": {"alt": shown["text/plain"]}})


def table(
    frame: pd.DataFrame,
    *,
    title: str,
    formats: Mapping[str, Callable[[Any], str]] | None = None,
    labels: Mapping[str, str] | None = None,
    people: Sequence[str] = (),
) -> Bundle:
    """Show a table with readable headings and numbers.

    Parameters
    ----------
    frame : DataFrame
        Rows as they should appear; the index is not shown. Without rows, a note says so.
    title : str
        What the rows are.
    formats : mapping of column to function, optional
        How to write a value; the default goes by its type (`wording.cell`).
    labels : mapping of column to heading, optional
        Headings; the default is the column's name in words.
    people : sequence of columns, optional
        Those that count people, where small counts are not told (`disclosure`).
    """
    if frame.empty:
        return note(say("{title}: none.", title=title))
    telling = discretion.tell(frame, people)
    content = _content(frame, title, formats, labels, telling)
    shown = {TABLE_MIME: content, "text/html": _html(content), "text/plain": title}
    return Bundle(shown | telling.record, {})


def note(text: str, level: Literal["info", "warning"] = "info") -> Bundle:
    """Show a remark: a caveat, or something the reader must know first."""
    return Bundle(
        {
            NOTE_MIME: {"text": text, "level": level},
            "text/html": f"<p><em>{escape(text)}</em></p>",
            "text/plain": text,
        },
        {},
    )


def _content(
    frame: pd.DataFrame,
    title: str,
    formats: Mapping[str, Callable[[Any], str]] | None,
    labels: Mapping[str, str] | None,
    telling: discretion.Telling,
) -> dict[str, Any]:
    """Return a table as texts that are ready to read."""
    formats, labels = formats or {}, labels or {}
    written = {name: _column(frame[name], formats.get(str(name)), telling) for name in frame}
    align = [_side(frame[name], texts, at) for at, (name, texts) in enumerate(written.items())]
    return {
        "title": title,
        "columns": [labels.get(str(name), wording.label(str(name))) for name in frame.columns],
        "rows": [list(row) for row in zip(*written.values(), strict=True)],
        "align": align,
    }


def _column(
    values: pd.Series, written: Callable[[Any], str] | None, telling: discretion.Telling
) -> list[str]:
    name = str(values.name)
    bounds = telling.bounds(name)
    if name in telling.states or _all_whole(values):
        written = written or wording.count
    kept = values.astype(object)
    if (left_out := telling.left_out.get(name)) is not None:
        kept = kept.mask(left_out[: len(values)])
    return [bounds.get(at) or _text(value, written) for at, value in enumerate(kept)]


def _all_whole(values: pd.Series) -> bool:
    """Return whether a column of floats holds counts, some of which are missing."""
    known = values.dropna() if pd.api.types.is_float_dtype(values) else values[:0]
    return bool(len(known)) and bool((known % 1 == 0).all())


def _plain_rows(frame: pd.DataFrame, telling: discretion.Telling) -> dict[str, Any]:
    """Return a table as JSON types, for a CSV: missing is None, a date its ISO text."""
    columns, never = [], [False] * len(frame)
    for name in frame:
        bounds = telling.bounds(str(name), disclosure.bound_in_data)
        left_out = telling.left_out.get(str(name), never)
        cells = [
            None if out else _plain(value) for value, out in zip(frame[name], left_out, strict=True)
        ]
        columns.append([bounds.get(at, cell) for at, cell in enumerate(cells)])
    rows = [list(row) for row in zip(*columns, strict=True)]
    return {"columns": [str(name) for name in frame.columns], "rows": rows}


def _plain(value: Any) -> str | float | bool | None:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    return value if isinstance(value, (str, int)) else str(value)


def _side(values: pd.Series, texts: list[str], place: int) -> str:
    """Set numbers to the right, and so texts that are numbers unless they name the row."""
    if pd.api.types.is_bool_dtype(values):
        return "left"
    if pd.api.types.is_numeric_dtype(values):
        return "right"
    told = [text for text in texts if text != wording.MISSING]
    return "right" if place and told and all(map(_NUMBER.fullmatch, told)) else "left"


def _text(value: Any, written: Callable[[Any], str] | None) -> str:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return wording.MISSING
    return written(value) if written else wording.cell(value)


def _html(content: dict[str, Any]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in content["columns"])
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="text-align:{side}">{escape(text)}</td>'
            for text, side in zip(row, content["align"], strict=True)
        )
        + "</tr>"
        for row in content["rows"]
    )
    return (
        f"<table><caption>{escape(content['title'])}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
