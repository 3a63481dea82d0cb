"""How a column of each kind is read, and which rules its values must keep."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from analysis.columns import EARLIEST_YEAR, LATEST_YEAR, Column, Kind, Rule, quote
from analysis.errors import SourceError
from analysis.tables.parsing import is_text
from analysis.tables.ways import how

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.tables.parsing import Reading
    from analysis.tables.ways import How

UNSEEN_IN_IDS = (
    r"[\x00-\x1f\x7f-\x9f\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}\x{fffe}]"
)
UNSEEN_IN_WORDS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\x{202a}-\x{202e}\x{2066}-\x{2069}]"
LONGEST_NO_ID = 4
NO_ID = r"('null', 'nan', 'none', 'nat', 'n/a', '#n/a', '<na>', '\n')"
_EARLIEST, _LATEST = f"DATE '{EARLIEST_YEAR}-01-01'", f"DATE '{LATEST_YEAR}-12-31'"
_DATE, _NUMBER = "a date", "a number"
_NEEDS = {
    Kind.DAY: _DATE,
    Kind.END: _DATE,
    Kind.MONEY: _NUMBER,
    Kind.NUMBER: _NUMBER,
    Kind.SHARE: _NUMBER,
}


@dataclass(frozen=True, slots=True)
class Part:
    """How one column is read: first this, then that of it, the value in the end."""

    value: str
    rules: list[Rule] = field(default_factory=list)
    first: dict[str, str] = field(default_factory=dict)
    second: dict[str, str] = field(default_factory=dict)
    given: str = ""
    finer: str = ""
    has_mark: str = ""
    looks_grouped: str = ""


def read_column(column: Column, kinds: Mapping[str, str], reading: Reading) -> Part:
    """Return how a column is read; `kinds` are the types of those that are there."""
    if column.given not in kinds:
        return Part(f"NULL::{column.kind.type}")
    kind = kinds[column.given]
    _refuse_kind(column, kind, how(reading))
    part = _READERS[column.kind](column, kind, reading)
    if not column.required or column.otherwise:
        return part
    blank = how(reading).blank(_given(column), kind)
    absent = f"{quote(column.name)} IS NULL AND {blank}"
    if column.kind is Kind.ID:
        absent = f"{quote(column.name)} IS NULL"
    missing = Rule(column.given, absent, f"{column.words} is missing")
    return replace(part, rules=[missing, *part.rules])


def _refuse_kind(column: Column, kind: str, words: How) -> None:
    """Stop at a column whose type cannot hold what it is mapped to."""
    need = _NEEDS.get(column.kind, "a text or a number")
    good = {_DATE: words.DAYS, _NUMBER: words.NUMBERS}.get(need, words.WORDS)
    if kind.split("(")[0] not in good or kind.endswith("]"):
        raise SourceError(
            f"`{column.given}` must be {need}{words.TEXT_TOO}; its column is of type {kind}. "
            f"{words.WAY_OUT}"
        )


def _given(column: Column) -> str:
    return quote(f"given_{column.given}")


def _unread(column: Column, kind: str, reading: Reading, words: str, value: str = "") -> Rule:
    """Make the rule that what stands there can be read."""
    blank = how(reading).blank(_given(column), kind)
    absent = f"{value or quote(column.name)} IS NULL AND NOT {blank}"
    return Rule(column.given, absent, f"{column.words} is {words}")


def _id(column: Column, kind: str, reading: Reading) -> Part:
    value = how(reading).identifier(_given(column), kind)
    if is_text(kind):
        given = f"length({value}) > {LONGEST_NO_ID} OR lower({value}) NOT IN {NO_ID}"
        value = f"CASE WHEN {given} THEN {value} END"
    return Part(value, _seen(column, kind, reading, UNSEEN_IN_IDS, "an invisible character"))


def _words(column: Column, kind: str, reading: Reading) -> Part:
    given, words = _given(column), how(reading)
    value = words.trimmed(given, kind) if is_text(kind) else words.identifier(given, kind)
    if kind == "VARCHAR":
        value = words.one_line(value)
    return Part(value, _seen(column, kind, reading, UNSEEN_IN_WORDS, "a control character"))


def _seen(column: Column, kind: str, reading: Reading, unseen: str, what: str) -> list[Rule]:
    if kind != "VARCHAR":
        return []
    found = how(reading).has_any(quote(column.name), unseen)
    return [Rule(column.given, found, f"{column.words} has {what}")]


def _day(column: Column, kind: str, reading: Reading) -> Part:
    name = quote(column.name)
    outside = f"{name} NOT BETWEEN {_EARLIEST} AND {_LATEST}"
    span = f"{column.words} is not between {EARLIEST_YEAR} and {LATEST_YEAR}"
    unread = _unread(column, kind, reading, _date_shape(kind, reading))
    rules = [unread, Rule(column.given, outside, span)]
    return Part(how(reading).day(_given(column), kind, reading), rules)


def _end(column: Column, kind: str, reading: Reading) -> Part:
    """Read a day that may be open; a far future is how some systems write that."""
    full = quote(f"full_{column.name}")
    return Part(
        f"CASE WHEN {full} <= {_LATEST} THEN {full} END",
        [
            _unread(column, kind, reading, _date_shape(kind, reading), full),
            Rule(
                column.given, f"{full} < {_EARLIEST}", f"{column.words} is before {EARLIEST_YEAR}"
            ),
        ],
        first={f"full_{column.name}": how(reading).day(_given(column), kind, reading)},
    )


def _date_shape(kind: str, reading: Reading) -> str:
    if not is_text(kind):
        return "not a date"
    return f"not a date like {reading.date_format or '2024-03-31'}"


def _money(column: Column, kind: str, reading: Reading) -> Part:
    given, name, words = _given(column), quote(column.name), how(reading)
    number, scaled = quote(f"{column.given}_number"), quote(f"{column.given}_scaled")
    grouped = r"^[^.]*[1-9]\d{0,2}\.\d{3}\D*$"
    return Part(
        words.minor_amount(number, scaled, kind, reading),
        [*_unread_money(column, kind, reading), _unread(column, kind, reading, "too large")],
        {number[1:-1]: words.amount(given, kind, reading)},
        {scaled[1:-1]: words.scaled(number, kind, reading)},
        given=f"{given}::VARCHAR",
        finer=f"({name} IS NOT NULL AND abs({scaled} - round({scaled})) > 1e-6)",
        has_mark=f"contains(coalesce({given}, ''), '.')" if is_text(kind) else "",
        looks_grouped=f"({given} LIKE '%.___%' AND regexp_matches({given}, '{grouped}'))",
    )


def _unread_money(column: Column, kind: str, reading: Reading) -> list[Rule]:
    """Say why an amount is none, unless it is too large to be one."""
    if not is_text(kind):
        infinite = how(reading).not_finite(_given(column), kind)
        broken = f"{quote(column.name)} IS NULL AND {infinite}"
        return [Rule(column.given, broken, f"{column.words} is not finite")]
    mark = "comma" if reading.decimal == "," else "point"
    scaled = quote(f"{column.given}_scaled")
    unread = _unread(column, kind, reading, f"not a number with a decimal {mark}")
    return [replace(unread, broken=f"{unread.broken} AND {scaled} IS NULL")]


def _number(column: Column, kind: str, reading: Reading) -> Part:
    rules = [_unread(column, kind, reading, "not a number"), *_bounds(column)]
    return Part(how(reading).number(_given(column), kind, reading), rules)


def _bounds(column: Column) -> list[Rule]:
    name = quote(column.name)
    bounds = (("<", column.least, "less"), (">", column.most, "more"))
    return [
        Rule(column.given, f"{name} {sign} {bound}", f"{column.words} is {words} than {bound:g}")
        for sign, bound, words in bounds
        if bound is not None
    ]


def _share(column: Column, kind: str, reading: Reading) -> Part:
    """Read a share of 0 to 1; 35% is one whatever the settings say."""
    bare, name = quote(f"bare_{column.name}"), quote(column.name)
    first = {bare[1:-1]: f"replace({_given(column)}, '%', '')" if is_text(kind) else _given(column)}
    hundred = "100" if column.given in reading.percent else "1"
    if is_text(kind):
        hundred = f"CASE WHEN contains({_given(column)}, '%') THEN 100 ELSE {hundred} END"
    hint = "" if column.given in reading.percent else f' ({column.given}_in = "percent"?)'
    outside = f"{column.words} is not between 0 and 1{hint}"
    rules = [
        _unread(column, kind, reading, "not a number"),
        Rule(column.given, f"{name} NOT BETWEEN 0 AND 1", outside),
    ]
    share = how(reading).number(bare, kind, reading)
    return Part(f"CAST({share} AS DOUBLE) / {hundred}", rules, first)


def _flag(column: Column, kind: str, reading: Reading) -> Part:
    """Read yes or no; where the settings say which values mean yes, all others mean no.

    Where they say which mean no, all others mean neither.
    """
    words = f"neither yes nor no ({column.given}_values says which values mean yes)"
    yes, no = reading.yes.get(column.given), reading.no.get(column.given)
    value = how(reading).flag(_given(column), kind, yes, no)
    return Part(value, [] if no else [_unread(column, kind, reading, words)])


_READERS: dict[Kind, Callable[[Column, str, Reading], Part]] = {
    Kind.ID: _id,
    Kind.WORDS: _words,
    Kind.DAY: _day,
    Kind.END: _end,
    Kind.MONEY: _money,
    Kind.NUMBER: _number,
    Kind.SHARE: _share,
    Kind.FLAG: _flag,
}
