"""The canonical tables: every analysis reads these columns and no others.

This is the one place that says what a table holds. From it follow the settings that name the
source's columns, how each value is read, what is set aside, and the dictionary in data/README.md.
"""

from __future__ import annotations

from analysis.columns import Column, Kind, Rule, Table

ID, WORDS, DAY, END = Kind.ID, Kind.WORDS, Kind.DAY, Kind.END
MONEY, NUMBER, SHARE, FLAG = Kind.MONEY, Kind.NUMBER, Kind.SHARE, Kind.FLAG

TRANSACTIONS = Table(
    "transactions",
    "a line of a receipt, or a whole order",
    (
        Column("customer_id", ID, "who bought", required=True),
        Column(
            "order_id", ID, "order or basket", required=True,
            otherwise="customer_id || ' ' || order_date::VARCHAR",
        ),
        Column(
            "order_date", DAY, "calendar day of the order, in the settings' `time_zone`",
            required=True, called="the date",
        ),
        Column("amount_minor", MONEY, "paid; a return is negative", required=True),
        Column("product_id", ID, "what was bought"),
        Column("category", WORDS, "group of the product"),
        Column("quantity", NUMBER, "how much", unit="pieces, or volume where it is sold by volume"),
    ),
    "The purchases. A line of amount zero is a sign of life; a day with at least one line of zero "
    "or more is an order day; a day of returns alone is none, but its money counts.",
)  # fmt: skip

CONTRACTS = Table(
    "contracts",
    "a contract",
    (
        Column("customer_id", ID, "whose contract", required=True),
        Column("start_date", DAY, "first day", required=True),
        Column("end_date", END, "last day; none while it runs", in_source=True),
        Column("reason", WORDS, "why it ended"),
    ),
    "With it, churn means the end of the contract instead of a long silence.",
    (Rule("end_date", "end_date < start_date", "the contract ends before it starts"),),
)

CUSTOMERS = Table(
    "customers",
    "a customer",
    (Column("customer_id", ID, "who", required=True),),
    "What is known of the customers beside their purchases.",
    key="customer_id",
    attributes="an attribute to compare groups by",
)

TICKETS = Table(
    "tickets",
    "a ticket",
    (
        Column("customer_id", ID, "whose", required=True),
        Column("opened", DAY, "day on which it came in", required=True, called="the opening"),
        Column("ticket_id", ID, "its number"),
        Column(
            "resolved",
            END,
            "day on which it was settled; none while it is open",
            called="the settling",
        ),
        Column("category", WORDS, "what it is about"),
        Column("severity", WORDS, "how grave it is"),
        Column("is_complaint", FLAG, "whether it is a complaint; none where nothing says so"),
    ),
    "Service tickets; complaints are an early warning of churn.",
    (Rule("resolved", "resolved < opened", "the ticket is settled before it came in"),),
)

TABLES = {table.name: table for table in (TRANSACTIONS, CONTRACTS, CUSTOMERS, TICKETS)}
OPTIONAL = tuple(table for table in TABLES.values() if table is not TRANSACTIONS)

REJECTS = Table(
    "rejects",
    "each row set aside",
    (
        Column("file", WORDS, "where the row stood", required=True),
        Column(
            "line", Kind.COUNT, "line of a text file (the header is line 1), row of any other "
            "source", required=True,
        ),
        Column("column", WORDS, "your name of the column; none when the whole row is at fault"),
        Column("value", WORDS, "what stood there, cut at 200 characters"),
        Column("rule", WORDS, "the rule that it breaks", required=True),
    ),
    "One such table for each table that is read.",
)  # fmt: skip
