"""What a person reads on a page: its text, the alternatives of its pictures, words in charts."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import nbformat
from fontTools.ttLib import TTFont
from matplotlib import font_manager

FACES = {"DejaVuSans": "DejaVu Sans", "NotoSansCJKsc": "Noto Sans CJK SC"}
_UNSEEN = {"style", "script"}
_ELEMENT = re.compile(r"<g id=['\"]")
_GLYPH = re.compile(r"<use xlink:href=['\"]#(\w+?)-(?:[A-Z]\w*-)?([0-9a-f]+)['\"]")


class Page(HTMLParser):
    """The texts of a page in order, and the alternatives of its pictures."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self._open.append(tag)
        values = dict(attrs)
        self.texts += [values[name] for name in ("alt", "aria-label", "title") if values.get(name)]

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if not _UNSEEN & set(self._open) and data.strip():
            self.texts.append(" ".join(data.split()))


def labels(run: Path) -> list[str]:
    """Return the words in the charts of a run: the notebook still has the names of the letters."""
    cells = nbformat.read(run / "executed.ipynb", 4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    charts = [output["data"].get("image/svg+xml", "") for output in outputs if "data" in output]
    return [label for chart in charts for label in chart_labels(chart)]


def chart_labels(svg: str) -> list[str]:
    """Read the texts of a chart back from the shapes of their letters."""
    drawn = [part for part in _ELEMENT.split(svg) if part.startswith("text_")]
    return ["".join(letter(*one) for one in _GLYPH.findall(part)) for part in drawn]


def letter(face: str, number: str) -> str:
    """Return the character that a glyph of a face is for."""
    return _characters(face).get(int(number, 16), "\ufffd")


@cache
def _characters(face: str) -> dict[int, str]:
    path = font_manager.findfont(FACES[face], fallback_to_default=False)
    with TTFont(path, fontNumber=getattr(path, "face_index", 0), lazy=True) as font:
        order = {name: place for place, name in enumerate(font.getGlyphOrder())}
        codes = sorted(font.getBestCmap().items(), reverse=True)
    return {order[name]: chr(code) for code, name in codes}
