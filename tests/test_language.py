"""Every text that a reader sees has its translation, with the same values in it."""

import ast
import re
from contextlib import suppress
from pathlib import Path
from string import Formatter

import nbformat
import pytest
from babel.messages.pofile import read_po

from analysis import language, wording
from analysis.errors import SettingsError
from analysis.language import say, split_mark, translate, translate_markdown

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "src" / "analysis"
CATALOGS = sorted((SOURCES / "languages" / "zh").glob("*.po"))
AT_THE_PROMPT = re.compile(r"^(cli|language|reports/(progress|catching_up|watching)|tables/)")
"""Modules that speak to whoever types commands, in English."""
_LETTER = re.compile(r"[A-Za-z]{2}")


def said_in(source):
    """Give every literal that a module says, and the two numbers of every noun it counts."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = re.sub(r"^(language|wording|disclosure)\.", "", ast.unparse(node.func))
        if name == "say":
            yield from texts_of(node.args[0], node.lineno)
        elif name == "plural" and all(isinstance(arg, ast.Constant) for arg in node.args[1:]):
            noun, *rest = (arg.value for arg in node.args[1:])
            yield from (f"{{n}} {noun}", f"{{n}} {rest[0] if rest else noun + 's'}")


def texts_of(node, line):
    """Give the texts of a literal, or of both branches of a choice between literals."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts_of(node.body, line)
        yield from texts_of(node.orelse, line)
    else:
        raise AssertionError(f"line {line}: what is said is a literal, so that it can be found")


def in_modules():
    """Return all that the code says to readers of reports, and where."""
    found = {}
    for path in sorted(SOURCES.rglob("*.py")):
        if not AT_THE_PROMPT.search(path.relative_to(SOURCES).as_posix()):
            for text in said_in(path.read_text("utf-8")):
                found.setdefault(text, path.name)
    return found


def in_templates():
    """Return what the templates say in literals."""
    form = re.compile(r"""\b(?:say|_)\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
    counted = re.compile(r"""plural\(\s*["'](\w+)["']""")
    found = {}
    for path in sorted(SOURCES.rglob("*.jinja")):
        text = path.read_text("utf-8")
        for match in form.finditer(text):
            found.setdefault(match[1] or match[2], path.name)
        for match in counted.finditer(text):
            found.setdefault(f"{{n}} {match[1]}s", path.name)
    return found


def in_notebooks():
    """Return every line of the notebooks' texts."""
    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type == "markdown":
                for line in cell.source.split("\n"):
                    _, words = split_mark(line)
                    if _LETTER.search(words):
                        found.setdefault(words, path.name)
    return found


def places(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.fixture(scope="module")
def said():
    return in_notebooks() | in_templates() | in_modules()


def test_every_text_has_its_translation(said):
    known = language.catalog("zh")
    missing = sorted((where, text) for text, where in said.items() if text not in known)
    assert not missing, "\n".join(f"{where}: {text}" for where, text in missing)


def test_a_translation_has_the_same_values(said):
    known = language.catalog("zh")
    notebooks = in_notebooks()
    checked = {text: known[text] for text in said if text in known and text not in notebooks}
    assert checked
    other = {
        text: translation
        for text, translation in checked.items()
        if set(places(text)) != set(places(translation))
    }
    assert not other


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_a_catalog_holds_nothing_that_is_not_said(path, said):
    """A text that only a name leads to, which no search can find, is marked `#. name`."""
    with path.open("rb") as file:
        messages = [message for message in read_po(file, locale="zh_CN") if message.id]
    assert messages
    for message in messages:
        texts = [message.id] if isinstance(message.id, str) else message.id
        assert "name" in message.auto_comments or any(text in said for text in texts), texts


def test_two_catalogs_agree():
    seen = {}
    for name in language.catalogs("zh"):
        for text, translation in language.entries("zh", name):
            assert seen.setdefault(text, translation) == translation, (name, text)


def test_a_text_without_a_translation_stays_as_it_is():
    language.use("zh")
    assert translate("My own heading") == "My own heading"
    assert say("{n} of my own", n=3) == "3 of my own"


def test_what_was_spoken_before_is_spoken_again_whatever_happens_within():
    with suppress(KeyError), language.speaking("zh"):
        assert wording.plural(2, "customer") == "2位客户"
        language.use("zh")
        raise KeyError
    assert wording.plural(2, "customer") == "2 customers"


def test_markdown_keeps_its_marks():
    language.use("zh")
    assert translate_markdown("# May\n\n- June\ntext") == "# 5月\n\n- 6月\ntext"


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (29.488, "¥29.49", "¥29.49"),
        (4_596_077.0, "¥4.6 million", "¥460万"),
        (123_456_789.0, "¥123.46 million", "¥1.2346亿"),
        (-1.2346e9, "-¥1.23 billion", "-¥12.3亿"),
        (4.5e11, "¥450 billion", "¥4,500亿"),
        (2.5e12, "¥2.5 trillion", "¥2.5万亿"),
    ],
)
def test_money_is_the_same_amount_in_both_languages(value, english, chinese):
    assert wording.money(value, "CNY").replace("CN¥", "¥") == english
    language.use("zh")
    assert wording.money(value, "CNY") == chinese


def test_a_language_that_is_not_there_is_refused():
    with pytest.raises(SettingsError, match=r"written in en or zh; got 'fr'"):
        language.use("fr")
