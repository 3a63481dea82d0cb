"""The reports of the sample in both languages: the same numbers, and no word left in English."""

import csv
import json
import re
from collections import Counter

import pytest
from archives import REPORTS
from reading import Page, labels

from analysis.wording import MONTHS

DATA_ALONE = {"id", "direction", "list_name"}
"""Texts of a finding that no reader sees as they are."""
SCALES = {
    "万": 1e4, "亿": 1e8, "万亿": 1e12, " million": 1e6, " billion": 1e9, " trillion": 1e12,
}  # fmt: skip
_NUMBER = re.compile(rf"(\d[\d,]*(?:\.\d+)?)({'|'.join(sorted(SCALES, key=len, reverse=True))})?")
_MONTH = re.compile(rf"\b(?:{'|'.join(f'{name}|{name[:3]}' for name in MONTHS)})\b")
_PLACES = {name[:3]: place for place, name in enumerate(MONTHS, start=1)}
_HASH = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[A-Za-z]{2,}")
KEPT = re.compile(
    r"(?<![A-Za-z])(?:US\$|USD|CSV|UTC|SHA-256|The Complete Journey|America/[A-Za-z ]+|RFM"
    r"|analysis check"
    r"|(?:M?BG|Pareto)/(?:C?NBD)(?:-k)?|Gamma-Gamma|Gamma|DERT|Cox|Poisson|Wilson|Newcombe|Holm"
    r"|Kaplan-Meier|Nelson-Aalen|Aalen-Johansen|Benjamini-Hochberg|k-means|Fader|Hardie|Lee"
    r"|(?:alpha|beta|[rs])(?:_old)?|delta|[a-z_]+\.csv"
    r"|Schmittlein|Morrison|Colombo|Platzer|Reutterer|Hahn)(?![A-Za-z])"
)
"""Names that have no Chinese: of models and people, of money, of the data."""


@pytest.fixture(scope="module", params=REPORTS)
def both(request, sample_archive, chinese_archive):
    """Return the folder of a report's run in English and in Chinese."""
    return sample_archive.run(request.param), chinese_archive.run(request.param)


def numbers(text):
    """Return the numbers in a text, without the scales and months of a language."""
    text = _MONTH.sub(lambda name: str(_PLACES[name[0][:3]]), text)
    return Counter(
        f"{float(digits.replace(',', '')) * SCALES.get(scale, 1):.10g}"
        for digits, scale in _NUMBER.findall(text)
    )


def findings(run):
    return json.loads((run / "findings.json").read_text("utf-8"))


def page(run):
    return Page((run / "report.html").read_text("utf-8"))


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def number_or_nothing(cell):
    try:
        return float(cell)
    except ValueError:
        return None


def test_numbers_are_read_alike_in_both_languages():
    english = "On 25 December 2017, $1.06 million of 2,469 (95% interval 3 to 4)"
    assert numbers(english) == numbers("2017年12月25日，2,469中的US$106万（95%置信区间3至4）")
    assert numbers("$123.46 million") == numbers("US$1.2346亿") == Counter(["123460000"])
    assert numbers("May 5") != numbers("6月5日")


def test_findings_carry_the_same_numbers(both):
    english, chinese = map(findings, both)
    assert [one["id"] for one in english] == [one["id"] for one in chinese]
    for ours, theirs in zip(english, chinese, strict=True):
        for name, value in ours.items():
            if isinstance(value, str) and name not in DATA_ALONE:
                assert numbers(value) == numbers(theirs[name]), (ours["id"], value, theirs[name])
            else:
                assert value == theirs[name], (ours["id"], name)


def test_lists_are_the_same_bytes(both):
    english, chinese = (sorted((run / "tables").glob("*.csv")) for run in both)
    assert [path.name for path in english] == [path.name for path in chinese]
    for ours, theirs in zip(english, chinese, strict=True):
        if not ours.name.startswith("figure-") and ours.name != "actions.csv":
            assert ours.read_bytes() == theirs.read_bytes(), ours.name


def test_what_is_behind_the_charts_has_the_same_numbers(both):
    english, chinese = (sorted((run / "tables").glob("*.csv")) for run in both)
    for ours, theirs in zip(english, chinese, strict=True):
        (head, *body), (other_head, *other_body) = rows(ours), rows(theirs)
        assert head == other_head
        assert [[*map(number_or_nothing, row)] for row in body] == [
            [*map(number_or_nothing, row)] for row in other_body
        ], ours.name


def test_the_pages_show_the_same_numbers(both):
    """How often each is shown may differ: what a headline says already is not said again."""
    english, chinese = (set(numbers(_HASH.sub("", " \n ".join(page(run).texts)))) for run in both)
    assert english == chinese, (english - chinese, chinese - english)


def test_no_word_is_left_in_english(both):
    assert labels(both[1])
    names = names_in_the_data(both[0].parents[2])
    left = {
        text
        for text in page(both[1]).texts + labels(both[1])
        if _WORD.search(KEPT.sub("", without_names(text, names)))
        and not _HASH.fullmatch(text)
        and not re.search(r" = |customer-notebooks|\.ipynb", text)
    }
    assert not left, "\n".join(sorted(left))


def names_in_the_data(archive):
    """Return the names of categories, and of levels of attributes, the longest first.

    A digit beside Latin letters has a shape of its own in the Chinese font, which is not read.
    """
    found = set()
    for path in archive.glob("*/*/current/tables/figure-*.csv"):
        head, *body = rows(path)
        places = [place for place, name in enumerate(head) if name in ("category", "level")]
        found |= {row[place] for row in body for place in places}
    found |= {re.sub(r"\d", "\ufffd", name) for name in found}
    return sorted(found, key=len, reverse=True)


def without_names(text, names):
    """Take the data's own names out of a text."""
    for name in names:
        text = re.sub(rf"(?i)(?<![a-z]){re.escape(name)}(?![a-z])", "", text)
    return text


def test_no_mark_of_markdown_is_left(both):
    for run in both:
        assert not [text for text in page(run).texts if "**" in text]
