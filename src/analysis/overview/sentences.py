"""The conclusions of the summary report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.findings import Direction, Finding
from analysis.retention.sentences import USUAL_PERIODS
from analysis.wording import change, count, join, label, money, number, plural, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.periods import Period

_NAMES = {
    "revenue": "Net sales",
    "revenue_per_day": "Net sales per day",
    "customers": "Customers who ordered",
    "orders": "Orders",
    "revenue_per_customer": "Net sales per customer",
    "orders_per_customer": "Orders per customer",
    "revenue_per_order": "Net sales per order",
}
_VERDICTS: dict[str, tuple[str, Direction]] = {
    "above": (f"above the range of the last {USUAL_PERIODS} periods", "good"),
    "within": (f"within the range of the last {USUAL_PERIODS} periods", "neutral"),
    "below": (f"below the range of the last {USUAL_PERIODS} periods", "bad"),
    "unknown": ("too few periods before it to call a range usual", "neutral"),
}


def figure_finding(figures: pd.DataFrame, name: str, period: Period, currency: str) -> Finding:
    """Say one figure of the period, with its change and its usual range."""
    row = figures.set_index("figure").loc[[name]].iloc[0]
    written = writer(name, currency)
    verdict, direction = _VERDICTS[str(row["verdict"])]
    usual = (
        f"usual range {span(row['usual_low'], row['usual_high'], written)}"
        if row["verdict"] != "unknown"
        else "no usual range yet"
    )
    comparisons = [change(row["value"], row["previous"], period.previous.title)]
    if row["year_before"] == row["year_before"]:
        comparisons.append(change(row["value"], row["year_before"], period.year_before.title))
    comparison = join(comparisons)
    return Finding(
        id=f"summary.{name}",
        headline=(
            f"{_NAMES[name]} in {period.title}: {written(row['value'])}, {comparison};"
            f" {verdict} ({usual})."
        ),
        label=_NAMES[name],
        value=float(row["value"]),
        value_text=written(row["value"]),
        interval=usual,
        comparison=comparison,
        direction=direction,
        main=name == "revenue",
        kpi=True,
    )


def decomposition_finding(parts: pd.DataFrame, period: Period, currency: str) -> Finding:
    """Say where the change in revenue came from."""
    if parts.empty:
        return Finding(
            id="summary.decomposition",
            headline=f"There is no {period.previous.title} to explain the change against.",
            refused=True,
        )
    total = float(parts["effect"].sum())
    words = {
        "customers": "more or fewer customers",
        "orders_per_customer": "how often each ordered",
        "revenue_per_order": "how much each order brought",
    }
    ranked = parts.reindex(parts["effect"].abs().sort_values(ascending=False).index)
    told = [
        f"{signed(currency)(effect)} from {words[factor]}"
        for factor, effect in zip(ranked["factor"], ranked["effect"], strict=True)
    ]
    return Finding(
        id="summary.decomposition",
        headline=(
            f"Net sales {'rose' if total > 0 else 'fell'} by {money(abs(total), currency)} on"
            f" {period.previous.title}: {join(told)}."
        ),
        label="Change in net sales",
        value=total,
        value_text=signed(currency)(total),
        direction="neutral",
        main=True,
    )


def actions_finding(actions: pd.DataFrame, period: Period, currency: str) -> Finding:
    """Say how many actions the other reports propose, and which has most at stake."""
    if actions.empty:
        return Finding(
            id="summary.actions",
            headline=(
                f"No action of the other reports for {period.title} is at hand: render them first,"
                " then this one lists and ranks what they propose."
            ),
            direction="neutral",
        )
    first = actions.iloc[0]
    stake = (
        f", with {money(first['at_stake'], currency)} at stake"
        if first["at_stake"] == first["at_stake"]
        else ""
    )
    return Finding(
        id="summary.actions",
        headline=(
            f"{plural(len(actions), 'action')} for this period; the first, from the"
            f" {first['report']} report{stake}: {first['action']}"
        ),
        label="Actions proposed",
        value=float(len(actions)),
        value_text=count(len(actions)),
        direction="neutral",
        main=True,
    )


def figures_table(figures: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return the figures as text, each in its own unit, for display."""
    columns = ["value", "previous", "year_before", "usual_low", "usual_high"]
    texts = {
        column: [
            writer(name, currency)(value)
            for name, value in zip(figures["figure"], figures[column], strict=True)
        ]
        for column in columns
    }
    return figures.assign(**texts, figure=[_NAMES[name] for name in figures["figure"]])


def actions_table(actions: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return the ranked actions as text, for display."""
    stakes = [money(amount, currency) for amount in actions["at_stake"]]
    return pd.DataFrame(
        {
            "report": [label(report) for report in actions["report"]],
            "action": actions["action"],
            "at_stake": stakes,
        }
    )


def main_points(findings: pd.DataFrame) -> pd.DataFrame:
    """Return what the other reports lead with."""
    main = findings.loc[findings["main"].fillna(value=False).astype(bool)]
    return pd.DataFrame(
        {"report": [label(report) for report in main["report"]], "finding": main["headline"]}
    )


def usual_range(figures: pd.DataFrame, name: str) -> tuple[float, float]:
    """Return the usual range of the figure `name`; missing where there is none yet."""
    row = figures.set_index("figure").loc[[name]].iloc[0]
    return float(row["usual_low"]), float(row["usual_high"])


def named_effects(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the parts of a change with names for an axis."""
    names = {
        "customers": "Number of customers",
        "orders_per_customer": "Orders per customer",
        "revenue_per_order": "Net sales per order",
    }
    return parts.assign(name=parts["factor"].map(names))


def writer(name: str, currency: str) -> Callable[[float], str]:
    """Return the function that writes the figure `name` with its unit."""
    if name.startswith("revenue"):
        return lambda value: money(value, currency)
    return count if name in ("customers", "orders") else lambda value: number(value, 2)


def signed(currency: str) -> Callable[[float], str]:
    """Return the function that writes an amount with its sign."""
    return lambda amount: f"{'+' if amount >= 0 else '−'}{money(abs(amount), currency)}"
