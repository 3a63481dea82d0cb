"""How the figures, changes, forecasts and actions of the summary are laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import display
from analysis.language import say
from analysis.overview import sentences, sentences_actions, sentences_change, sentences_forecasts

if TYPE_CHECKING:
    import pandas as pd

    from analysis.forecasts import Forecast
    from analysis.periods import Period


def figures_table(figures: pd.DataFrame, period: Period, currency: str) -> display.Bundle:
    """Show all figures of the period with what they are held against."""
    return display.table(
        sentences.figures_table(figures, currency),
        title=say("Figures of {period}", period=period.title),
        labels=sentences.table_labels(),
    )


def restated_table(restated: pd.DataFrame, period: Period, currency: str) -> display.Bundle | None:
    """Show which figures of the past were restated; nothing when none was."""
    if restated.empty:
        return None
    return display.table(
        sentences_change.restated_table(restated, period.kind, currency),
        title=say("Figures of past periods that were restated"),
        labels=sentences_change.table_labels(),
    )


def groups_table(groups: pd.DataFrame, base: Period, currency: str) -> display.Bundle | None:
    """Show who came, in both periods, and what each group added; nothing without both."""
    if groups.empty:
        return None
    return display.table(
        sentences_change.groups_table(groups, currency),
        title=say("Who came, and what they spent, against {base}", base=base.title),
        labels=sentences_change.table_labels(),
        people=("customers_before", "customers"),
    )


def held_table(kept: list[tuple[str, Forecast]], period: Period) -> display.Bundle | None:
    """Show the forecasts of the period beside what came; nothing when none was kept."""
    table = sentences_forecasts.held_table(kept, period)
    if table.empty:
        return None
    return display.table(
        table,
        title=say("Forecasts of {period}, and what came", period=period.title),
        labels=sentences_forecasts.table_labels(),
    )


def next_table(kept: list[tuple[str, Forecast]], period: Period) -> display.Bundle | None:
    """Show what the reports expect of the next period; nothing when they expect nothing."""
    table = sentences_forecasts.next_table(kept, period)
    if table.empty:
        return None
    return display.table(
        table,
        title=say("What is expected of {period}", period=period.next.title),
        labels=sentences_forecasts.table_labels(),
    )


def actions_table(actions: pd.DataFrame, currency: str) -> display.Bundle:
    """Show every action, ranked within one kind of money."""
    return display.table(
        sentences_actions.actions_table(actions, currency),
        title=say("All actions, by the money at stake, one kind of money after the other"),
        labels=sentences_actions.table_labels(),
    )


def main_points(findings: pd.DataFrame) -> display.Bundle:
    """Show what the other reports lead with."""
    return display.table(
        sentences_actions.main_points(findings),
        title=say("First points of the other reports"),
        labels=sentences_actions.table_labels(),
    )
