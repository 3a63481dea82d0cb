"""Conclusions about the rows: kept, odd, incomplete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import disclosure
from analysis.findings import COUNTED, Finding, not_enough_data
from analysis.language import say
from analysis.quality.reading import NAMED, category_in_words, row_of
from analysis.tables.retold import rule_in_words
from analysis.wording import count, join, money, number, percent, plural, sentences

if TYPE_CHECKING:
    from analysis.periods import Period
    from analysis.tables import Source


def rejects_finding(rejects: pd.DataFrame, source: Source) -> Finding:
    """Say how many rows were set aside, and for what."""
    quality = source.quality
    if rejects.empty:
        return _nothing_set_aside(quality.rows_in)
    first = rejects.iloc[0]
    counted = {
        "rows": count(quality.rows_set_aside),
        "all": count(quality.rows_in),
        "share": percent(quality.rows_set_aside / quality.rows_in),
        "rule": rule_in_words(first["rule"]),
    }
    return Finding(
        id="quality.rejects",
        headline=(
            say(
                "{rows} of {all} rows ({share}) were set aside, all of them because {rule}.",
                **counted,
            )
            if first["rows"] == quality.rows_set_aside
            else say(
                "{rows} of {all} rows ({share}) were set aside, {these} of them because {rule}.",
                these=count(first["rows"]),
                **counted,
            )
        ),
        value=float(quality.rows_set_aside),
        value_text=counted["rows"],
        interval=COUNTED,
        direction="bad",
        action=say(
            "Correct the {rows} in the source; the command analysis check lists each with its file"
            " and line.",
            rows=plural(quality.rows_set_aside, "row"),
        ),
        list_name="rows_set_aside",
    )


def _nothing_set_aside(rows: int) -> Finding:
    return Finding(
        id="quality.rejects",
        headline=say(
            "All {rows} rows are kept: each has a customer, a day and an amount that could be"
            " read.",
            rows=count(rows),
        ),
        value=0.0,
        value_text="0",
        interval=COUNTED,
        direction="good",
    )


def oddities_finding(oddities: pd.DataFrame, period: Period) -> Finding:
    """Say what share of the lines is worth nothing, returned or doubled."""
    zero, returns, twice = (
        row_of(oddities, "kind", kind) for kind in ("zero_lines", "return_lines", "identical")
    )
    if pd.isna(zero["share"]):
        return _no_lines("quality.oddities", period)
    doubled = twice["rows"] > 0
    return Finding(
        id="quality.oddities",
        headline=sentences(
            [
                _zero(zero, period),
                say("{share} are returns.", share=percent(returns["share"]))
                if returns["rows"]
                else say("No line is a return."),
                say("{share} repeat another one in every column.", share=percent(twice["share"]))
                if doubled
                else say("No line repeats another one."),
            ]
        ),
        label=say("Lines of amount zero"),
        value=float(zero["share"]),
        value_text=percent(zero["share"]),
        interval=COUNTED,
        comparison=_before(zero),
        direction="bad" if doubled else "neutral",
        action=(
            say("Find out whether the repeated lines were bought twice or loaded twice.")
            if doubled
            else ""
        ),
        main=True,
        kpi=True,
    )


def _zero(zero: dict[str, Any], period: Period) -> str:
    """Say what share of the lines has amount zero."""
    about = {"period": period.title, "share": percent(zero["share"])}
    if not zero["rows"]:
        return say("In {period} no line has amount zero.", period=period.title)
    if pd.isna(zero["share_before"]):
        return say("{share} of the lines of {period} have amount zero.", **about)
    return say(
        "{share} of the lines of {period} have amount zero ({before}).",
        before=_before(zero),
        **about,
    )


def _no_lines(id: str, period: Period) -> Finding:
    looked = say("a look at {what}", what=period.title)
    return not_enough_data(id, looked, say("lines within it"))


def _before(row: dict[str, Any]) -> str:
    if pd.isna(row["share_before"]):
        return ""
    return say("{share} before", share=percent(row["share_before"]))


def quantities_finding(quantities: pd.DataFrame) -> Finding:
    """Name the categories whose quantity is a volume."""
    if quantities.empty:
        return not_enough_data(
            "quality.quantities",
            say("a look at {what}", what=say("quantities")),
            say("a quantity column"),
        )
    odd = quantities[quantities["by_volume"]]
    categories = plural(len(quantities), "category", "categories")
    if odd.empty:
        return Finding(
            id="quality.quantities",
            headline=say(
                "Quantities count pieces in all {categories}; the largest is {largest}.",
                categories=categories,
                largest=count(quantities["largest"].max()),
            ),
            direction="good",
        )
    return Finding(
        id="quality.quantities",
        headline=say(
            "In {odd} of {categories} the quantity is a volume and no count of pieces: {names}, up"
            " to {largest} on one line.",
            odd=count(len(odd)),
            categories=categories,
            names=join([category_in_words(name) for name in odd["category"].head(NAMED)]),
            largest=count(odd["largest"].max()),
        ),
        label=say("Categories sold by volume"),
        value=float(len(odd)),
        value_text=count(len(odd)),
        interval=COUNTED,
        direction="neutral",
        action=say(
            "Never add up quantities over categories; these reports count orders and money."
        ),
        main=True,
    )


def missing_finding(oddities: pd.DataFrame, period: Period, currency: str) -> Finding:
    """Say how much of the sales has no category."""
    if "without_category" not in set(oddities["kind"]):
        looked = say("a look at {what}", what=say("categories"))
        return not_enough_data("quality.missing", looked, say("a category column"))
    row = row_of(oddities, "kind", "without_category")
    if pd.isna(row["share"]):
        return _no_lines("quality.missing", period)
    return Finding(
        id="quality.missing",
        headline=say(
            "{share} of the lines of {period} have no category; they carry {amount}.",
            share=percent(row["share"]),
            period=period.title,
            amount=money(row["amount"], currency),
        ),
        value=float(row["share"]),
        value_text=percent(row["share"]),
        interval=COUNTED,
        comparison=_before(row),
        direction="neutral",
    )


def described_finding(described: pd.DataFrame) -> Finding:
    """Say for how many customers attributes are known, and whether they are like the others."""
    if not described["described"].any():
        return not_enough_data(
            "quality.described",
            say("a look at {what}", what=say("customers' attributes")),
            say("a table of customers"),
        )
    known, customers = row_of(described, "described", True), described["customers"].sum()
    shares = {
        "known": disclosure.people(known["customers"]),
        "customers": disclosure.plural(customers, "customer"),
        "share": percent(known["customer_share"]),
        "sales": percent(known["amount_share"]),
    }
    comparison, action = "", ""
    if not described["described"].all():
        comparison, action = _unlike(known, row_of(described, "described", False))
    return Finding(
        id="quality.described",
        headline=(
            say(
                "Attributes are known for {known} of {customers} ({share}), who make {sales} of the"
                " sales: each spends {comparison}.",
                comparison=comparison,
                **shares,
            )
            if comparison
            else say(
                "Attributes are known for {known} of {customers} ({share}), who make {sales} of the"
                " sales.",
                **shares,
            )
        ),
        label=say("Customers described"),
        value=float(known["customer_share"]),
        value_text=percent(known["customer_share"]),
        interval=COUNTED,
        of_people=(float(known["customers"]), float(described["customers"].sum())),
        comparison=comparison,
        direction="neutral",
        action=action,
        main=not described["described"].all(),
    )


def _unlike(known: dict[str, Any], others: dict[str, Any]) -> tuple[str, str]:
    """Compare the spend of those whose attributes are known, and say what follows."""
    ratio = known["amount_per_customer"] / others["amount_per_customer"]
    compared = say("{times} times as much as the others", times=number(ratio))
    if 0.8 < ratio < 1.25:
        return compared, ""
    return compared, say(
        "Do not carry what is found about these {known} customers over to the others.",
        known=disclosure.people(known["customers"]),
    )
