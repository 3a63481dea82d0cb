"""The conclusions of the summary report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.findings import Direction, Finding
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
_REPORTS = {"clv": "Customer value", "segmentation": "Customer segments"}
_POINTS = 3
_VERDICTS: dict[str, tuple[str, Direction]] = {
    "above": ("above the usual range", "good"),
    "within": ("within the usual range", "neutral"),
    "below": ("below the usual range", "bad"),
    "unknown": ("too few periods before it to call a range usual", "neutral"),
}


def figure_finding(figures: pd.DataFrame, name: str, period: Period, currency: str) -> Finding:
    """Say one figure of the period, with its change and its usual range."""
    row = figures.set_index("figure").loc[[name]].iloc[0]
    written = writer(name, currency)
    verdict, direction = _VERDICTS[str(row["verdict"])]
    known = row["verdict"] != "unknown"
    usual = span(row["usual_low"], row["usual_high"], written)
    comparisons = [change(row["value"], row["previous"], period.previous.title)]
    if row["year_before"] == row["year_before"]:
        comparisons.append(change(row["value"], row["year_before"], period.year_before.title))
    comparison = join(comparisons)
    return Finding(
        id=f"summary.{name}",
        headline=(
            f"{_NAMES[name]} in {period.title}: {written(row['value'])}, {comparison};"
            f" {verdict}{f' ({usual})' if known else ''}."
        ),
        label=_NAMES[name],
        value=float(row["value"]),
        value_text=written(row["value"]),
        interval=f"usual range {usual}" if known else "no usual range yet",
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
        "customers": "the number of customers",
        "orders_per_customer": "orders per customer",
        "revenue_per_order": "sales per order",
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
    return Finding(
        id="summary.actions",
        headline=(
            f"The other reports propose {plural(len(actions), 'action')} for {period.title}"
            f"{_stake(actions, currency)}."
        ),
        label="Actions proposed",
        value=float(len(actions)),
        value_text=count(len(actions)),
        direction="neutral",
        main=True,
    )


def leading_action(actions: pd.DataFrame, rank: int) -> Finding | None:
    """Return the action of this rank with the finding that it rests on; None past the last."""
    if rank > len(actions):
        return None
    action = actions.iloc[rank - 1]
    stake = action["at_stake"]
    return Finding(
        id=f"summary.action_{rank}",
        headline=f"{report_title(action['report'])}: {action['headline']}",
        action=action["action"],
        at_stake=float(stake) if stake == stake else None,
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
    known = figures.dropna(axis="columns", how="all").columns
    names = [_NAMES[name] for name in figures["figure"]]
    return figures.assign(**texts, figure=names)[known]


def actions_table(actions: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return the ranked actions as text, for display."""
    stakes = [money(amount, currency) for amount in actions["at_stake"]]
    return pd.DataFrame(
        {
            "report": [report_title(report) for report in actions["report"]],
            "action": actions["action"],
            "at_stake": stakes,
        }
    )


def main_points(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the first three points that each of the other reports leads with."""
    main = findings.loc[findings["main"].fillna(value=False).astype(bool)]
    main = main.groupby("report", sort=False).head(_POINTS)
    return pd.DataFrame(
        {"report": [report_title(name) for name in main["report"]], "finding": main["headline"]}
    )


def report_title(report: str) -> str:
    """Return a report's name as its readers know it: 'clv' -> 'Customer value'."""
    return _REPORTS.get(report, label(report))


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


def _stake(actions: pd.DataFrame, currency: str) -> str:
    """Say which action has most money at stake: the first, when any has."""
    first, sums = actions.iloc[0], int(actions["at_stake"].count())
    if not sums:
        return ""
    report = f"the report on {report_title(first['report']).lower()}"
    stake = money(first["at_stake"], currency)
    if len(actions) == 1:
        return f", of {report}, with {stake} at stake"
    return (
        f", {count(sums)} of them with money at stake: most with the first, of {report} ({stake})"
    )
