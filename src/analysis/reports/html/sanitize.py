"""Only what is allowed gets into a report: HTML, Markdown and SVG from notebooks.

Texts in a notebook come from data, and data come from strangers. Elements and
attributes that are not listed here are dropped, and so is every address that
leads out of the file.
"""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import mistune
import nh3
from markupsafe import Markup

from analysis.errors import ReportError
from analysis.reports.html.shorten import shorten

__all__ = ["Picture", "clean_html", "clean_markdown", "png_picture", "svg_picture"]

_TAGS: Final = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt",
    "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "li", "ol", "p", "pre", "q",
    "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES: Final = {
    "a": {"href"},
    "abbr": {"title"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_INSIDE: Final = re.compile(r"#[A-Za-z0-9][A-Za-z0-9._-]*|tables/[a-z][a-z0-9_]*\.(?:csv|parquet)")

_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "http://www.w3.org/1999/xlink"
_DRAWING: Final = {
    "svg", "g", "defs", "path", "use", "clipPath", "rect", "circle", "ellipse", "line",
    "polyline", "polygon", "text", "tspan", "image", "title", "desc", "style", "linearGradient",
    "radialGradient", "stop", "pattern", "marker", "mask", "symbol",
}  # fmt: skip
_SVG_TAGS: Final = {f"{{{_SVG}}}{name}" for name in _DRAWING}
_REFERENCE: Final = re.compile(r"#[\w.:-]+|data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]+")
_OUTSIDE_IN_STYLE: Final = re.compile(
    r"@import|expression|url\(\s*+['\"]?+\s*+(?!#)", re.IGNORECASE
)
_DOCTYPE: Final = re.compile(r"<!DOCTYPE[^>\[]*>", re.IGNORECASE)
_LENGTH: Final = re.compile(r"([0-9.]+)(pt|px)?")
_PIXELS_A_POINT: Final = 4 / 3

_PLAIN: Final = ' "=/;,.-_()!*@+$~'
_COORDINATES: Final = frozenset(
    ["d", "points", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height"]
)
_LONG_NUMBER: Final = re.compile(r"-?[0-9]+\.[0-9]{3,}(?![0-9e])")
_SPACED_COMMAND: Final = re.compile(r"\s*([MLHVCSQTAZmlhvcsqtaz])\s*")
_MOVE: Final = re.compile(r"translate\([^)]*\)")

ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as it stands in a report: a data URI, and its size in CSS pixels."""

    source: str
    width: int
    height: int


def clean_html(text: str) -> Markup:
    """Return HTML with nothing but allowed elements, attributes and inner links."""
    return Markup(  # noqa: S704 - nh3 has just removed whatever could do harm
        nh3.clean(
            text,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=_inner_links_only,
            link_rel=None,
            url_schemes=set(),
        )
    )


def clean_markdown(text: str) -> Markup:
    """Return Markdown as HTML; markup written into it is shown, not obeyed."""
    return clean_html(str(_markdown(text)))


def svg_picture(text: str) -> Picture:
    """Return a drawing without scripts, metadata and references, as a data URI.

    In an image element a drawing cannot run or load anything, and its identifiers
    cannot collide with those of the next one.
    """
    try:
        root = ET.fromstring(_DOCTYPE.sub("", text, count=1))  # noqa: S314 - no DTD, no entities
    except ET.ParseError as error:
        raise ReportError(f"A figure must be well-formed SVG; one is not: {error}.") from None
    if root.tag != f"{{{_SVG}}}svg":
        raise ReportError(f"A figure must be SVG; its outermost element is {root.tag!r}.")
    _clean_element(root)
    shorten(root)
    width, height = _size(root)
    return Picture(_svg_uri(ET.tostring(root, encoding="unicode")), width, height)


def png_picture(base64_text: str) -> Picture:
    """Return a bitmap from a notebook as a data URI."""
    content = base64.b64decode(base64_text)
    if content[:8] != b"\x89PNG\r\n\x1a\n":
        raise ReportError("A picture in the format image/png must be PNG; one is not.")
    width, height = (int.from_bytes(content[at : at + 4]) for at in (16, 20))
    source = f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"
    return Picture(source, width, height)


_markdown = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])


def _inner_links_only(_tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href" and not _INSIDE.fullmatch(value):
        return None
    return value


def _clean_element(element: ET.Element) -> None:
    for name, value in list(element.attrib.items()):
        if _attribute_allowed(name, value):
            element.set(name, _rounded(name, value))
        else:
            del element.attrib[name]
    if element.tag == f"{{{_SVG}}}style" and _OUTSIDE_IN_STYLE.search(element.text or ""):
        element.text = ""
    element.text, element.tail = _unless_blank(element.text), _unless_blank(element.tail)
    for child in list(element):
        if child.tag in _SVG_TAGS:
            _clean_element(child)
        else:
            element.remove(child)


def _attribute_allowed(name: str, value: str) -> bool:
    local = name.rsplit("}", 1)[-1].lower()
    if local.startswith("on"):
        return False
    if local in {"href", "src"}:
        return _REFERENCE.fullmatch(value.strip()) is not None
    return _OUTSIDE_IN_STYLE.search(value) is None


def _unless_blank(text: str | None) -> str | None:
    return text if text and text.strip() else None


def _size(root: ET.Element) -> tuple[int, int]:
    sides = [_LENGTH.fullmatch(root.get(side, "")) for side in ("width", "height")]
    if None not in sides:
        points = [_PIXELS_A_POINT if side and side[2] == "pt" else 1.0 for side in sides]
        lengths = [float(side[1]) for side in sides if side]
        return round(lengths[0] * points[0]), round(lengths[1] * points[1])
    box = root.get("viewBox", "").split()
    if len(box) == 4:
        return round(float(box[2])), round(float(box[3]))
    raise ReportError("A figure must state its size: width and height, or a viewBox.")


def _svg_uri(text: str) -> str:
    """Return a drawing as a data URI in plain letters, a third shorter than base64."""
    quoted = quote(text.replace(" />", "/>"), safe=_PLAIN).replace('"', "'")
    return Markup(f"data:image/svg+xml,{quoted}")  # noqa: S704 - nothing in it needs an escape


def _rounded(name: str, value: str) -> str:
    """Shorten coordinates to hundredths of a point; what scales or turns stays exact."""
    if name == "transform":
        return _MOVE.sub(lambda move: _LONG_NUMBER.sub(_shorter, move[0]), value)
    if name not in _COORDINATES:
        return value
    return _SPACED_COMMAND.sub(r"\1", _LONG_NUMBER.sub(_shorter, value)).strip()


def _shorter(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
