"""Reports made by hand of cells and outputs, and what they come to as a page."""

from __future__ import annotations

from html.parser import HTMLParser

from notebook_builder import notebook

from analysis import display, exports
from analysis.findings import Finding
from analysis.periods import Period
from analysis.reports.html import Frame, ReportExporter

EVIL = "<script>alert(1)</script>"
SVG = (
    '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">'
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' width="72pt" height="36pt" viewBox="0 0 72 36">{}</svg>'
)
RATE = Finding(
    id="churn.rate",
    headline="12.3% fell silent.",
    label="Churn",
    value=0.123,
    value_text="12.3%",
    interval="10.1% to 14.2%",
    comparison="up 1.2 points on November 2017",
    direction="bad",
    main=True,
    kpi=True,
)
FRAME = Frame(
    collection="Households",
    period=Period.parse("2017-12"),
    coverage="Covers 1 to 31 December 2017.",
    provenance=(("Input", "SHA-256 0123abcd"),),
    index="../../../index.html",
)


class Page(HTMLParser):
    """The elements of a page, in order, and the text in them."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.text = [], ""
        self._raw = None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self._raw = tag if tag == "style" else None

    def handle_data(self, data):
        self.text += "" if self._raw else data

    def handle_endtag(self, tag):
        self._raw = None

    def values(self, name, tag=None):
        return [at[name] for found, at in self.elements if name in at and tag in (None, found)]


def render(*cells, frame=FRAME, **options):
    return ReportExporter().from_notebook_node(notebook(*cells, **options), {"frame": frame})[0]


def figure(svg="", alt="Conclusion."):
    return {"image/svg+xml": SVG.format(svg)}, {"image/svg+xml": {"alt": alt} if alt else {}}


def full_report(text="Plain"):
    return render(
        f"## {text}?\n\nSome *words* and {text}.",
        [
            RATE,
            Finding(id="a", headline=text, action=text, at_stake=5.0, comparison=text, label=text),
            display.Bundle(*figure(alt=text)),
            {display.TABLE_MIME: {"title": text, "columns": [text], "rows": [[text]],
                                  "align": ["left"]}},
            display.note(text, "warning"),
            exports.Export("risk", text, "tables/risk.csv", 3),
            {"text/html": f"<table><tr><td>{text}</td></tr></table>"},
        ],
        "## Method\n\nCounting.",
        title=f"# {text}\n\nA question: {text}",
        frame=Frame(collection=text, coverage=text, provisional=text, provenance=((text, text),)),
    )  # fmt: skip
