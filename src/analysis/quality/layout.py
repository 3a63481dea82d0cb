"""How the tables of data quality are shown: titles, headings, units, what a chart is about.

Each function returns the keywords with which `display.table` or `display.figure` shows one table.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from analysis import wording
from analysis.language import say, translate
from analysis.quality.about_coverage import zone_in_words
from analysis.quality.reading import category_in_words
from analysis.tables.retold import described_in_words, rule_in_words
from analysis.wording import count, percent

if TYPE_CHECKING:
    import pandas as pd

    from analysis.periods import Period
    from analysis.tables import Source

Shown = dict[str, Any]
STATES = {
    "fine": "As usual",
    "few": "Unusually few",
    "none": "No orders",
    "quiet": "None, as is not unusual",
    "not yet": "Not in the data yet",
}


def source_in_words(source: Source) -> str:
    """Return what the data are."""
    return described_in_words(source.description)


def days(table: pd.DataFrame, source: Source) -> Shown:
    """Show the days, the latest first."""
    subtitle = say(
        "Orders of each day, {first} to {last}; the period is shaded",
        first=wording.date(table["date"].iloc[0]),
        last=wording.date(table["date"].iloc[-1]),
    )
    return {
        "subtitle": subtitle,
        "data": table[["date", "orders", "usual", "lines", "amount", "state"]].iloc[::-1],
        "formats": {
            "usual": count,
            "amount": partial(wording.money, currency=source.currency),
            "state": lambda state: translate(STATES[state]),
        },
        "labels": {"usual": say("Usual on such a weekday"), "amount": say("Sales")},
    }


def by_day(table: pd.DataFrame) -> pd.DataFrame:
    """Return the days as a list, customers first: the other numbers are theirs."""
    kept = ["date", "customers", "lines", "orders", "amount", "usual", "state"]
    return table[kept]


def rejects() -> Shown:
    """Show the rules that rows broke."""
    return {
        "title": say("Rows set aside, by rule"),
        "formats": {"rule": rule_in_words, "share": percent},
        "labels": {
            "rule": say("Why"),
            "rows": say("Rows set aside"),
            "share": say("Share of all rows"),
            "file": say("First in file"),
            "line": say("First in line"),
        },
    }


def oddities(table: pd.DataFrame, period: Period) -> Shown:
    """Show how many rows are not what a row usually is."""
    columns = ["what", "rows", "share", "rows_before", "share_before"]
    return {
        "frame": table[columns],
        "title": say("Unusual rows"),
        "formats": {"what": translate, "share": percent, "share_before": percent},
        "labels": {
            "what": say("Kind"),
            "rows": say("In {period}", period=period.title),
            "rows_before": say("Rows before"),
        },
    }


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return quantities with the categories as one reads them."""
    if table.empty:
        return table
    return table.assign(category=[category_in_words(name) for name in table["category"]])


def quantities(table: pd.DataFrame, period: Period, currency: str) -> Shown:
    """Show the quantities of the categories."""
    return {
        "subtitle": say(
            "Quantity on a line, by category, the largest first; all lines up to the end of"
            " {period}",
            period=period.title,
        ),
        "data": table.drop(columns="beyond_pieces", errors="ignore"),
        "formats": {
            "category": category_in_words,
            "amount": partial(wording.money, currency=currency),
            "median": count,
            "p99": count,
            "largest": count,
        },
        "labels": {
            "amount": say("Sales"),
            "p99": say("99 in 100 lines up to"),
            "by_volume": say("Sold by volume"),
        },
    }


def described(currency: str) -> Shown:
    """Show the customers with and without attributes."""
    in_money = partial(wording.money, currency=currency)
    return {
        "title": say("Customers with and without attributes"),
        "formats": {
            "customer_share": percent,
            "amount": in_money,
            "amount_share": percent,
            "amount_per_customer": in_money,
        },
        "labels": {
            "described": say("Attributes known"),
            "customer_share": say("Share of customers"),
            "amount": say("Sales"),
            "amount_share": say("Share of sales"),
            "amount_per_customer": say("Sales per customer"),
        },
        "people": ["customers"],
    }


def first_orders(table: pd.DataFrame, period: Period) -> Shown:
    """Show in which month customers were seen first."""
    return {
        "subtitle": say(
            "Customers by the month of their first order, up to the end of {period}",
            period=period.title,
        ),
        "data": table,
        "formats": {"month": wording.month_of_year, "share": percent, "cumulative": percent},
        "labels": {"share": say("Share of customers"), "cumulative": say("Share so far")},
        "people": ["customers"],
    }


def weeks() -> Shown:
    """Show under which time zone the numbered weeks are whole."""
    return {
        "title": say("Weeks that fit their Monday"),
        "formats": {"zone": zone_in_words},
        "labels": {
            "zone": say("Days counted in"),
            "weeks": say("Numbered weeks"),
            "fitting": say("From Monday to Sunday"),
        },
    }
