"""Charts show every name as it is, in the language that is spoken."""

import io
import re

import matplotlib.pyplot as plt
import pytest
from matplotlib import font_manager

from analysis import language, wording
from analysis.charts import style
from analysis.errors import AnalysisError


def drawn(text):
    """Return the SVG of a chart labelled `text`; a character without a shape is a warning."""
    ax = style.new_axes()
    ax.set_xlabel(text)
    buffer = io.StringIO()
    ax.get_figure().savefig(buffer, format="svg")
    plt.close(ax.get_figure())
    return buffer.getvalue()


def faces(svg):
    """Return the faces whose glyphs an SVG draws."""
    return set(re.findall(r'<path id="([A-Z]\w*)-', svg))


def glyphs_of(font):
    """Return the name under which an SVG keeps the glyphs of a font."""
    face = font_manager.get_font(font_manager.findfont(font, fallback_to_default=False))
    return face.postscript_name.removesuffix("-Regular")


@pytest.fixture
def chinese_font():
    if len(style.fonts()) == 1:
        pytest.skip("no font with Chinese characters is installed (Debian: fonts-noto-cjk)")
    return style.fonts()[1]


def test_chinese_is_drawn_in_a_font_of_its_own(chinese_font):
    language.use("zh")
    assert style.fonts() == [chinese_font, style.LATIN_FONT]
    assert faces(drawn("客户流失率（2017年12月）")) == {glyphs_of(chinese_font)}


def test_a_chinese_name_shows_in_an_english_chart_too(chinese_font):
    assert faces(drawn("茶叶")) == {glyphs_of(style.LATIN_FONT), glyphs_of(chinese_font)}


def test_a_name_between_dollar_signs_is_no_formula():
    assert drawn("$x$").count("#DejaVuSans-") == drawn("axa").count("#DejaVuSans-")
    drawn("$\\frac{")


def test_without_a_font_it_says_which_package_has_one(monkeypatch):
    monkeypatch.setattr(style.fontManager, "get_font_names", lambda: ["DejaVu Sans"])
    assert style.fonts() == ["DejaVu Sans"]
    language.use("zh")
    with pytest.raises(AnalysisError, match=r"none of the 11 known ones.*apt install fonts-noto"):
        style.new_axes()


def test_ticks_that_would_read_the_same_have_fewer_labels():
    axes = style.new_axes()
    axes.plot([0, 1], [0.0, 0.004])
    axes.set_yticks([0.0, 0.0005, 0.001, 0.0015, 0.002])
    style.format_axis(axes, "y", wording.percent)
    shown = [label.get_text() for label in axes.get_yticklabels()]
    assert shown == ["0.0%", "", "0.1%", "", "0.2%"]
    style.format_axis(axes, "y", lambda share: wording.percent(share, 2))
    assert [label.get_text() for label in axes.get_yticklabels()][1] == "0.05%"
