"""Drawings in fewer letters: the same picture, from about two thirds of the text."""

from __future__ import annotations

import re
from itertools import count, product
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Iterator

__all__ = ["shorten"]

_XLINK_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_STYLE: Final = "{http://www.w3.org/2000/svg}style"
_USE: Final = "{http://www.w3.org/2000/svg}use"
_URL: Final = re.compile(r"url\(\s*['\"]?#([^)'\"\s]+)['\"]?\s*\)")
_MOVE: Final = re.compile(r"translate\(([-+.\de]+)[ ,]+([-+.\de]+)\)")


def shorten(root: ET.Element) -> None:
    """Write names and places in a drawing as briefly as they can be, in place.

    Names that nothing refers to go, the others become single letters where its style sheet
    tells elements by name in nothing; a copy that is only moved says so by its x and y.
    """
    for element in root.iter():
        if (target := element.attrib.pop(_XLINK_HREF, None)) is not None:
            element.attrib.setdefault("href", target)
        if element.tag == _USE:
            _place(element)
    if not any("#" in (style.text or "") for style in root.iter(_STYLE)):
        _rename(root)


def _place(element: ET.Element) -> None:
    move = _MOVE.fullmatch(element.get("transform", ""))
    if move is None or "x" in element.attrib or "y" in element.attrib:
        return
    del element.attrib["transform"]
    for name, value in zip("xy", move.groups(), strict=True):
        if value != "0":
            element.set(name, value)


def _rename(root: ET.Element) -> None:
    referred = dict.fromkeys(name for element in root.iter() for name in _referred(element))
    names = dict(zip(referred, _short_names(), strict=False))
    for element in root.iter():
        for attribute, value in list(element.attrib.items()):
            if attribute == "href" and value.startswith("#"):
                element.set("href", f"#{names[value[1:]]}")
            elif attribute != "id":
                element.set(attribute, _URL.sub(lambda url: f"url(#{names[url[1]]})", value))
            elif value in names:
                element.set("id", names[value])
            else:
                del element.attrib["id"]


def _referred(element: ET.Element) -> Iterator[str]:
    for attribute, value in element.attrib.items():
        if attribute == "href" and value.startswith("#"):
            yield value[1:]
        yield from _URL.findall(value)


def _short_names() -> Iterator[str]:
    """Give a, b, ... z, aa, ab and so on without end."""
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))
