"""Conclusions about the rows: kept, odd, incomplete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.findings import COUNTED, Finding, not_enough_data
from analysis.quality.reading import NAMED, in_lower_case, row_of
from analysis.wording import count, join, money, number, percent, plural

if TYPE_CHECKING:
    from analysis.periods import Period
    from analysis.tables import Source


def rejects_finding(rejects: pd.DataFrame, source: Source) -> Finding:
    """Say how many rows were set aside, and for what."""
    quality = source.quality
    if rejects.empty:
        return Finding(
            id="quality.rejects",
            headline=(
                f"All {count(quality.rows_in)} rows are kept: each has a customer, a day and an"
                " amount that could be read."
            ),
            value=0.0,
            value_text="0",
            interval=COUNTED,
            direction="good",
        )
    first = rejects.iloc[0]
    these = "all" if first["rows"] == quality.rows_set_aside else count(first["rows"])
    share = percent(quality.rows_set_aside / quality.rows_in)
    return Finding(
        id="quality.rejects",
        headline=(
            f"{count(quality.rows_set_aside)} of {count(quality.rows_in)} rows ({share}) were set"
            f" aside, {these} of them because {first['rule']}."
        ),
        value=float(quality.rows_set_aside),
        value_text=count(quality.rows_set_aside),
        interval=COUNTED,
        direction="bad",
        action=(
            f"Correct the {plural(quality.rows_set_aside, 'row')} in the source; the command"
            " analysis check lists each with its file and line."
        ),
    )


def oddities_finding(oddities: pd.DataFrame, period: Period) -> Finding:
    """Say what share of the lines is worth nothing, returned or doubled."""
    zero, returns, twice = (
        row_of(oddities, "kind", kind) for kind in ("zero_lines", "return_lines", "identical")
    )
    if pd.isna(zero["share"]):
        return not_enough_data("quality.oddities", f"a look at {period.title}", "lines within it")
    before = _before(zero)
    parts = [
        (
            f"{percent(zero['share'])} of the lines of {period.title} have amount zero"
            + (f" ({before})" if before else "")
            if zero["rows"]
            else f"in {period.title} no line has amount zero"
        ),
        _share_or_none(returns, "is a return", "are returns"),
        _share_or_none(twice, "repeats another one", "repeat another one in every column"),
    ]
    doubled = twice["rows"] > 0
    return Finding(
        id="quality.oddities",
        headline=f"{parts[0][:1].upper()}{parts[0][1:]}, {join(parts[1:])}.",
        label="Lines of amount zero",
        value=float(zero["share"]),
        value_text=percent(zero["share"]),
        interval=COUNTED,
        comparison=before,
        direction="bad" if doubled else "neutral",
        action=(
            "Find out whether the repeated lines were bought twice or loaded twice."
            if doubled
            else ""
        ),
        main=True,
        kpi=True,
    )


def _before(row: dict[str, Any]) -> str:
    return "" if pd.isna(row["share_before"]) else f"{percent(row['share_before'])} before"


def _share_or_none(row: dict[str, Any], one: str, many: str) -> str:
    return f"no line {one}" if row["rows"] == 0 else f"{percent(row['share'])} {many}"


def quantities_finding(quantities: pd.DataFrame) -> Finding:
    """Name the categories whose quantity is a volume."""
    if quantities.empty:
        return not_enough_data("quality.quantities", "a look at quantities", "a quantity column")
    odd = quantities[quantities["by_volume"]]
    categories = plural(len(quantities), "category", "categories")
    if odd.empty:
        return Finding(
            id="quality.quantities",
            headline=(
                f"Quantities count pieces in all {categories};"
                f" the largest is {count(quantities['largest'].max())}."
            ),
            direction="good",
        )
    names = join([in_lower_case(name) for name in odd["category"].head(NAMED)])
    return Finding(
        id="quality.quantities",
        headline=(
            f"In {count(len(odd))} of {categories} the"
            f" quantity is a volume and no count of pieces: {names}, up to"
            f" {count(odd['largest'].max())} on one line."
        ),
        label="Categories sold by volume",
        value=float(len(odd)),
        value_text=count(len(odd)),
        interval=COUNTED,
        direction="neutral",
        action="Never add up quantities over categories; these reports count orders and money.",
        main=True,
    )


def missing_finding(oddities: pd.DataFrame, period: Period, currency: str) -> Finding:
    """Say how much of the sales has no category."""
    if "without_category" not in set(oddities["kind"]):
        return not_enough_data("quality.missing", "a look at categories", "a category column")
    row = row_of(oddities, "kind", "without_category")
    if pd.isna(row["share"]):
        return not_enough_data("quality.missing", f"a look at {period.title}", "lines within it")
    return Finding(
        id="quality.missing",
        headline=(
            f"{percent(row['share'])} of the lines of {period.title} have no category;"
            f" they carry {money(row['amount'], currency)}."
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
            "quality.described", "a look at customers' attributes", "a table of customers"
        )
    known, customers = row_of(described, "described", True), described["customers"].sum()
    headline = (
        f"Attributes are known for {count(known['customers'])} of"
        f" {plural(customers, 'customer')} ({percent(known['customer_share'])}),"
        f" who make {percent(known['amount_share'])} of the sales"
    )
    comparison, action = "", ""
    if not described["described"].all():
        other = row_of(described, "described", False)
        ratio = known["amount_per_customer"] / other["amount_per_customer"]
        comparison = f"{number(ratio)} times as much as the others"
        headline += f": each spends {comparison}"
        action = (
            f"Do not carry what is found about these {count(known['customers'])} customers over to"
            " the others."
            if not 0.8 < ratio < 1.25
            else ""
        )
    return Finding(
        id="quality.described",
        headline=headline + ".",
        label="Customers described",
        value=float(known["customer_share"]),
        value_text=percent(known["customer_share"]),
        interval=COUNTED,
        comparison=comparison,
        direction="neutral",
        action=action,
        main=True,
    )
