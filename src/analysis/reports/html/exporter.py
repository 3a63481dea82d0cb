"""An nbconvert exporter that writes for readers, not for programmers.

It renders what `content` has read through the templates of this package: one file,
no code, no script, no address outside, and a content security policy that says so.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup
from nbconvert.exporters.exporter import Exporter

from analysis import wording
from analysis.reports.html.content import Content, read_content
from analysis.reports.html.frame import Frame

if TYPE_CHECKING:
    from datetime import datetime

    from analysis.findings import Finding

__all__ = ["ReportExporter", "render_page", "to_html"]

_HERE = Path(__file__).parent
MAIN_POINTS = 6


class ReportExporter(Exporter):
    """Notebook to report; `resources["frame"]` may hold a `Frame`."""

    file_extension = ".html"
    output_mimetype = "text/html"
    export_from_notebook = "Report"

    def from_notebook_node(  # type: ignore[override]  # as every exporter to text does
        self, nb: Any, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Render a notebook that was executed without an error."""
        copied, resources = super().from_notebook_node(nb, resources, **options)
        frame = resources.get("frame", Frame())
        return _render_report(read_content(copied), frame), resources


def to_html(notebook: Any, frame: Frame) -> str:
    """Return the report of an executed notebook."""
    exporter = ReportExporter()  # type: ignore[no-untyped-call]  # of nbconvert
    return exporter.from_notebook_node(notebook, {"frame": frame})[0]


def render_page(template: str, *, style: str = "", script: str = "", **values: Any) -> str:
    """Render a template of this package, with a policy that lets in its style and script alone.

    Parameters
    ----------
    template : str
        Name of the file.
    style, script : str
        Names of a style sheet that follows the common one, and of a script; none when empty.
    **values
        What the template shows.
    """
    sheet = "".join(_read(name) for name in ("report.css", style) if name)
    code = _read(script) if script else ""
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(sheet),  # noqa: S704 - files of this package
            script=Markup(code),  # noqa: S704
            policy=_policy(sheet, code),
            **values,
        )
    )


def _render_report(content: Content, frame: Frame) -> str:
    found = content.findings
    actions = [(finding, anchor) for finding, anchor in found if finding.action]
    actions.sort(key=lambda action: -(action[0].at_stake or 0.0))
    points = [(finding, anchor) for finding, anchor in found if finding.main]
    refusals: dict[str, tuple[Finding, str]] = {}
    for finding, anchor in found:
        if finding.refused:
            refusals.setdefault(finding.headline, (finding, anchor))
    return render_page(
        "report.html.jinja",
        title=content.title or "Report",
        frame=frame,
        cards=[finding for finding, _ in found if finding.kpi and finding.value_text],
        points=(points or list(refusals.values()))[:MAIN_POINTS],
        actions=actions,
        opening=content.sections[0].blocks,
        sections=[section.without_repeats() for section in content.sections[1:] if section.blocks],
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["money"] = wording.money
    environment.filters["count"] = wording.count
    environment.filters["plural"] = wording.plural
    environment.filters["emphasised"] = _emphasised
    environment.filters["moment"] = _moment
    return environment


def _emphasised(sentence: str, number: str) -> Markup:
    """Return a sentence in which its number stands out."""
    place = re.search(rf"(?<![\d.,]){re.escape(number)}(?![.,]?\d)", sentence) if number else None
    if place is None:
        return Markup.escape(sentence)
    before, after = sentence[: place.start()], sentence[place.end() :]
    return Markup("{}<strong>{}</strong>{}").format(before, number, after)


def _moment(when: datetime) -> str:
    return f"{wording.date(when)}, {when:%H:%M} UTC"


@cache
def _read(name: str) -> str:
    return (_HERE / "templates" / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Return the content security policy that lets these two in and nothing else."""
    scripts = f"script-src '{_digest(script)}'; " if script else ""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; {scripts}img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
