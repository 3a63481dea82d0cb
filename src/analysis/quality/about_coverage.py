"""Conclusions about the days that the data cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import wording
from analysis.findings import COUNTED, Finding, not_enough_data
from analysis.language import say
from analysis.quality.reading import NAMED, row_of
from analysis.wording import count, date, days, join, percent, plural, sentences

if TYPE_CHECKING:
    from analysis.periods import Period
    from analysis.tables import Source

CARE_ABOVE = 0.01
MONTHS_AFTER = 3
CROWD = 3.0


def verdict_finding(source: Source, days_table: pd.DataFrame, period: Period) -> Finding:
    """Say whether the data can carry the reports of the period."""
    quality = source.quality
    reasons = _reasons(source, days_table[days_table["in_period"]], period)
    fit = (
        say(
            "The data carry reports on {period} only with care: {reasons}.",
            period=period.title,
            reasons=join(reasons),
        )
        if reasons
        else say("The data are fit for reports on {period}.", period=period.title)
    )
    kept = say("{kept} of {all} rows", kept=count(quality.rows_kept), all=count(quality.rows_in))
    told = (
        say(
            "{kept} are kept, {aside} are set aside.",
            kept=kept,
            aside=count(quality.rows_set_aside),
        )
        if quality.rows_set_aside
        else say("{kept} are kept.", kept=kept)
    )
    share = quality.rows_kept / quality.rows_in
    return Finding(
        id="quality.verdict",
        headline=sentences([fit, told]),
        label=say("Rows kept"),
        value=share,
        value_text=percent(share),
        interval=COUNTED,
        comparison=kept,
        direction="bad" if reasons else "neutral",
        main=True,
        kpi=True,
    )


def _reasons(source: Source, within: pd.DataFrame, period: Period) -> list[str]:
    """Return why the data carry reports on the period only with care."""
    share = source.quality.rows_set_aside / source.quality.rows_in
    reasons = []
    if share > CARE_ABOVE:
        reasons.append(say("{share} of the rows had to be set aside", share=percent(share)))
    missing = int((within["state"] == "not yet").sum())
    if missing:
        about = {"day": date(source.last_date), "period": period.title}
        reasons.append(
            say("they end on {day} and hold nothing of {period}", **about)
            if missing == len(within)
            else say(
                "they end on {day} and lack the last {days} of {period}",
                days=days(missing),
                **about,
            )
        )
    without = int((within["state"] == "none").sum())
    if without > 0.1 * len(within):
        reasons.append(say("{days} have no order", days=plural(without, "day")))
    return reasons


def coverage_finding(days_table: pd.DataFrame, period: Period) -> Finding:
    """Say which days of the period have no orders, or too few, and where the data stop."""
    within = days_table[days_table["in_period"]]
    known = within[within["state"] != "not yet"]
    if known.empty:
        return not_enough_data(
            "quality.coverage",
            say("the coverage of {period}", period=period.title),
            say("orders within it"),
        )
    none, few = known[known["state"] == "none"], known[known["state"] == "few"]
    covered = int((known["orders"] > 0).sum())
    missing = len(within) - len(known)
    earlier = days_table.loc[~days_table["in_period"], "orders"]
    before = say(
        "no order on {empty} of {days} before",
        empty=count((earlier == 0).sum()),
        days=days(len(earlier)),
    )
    share = say("{part} of {all}", part=count(covered), all=count(len(within)))
    return Finding(
        id="quality.coverage",
        headline=_coverage(known, missing, period),
        label=say("Days with orders"),
        value=covered / len(within),
        value_text=share,
        interval=COUNTED,
        comparison=before if len(earlier) else "",
        direction="bad" if missing or len(none) > 1 else "neutral" if len(none) else "good",
        action=_coverage_action(pd.concat([none, few]), missing, period),
        list_name="orders_by_day",
        main=True,
        kpi=True,
    )


def _coverage(known: pd.DataFrame, missing: int, period: Period) -> str:
    """Say what the known days of the period hold, and how many are missing."""
    none, few = known[known["state"] == "none"], known[known["state"] == "few"]
    quiet = int((known["state"] == "quiet").sum())
    told = [
        say(
            "{covered} of the {all} days of {period} have orders.",
            covered=count((known["orders"] > 0).sum()),
            all=count(len(known) + missing),
            period=period.title,
        )
    ]
    if len(none):
        told.append(say("There are none on {days}.", days=_named(none)))
    if len(few):
        told.append(say("There are unusually few on {days}.", days=_named(few)))
    if quiet:
        told.append(
            say("{days} without any is nothing unusual.", days=days(quiet))
            if quiet == 1
            else say("{days} without any are nothing unusual.", days=days(quiet))
        )
    if missing:
        stop = date(known["date"].iloc[-1])
        told.append(say("The data stop on {day}, {days} early.", day=stop, days=days(missing)))
    return sentences(told)


def _coverage_action(odd: pd.DataFrame, missing: int, period: Period) -> str:
    if missing:
        return say(
            "Fetch the rest of {period} and render again; until then its sums are low.",
            period=period.title,
        )
    if odd.empty:
        return ""
    return (
        say(
            "Ask whether the shops were closed on {days}; if not, fetch that day again.",
            days=_named(odd),
        )
        if len(odd) == 1
        else say(
            "Ask whether the shops were closed on {days}; if not, fetch those days again.",
            days=_named(odd),
        )
    )


def _named(table: pd.DataFrame) -> str:
    named = [date(day) for day in table["date"].head(NAMED)]
    more = len(table) - len(named)
    return join([*named, plural(more, "other day")] if more else named)


def truncation_finding(firsts: pd.DataFrame) -> Finding:
    """Say whether a crowd of old customers stands at the beginning of the data."""
    if len(firsts) <= MONTHS_AFTER:
        return not_enough_data(
            "quality.truncation",
            say("the share of customers who were there before the data begin"),
            say("data of more than {least} months; there are {months}", least=MONTHS_AFTER,
                months=len(firsts)),
        )  # fmt: skip
    first = firsts.iloc[0]
    after = float(firsts["customers"].iloc[1 : 1 + MONTHS_AFTER].median())
    crowd = first["customers"] > CROWD * max(after, 1.0)
    compared = say(
        "{first} customers, against {usual} in a usual month after",
        first=count(first["customers"]),
        usual=count(after),
    )
    return Finding(
        id="quality.truncation",
        headline=_beginning(first, compared, crowd=bool(crowd)),
        label=say("Seen in the first month"),
        value=float(first["share"]),
        value_text=percent(first["share"]),
        of_people=(float(first["customers"]), float(firsts["customers"].sum())),
        interval=COUNTED,
        comparison=compared,
        direction="neutral" if crowd else "good",
        action=(
            say(
                "Judge newcomers and cohorts only by customers first seen well after the data"
                " begin."
            )
            if crowd
            else ""
        ),
        main=True,
        kpi=True,
    )


def _beginning(first: pd.Series, compared: str, *, crowd: bool) -> str:
    month = say("{month} {year}", month=wording.month(first["month"]), year=first["month"].year)
    began = say(
        "{share} of all customers have their first order in {month}, when the data begin:"
        " {compared}.",
        share=percent(first["share"]),
        month=month,
        compared=compared,
    )
    meant = (
        say("Most were customers before.") if crowd else say("That is no crowd of old customers.")
    )
    return sentences([began, meant])


def zone_in_words(name: str) -> str:
    """Return a time zone as one reads it: 'America/New_York' -> 'America/New York'."""
    return name.replace("_", " ")


def zone_finding(weeks: pd.DataFrame, source: Source) -> Finding:
    """Say in which time zone days are counted, and whether the data bear that out."""
    zone = zone_in_words(source.time_zone)
    if weeks.empty:
        return Finding(
            id="quality.zone",
            headline=say(
                "Days are counted in {zone}, as the settings say; the data hold nothing to check"
                " that by.",
                zone=zone,
            ),
        )
    chosen = row_of(weeks, "zone", source.time_zone)
    others = weeks[weeks["zone"] != source.time_zone]
    best = say(
        "at most {fitting} under {zones}",
        fitting=count(others["fitting"].max()),
        zones=join([zone_in_words(name) for name in others["zone"]]),
    )
    fitting, numbered = count(chosen["fitting"]), count(chosen["weeks"])
    proven = chosen["fitting"] == chosen["weeks"]
    return Finding(
        id="quality.zone",
        headline=say(
            "Days are counted in {zone}: under it {fitting} of the {weeks} numbered weeks run from"
            " Monday to Sunday, {best}.",
            zone=zone,
            fitting=fitting,
            weeks=numbered,
            best=best,
        ),
        value=float(chosen["fitting"] / chosen["weeks"]),
        value_text=say("{part} of {all}", part=fitting, all=numbered),
        interval=COUNTED,
        comparison=best,
        direction="good" if proven else "bad",
        action="" if proven else say("Correct `time_zone` in the settings."),
    )
