"""What tables say of themselves is told in the language of the report."""

import re

import pytest

from analysis import language, schemas
from analysis.columns import Kind
from analysis.tables.parsing import Reading
from analysis.tables.quoting import NEVER_CLOSED
from analysis.tables.retold import described_in_words, rule_in_words
from analysis.tables.rules import rules_for
from analysis.tables.sample import DESCRIPTION

READ_AS = {Kind.DAY: "DATE", Kind.END: "DATE", Kind.MONEY: "DOUBLE", Kind.NUMBER: "DOUBLE"}


def rules_of(table, typed):
    """Return in words all rules of a table whose columns are text, or typed."""
    kinds = {
        column.given: READ_AS.get(column.kind, "VARCHAR") if typed else "VARCHAR"
        for column in table.columns
    }
    return {rule.words for rule in rules_for(table, kinds, Reading()).rules}


def test_in_english_a_rule_is_told_as_it_is():
    assert rule_in_words("the amount is missing") == "the amount is missing"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("the amount is missing", "缺少金额"),
        ("the date is not a date like %d.%m.%Y", "日期不是%d.%m.%Y格式的日期"),
        ("the date is not between 1900 and 2199", "日期不在1900和2199之间"),
        ("the amount is not a number with a decimal comma", "金额不是以逗号为小数点的数字"),
        ("3 fields where the header has 4", "字段数为3，而表头为4"),
        (NEVER_CLOSED, "引号未闭合"),
        ("a rule of tomorrow", "a rule of tomorrow"),
    ],
)
def test_a_rule_in_chinese(rule, told):
    language.use("zh")
    assert rule_in_words(rule) == told


@pytest.mark.parametrize("typed", [False, True])
def test_every_rule_of_the_purchases_has_its_chinese(typed):
    language.use("zh")
    rules = rules_of(schemas.TRANSACTIONS, typed)
    assert len(rules) > 5
    as_they_are = r"%\w|USD|\w+_values"
    told = [re.sub(as_they_are, "", rule_in_words(rule), flags=re.ASCII) for rule in rules]
    assert not [one for one in told if re.search(r"[A-Za-z]{2}", one)]


def test_a_description_keeps_its_file_names():
    language.use("zh")
    assert described_in_words("Read from the orders.csv.") == "数据读取自the orders.csv。"
    assert "2,469户家庭" in described_in_words(DESCRIPTION)
