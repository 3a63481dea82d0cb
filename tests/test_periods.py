"""Periods: the ISO calendar, the Gregorian one, and the words for both."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import PeriodError
from analysis.periods import Kind, Period

KINDS = get_args(Kind)
days = st.dates(date(1902, 1, 1), date(2197, 12, 31))


# ISO 8601: the week of a year is the one that holds its first Thursday; these are the
# standard's own border cases (2008-W01 begins in 2007, 2009-W53 ends in 2010).
@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        ("2008-W01", date(2007, 12, 31), date(2008, 1, 6)),
        ("2009-W01", date(2008, 12, 29), date(2009, 1, 4)),
        ("2009-W53", date(2009, 12, 28), date(2010, 1, 3)),
        ("2017-W01", date(2017, 1, 2), date(2017, 1, 8)),
        ("2017-W52", date(2017, 12, 25), date(2017, 12, 31)),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
    ],
)
def test_iso_weeks_across_year_ends(key, start, end):
    week = Period.parse(key)
    assert (week.kind, week.start, week.end) == ("week", start, end)
    assert week.key == key


@pytest.mark.parametrize(
    ("text", "kind", "start", "end", "title", "coverage"),
    [
        ("2017", "year", (1, 1), (12, 31), "2017", "1 January to 31 December 2017"),
        ("2017-Q4", "quarter", (10, 1), (12, 31), "Q4 2017",
         "1 October to 31 December 2017"),
        ("2017-11", "month", (11, 1), (11, 30), "November 2017", "1 to 30 November 2017"),
        ("2017-W46", "week", (11, 13), (11, 19), "week 46 of 2017", "13 to 19 November 2017"),
        ("2017-11-05", "day", (11, 5), (11, 5), "5 November 2017", "5 November 2017"),
    ],
)  # fmt: skip
def test_each_form_is_read(text, kind, start, end, title, coverage):
    period = Period.parse(text)
    assert period == Period(kind, date(2017, *start), date(2017, *end))
    assert (period.key, str(period), period.title, period.coverage) == (text, text, title, coverage)


def test_coverage_names_both_years_when_they_differ():
    assert Period.parse("2020-W53").coverage == "28 December 2020 to 3 January 2021"


@pytest.mark.parametrize(
    ("key", "year_before"),
    [
        ("2016-02-29", "2015-02-28"),
        ("2017-02-28", "2016-02-28"),
        ("2016-02", "2015-02"),
        ("2020-W53", "2019-W52"),
        ("2021-W01", "2020-W01"),
        ("2017-Q1", "2016-Q1"),
        ("2017", "2016"),
    ],
)
def test_year_before(key, year_before):
    assert Period.parse(key).year_before.key == year_before


@pytest.mark.parametrize(
    ("key", "previous"),
    [
        ("2017-01", "2016-12"),
        ("2017-Q1", "2016-Q4"),
        ("2021-W01", "2020-W53"),
        ("2018-W01", "2017-W52"),
        ("2016-03-01", "2016-02-29"),
        ("2017", "2016"),
    ],
)
def test_previous(key, previous):
    assert Period.parse(key).previous.key == previous
    assert Period.parse(previous).next.key == key


@pytest.mark.parametrize(
    ("kind", "last_date", "key"),
    [
        ("month", date(2017, 12, 31), "2017-12"),
        ("month", date(2017, 12, 30), "2017-11"),
        ("month", date(2016, 2, 28), "2016-01"),
        ("month", date(2016, 2, 29), "2016-02"),
        ("week", date(2017, 12, 31), "2017-W52"),
        ("week", date(2018, 1, 1), "2017-W52"),
        ("quarter", date(2017, 12, 30), "2017-Q3"),
        ("year", date(2017, 12, 31), "2017"),
        ("day", date(2017, 12, 31), "2017-12-31"),
    ],
)
def test_last_complete(kind, last_date, key):
    assert Period.last_complete(kind, last_date).key == key


@given(kind=st.sampled_from(KINDS), day=days)
def test_round_trips_through_its_key(kind, day):
    period = Period.containing(kind, day)
    assert Period.parse(period.key) == period
    assert Period.parse(period.key.lower()) == period
    assert period.contains(day)


@given(kind=st.sampled_from(KINDS), day=days)
def test_periods_of_a_kind_tile_the_calendar(kind, day):
    period = Period.containing(kind, day)
    assert period.previous.end + timedelta(days=1) == period.start
    assert period.previous.next == period == period.next.previous
    assert not period.contains(period.previous.end)
    assert period.days == sum(
        period.contains(period.start + timedelta(days=n)) for n in range(-1, 367)
    )


@given(kind=st.sampled_from(KINDS), day=days)
def test_year_before_is_of_the_same_kind_and_about_a_year_earlier(kind, day):
    period = Period.containing(kind, day)
    earlier = period.year_before
    assert earlier.kind == kind
    assert 357 <= (period.start - earlier.start).days <= 372


@given(kind=st.sampled_from(KINDS), last_date=days)
def test_last_complete_has_ended_and_the_one_after_has_not(kind, last_date):
    period = Period.last_complete(kind, last_date)
    assert period.end <= last_date < period.next.end


@pytest.mark.parametrize(
    "text",
    [
        "",
        "november",
        "17-11",
        "2017-1",
        "2017/11",
        " 2017",
        "2017\n",
        "2017-Q5",
        "2017-W1",
        "２０１７",
    ],
)
def test_other_text_is_refused_with_the_accepted_forms(text):
    with pytest.raises(PeriodError, match=r"2017-Q4 \(quarter\), 2017-11 \(month\)") as caught:
        Period.parse(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["2017-13", "2017-00", "2017-02-29", "2017-W53", "2017-W00"])
def test_dates_that_do_not_exist_are_refused(text):
    with pytest.raises(PeriodError, match=f"There is no .* '{text}' in the calendar"):
        Period.parse(text)


def test_years_far_away_are_refused():
    with pytest.raises(PeriodError, match="between 1900 and 2199; got '0000'"):
        Period.parse("0000")


def test_an_unknown_kind_is_refused():
    with pytest.raises(PeriodError, match="day, week, month, quarter, year; got 'decade'"):
        Period.last_complete("decade", date(2017, 12, 31))
