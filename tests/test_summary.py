"""The customer summary: against published CDNOW figures, a toy, a naive oracle."""

import datetime as dt
import io
from importlib.metadata import files

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.summary import acquired_inside, compress, summarise_customers
from analysis.tables import from_frame


def cdnow() -> pd.DataFrame:
    """The 1/10 sample of CDNOW, from the file that lifetimes ships."""
    [path] = [one for one in files("lifetimes") or [] if one.name == "CDNOW_sample.txt"]
    frame = pd.read_csv(
        io.StringIO(path.read_text("utf-8")),
        sep=r"\s+",
        header=None,
        names=["id", "customer_id", "order_date", "units", "amount"],
        dtype={"customer_id": str, "order_date": str},
    )
    return frame.assign(order_date=pd.to_datetime(frame["order_date"], format="%Y%m%d"))


def frame_of(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    return frame.assign(order_date=pd.to_datetime(frame["order_date"]))


def test_cdnow_has_the_published_counts():
    """Fader, Hardie and Lee (2005): 2,357 customers, 39 weeks of calibration."""
    customers = summarise_customers(cdnow(), "1997-09-30")
    assert len(customers) == 2357
    assert customers["frequency"].sum() == 2457
    assert (customers["frequency"] > 0).sum() == 946
    assert customers["T"].max() == pytest.approx(272 / 7, abs=1e-12)
    repeat = customers.query("frequency > 0")["monetary_value"]
    assert repeat.mean() == pytest.approx(35.077848, abs=5e-7)


def test_cdnow_holdout_counts_what_came_after():
    split = summarise_customers(cdnow(), "1998-06-30", calibration_end="1997-09-30")
    whole = summarise_customers(cdnow(), "1998-06-30")
    before = summarise_customers(cdnow(), "1997-09-30")
    pd.testing.assert_frame_equal(split[before.columns.to_list()], before)
    assert (split["holdout_T"] == 39.0).all()
    assert (split["frequency"] + split["holdout_frequency"]).sum() == whole["frequency"].sum()
    np.testing.assert_allclose(split["total"] + split["holdout_total"], whole["total"], atol=1e-9)


def test_a_toy_worked_by_hand():
    toy = frame_of(
        [
            ("ann", "2024-01-01", 10.00),  # first day: two orders, 30 in all
            ("ann", "2024-01-01", 20.00),
            ("ann", "2024-01-08", 5.25),
            ("ann", "2024-01-15", -1.25),  # a return alone is no order day, but costs
            ("ann", "2024-01-29", 8.00),
            ("ann", "2024-02-20", 99.00),  # after as_of
            ("bob", "2024-01-31", 0.00),  # paid nothing: a sign of life
            ("eve", "2024-02-01", 7.00),  # not a customer yet
        ]
    )
    customers = summarise_customers(toy.assign(order_id=range(len(toy))), "2024-01-31", gaps=True)
    assert list(customers["customer_id"]) == ["ann", "bob"]
    ann, bob = customers.to_dict("records")
    assert ann["frequency"] == 2
    assert ann["recency"] == 4.0
    assert ann["T"] == 30 / 7
    assert ann["log_gaps"] == pytest.approx(np.log(1) + np.log(3), abs=1e-12)  # weeks
    assert ann["monetary_value"] == (5.25 - 1.25 + 8.00) / 2
    assert ann["orders"] == 4
    assert ann["total"] == 42.00
    assert ann["days_since_last_order"] == 2
    assert (bob["frequency"], bob["orders"], bob["total"], bob["T"]) == (0, 1, 0.0, 0.0)
    assert np.isnan(bob["monetary_value"])
    assert bob["log_gaps"] == 0.0


def test_days_are_sevenths_of_weeks():
    weeks = summarise_customers(cdnow(), "1997-09-30")
    days = summarise_customers(cdnow(), "1997-09-30", unit="day")
    np.testing.assert_array_equal(weeks["recency"], days["recency"] / 7)
    np.testing.assert_array_equal(weeks["T"], days["T"] / 7)


lines = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.integers(0, 40),
        st.sampled_from([-3.5, 0.0, 1.0, 2.25]),
        st.sampled_from(["x", "y"]),
    ),
    min_size=1,
    max_size=40,
)


def naive(frame: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The definition, customer by customer, in plain Python."""
    rows = []
    for customer, all_lines in frame[frame["order_date"] <= as_of].groupby("customer_id"):
        sales = all_lines[all_lines["amount"] >= 0]
        order_days = sorted(set(sales["order_date"]))
        if not order_days:
            continue
        first_day = all_lines.loc[all_lines["order_date"] == order_days[0], "amount"].sum()
        repeats = len(order_days) - 1
        rows.append(
            {
                "customer_id": customer,
                "frequency": repeats,
                "recency": (order_days[-1] - order_days[0]).days,
                "T": (as_of - order_days[0]).days,
                "monetary_value": (all_lines["amount"].sum() - first_day) / repeats
                if repeats
                else np.nan,
                "orders": len(set(zip(sales["order_date"], sales["order_id"], strict=True))),
                "total": all_lines["amount"].sum(),
                "days_since_last_order": (as_of - order_days[-1]).days,
                "log_gaps": np.log([gap.days for gap in np.diff(order_days)]).sum(),
            }
        )
    return pd.DataFrame(rows)


@settings(max_examples=40, deadline=None)
@given(lines=lines, day=st.integers(0, 40))
def test_the_query_says_what_the_definition_says(lines, day):
    frame = pd.DataFrame(lines, columns=["customer_id", "order_date", "amount", "order_id"])
    frame["order_date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(frame["order_date"], "D")
    as_of = pd.Timestamp("2024-01-01") + pd.Timedelta(days=day)
    expected = naive(frame, as_of)
    if expected.empty:
        with pytest.raises(DataError, match="No order on or before"):
            summarise_customers(frame, as_of, unit="day")
        return
    found = summarise_customers(frame, as_of, unit="day", gaps=True)
    pd.testing.assert_frame_equal(found[expected.columns.to_list()], expected, check_dtype=False)


def test_the_order_of_the_rows_does_not_matter():
    frame = cdnow()
    shuffled = frame.sample(frac=1, random_state=7)
    pd.testing.assert_frame_equal(
        summarise_customers(frame, "1998-06-30"), summarise_customers(shuffled, "1998-06-30")
    )


def test_compressed_rows_stand_for_all_customers():
    customers = summarise_customers(cdnow(), "1997-09-30")
    rows = compress(customers)
    assert rows["weight"].sum() == len(customers)
    assert (rows["weight"] * rows["frequency"]).sum() == customers["frequency"].sum()
    assert not rows.duplicated(["frequency", "recency", "T"]).any()
    pd.testing.assert_frame_equal(compress(rows), rows)


def test_compressed_rows_keep_apart_who_was_there_before():
    one = pd.DataFrame({"frequency": [2, 2, 2], "recency": 3.0, "T": 9.0})
    rows = compress(one.assign(seen_within=[np.nan, 4.0, np.nan]))
    assert rows["weight"].tolist() == [1, 2]
    assert rows["seen_within"].tolist() == [4.0, pytest.approx(np.nan, nan_ok=True)]


def test_the_sample_has_the_counts_it_is_known_for(sample):
    """Complete Journey: 2,469 households, 155,848 baskets, all inside 2017 by local time."""
    customers = summarise_customers(sample, "2017-12-31")
    assert len(customers) == 2469
    assert customers["orders"].sum() == 155_848
    [lines] = sample.engine.run("SELECT SUM(amount_minor) AS minor FROM transactions")["minor"]
    assert round(100 * customers["total"].sum()) == lines.as_py()
    assert customers["first_order"].min() == pd.Timestamp("2017-01-01")
    assert customers["last_order"].max() == pd.Timestamp("2017-12-31")


def test_customers_known_to_be_new_came_after_the_burn_in():
    customers = summarise_customers(
        frame_of([("old", "2024-01-05", 1), ("new", "2024-01-12", 1)]), "2024-02-01"
    )
    known = acquired_inside(customers, dt.date(2024, 1, 1), burn_in_days=10)
    assert dict(zip(customers["customer_id"], known, strict=True)) == {"old": False, "new": True}


def test_a_date_before_the_data_is_refused():
    with pytest.raises(DataError, match="No order on or before 1990-01-01: the data begin on 1997"):
        summarise_customers(cdnow(), "1990-01-01")


def test_a_split_after_the_end_is_refused():
    with pytest.raises(DataError, match="must lie before `as_of`; 1998-07-01 is not before"):
        summarise_customers(cdnow(), "1998-06-30", calibration_end="1998-07-01")


def test_an_unknown_unit_is_refused():
    with pytest.raises(DataError, match="must be 'day' or 'week', not 'month'"):
        summarise_customers(cdnow(), "1998-06-30", unit="month")


def test_gaps_end_with_the_calibration():
    split = summarise_customers(cdnow(), "1998-06-30", calibration_end="1997-09-30", gaps=True)
    before = summarise_customers(cdnow(), "1997-09-30", gaps=True)
    np.testing.assert_allclose(split["log_gaps"], before["log_gaps"], rtol=1e-12)
    assert before.loc[before["frequency"] == 0, "log_gaps"].eq(0).all()
    rows = compress(before)
    assert rows["log_gaps"] @ rows["weight"] == pytest.approx(before["log_gaps"].sum(), rel=1e-12)


def test_an_opened_source_serves_as_well_as_its_frame():
    frame = cdnow()
    pd.testing.assert_frame_equal(
        summarise_customers(
            from_frame(frame[["customer_id", "order_date", "amount"]]), "1998-06-30"
        ),
        summarise_customers(frame[["customer_id", "order_date", "amount"]], "1998-06-30"),
    )
