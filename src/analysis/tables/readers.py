"""How a column of each kind is read, and which rules its values must keep."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from analysis.columns import EARLIEST_YEAR, LATEST_YEAR, Column, Kind, Rule, quote
from analysis.errors import SourceError
from analysis.tables import parsing
from analysis.tables.parsing import Reading, is_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNSEEN_IN_IDS = (
    r"[\x00-\x1f\x7f-\x9f\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}\x{fffe}]"
)
UNSEEN_IN_WORDS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\x{202a}-\x{202e}\x{2066}-\x{2069}]"
NO_ID = r"('null', 'nan', 'none', 'nat', 'n/a', '#n/a', '<na>', '\n')"
_NEEDS = {
    Kind.DAY: (parsing.DAYS, "a date"),
    Kind.END: (parsing.DAYS, "a date"),
    Kind.MONEY: (parsing.NUMBERS, "a number"),
    Kind.NUMBER: (parsing.NUMBERS, "a number"),
    Kind.SHARE: (parsing.NUMBERS, "a number"),
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
    _refuse_kind(column, kind)
    part = _READERS[column.kind](column, kind, reading)
    if not column.required or column.otherwise:
        return part
    absent = f"{quote(column.name)} IS NULL AND {_blank(column, kind)}"
    if column.kind is Kind.ID:
        absent = f"{quote(column.name)} IS NULL"
    missing = Rule(column.given, absent, f"{column.words} is missing")
    return replace(part, rules=[missing, *part.rules])


def _refuse_kind(column: Column, kind: str) -> None:
    """Stop at a column whose type cannot hold what it is mapped to."""
    good, need = _NEEDS.get(column.kind, (parsing.WORDS, "a text or a number"))
    if kind.split("(")[0] not in good or kind.endswith("]"):
        raise SourceError(
            f"`{column.given}` must be {need}, or text that reads as one; its column is of type "
            f"{kind}. Map another column, or convert it in the source."
        )


def _given(column: Column) -> str:
    return quote(f"given_{column.given}")


def _blank(column: Column, kind: str) -> str:
    given = _given(column)
    if kind in {"FLOAT", "DOUBLE"}:
        return f"({given} IS NULL OR isnan({given}))"
    if is_text(kind):
        return f"({parsing.trimmed(given, kind)} IS NULL)"
    return f"({given} IS NULL)"


def _unread(column: Column, kind: str, words: str, value: str = "") -> Rule:
    """Make the rule that what stands there can be read."""
    absent = f"{value or quote(column.name)} IS NULL AND NOT {_blank(column, kind)}"
    return Rule(column.given, absent, f"{column.words} is {words}")


def _id(column: Column, kind: str, _reading: Reading) -> Part:
    value = parsing.identifier(_given(column), kind)
    if is_text(kind):
        value = f"CASE WHEN lower({value}) NOT IN {NO_ID} THEN {value} END"
    return Part(value, _seen(column, kind, UNSEEN_IN_IDS, "an invisible character"))


def _words(column: Column, kind: str, _reading: Reading) -> Part:
    given = _given(column)
    value = parsing.trimmed(given, kind) if is_text(kind) else parsing.identifier(given, kind)
    if kind == "VARCHAR":
        value = f"regexp_replace({value}, '[\\t\\n\\v\\f\\r]+', ' ', 'g')"
    return Part(value, _seen(column, kind, UNSEEN_IN_WORDS, "a control character"))


def _seen(column: Column, kind: str, unseen: str, what: str) -> list[Rule]:
    if kind != "VARCHAR":
        return []
    found = f"regexp_matches({quote(column.name)}, '{unseen}')"
    return [Rule(column.given, found, f"{column.words} has {what}")]


def _day(column: Column, kind: str, reading: Reading) -> Part:
    name = quote(column.name)
    outside = f"NOT isfinite({name}) OR year({name}) NOT BETWEEN {EARLIEST_YEAR} AND {LATEST_YEAR}"
    span = f"{column.words} is not between {EARLIEST_YEAR} and {LATEST_YEAR}"
    rules = [_unread(column, kind, _date_shape(kind, reading)), Rule(column.given, outside, span)]
    return Part(parsing.day(_given(column), kind, reading), rules)


def _end(column: Column, kind: str, reading: Reading) -> Part:
    """Read a day that may be open; a far future is how some systems write that."""
    full = quote(f"full_{column.name}")
    early = f"{full} < DATE '{EARLIEST_YEAR}-01-01'"
    return Part(
        f"CASE WHEN year({full}) <= {LATEST_YEAR} THEN {full} END",
        [
            _unread(column, kind, _date_shape(kind, reading), full),
            Rule(column.given, early, f"{column.words} is before {EARLIEST_YEAR}"),
        ],
        first={f"full_{column.name}": parsing.day(_given(column), kind, reading)},
    )


def _date_shape(kind: str, reading: Reading) -> str:
    if not is_text(kind):
        return "not a date"
    return f"not a date like {reading.date_format or '2024-03-31'}"


def _money(column: Column, kind: str, reading: Reading) -> Part:
    given, name = _given(column), quote(column.name)
    number, scaled = quote(f"{column.given}_number"), quote(f"{column.given}_scaled")
    mark = "comma" if reading.decimal == "," else "point"
    unread = _unread(column, kind, "not a number")
    large = _unread(column, kind, "too large")
    if is_text(kind):
        absent = f"{unread.broken} AND {scaled} IS NULL"
        words = f"{column.words} is not a number with a decimal {mark}"
        unread = Rule(column.given, absent, words)
    elif kind in {"FLOAT", "DOUBLE"}:
        absent = f"NOT isnan({given}) AND NOT isfinite({given})"
        unread = Rule(column.given, absent, f"{column.words} is not finite")
    grouped = r"^[^.]*[1-9]\d{0,2}\.\d{3}\D*$"
    return Part(
        parsing.minor_amount(number, scaled, kind, reading),
        [unread, large],
        {number[1:-1]: parsing.number_text(given, kind, reading) if is_text(kind) else given},
        {scaled[1:-1]: f"try_cast({number} AS DOUBLE) * {10**reading.decimals}"},
        given=f"{given}::VARCHAR",
        finer=f"({name} IS NOT NULL AND abs({scaled} - round({scaled})) > 1e-6)",
        has_mark=f"contains(coalesce({given}, ''), '.')" if is_text(kind) else "",
        looks_grouped=f"({given} LIKE '%.___%' AND regexp_matches({given}, '{grouped}'))",
    )


def _number(column: Column, kind: str, reading: Reading) -> Part:
    rules = [_unread(column, kind, "not a number"), *_bounds(column)]
    return Part(parsing.number(_given(column), kind, reading), rules)


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
        _unread(column, kind, "not a number"),
        Rule(column.given, f"{name} NOT BETWEEN 0 AND 1", outside),
    ]
    return Part(f"{parsing.number(bare, kind, reading)} / {hundred}", rules, first)


def _flag(column: Column, kind: str, reading: Reading) -> Part:
    """Read yes or no; where the settings say which values mean yes, all others mean no.

    Where they say which mean no, all others mean neither.
    """
    words = f"neither yes nor no ({column.given}_values says which values mean yes)"
    yes, no = reading.yes.get(column.given), reading.no.get(column.given)
    value = parsing.flag(_given(column), kind, yes, no)
    return Part(value, [] if no else [_unread(column, kind, words)])


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
