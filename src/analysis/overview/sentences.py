"""The figures of a period, said: each with its change, its usual range and its last year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import disclosure
from analysis.comparisons import against_year_before, trend
from analysis.findings import Finding
from analysis.language import say
from analysis.retention.sentences import direction_of, verdict_in_words
from analysis.wording import change, count, join, money, number, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.periods import Period


def names() -> dict[str, str]:
    """Return what each figure is called."""
    return {
        "revenue": say("Net sales"),
        "revenue_per_day": say("Net sales per day"),
        "customers": say("Customers who ordered"),
        "orders": say("Orders"),
        "revenue_per_customer": say("Net sales per customer"),
        "orders_per_customer": say("Orders per customer"),
        "revenue_per_order": say("Net sales per order"),
    }


def figure_finding(
    figures: pd.DataFrame, activity: pd.DataFrame, name: str, period: Period, currency: str
) -> Finding:
    """Say one figure of the period, with its change and its usual range.

    Parameters
    ----------
    figures : DataFrame
        Output of `compare_figures`.
    activity : DataFrame
        What it was made of.
    name : str
        The figure, one of `overview.figures.FIGURES`.
    period : Period
    currency : str
    """
    row = figures.set_index("figure").loc[[name]].iloc[0]
    written, value = writer(name, currency), float(row["value"])
    usual = span(row["usual_low"], row["usual_high"], written)
    previous = change(value, row["previous"], period.previous.title)
    year_before = against_year_before(value, row["year_before"], period)
    a_year_ago = [year_before] if year_before and pd.notna(row["year_before"]) else []
    known = row["usual_low"] == row["usual_low"]
    return Finding(
        id=f"summary.{name}",
        headline=say(
            "{name} in {period}: {value}, {comparison}; {verdict}.",
            name=names()[name],
            period=period.title,
            value=written(value),
            comparison=join([previous, *a_year_ago]),
            verdict=verdict_in_words(row["verdict"], usual),
        ),
        label=names()[name],
        value=value,
        value_text=written(value),
        interval=say("usual range {usual}", usual=usual) if known else say("no usual range yet"),
        comparison=previous,
        year_before=year_before,
        trend=trend(activity, name, period),
        direction=direction_of(row["verdict"]),
        main=name == "revenue",
        kpi=True,
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
    words = _verdicts()
    return figures.assign(
        **texts,
        figure=figures["figure"].map(names()),
        verdict=figures["verdict"].map(words),
    )[known]


def table_labels() -> dict[str, str]:
    """Return the headings of the table of figures."""
    return {
        "figure": say("Figure"),
        "value": say("This period"),
        "previous": say("Period before"),
        "year_before": say("A year before"),
        "usual_low": say("Usual range from"),
        "usual_high": say("Usual range to"),
        "verdict": say("Against the usual range"),
    }


def usual_range(figures: pd.DataFrame, name: str) -> tuple[float, float]:
    """Return the usual range of the figure `name`; missing where there is none yet."""
    row = figures.set_index("figure").loc[[name]].iloc[0]
    return float(row["usual_low"]), float(row["usual_high"])


def writer(name: str, currency: str) -> Callable[[float], str]:
    """Return the function that writes the figure `name` with its unit."""
    if name.startswith("revenue"):
        return lambda value: money(value, currency)
    if name == "customers":
        return disclosure.people
    return count if name == "orders" else lambda value: number(value, 2)


def signed(currency: str) -> Callable[[float], str]:
    """Return the function that writes an amount with its sign."""
    return lambda amount: f"{'+' if amount >= 0 else '−'}{money(abs(amount), currency)}"


def _verdicts() -> dict[str, str]:
    return {
        "above": say("above"),
        "within": say("within"),
        "below": say("below"),
        "unknown": say("too few periods"),
        "unfinished": say("not over yet"),
    }
