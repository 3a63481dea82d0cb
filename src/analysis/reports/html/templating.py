"""The templates of this package, filled in: one file that loads nothing, and says so."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from analysis import disclosure, language, wording
from analysis.language import say
from analysis.reports.html.phrases import interval, is_range, verdict, way
from analysis.reports.html.sparkline import sparkline

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["render_page"]

_HERE = Path(__file__).parent
_TAGS: dict[language.Language, str] = {"en": "en", "zh": "zh-CN"}
"""What the languages are called in HTML."""


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
            lang=_TAGS[language.current()],
            **values,
        )
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
    environment.globals["say"] = say
    environment.filters["money"] = wording.money
    environment.filters["count"] = wording.count
    environment.filters["plural"] = wording.plural
    environment.filters["people"] = disclosure.plural
    environment.filters["emphasised"] = _emphasised
    environment.filters["moment"] = _moment
    environment.filters["customers"] = _customers
    environment.filters["format_of"] = _format_of
    environment.filters["listed"] = wording.join
    environment.filters["interval"] = interval
    environment.tests["range"] = is_range
    environment.filters["verdict"] = verdict
    environment.filters["way"] = way
    environment.filters["sparkline"] = sparkline
    return environment


def _emphasised(sentence: str, number: str) -> Markup:
    """Return a sentence in which its number stands out."""
    place = re.search(rf"(?<![\d.,]){re.escape(number)}(?![.,]?\d)", sentence) if number else None
    if place is None:
        return Markup.escape(sentence)
    before, after = sentence[: place.start()], sentence[place.end() :]
    return Markup("{}<strong>{}</strong>{}").format(before, number, after)


def _moment(when: datetime) -> str:
    return say("{date}, {time} UTC", date=wording.date(when), time=f"{when:%H:%M}")


def _customers(count: int) -> str:
    return disclosure.plural(count, "customer")


def _format_of(file: str) -> str:
    return "Parquet" if file.endswith(".parquet") else "CSV"


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
