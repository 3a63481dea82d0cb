"""The report page: what gets in, what stays out, and that a person can read it."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_output
from notebook_builder import notebook
from report_pages import EVIL, RATE, Page, figure, full_report, render

from analysis import display, exports
from analysis.errors import ReportError
from analysis.findings import Finding, not_enough_data
from analysis.reports.html import ReportExporter, read_content, sanitize


def contrast(one, other):
    def luminance(colour):
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# WCAG 2.2, success criterion 1.4.3: 4.5 to 1 for text.
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_that_wcag_asks_for(scheme):
    style = Path(sanitize.__file__).with_name("templates").joinpath("report.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[scheme == "dark"]))
    for text in ("ink", "quiet", "accent", "good", "bad"):
        for ground in ("paper", "surface"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["ink"], colours["warn"]) >= 4.5


def test_wcag_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_a_report_by_hand():
    page = Page(
        render(
            "## How many?\n\nCounted by day.",
            [RATE, display.Bundle(*figure("<rect width='9' height='9'/>", "A bar."))],
            "## Method\n\nKaplan and Meier.",
        )
    )
    assert ("html", {"lang": "en"}) in page.elements
    headings = [tag for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert headings == ["h1", "h2", "h2", "h2", "h2", "h2", "h2"]
    for text in ("Churn", "December 2017", "Final", "Main points", "12.3%", "95% interval 10.1%"):
        assert text in page.text
    for text in ("up 1.2 points on November 2017 worse", "Kaplan and Meier", "SHA-256"):
        assert text in page.text
    assert page.values("alt") == ["A bar."]
    assert page.values("width", "img") == ["96"]
    assert page.text.index("Main points") < page.text.index("How many?")


def test_code_prompts_streams_and_bare_text_stay_out():
    made = notebook("## Part", [{"text/plain": "BARE"}, RATE])
    made.cells[-1].outputs.append(new_output("stream", name="stderr", text="STREAM"))
    html, _ = ReportExporter().from_notebook_node(made)
    for word in ("SECRET_CODE", "BARE", "STREAM", "In [", "Out["):
        assert word not in html


def test_main_points_and_actions_are_lifted_and_linked():
    many = [
        Finding(
            id=f"f{n}", headline=f"Point {n}.", main=True, action=f"Act {n}.", at_stake=10.0 * n
        )
        for n in range(9)
    ]
    html = render("## First", many[:4], "## Second", many[4:])
    points = html[html.index('id="points"') : html.index('id="todo"')]
    assert re.findall(r'href="#([^"]+)">Point (\d)', points) == [
        ("s-first" if n < 4 else "s-second", str(n)) for n in range(6)
    ]
    todo = html[html.index('id="todo"') : html.index("<nav")]
    assert re.findall(r"<p>Act (\d)", todo) == list("876543210")
    assert "$80" in todo


def test_the_points_behind_key_figures_come_before_the_others():
    rule = Finding(id="rule", headline="Lost after 121 days.", main=True)
    html = render("## Part", [rule, Finding(id="rate", headline="1% left.", main=True, kpi=True)])
    points = html[html.index('id="points"') : html.index("<nav")]
    assert points.index("1% left.") < points.index("Lost after 121 days.")


def test_a_report_of_nothing_but_refusals_begins_with_them():
    html = render("## Part", [not_enough_data("a", "The rate", "30 customers; there are 12")])
    points = html[html.index('id="points"') : html.index("<nav")]
    assert "Not enough data: The rate needs 30 customers" in points
    assert 'class="finding refused"' in html
    assert 'class="cards' not in html


def test_the_same_refusal_is_said_once_in_the_main_points_and_in_each_section():
    why = ("The rate", "30 customers; there are 12")
    first, second = (not_enough_data(name, *why) for name in "ab")
    other = not_enough_data("c", "The trend", "3 months")
    html = render("## Part", [first, second, other], "## Next", [not_enough_data("d", *why)])
    points = html[html.index('id="points"') : html.index("<nav")]
    assert re.findall(r"Not enough data: The (\w+)", points) == ["rate", "trend"]
    body = html[html.index("<nav") :]
    assert re.findall(r"Not enough data: The (\w+)", body) == ["rate", "trend", "rate"]


def test_what_the_headline_says_is_not_said_again_below_it():
    said = Finding(id="a", headline="Up 3 on May, 1 to 9.", interval="1 to 9", comparison="on May")
    assert 'class="details"' not in render("## Part", [said])


@pytest.mark.parametrize(
    ("sentence", "number", "shown"),
    [
        ("Of 1,450 we lost 45.", "45", "Of 1,450 we lost <strong>45</strong>."),
        ("Up 0.45 to 45.5%.", "45", "Up 0.45 to 45.5%."),
        ("<b> of 3", "3", "&lt;b&gt; of <strong>3</strong>"),
    ],
)
def test_the_number_of_a_headline_stands_out(sentence, number, shown):
    html = render("## Part", [Finding(id="a", headline=sentence, value_text=number)])
    assert f'<p class="headline">{shown}</p>' in html


def test_exports_beside_each_other_form_one_list_and_unwritten_ones_are_no_link():
    html = render(
        "## Lists",
        [exports.Export("a", "Calls", "tables/a.csv", 1), exports.Export("b", "Risk", "", 2)],
    )
    assert html.count('class="exports"') == 1
    assert '<a href="tables/a.csv" download>Calls</a> <span class="quiet">1 row, CSV' in html
    assert "Risk <span" in html


def test_a_list_tells_how_many_refused_contact():
    html = render("## Lists", [exports.Export("a", "Calls", "tables/a.csv", 90, left_out=12)])
    assert "because they refused or withdrew consent: 12 customers." in html
    html = render("## Lists", [exports.Export("a", "Calls", "tables/a.csv", 90, left_out=3)])
    assert "withdrew consent: under 5 customers." in html
    assert "withdrew" not in render("## Lists", [exports.Export("a", "Calls", "tables/a.csv", 90)])


def test_no_address_leads_out_of_the_file():
    html = full_report("[out](https://example.org) ![i](//example.org/i.png) https://example.org")
    page = Page(html)
    for name in ("src", "href", "action", "data", "srcset", "poster", "xlink:href", "background"):
        for value in page.values(name):
            assert re.match(r"#|data:image/|tables/[a-z_]+\.csv$|[./]*index\.html$", value), value
    assert not re.search(r"url\(|@import|<script|<link|<iframe|<object|<embed|<form", html)
    assert not {"script", "link", "base", "iframe"} & {tag for tag, _ in page.elements}
    for source in page.values("src"):
        inside = unquote(source)
        assert "example.org" not in inside
        assert "DOCTYPE" not in inside


def test_the_policy_lets_in_this_style_and_no_other():
    html = full_report()
    style = html[html.index("<style>") + 7 : html.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = Page(html).values("content")[0]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;")
    assert not Page(html).values("style")


@pytest.mark.parametrize("text", [EVIL, '"><img src=x onerror=alert(1)>', "'\"&\n{{ 7*7 }}{% x %}"])
def test_hostile_text_is_shown_as_text(text):
    page = Page(full_report(text))
    assert "script" not in {tag for tag, _ in page.elements}
    assert all(value.startswith("data:") for value in page.values("src"))
    assert not page.values("onerror")
    assert " ".join(text.split()) in " ".join(page.text.split())
    assert text in page.values("alt")


@settings(max_examples=25, deadline=None)
@given(st.text(st.sampled_from("<>&\"'/=ascript{}%[]()!`#* \n"), max_size=40))
def test_no_text_makes_an_element_of_its_own(text):
    plain, given = Page(full_report()), Page(full_report(f"x{text}"))
    assert {tag for tag, _ in given.elements} <= {tag for tag, _ in plain.elements} | sanitize._TAGS
    known = {"href", "src", "alt", "class", "id", "lang", "charset", "content", "name", "start",
             "tabindex", "role", "scope", "width", "height", "download", "http-equiv",
             "aria-label", "aria-labelledby", "aria-hidden"}  # fmt: skip
    assert {name for _, at in given.elements for name in at} <= known


def test_identifiers_are_unique_and_every_inner_link_arrives():
    page = Page(render("## Same\n\nx", [RATE], "## Same\n\ny", "## Ünï?!\n\nz"))
    anchors = page.values("id")
    assert len(anchors) == len(set(anchors))
    assert {href[1:] for href in page.values("href") if href.startswith("#")} <= set(anchors)


def test_headings_skip_no_level():
    html = render("## Part\n\n#### Deep\n\n###### Deeper\n\n### Up\n\n##### Down")
    rest = html[html.index('class="rest"') :]
    assert re.findall(r"<h(\d)", rest[: rest.index("<footer")]) == ["2", "3", "4", "3", "4"]


def test_the_same_notebook_gives_the_same_bytes():
    assert full_report() == full_report()


def test_findings_are_read_once_and_in_order():
    other = Finding(id="b", headline="B.")
    made = notebook("## P", [RATE, other], "## Q", [RATE])
    assert [finding for finding, _ in read_content(made).findings] == [RATE, other]


def test_two_findings_of_one_name_are_refused():
    with pytest.raises(ReportError, match=r"unique .* 'churn.rate': '12.3% fell silent.' and 'No"):
        render("## P", [RATE, Finding(id="churn.rate", headline="No.")])


def test_a_figure_without_alternative_text_is_refused():
    with pytest.raises(ReportError, match=r"alternative text .* display.figure\(axes, finding\)"):
        render("## P", [display.Bundle(*figure(alt=""))])


def test_a_figure_that_is_no_drawing_is_refused():
    with pytest.raises(ReportError, match="well-formed SVG"):
        render("## P", [display.Bundle({"image/svg+xml": "<svg"}, {})])
    with pytest.raises(ReportError, match="outermost element is 'html'"):
        render("## P", [display.Bundle({"image/svg+xml": "<html/>"}, {})])
    with pytest.raises(ReportError, match="must be PNG"):
        render("## P", [display.Bundle({"image/png": "AAAA"}, {})])


def test_a_bundle_that_is_not_what_its_type_says_is_refused():
    with pytest.raises(
        ReportError, match=r"finding\+json is not what that type promises: headline"
    ):
        render("## P", [{"application/vnd.analysis.finding+json": {"id": "a"}}])


def test_a_cell_that_failed_makes_no_report():
    made = notebook("## P", [])
    made.cells[-1].outputs.append(
        new_output("error", ename="ValueError", evalue="no", traceback=[])
    )
    with pytest.raises(ReportError, match="one ended in ValueError: no"):
        ReportExporter().from_notebook_node(made)
