"""Histories counted in the engine: a toy by hand, and the same as the summary compressed."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from analysis.compressed import compressed_rows
from analysis.summary import acquired_inside, compress, count_from, summarise_customers
from analysis.tables import from_frame
from analysis.tables.simulate import simulate_transactions

BEGIN, END = dt.date(2020, 1, 1), dt.date(2021, 6, 30)
KNOWN_AFTER = BEGIN + dt.timedelta(days=60)


@pytest.fixture(scope="module")
def source():
    lines = simulate_transactions(300, seed=5).transactions
    lines.loc[::19, "amount"] *= -1
    return from_frame(lines)


def toy():
    days = {
        "ann": ["01-03", "01-10", "02-07"],  # there before, perhaps: counted from 1 February
        "bob": ["01-04", "01-05"],  # as she, but silent since
        "cid": ["02-03", "02-06"],  # new
        "dot": ["02-03", "02-06"],
        "eve": ["01-20", "02-10"],  # surely new, but there before 1 February
        "fay": ["02-20"],  # after the end
    }
    rows = [(who, f"2024-{day}", 1.0) for who, all_days in days.items() for day in all_days]
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    return frame.assign(order_date=pd.to_datetime(frame["order_date"]))


def test_a_toy_worked_by_hand():
    plain = compressed_rows(toy(), "2024-02-14", unit="day", gaps=True)
    assert plain.drop(columns="log_gaps").to_dict("split")["data"] == [
        [1, 1.0, 41.0, 1],  # bob
        [1, 3.0, 11.0, 2],  # cid and dot
        [1, 21.0, 25.0, 1],  # eve
        [2, 35.0, 42.0, 1],  # ann
    ]
    gaps = [np.log(1), np.log(3), np.log(21), np.log(7) + np.log(28)]
    np.testing.assert_allclose(plain["log_gaps"], gaps, atol=2e-9)
    known_after, begin = dt.date(2024, 1, 10), dt.date(2024, 2, 1)
    counted = compressed_rows(
        toy(), "2024-02-14", unit="day", known_after=known_after, count_from=begin, within_days=9
    )
    assert counted.fillna(-1).to_dict("split")["data"] == [
        [0, 0.0, 14.0, 10.0, 1],  # bob
        [1, 3.0, 11.0, -1.0, 2],
        [1, 7.0, 14.0, 10.0, 1],  # ann: the 7th day since the stretch began
        [1, 10.0, 14.0, 10.0, 1],  # eve
    ]
    new = compressed_rows(toy(), "2024-02-14", unit="day", known_after=known_after)
    assert new["weight"].tolist() == [2, 1]


@pytest.mark.parametrize("unit", ["day", "week"])
def test_they_are_the_summary_compressed(source, unit):
    customers = summarise_customers(source, END, unit=unit, gaps=True)
    known = acquired_inside(customers, BEGIN, 60)
    assert 20 < known.sum() < len(customers) - 20
    begin = dt.date(2021, 1, 1)
    earlier = summarise_customers(source, "2020-12-31", unit=unit)
    told = {
        "all": ({"gaps": True}, customers),
        "new": ({"known_after": KNOWN_AFTER, "gaps": True}, customers[known]),
        "from the beginning": (
            {
                "known_after": KNOWN_AFTER,
                "count_from": BEGIN,
                "within_days": 60,
                "gaps": True,
            },
            count_from(customers, BEGIN, known, within_days=60, unit=unit),
        ),
        "of a stretch": (
            {"known_after": KNOWN_AFTER, "count_from": begin},
            count_from(customers, begin, known, earlier=earlier, unit=unit),
        ),
    }
    for options, same in told.values():
        found, expected = compressed_rows(source, END, unit=unit, **options), compress(same)
        assert found["weight"].sum() == len(same)
        assert_frame_equal(found[expected.columns], expected, check_dtype=False, atol=1e-6)
        keys = expected.columns.drop("log_gaps", errors="ignore")
        assert_frame_equal(found[keys], expected[keys], check_dtype=False, rtol=0, atol=1e-12)


def test_nobody_is_no_row(source):
    assert compressed_rows(source, "1990-01-01").empty
