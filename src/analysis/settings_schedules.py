"""The sections of analysis.toml that say when a report is due, and the rules between them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from analysis.settings_tables import Names, Part

Every = Literal["week", "month", "quarter", "year"]


class ScheduleSettings(Part):
    """One [[schedule]]: which reports are made for every period of a kind, and when.

    A period is over at midnight in the settings' `time_zone`.
    """

    reports: Names | None = None
    """All of [reports] `names` when not given."""
    every: Every
    settle_days: Annotated[int, Field(ge=0, le=366)] = 3
    """Whole days after the end of a period in which its last orders may still come in."""
    catch_up_days: Annotated[int, Field(ge=0, le=36_500)] = 92
    """A period that was missed is made up for this long after it fell due, then no longer."""


Schedules = Annotated[tuple[ScheduleSettings, ...], Field(strict=False)]


def refuse_repeated(schedules: Schedules, all_reports: tuple[str, ...]) -> None:
    """Refuse two schedules that make the same report for the same periods."""
    seen: set[tuple[str, str]] = set()
    for schedule in schedules:
        for report in schedule.reports or all_reports:
            if (report, schedule.every) in seen:
                raise ValueError(
                    f'"{report}" is made for every {schedule.every} by two [[schedule]]; '
                    "remove it from one of them"
                )
            seen.add((report, schedule.every))
