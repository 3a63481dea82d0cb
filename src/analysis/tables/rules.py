"""The rules that a row must keep: what is read from each column, and when it is set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.tables import parsing
from analysis.tables.parsing import Reading, is_text, literal
from analysis.tables.schemas import CONTRACTS, TRANSACTIONS, Column

if TYPE_CHECKING:
    from collections.abc import Mapping

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
UNSEEN_IN_IDS = (
    r"[\x00-\x1f\x7f-\x9f\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}\x{fffe}]"
)
UNSEEN_IN_WORDS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\x{202a}-\x{202e}\x{2066}-\x{2069}]"
NO_ID = r"\\N|(?i:null|nan|none|nat|n/a|#n/a|<na>)"


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition under which a row is set aside, and the column to show for it."""

    column: str
    broken: str
    words: str


@dataclass(frozen=True, slots=True)
class TableRules:
    """How the rows of one source become rows of a canonical table.

    In the expressions a bare name is the value as read, and ``given_<name>`` is the value as
    it stood in the source.
    """

    table: str
    columns: tuple[Column, ...]
    read: Mapping[str, str]
    rules: tuple[Rule, ...]
    finer: str = "FALSE"
    looks_grouped: str = "FALSE"
    has_mark: str = "FALSE"


def for_transactions(kinds: Mapping[str, str], reading: Reading) -> TableRules:
    """Rules of the purchases; `kinds` are the DuckDB types of the columns that are there."""
    amount = kinds["amount"]
    read = {
        "customer_id": _id("customer_id", kinds),
        "order_date": parsing.day("order_date", kinds["order_date"], reading),
        "amount_minor": parsing.minor_amount("amount", amount, reading),
        "order_id": _id("order_id", kinds),
        "product_id": _id("product_id", kinds),
        "category": _words("category", kinds),
        "quantity": (
            parsing.number("quantity", kinds["quantity"], reading)
            if "quantity" in kinds
            else "NULL::DOUBLE"
        ),
    }
    rules = [
        *_id_rules("customer_id", "the customer", kinds, required=True),
        *_id_rules("order_id", "the order", kinds, required=False),
        *_day_rules("order_date", "the date", kinds, reading, required=True),
        *_amount_rules(amount, reading),
        *_word_rules("product_id", "the product", kinds),
        *_word_rules("category", "the category", kinds),
    ]
    if "quantity" in kinds:
        unread = f"quantity IS NULL AND NOT {_blank('quantity', kinds)}"
        rules.append(Rule("quantity", unread, "the quantity is not a number"))
    text = is_text(amount)
    return TableRules(
        table="transactions",
        columns=TRANSACTIONS,
        read=read,
        rules=tuple(rules),
        finer=parsing.finer_than_minor("given_amount", amount, reading),
        has_mark=r"regexp_matches(given_amount, '\.\d')" if text else "FALSE",
        looks_grouped=(
            r"regexp_matches(given_amount, '^[^.]*[1-9]\d{0,2}\.\d{3}\D*$')" if text else "FALSE"
        ),
    )


def for_contracts(kinds: Mapping[str, str], reading: Reading) -> TableRules:
    """Rules of the contracts; an end in the far future is how some systems write "open"."""
    end = (
        parsing.day("end_date", kinds["end_date"], reading) if "end_date" in kinds else "NULL::DATE"
    )
    read = {
        "customer_id": _id("customer_id", kinds),
        "start_date": parsing.day("start_date", kinds["start_date"], reading),
        "end_date": f"CASE WHEN year({end}) <= {LATEST_YEAR} THEN {end} END",
        "reason": _words("reason", kinds),
    }
    rules = [
        *_id_rules("customer_id", "the customer", kinds, required=True),
        *_day_rules("start_date", "the start", kinds, reading, required=True),
        *_word_rules("reason", "the reason", kinds),
    ]
    if "end_date" in kinds:
        unread = parsing.day("given_end_date", kinds["end_date"], reading)
        shape = f"({unread}) IS NULL AND NOT {_blank('end_date', kinds)}"
        rules += [
            Rule("end_date", shape, f"the end is not {_date_shape(kinds['end_date'], reading)}"),
            Rule("end_date", "end_date < start_date", "the contract ends before it starts"),
        ]
    return TableRules("contracts", CONTRACTS, read, tuple(rules))


def for_customers(kinds: Mapping[str, str]) -> TableRules:
    """Rules of the customers' attributes, which are kept as text."""
    attributes = [name for name in kinds if name not in {"customer_id", "line"}]
    columns = (
        Column("customer_id", "VARCHAR", True, "who"),
        *(Column(name, "VARCHAR", False, "as in the source") for name in attributes),
    )
    read = {"customer_id": _id("customer_id", kinds)}
    read |= {name: _words(name, kinds) for name in attributes}
    rules = [*_id_rules("customer_id", "the customer", kinds, required=True)]
    for name in attributes:
        rules += _word_rules(name, "the attribute", kinds)
    return TableRules("customers", columns, read, tuple(rules))


def _id(name: str, kinds: Mapping[str, str]) -> str:
    if name not in kinds:
        return "NULL::VARCHAR"
    value = parsing.identifier(quote(name), kinds[name])
    if not is_text(kinds[name]):
        return value
    return f"CASE WHEN NOT regexp_full_match({value}, {literal(NO_ID)}) THEN {value} END"


def _words(name: str, kinds: Mapping[str, str]) -> str:
    if name not in kinds:
        return "NULL::VARCHAR"
    if not is_text(kinds[name]):
        return parsing.identifier(quote(name), kinds[name])
    return f"regexp_replace({parsing.trimmed(quote(name))}, '\\s+', ' ', 'g')"


def _blank(name: str, kinds: Mapping[str, str]) -> str:
    given = quote(f"given_{name}")
    if kinds[name] in {"FLOAT", "DOUBLE"}:
        return f"({given} IS NULL OR isnan({given}))"
    if is_text(kinds[name]):
        return f"({parsing.trimmed(given)} IS NULL)"
    return f"({given} IS NULL)"


def _id_rules(name: str, what: str, kinds: Mapping[str, str], *, required: bool) -> list[Rule]:
    rules = []
    if required:
        rules.append(Rule(name, f"{name} IS NULL", f"{what} is missing"))
    if is_text(kinds.get(name, "")):
        unseen = f"regexp_matches({name}, '{UNSEEN_IN_IDS}')"
        rules.append(Rule(name, unseen, f"{what} has an invisible character"))
    return rules


def _word_rules(name: str, what: str, kinds: Mapping[str, str]) -> list[Rule]:
    if not is_text(kinds.get(name, "")):
        return []
    unseen = f"regexp_matches({quote(name)}, '{UNSEEN_IN_WORDS}')"
    return [Rule(name, unseen, f"{what} has a control character")]


def _day_rules(
    name: str, what: str, kinds: Mapping[str, str], reading: Reading, *, required: bool
) -> list[Rule]:
    kind = kinds[name]
    shape = f"{what} is not {_date_shape(kind, reading)}"
    outside = f"year({name}) NOT BETWEEN {EARLIEST_YEAR} AND {LATEST_YEAR}"
    span = f"{what} is not between {EARLIEST_YEAR} and {LATEST_YEAR}"
    missing = Rule(name, f"{name} IS NULL AND {_blank(name, kinds)}", f"{what} is missing")
    return [
        *([missing] if required else []),
        Rule(name, f"{name} IS NULL", shape),
        Rule(name, f"NOT isfinite({name}) OR {outside}", span),
    ]


def _date_shape(kind: str, reading: Reading) -> str:
    if not is_text(kind):
        return "a date"
    if reading.date_format is not None:
        return f"a date like {reading.date_format}"
    return "a date like 2024-03-31"


def _amount_rules(kind: str, reading: Reading) -> list[Rule]:
    mark = "comma" if reading.decimal == "," else "point"
    blank = _blank("amount", {"amount": kind})
    missing = Rule("amount", f"amount_minor IS NULL AND {blank}", "the amount is missing")
    unread = Rule("amount", "amount_minor IS NULL", "the amount is not a number")
    if is_text(kind):
        given = parsing.number_text("given_amount", reading)
        shape = f"amount_minor IS NULL AND ({given}) IS NULL"
        words = f"the amount is not a number with a decimal {mark}"
        unread = Rule("amount", shape, words)
    elif kind in {"FLOAT", "DOUBLE"}:
        unread = Rule("amount", "NOT isfinite(given_amount)", "the amount is not finite")
    large = Rule("amount", "amount_minor IS NULL", "the amount is too large")
    return [missing, unread, large]


def quote(name: str) -> str:
    """Quote a column's name for SQL."""
    return '"' + name.replace('"', '""') + '"'
