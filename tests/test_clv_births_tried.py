"""When customers were born, tried and scored: on purchases from the beginning of the data on."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from clv_reference import simulate_bg

from analysis import clv, summary
from analysis.clv.treatments import ALIKE, APART, EVERYBODY, KNOWN_BIRTHS, Watched
from analysis.errors import DataError, FitError

BEGIN = dt.date(2020, 1, 1)


# A summary counted from a day on --------------------------------------------------------------


def orders(*days):
    return [dt.date(2020, 1, 1) + dt.timedelta(days=day) for day in days]


@pytest.fixture(scope="module")
def lines():
    """Anna was there before, as far as anybody knows; Ben came on day 30; Cleo is silent lately."""
    days = {"anna": orders(3, 10, 24, 38), "ben": orders(30, 37), "cleo": orders(0, 7)}
    return pd.DataFrame(
        [(who, day, 10.0 * (i + 1)) for who, some in days.items() for i, day in enumerate(some)],
        columns=["customer_id", "order_date", "amount"],
    ).astype({"order_date": "datetime64[ns]"})


def test_counted_from_the_beginning_of_the_data(lines):
    customers = summary.summarise_customers(lines, "2020-02-09", gaps=True)  # day 39
    known = summary.acquired_inside(customers, BEGIN, 14)
    found = summary.count_from(customers, BEGIN, known, within_days=14).set_index("customer_id")
    assert found.loc["anna", ["frequency", "recency", "T"]].tolist() == [4, 39 / 7, 40 / 7]
    assert found.loc["anna", "seen_within"] == 15 / 7
    assert found.loc["anna", "monetary_value"] == 25.0
    assert found.loc["anna", "order_days"] == 4
    gaps = np.log([4 / 7, 1, 2, 2]).sum()
    assert found.loc["anna", "log_gaps"] == pytest.approx(gaps)
    assert found.loc["ben", ["frequency", "recency", "T"]].tolist() == [1, 1, 9 / 7]
    assert np.isnan(found.loc["ben", "seen_within"])
    assert found.loc["cleo", ["frequency", "recency", "T"]].tolist() == [2, 8 / 7, 40 / 7]


def test_counted_from_a_later_day(lines):
    customers = summary.summarise_customers(lines, "2020-02-09")
    known = summary.acquired_inside(customers, BEGIN, 14)
    earlier = summary.summarise_customers(lines, "2020-01-19")  # the eve of day 19
    found = summary.count_from(customers, "2020-01-20", known, earlier=earlier)
    found = found.set_index("customer_id")
    assert found.loc["anna", ["frequency", "recency", "T"]].tolist() == [2, 20 / 7, 3]
    assert found.loc["anna", "monetary_value"] == 35.0
    assert found.loc["anna", "seen_within"] == 3
    assert found.loc["cleo", ["frequency", "recency", "T"]].tolist() == [0, 0, 3]
    assert np.isnan(found.loc["cleo", "monetary_value"])
    assert found.loc["cleo", "order_days"] == 2
    assert found.loc["ben", ["frequency", "recency", "T"]].tolist() == [1, 1, 9 / 7]


# The choice ---------------------------------------------------------------------------------


def seen_from_begin(rng, *, old, new):
    """Return a summary: old customers buy evenly, and stay; new ones seldom, and leave."""
    T_new = rng.uniform(1, 33, new)
    before = simulate_bg((4.0, 4.0, 1.0, 60.0), np.full(old, 40.0), 13.0, rng)
    before = before[before["frequency"] > 0]
    after = simulate_bg((0.8, 4.0, 1.0, 8.0), T_new, 13.0, rng)
    both = pd.concat([before, after], ignore_index=True)
    days = np.ceil(both["T"] * 7).astype(int)
    first = pd.Timestamp(BEGIN) + pd.to_timedelta(280 - days, unit="D")
    is_old = np.arange(len(both)) < len(before)
    # of an old customer the first order of the data is seen, not the first: day 0 here
    both["frequency"] -= is_old
    both["T"] = days / 7
    return both.assign(
        customer_id=np.arange(len(both)),
        first_order=first,
        days_since_last_order=np.floor((both["T"] - both["recency"]) * 7).clip(lower=0),
        last_order=pd.Timestamp(BEGIN) + pd.Timedelta(days=280),
        total=10.0 * (both["frequency"] + 1),
        monetary_value=10.0,
    ).pipe(lambda t: t.assign(recency=t["recency"].where(t["frequency"] > 0, 0.0)))


WATCHED = Watched(BEGIN, 40)


@pytest.fixture(scope="module")
def found():
    customers = seen_from_begin(np.random.default_rng(41), old=900, new=300)
    return clv.compare_births(customers, WATCHED, clv.fit_bg_nbd)


def test_every_treatment_is_tried_and_scored(found):
    assert found.fits["fitted_on"].tolist() == [APART, ALIKE, KNOWN_BIRTHS, EVERYBODY]
    errors = found.errors.set_index(["fitted_on", "group"])
    assert errors.loc[(APART, "everybody"), "actual"] == errors.loc[(ALIKE, "everybody"), "actual"]
    both = errors.loc[(APART, "first order known"), "predicted"]
    assert both + errors.loc[(APART, "first order unknown"), "predicted"] == pytest.approx(
        errors.loc[(APART, "everybody"), "predicted"]
    )
    assert not found.failed


def test_old_customers_unlike_new_ones_are_fitted_apart(found):
    assert found.recommended == APART
    errors = found.errors.set_index(["fitted_on", "group"])["error"]
    # to one fit for both, newcomers look like the old, and the other way round
    assert errors[EVERYBODY, "first order known"] > 0.1
    assert abs(errors[APART, "first order known"]) < abs(errors[EVERYBODY, "first order known"])
    assert errors[KNOWN_BIRTHS, "first order unknown"] < -0.02
    assert found.reason.startswith("it missed ")
    assert "the fit to all customers" in found.reason


def test_nothing_to_choose_and_too_few_to_choose():
    customers = seen_from_begin(np.random.default_rng(43), old=300, new=100)
    all_new = Watched(BEGIN - dt.timedelta(days=400), 40)
    nothing = clv.compare_births(customers, all_new, clv.fit_bg_nbd)
    assert nothing.recommended == EVERYBODY
    assert nothing.reason == "every first order is known, so there is nothing to choose"
    few = clv.compare_births(customers, Watched(BEGIN, 280), clv.fit_bg_nbd)
    assert set(few.models) == {ALIKE, EVERYBODY}
    assert few.reason.endswith("only 0 repeat buyers are known to be new, too few to fit apart")


def test_a_fit_that_fails_is_a_reason_and_not_the_end():
    customers = seen_from_begin(np.random.default_rng(44), old=300, new=100)

    def moody(rows):
        if "seen_within" in rows.columns:
            raise FitError("no peak")
        return clv.fit_bg_nbd(rows)

    found = clv.compare_births(customers, WATCHED, moody)
    assert found.failed == {APART: "no peak", ALIKE: "no peak"}
    assert found.recommended in (EVERYBODY, KNOWN_BIRTHS)
    with pytest.raises(FitError, match="no peak"):
        clv.compare_births(customers, WATCHED, lambda rows: moody(rows.assign(seen_within=np.nan)))

    def picky(rows):
        if "seen_within" in rows.columns:
            raise DataError("nobody bought twice")
        return clv.fit_bg_nbd(rows)

    assert clv.compare_births(customers, WATCHED, picky).failed[ALIKE] == "nobody bought twice"
