"""The rules that a row must keep: what is read from each column, and when it is set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import SourceError
from analysis.tables import parsing
from analysis.tables.parsing import Reading, is_text
from analysis.tables.schemas import CONTRACTS, TRANSACTIONS, Column

if TYPE_CHECKING:
    from collections.abc import Mapping

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
UNSEEN_IN_IDS = (
    r"[\x00-\x1f\x7f-\x9f\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}\x{fffe}]"
)
UNSEEN_IN_WORDS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\x{202a}-\x{202e}\x{2066}-\x{2069}]"
NO_ID = r"('null', 'nan', 'none', 'nat', 'n/a', '#n/a', '<na>', '\n')"
_GROUPED = (
    "(given_amount LIKE '%.___%' AND "
    r"regexp_matches(given_amount, '^[^.]*[1-9]\d{0,2}\.\d{3}\D*$'))"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition under which a row is set aside, and the column to show for it."""

    column: str
    broken: str
    words: str


@dataclass(frozen=True, slots=True)
class TableRules:
    """How the rows of one source become rows of a canonical table.

    Each of the `steps` adds columns to those before it. In the end a bare name is the value as
    read, and ``given_<name>`` the value as it stood in the source. Columns in `renamed` go under
    the source's name of them in the table.
    """

    table: str
    columns: tuple[Column, ...]
    steps: tuple[Mapping[str, str], ...]
    rules: tuple[Rule, ...]
    renamed: frozenset[str] = frozenset()
    finer: str = "FALSE"
    looks_grouped: str = "FALSE"
    has_mark: str = "FALSE"


def for_transactions(kinds: Mapping[str, str], reading: Reading) -> TableRules:
    """Rules of the purchases; `kinds` are the DuckDB types of the columns that are there."""
    _refuse_kinds(kinds)
    amount = kinds["amount"]
    text = is_text(amount)
    prepared = {
        "amount_number": parsing.number_text("given_amount", amount, reading)
        if text
        else "given_amount"
    }
    scaled = {
        "amount_scaled": f"try_cast(amount_number AS DOUBLE) * {10**reading.decimals}",
    }
    read = {
        "customer_id": _id("customer_id", kinds),
        "order_date": parsing.day("given_order_date", kinds["order_date"], reading),
        "amount_minor": parsing.minor_amount("amount_number", "amount_scaled", amount, reading),
        "order_id": _id("order_id", kinds),
        "product_id": _id("product_id", kinds),
        "category": _words("category", kinds),
        "quantity": (
            parsing.number("given_quantity", kinds["quantity"], reading)
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
    return TableRules(
        table="transactions",
        columns=TRANSACTIONS,
        steps=(prepared, scaled, read),
        rules=tuple(rules),
        finer="abs(amount_scaled - round(amount_scaled)) > 1e-6",
        has_mark="contains(given_amount, '.')" if text else "FALSE",
        looks_grouped=_GROUPED if text else "FALSE",
    )


def for_contracts(kinds: Mapping[str, str], reading: Reading) -> TableRules:
    """Rules of the contracts; an end in the far future is how some systems write "open"."""
    _refuse_kinds(kinds)
    end = (
        parsing.day("given_end_date", kinds["end_date"], reading)
        if "end_date" in kinds
        else "NULL::DATE"
    )
    read = {
        "customer_id": _id("customer_id", kinds),
        "start_date": parsing.day("given_start_date", kinds["start_date"], reading),
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
    return TableRules("contracts", CONTRACTS, (read,), tuple(rules))


def for_customers(kinds: Mapping[str, str], reading: Reading) -> TableRules:
    """Rules of the customers' attributes, which are kept as text."""
    del reading
    _refuse_kinds(kinds)
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
    return TableRules("customers", columns, (read,), tuple(rules), frozenset(attributes))


def _refuse_kinds(kinds: Mapping[str, str]) -> None:
    """Stop at a column whose type cannot hold what it is mapped to."""
    for name, kind in kinds.items():
        base = kind.split("(")[0]
        if name.endswith("_date"):
            good, need = parsing.DAYS, "a date"
        elif name in {"amount", "quantity"}:
            good, need = parsing.NUMBERS, "a number"
        else:
            good, need = parsing.WORDS, "a text or a number"
        if base not in good or kind.endswith("]"):
            raise SourceError(
                f"`{name}` must be {need}, or text that reads as one; its column is of type {kind}."
                " Map another column, or convert it in the source."
            )


def _id(name: str, kinds: Mapping[str, str]) -> str:
    if name not in kinds:
        return "NULL::VARCHAR"
    value = parsing.identifier(quote(f"given_{name}"), kinds[name])
    if not is_text(kinds[name]):
        return value
    return f"CASE WHEN lower({value}) NOT IN {NO_ID} THEN {value} END"


def _words(name: str, kinds: Mapping[str, str]) -> str:
    if name not in kinds:
        return "NULL::VARCHAR"
    if not is_text(kinds[name]):
        return parsing.identifier(quote(f"given_{name}"), kinds[name])
    text = parsing.trimmed(quote(f"given_{name}"), kinds[name])
    return (
        f"regexp_replace({text}, '[\\t\\n\\v\\f\\r]+', ' ', 'g')"
        if kinds[name] == "VARCHAR"
        else text
    )


def _blank(name: str, kinds: Mapping[str, str]) -> str:
    given = quote(f"given_{name}")
    if kinds[name] in {"FLOAT", "DOUBLE"}:
        return f"({given} IS NULL OR isnan({given}))"
    if is_text(kinds[name]):
        return f"({parsing.trimmed(given, kinds[name])} IS NULL)"
    return f"({given} IS NULL)"


def _id_rules(name: str, what: str, kinds: Mapping[str, str], *, required: bool) -> list[Rule]:
    rules = []
    if required:
        rules.append(Rule(name, f"{name} IS NULL", f"{what} is missing"))
    if kinds.get(name) == "VARCHAR":
        unseen = f"regexp_matches({name}, '{UNSEEN_IN_IDS}')"
        rules.append(Rule(name, unseen, f"{what} has an invisible character"))
    return rules


def _word_rules(name: str, what: str, kinds: Mapping[str, str]) -> list[Rule]:
    if kinds.get(name) != "VARCHAR":
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
        shape = "amount_minor IS NULL AND amount_scaled IS NULL"
        words = f"the amount is not a number with a decimal {mark}"
        unread = Rule("amount", shape, words)
    elif kind in {"FLOAT", "DOUBLE"}:
        unread = Rule("amount", "NOT isfinite(given_amount)", "the amount is not finite")
    large = Rule("amount", "amount_minor IS NULL", "the amount is too large")
    return [missing, unread, large]


def quote(name: str) -> str:
    """Quote a column's name for SQL."""
    return '"' + name.replace('"', '""') + '"'
