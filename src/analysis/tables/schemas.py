"""The canonical tables: every analysis reads these columns and no others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table."""

    name: str
    type: str
    required: bool
    meaning: str


TRANSACTIONS = (
    Column("customer_id", "VARCHAR", True, "who bought"),
    Column("order_id", "VARCHAR", True, "order or basket; customer and day when there is none"),
    Column("order_date", "DATE", True, "calendar day of the order, in the settings' time zone"),
    Column("amount_minor", "BIGINT", True, "paid, in minor units of the currency; returns < 0"),
    Column("product_id", "VARCHAR", False, "what was bought"),
    Column("category", "VARCHAR", False, "group of the product"),
    Column("quantity", "DOUBLE", False, "pieces, or volume where the category is sold by volume"),
)
CONTRACTS = (
    Column("customer_id", "VARCHAR", True, "whose contract"),
    Column("start_date", "DATE", True, "first day of the contract"),
    Column("end_date", "DATE", False, "last day; none while it runs"),
    Column("reason", "VARCHAR", False, "why it ended"),
)
REJECTS = (
    Column("file", "VARCHAR", True, "where the row stood"),
    Column("line", "BIGINT", True, "line in a text file, row in any other source; from 1"),
    Column("column", "VARCHAR", False, "the source's name of the column; none: the whole row"),
    Column("value", "VARCHAR", False, "what stood there, cut at 200 characters"),
    Column("rule", "VARCHAR", True, "the rule that it breaks"),
)


def create(name: str, columns: tuple[Column, ...]) -> str:
    """Return the statement that makes an empty table of these columns."""
    body = ", ".join(
        f'"{column.name.replace(chr(34), 2 * chr(34))}" {column.type}'
        f"{' NOT NULL' if column.required else ''}"
        for column in columns
    )
    return f'CREATE TABLE "{name}" ({body})'
