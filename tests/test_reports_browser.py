"""Every page that a reader opens, in a real browser: quiet, accessible, whole on any paper."""

import re

import pytest
from archives import REPORTS
from browser import PAPER, chromium, open_page

PAGES = [*REPORTS, "index"]
ENGLISH, CHINESE, HOSTILE = "sample_archive", "chinese_archive", "export_archive"
NO_TEXT = re.compile(r"(?i)\b(no description|image|figure|chart|plot|untitled)\W*$")

each_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def path(request, archive, name):
    return request.getfixturevalue(archive).pages()[name]


@pytest.mark.parametrize("archive", [ENGLISH, CHINESE, HOSTILE])
@each_page
def test_a_page_is_quiet_accessible_and_never_too_wide(browser, path):
    with open_page(browser, path) as view:
        assert view.violations() == []
        assert [view.overflow(width) for width in (320, 400, 1200)] == [0, 0, 0]
        asked = {url for url in view.requests if not url.startswith("data:")}
        assert asked <= {path.as_uri(), path.resolve().as_uri()}
        assert view.complaints == []


@pytest.mark.parametrize("archive", [ENGLISH, CHINESE])
@each_page
def test_the_dark_has_contrast_and_the_print_whole_figures_on_white(browser, path):
    with open_page(browser, path, color_scheme="dark") as view:
        assert view.styles("body", "backgroundColor") != ["rgb(255, 255, 255)"]
        assert view.violations("color-contrast") == []
        view.on_paper()
        for selector in ("figure", ".cards li", "tr", ".action"):
            assert set(view.styles(selector, "breakInside")) <= {"avoid"}, selector
        heights = [float(one.removesuffix("px")) for one in view.styles("figure img", "height")]
        assert all(0 < height < 0.6 * PAPER["height"] for height in heights)
        assert set(view.styles("nav", "display")) <= {"none"}
        assert view.styles("body", "backgroundColor") == ["rgb(255, 255, 255)"]
        assert view.overflow(PAPER["width"]) == 0


@pytest.mark.parametrize("archive", [ENGLISH, HOSTILE])
@each_page
def test_pictures_tell_their_conclusion(browser, path):
    with open_page(browser, path) as view:
        images = view.page.eval_on_selector_all(
            "img", "all => all.map(one => [one.alt, one.naturalWidth])"
        )
    texts = [text for text, _ in images]
    assert all(len(text) > 20 and not NO_TEXT.search(text) for text in texts), texts
    assert len(set(texts)) == len(texts)
    assert all(width > 0 for _, width in images), "a picture that could not be drawn"


def test_the_checks_find_what_they_look_for(browser, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!doctype html><html><head><meta http-equiv='Content-Security-Policy'"
        " content=\"script-src 'none'\"><title>Bad</title></head><body>"
        "<p style='color:#ccc;background:#fff'>pale</p><img src='http://127.0.0.1:9/x.png'>"
        "<p style='width:2000px'>wide</p><script>alert(1)</script></body></html>",
        "utf-8",
    )
    with open_page(browser, bad) as view:
        found = {one.split(":")[0] for one in view.violations()}
        assert {"color-contrast", "html-has-lang", "image-alt"} <= found
        assert view.overflow(400) > 1000
        assert "http://127.0.0.1:9/x.png" in view.requests
        assert any("Content Security Policy" in one for one in view.complaints)
