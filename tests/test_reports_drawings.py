"""Drawings and other HTML in a report lose what could act."""

from __future__ import annotations

from urllib.parse import unquote

from report_pages import EVIL, SVG

from analysis.reports.html import sanitize


def test_a_drawing_keeps_its_shapes_and_loses_what_could_act():
    harmful = (
        f"<script>{EVIL[8:13]}</script><style>@import 'http://e.org/x.css'; a{{}}</style>"
        "<foreignObject><p>x</p></foreignObject><a href='http://e.org'><rect/></a>"
        "<image href='http://e.org/i.png'/><use xlink:href='http://e.org/#a'/>"
        "<rect onload='x()' width='5' height='5' style='fill:url(http://e.org/#g)'/>"
        "<g clip-path='url(#p1)'><use xlink:href='#glyph'/><path d='M 0 0 L 1 1'/></g>"
        "<style>*{stroke-linejoin: round}</style><animate attributeName='href' to='x'/>"
    )
    source = sanitize.svg_picture(SVG.format(harmful)).source
    drawing = unquote(source).replace("'", '"')
    for word in ("script", "e.org", "import", "foreignObject", "onload", "animate"):
        assert word not in drawing
    for word in ('clip-path="url(#a)"', 'href="#b"', "M0 0L1 1", "stroke-linejoin"):
        assert word in drawing


def test_names_in_a_drawing_become_letters_and_moves_places():
    given = (
        "<defs><path id='glyph-1' d='M0 0'/></defs><g id='axes'>"
        "<use xlink:href='#glyph-1'/><use xlink:href='#glyph-1' transform='translate(6.5 0)'/>"
        "<use xlink:href='#glyph-1' transform='translate(1 2) scale(3)'/></g>"
        "<rect fill='url( &quot;#shade&quot; )'/><linearGradient id='shade'/>"
    )
    drawing = unquote(sanitize.svg_picture(SVG.format(given)).source)
    assert (
        "<defs><path id='a' d='M0 0'/></defs><g><use href='#a'/><use href='#a' x='6.5'/>"
        "<use transform='translate(1 2) scale(3)' href='#a'/></g>"
        "<rect fill='url(#b)'/><linearGradient id='b'/>"
    ) in drawing


def test_names_stay_where_the_style_sheet_of_a_drawing_tells_elements_by_them():
    given = "<style>#part {fill: red}</style><rect id='part'/>"
    assert "<rect id='part'/>" in unquote(sanitize.svg_picture(SVG.format(given)).source)


def test_coordinates_are_rounded_and_scales_are_not():
    given = (
        "<path d='M 1.23456 -0.00001 L 2 3.5' transform='translate(1.23456 2) scale(0.015625)'/>"
    )
    drawing = unquote(sanitize.svg_picture(SVG.format(given)).source)
    assert "d='M1.23 -0L2 3.5'" in drawing
    assert "transform='translate(1.23 2) scale(0.015625)'" in drawing


def test_other_html_goes_through_the_allowlist():
    given = '<p onclick="x()" style="color:red">a<img src="http://e.org/i.png"><b>b</b></p>'
    assert sanitize.clean_html(given) == "<p>a<b>b</b></p>"
    links = '<a href="javascript:x()">1</a><a href="//e.org">2</a><a href="#top">3</a>'
    assert sanitize.clean_html(links) == '<a>1</a><a>2</a><a href="#top">3</a>'
