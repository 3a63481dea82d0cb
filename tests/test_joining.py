"""Tables of one report that give a small count away together, though each of them is safe."""

import itertools
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import disclosure
from analysis.disclosure import discretion
from analysis.settings import ReportSettings

SEGMENTS = list("abcd")
CUSTOMERS = pd.DataFrame({"segment": SEGMENTS, "customers": [43, 60, 71, 80]})
STAYED = pd.DataFrame({"segment": SEGMENTS, "stayed": [40, 55, 60, 70], "left": [3, 5, 11, 10]})
STAGES = pd.DataFrame(
    {"segment": list("aabbcc"), "stage": list("xyxyxy"), "customers": [20, 3, 30, 40, 12, 50]}
)
TOTALS = pd.DataFrame({"segment": list("abc"), "customers": [23, 70, 62]})


def hides(frame, people):
    """Tell a table; return which of its counts are hidden."""
    told = discretion.told(frame, people)
    return told[list(people)].map(lambda cell: isinstance(cell, str))


def test_a_sum_of_columns_across_two_tables_is_not_given_away():
    # customers = stayed + left: 43 and 40 in two tables tell the 3
    assert not hides(CUSTOMERS, ["customers"]).any(axis=None)
    hidden = hides(STAYED, ["stayed", "left"])
    assert hidden.loc[0].all()
    assert hidden.sum().tolist() == [2, 2]  # and another row of both, for the totals


def test_the_other_way_round_the_sum_goes():
    hides(STAYED, ["stayed", "left"])
    alone = disclosure.tables()[0].knowledge.states.copy()
    assert hides(CUSTOMERS, ["customers"]).loc[0, "customers"]
    assert disclosure.tables()[0].knowledge.states[: len(alone)] == alone


def test_rows_are_found_again_by_what_both_tables_count_where_names_are_written_otherwise():
    dates = pd.date_range("2023-01-01", periods=4, freq="MS")
    hides(CUSTOMERS.assign(segment=["Jan", "Feb", "Mar", "Apr"]), ["customers"])
    whole = STAYED.assign(segment=dates, customers=CUSTOMERS["customers"])
    hidden = hides(whole, ["customers", "stayed", "left"])
    assert hidden.loc[0].tolist() == [False, True, True]


@pytest.mark.parametrize("finer_first", [True, False])
def test_a_table_in_more_detail_adds_up_to_the_one_in_less(finer_first):
    for detailed in (finer_first, not finer_first):
        hidden = hides(STAGES if detailed else TOTALS, ["customers"])
        if detailed:
            assert hidden["customers"].tolist() == [True, True, False, False, True, True]
        else:
            assert not hidden.any(axis=None)


def test_the_total_of_few_that_is_withheld_is_not_given_back_by_its_parts():
    # the total of b covers that of a; b told by its stages would tell it again
    few = pd.DataFrame({"segment": list("abc"), "customers": [3, 12, 62]})
    assert hides(few, ["customers"])["customers"].tolist() == [True, True, False]
    parts = STAGES.assign(customers=[3, 0, 5, 7, 12, 50])
    assert hides(parts, ["customers"])["customers"].tolist()[2:4] != [False, False]


def test_months_add_up_to_their_quarter():
    quarters = pd.DataFrame({"period": ["2017-Q1", "2017-Q2"], "new": [33, 41]})
    months = pd.DataFrame({
        "period": pd.date_range("2017-01-01", periods=6, freq="MS"),
        "new": [10, 3, 20, 11, 20, 10],
    })  # fmt: skip
    assert not hides(quarters, ["new"]).any(axis=None)
    assert hides(months, ["new"])["new"].tolist() == [True, True, False, False, False, False]


def test_the_size_of_a_cohort_is_one_count_however_often_it_stands_there():
    sizes, ages = [40, 9, 3, 30, 25], range(3)
    months = pd.date_range("2023-01-01", periods=5, freq="MS")
    new = pd.DataFrame({"period": months, "customers": [90, 80, 70, 60, 65], "new": sizes})
    cohorts = pd.DataFrame(itertools.product(months, ages), columns=["cohort", "age"])
    cohorts["customers"] = np.repeat(sizes, 3)
    cohorts["active"] = cohorts["customers"] - 2 * cohorts["age"].clip(upper=1)
    first = hides(new, ["customers", "new"])
    assert first["new"].tolist() == [False, True, True, False, False]
    told = hides(cohorts, ["customers", "active"])
    assert told["customers"].tolist() == np.repeat(first["new"].tolist(), 3).tolist()
    in_first_month = told.loc[cohorts["age"] == 0, "active"]  # where all of a cohort are active
    assert in_first_month.tolist() == first["new"].tolist()


LEAST = 3
MOST = 14
PEOPLE = st.lists(st.integers(0, 5), min_size=4, max_size=4)
RANGES = {
    f"under {LEAST}": (1, LEAST - 1), f"{LEAST} or more": (LEAST, np.inf), "not told": (1, np.inf),
}  # fmt: skip


def tables_of(segments):
    """Publish customers by segment and stage, by segment, by whether they stayed."""
    names = list("abc")
    stages = pd.DataFrame(itertools.product(names, "xy"), columns=["segment", "stage"])
    micro = np.array(segments).reshape(3, 2, 2)  # segment, stage, stayed or left
    stages["customers"] = micro.sum(axis=2).ravel()
    sums = pd.DataFrame({"segment": names, "customers": micro.sum(axis=(1, 2))})
    stayed = pd.DataFrame({"segment": names}).assign(
        stayed=micro.sum(axis=1)[:, 0], left=micro.sum(axis=1)[:, 1]
    )
    return stages, sums, stayed


GUESSES = np.array(list(itertools.product(range(MOST), repeat=4))).reshape(-1, 2, 2)


def fits(counts, cell):
    low, high = RANGES.get(cell, (cell, cell))
    return (counts >= low) & (counts <= high)


def narrowed(told, segment):
    """Try all people that a segment may have; return whether a small count is not all it may be."""
    stages, sums, stayed = told
    of = [
        *((GUESSES.sum(axis=2)[:, at], stages["customers"][2 * segment + at]) for at in (0, 1)),
        (GUESSES.sum(axis=(1, 2)), sums["customers"][segment]),
        (GUESSES.sum(axis=1)[:, 0], stayed["stayed"][segment]),
        (GUESSES.sum(axis=1)[:, 1], stayed["left"][segment]),
    ]
    fit = np.logical_and.reduce([fits(counts, cell) for counts, cell in of])
    small = [counts for counts, cell in of if cell == f"under {LEAST}"]
    return any(set(range(1, LEAST)) - set(np.unique(counts[fit])) for counts in small)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PEOPLE, min_size=3, max_size=3), st.permutations(range(3)))
def test_nobody_who_tries_all_people_there_may_be_learns_of_a_small_count(segments, order):
    disclosure.use(ReportSettings(smallest_count=LEAST))
    frames = tables_of(segments)
    told = [None] * 3
    for at in order:
        people = [name for name in frames[at] if name not in ("segment", "stage")]
        told[at] = discretion.told(frames[at], people)
    exposed = disclosure.tables()[0].knowledge.exposed
    assert exposed or not any(narrowed(told, segment) for segment in range(3))


def test_a_large_table_with_many_small_counts_takes_no_time():
    rng = np.random.default_rng(3)
    months = pd.date_range("2010-01-01", periods=119, freq="MS")
    sizes = rng.poisson(4, 119) * rng.choice([1, 1, 30, 200], 119)
    rows = [
        (month, age, size, rng.binomial(size, 0.9**age))
        for at, (month, size) in enumerate(zip(months, sizes, strict=True))
        for age in range(119 - at)
    ]
    cohorts = pd.DataFrame(rows, columns=["cohort", "age", "customers", "active"])
    assert len(cohorts) == 7140
    hides(pd.DataFrame({"period": months, "customers": sizes + 50, "new": sizes}), ["new"])
    begin = time.process_time()
    hidden = hides(cohorts, ["customers", "active"])
    assert time.process_time() - begin < 2  # about 0.6 s
    small = (cohorts[["customers", "active"]] > 0) & (cohorts[["customers", "active"]] < 5)
    assert hidden.where(small, other=True).all(axis=None)


def test_analysts_are_told_all_of_it_at_once():
    disclosure.use(ReportSettings(audience="analyst"))
    assert not hides(STAYED, ["stayed", "left"]).any(axis=None)
    assert disclosure.tables() == []
