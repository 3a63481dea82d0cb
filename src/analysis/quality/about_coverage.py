"""Conclusions about the days that the data cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.findings import COUNTED, Finding, not_enough_data
from analysis.quality.reading import NAMED, row_of
from analysis.wording import count, date, days, join, percent, plural

if TYPE_CHECKING:
    from analysis.periods import Period
    from analysis.tables import Source

CARE_ABOVE = 0.01
MONTHS_AFTER = 3
CROWD = 3.0


def verdict_finding(source: Source, days_table: pd.DataFrame, period: Period) -> Finding:
    """Say whether the data can carry the reports of the period."""
    quality = source.quality
    share = quality.rows_set_aside / quality.rows_in
    within = days_table[days_table["in_period"]]
    missing = int((within["state"] == "not yet").sum())
    reasons = []
    if share > CARE_ABOVE:
        reasons.append(f"{percent(share)} of the rows had to be set aside")
    if missing:
        stop = date(source.last_date)
        what = "nothing" if missing == len(within) else f"not the last {days(missing)}"
        reasons.append(f"they end on {stop} and hold {what} of {period.title}")
    if (within["state"] == "none").mean() > 0.1:
        reasons.append(f"{plural(int((within['state'] == 'none').sum()), 'day')} have no order")
    kept = f"{count(quality.rows_kept)} of {count(quality.rows_in)} rows"
    aside = f", {count(quality.rows_set_aside)} are set aside" if share else ""
    fit = (
        f"The data are fit for reports on {period.title}"
        if not reasons
        else (f"The data carry reports on {period.title} only with care: {join(reasons)}")
    )
    return Finding(
        id="quality.verdict",
        headline=f"{fit}. {kept} are kept{aside}.",
        label="Rows kept",
        value=1 - share,
        value_text=percent(1 - share),
        interval=COUNTED,
        comparison=kept,
        direction="bad" if reasons else "neutral",
        main=True,
        kpi=True,
    )


def coverage_finding(days_table: pd.DataFrame, period: Period) -> Finding:
    """Say which days of the period have no orders, or too few, and where the data stop."""
    within = days_table[days_table["in_period"]]
    known = within[within["state"] != "not yet"]
    if known.empty:
        return not_enough_data(
            "quality.coverage", f"the coverage of {period.title}", "orders within it"
        )
    none, few = known[known["state"] == "none"], known[known["state"] == "few"]
    quiet = int((known["state"] == "quiet").sum())
    earlier = days_table[~days_table["in_period"]]
    empty_before = int((earlier["orders"] == 0).sum())
    covered = len(known) - len(none) - quiet
    missing = len(within) - len(known)
    parts = [f"{count(covered)} of the {count(len(within))} days of {period.title} have orders"]
    parts += [f"none on {_named(none)}"] if len(none) else []
    parts += [f"unusually few on {_named(few)}"] if len(few) else []
    parts += [f"{plural(quiet, 'day')} without any {_are(quiet)} nothing unusual"] if quiet else []
    if missing:
        parts.append(f"the data stop on {date(known['date'].iloc[-1])}, {days(missing)} early")
    before = f"no order on {count(empty_before)} of {days(len(earlier))} before"
    return Finding(
        id="quality.coverage",
        headline="; ".join(parts) + ".",
        label="Days with orders",
        value=covered / len(within),
        value_text=f"{count(covered)} of {count(len(within))}",
        interval=COUNTED,
        comparison=before if len(earlier) else "",
        direction="bad" if missing or len(none) > 1 else "neutral" if len(none) else "good",
        action=_coverage_action(pd.concat([none, few]), missing, period),
        main=True,
        kpi=True,
    )


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _coverage_action(odd: pd.DataFrame, missing: int, period: Period) -> str:
    if missing:
        return f"Fetch the rest of {period.title} and render again; until then its sums are low."
    if len(odd):
        again = "that day" if len(odd) == 1 else "those days"
        return f"Ask whether the shops were closed on {_named(odd)}; if not, fetch {again} again."
    return ""


def _named(table: pd.DataFrame) -> str:
    named = [date(day) for day in table["date"].head(NAMED)]
    more = len(table) - len(named)
    return join([*named, f"{plural(more, 'other day')}"] if more else named)


def truncation_finding(firsts: pd.DataFrame) -> Finding:
    """Say whether a crowd of old customers stands at the beginning of the data."""
    if len(firsts) <= MONTHS_AFTER:
        return not_enough_data(
            "quality.truncation",
            "the share of customers who were there before the data begin",
            f"more than {MONTHS_AFTER} months of data; there are {len(firsts)}",
        )
    first = firsts.iloc[0]
    after = float(firsts["customers"].iloc[1 : 1 + MONTHS_AFTER].median())
    crowd = first["customers"] > CROWD * max(after, 1.0)
    compared = (
        f"{count(first['customers'])} customers, against {count(after)} in a usual month after"
    )
    reading = "most were customers before" if crowd else "no crowd of old customers"
    return Finding(
        id="quality.truncation",
        headline=(
            f"{percent(first['share'])} of all customers have their first order in"
            f" {first['month']:%B %Y}, when the data begin: {compared}; {reading}."
        ),
        label="Seen in the first month",
        value=float(first["share"]),
        value_text=percent(first["share"]),
        interval=COUNTED,
        comparison=compared,
        direction="neutral" if crowd else "good",
        action=(
            "Judge newcomers and cohorts only by customers first seen well after the data begin."
            if crowd
            else ""
        ),
        main=True,
        kpi=True,
    )


def zone_in_words(name: str) -> str:
    """Return a time zone as one reads it: 'America/New_York' -> 'America/New York'."""
    return name.replace("_", " ")


def zone_finding(weeks: pd.DataFrame, source: Source) -> Finding:
    """Say in which time zone days are counted, and whether the data bear that out."""
    zone = source.time_zone
    if weeks.empty:
        return Finding(
            id="quality.zone",
            headline=(
                f"Days are counted in {zone_in_words(zone)}, as the settings say; the data hold"
                " nothing to check that by."
            ),
        )
    chosen, others = row_of(weeks, "zone", zone), weeks[weeks["zone"] != zone]
    names = join([zone_in_words(name) for name in others["zone"]])
    best = f"at most {count(others['fitting'].max())} under {names}"
    proven = chosen["fitting"] == chosen["weeks"]
    return Finding(
        id="quality.zone",
        headline=(
            f"Days are counted in {zone_in_words(zone)}: under it {count(chosen['fitting'])} of the"
            f" {count(chosen['weeks'])} numbered weeks run from Monday to Sunday, {best}."
        ),
        value=float(chosen["fitting"] / chosen["weeks"]),
        value_text=f"{count(chosen['fitting'])} of {count(chosen['weeks'])}",
        interval=COUNTED,
        comparison=best,
        direction="good" if proven else "bad",
        action="" if proven else "Correct `time_zone` in the settings.",
    )
