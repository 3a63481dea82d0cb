"""When and why customers leave, windows by segment, complaints: hand counts and known truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from churn_simulation import END, contract_customers
from scipy import stats

from analysis import churn, segmentation, tables
from analysis.churn.departures import _named
from analysis.churn.paces import DAYS_PER_MONTH
from analysis.churn.sentences_sampling import of_tenures
from analysis.engines import among
from analysis.errors import DataError, TooFewError
from analysis.periods import Period

RULE = churn.ContractEnd(0, 0, pd.DataFrame())
DAY = pd.Timedelta(days=1)
BEGIN = pd.Timestamp("2024-01-01")


@pytest.fixture(scope="module")
def contracts(tmp_path_factory):
    return contract_customers(tmp_path_factory.mktemp("contracts"), customers=4000, seed=3)


def test_the_exact_interval_of_a_rate():
    # Garwood (1936): 10 events give 4.795 to 18.39 (Ulm 1990, American J. of Epidemiology 131, 373)
    low, high = stats.chi2.ppf(0.025, 20) / 2, stats.chi2.ppf(0.975, 22) / 2
    assert (low, high) == pytest.approx((4.795, 18.39), abs=0.005)


def test_the_hazard_over_tenure_counted_naively(contracts):
    found = churn.tenure_hazard(contracts, END, RULE, landmark_days=365)
    mark = END - 365 * DAY
    spells = churn.find_spells(contracts, END, RULE)
    row = found.loc[found["begin"] == 6].iloc[0]
    first, last = 183, 274  # six and nine months of 365.25 / 12 days, in whole days
    lost, days = 0, 0
    for one in spells.itertuples():
        over = END if pd.isna(one.spell_end) else one.spell_end
        age = (over - one.origin).days
        begin, end = max((mark - one.origin).days, 0, first), min(age, last)
        if over > mark and end > begin:
            days += end - begin
            lost += not pd.isna(one.spell_end) and first < age <= last
    months = days / DAYS_PER_MONTH
    assert (row["lost"], row["customer_months"]) == (lost, pytest.approx(months))
    assert row["rate"] == pytest.approx(1 - np.exp(-lost / months))
    low, high = stats.chi2.ppf(0.025, 2 * lost) / 2, stats.chi2.ppf(0.975, 2 * lost + 2) / 2
    assert row["low"] == pytest.approx(1 - np.exp(-low / months))
    assert row["high"] == pytest.approx(1 - np.exp(-high / months))


def test_the_hazard_of_one_plan_is_recovered(tmp_path):
    source = contract_customers(tmp_path, customers=5000, seed=4)
    customers = source.engine.run("SELECT * FROM customers").to_pandas()
    monthly = customers.loc[customers["plan"] == "monthly", "customer_id"]
    part = tables.Source(
        source.engine.where(among(monthly)), source.currency, source.time_zone, "",
        source.quality, source.tables,
    )  # fmt: skip
    found = churn.tenure_hazard(part, END, RULE, landmark_days=365)
    true = DAYS_PER_MONTH / 300
    share = 1 - np.exp(-true)
    assert ((found["low"] < share) & (share < found["high"])).mean() >= 0.8
    assert found["lost"].sum() / found["customer_months"].sum() == pytest.approx(true, rel=0.1)


def test_one_rate_for_all_stretches_is_tested_by_the_deviance():
    # 2 sum d log(d / e), by hand with e = 15 and 15
    two = pd.DataFrame({"lost": [20, 10], "customer_months": [100.0, 100.0]})
    deviance = 2 * (20 * np.log(20 / 15) + 10 * np.log(10 / 15))
    assert churn.same_risk(two) == pytest.approx(stats.chi2.sf(deviance, 1))
    assert churn.same_risk(two.assign(lost=[15, 15])) == 1
    assert churn.same_risk(two.head(1)) == 1
    assert churn.same_risk(two.assign(lost=[30, 0])) < 1e-9


def test_reasons_and_staying_add_up_and_are_recovered(contracts):
    found = churn.reason_curves(contracts, END, RULE, landmark_days=365)
    assert found.scale == "tenure"
    curve = churn.segment_curves(contracts, END, RULE, landmark_days=365)
    assert (found.start, found.horizon) == (curve.start, curve.horizon)
    stayed = curve.summary["stayed"].iloc[0]
    assert found.summary["share"].sum() + stayed == pytest.approx(1, abs=1e-9)
    assert found.summary["share"].is_monotonic_decreasing
    half = (1 - stayed) / 2  # price and moved come equally often
    assert (found.summary["low"] < half).all()
    assert (half < found.summary["high"]).all()
    assert found.not_stated == 0


def test_rare_reasons_are_put_together():
    reason = pd.Series([*"aaabbbcccdddeee", "f", "g", None, None, "h"])
    event = pd.Series([True] * 18 + [False] * 2)
    named = _named(reason, event, pd.Series(1, event.index))
    assert named[:15].tolist() == reason[:15].tolist()
    assert named[15:18].tolist() == ["other"] * 3
    assert named[18:].isna().all()
    few = _named(pd.Series(["a", None]), pd.Series([True, True]), pd.Series([1, 1]))
    assert few.tolist() == ["a", "not stated"]


def two_paces():
    """Half of the customers order every 4 days or so, half every 25, none leaves."""
    rng = np.random.default_rng(6)
    rows = []
    for customer in range(160):
        often = customer % 2 == 0
        gaps = rng.integers(2, 7, 150) if often else rng.integers(15, 36, 30)
        name = f"{'often' if often else 'seldom'}{customer:03d}"
        rows += [(name, BEGIN + int(day) * DAY, 5.0) for day in np.cumsum(gaps) if day < 500]
    return pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])


def test_a_window_for_each_segment_is_that_of_its_customers_alone():
    frame = two_paces()
    period = Period.parse("2025-04")
    source = tables.from_frame(frame)
    ids = pd.Index(sorted(frame["customer_id"].unique()))
    segments = pd.Series(ids.str.rstrip("0123456789"), index=ids)
    segments.iloc[:3] = "few"
    segments.iloc[-1] = None
    rows = churn.segment_windows(source, period, segments).set_index("segment")
    assert list(rows.index) == ["few", "often", "seldom"]
    assert list(rows["customers"]) == [3, 77, 79]
    assert rows.loc["few", "refused"] == "A window takes at least 30 customers; there are 3."
    assert rows.loc["often", "window_days"] < 10 < rows.loc["seldom", "window_days"]
    for name in ("often", "seldom"):
        own = frame.loc[frame["customer_id"].map(segments) == name]
        window = churn.inactivity_window(own, period.end)
        assert rows.loc[name, "window_days"] == window.days
        rates = churn.churn_rates(own, period, window, periods=1).iloc[0]
        assert (rows.loc[name, "lost"], rows.loc[name, "active"]) == (
            rates["lost"],
            rates["active"],
        )
        assert (
            rows.loc[name, "rate_half"] >= rows.loc[name, "rate"] >= rows.loc[name, "rate_double"]
        )
    whole = source.engine.run("SELECT COUNT(*) AS n FROM transactions")["n"][0].as_py()
    assert whole == len(frame)  # the source itself still shows everybody


def test_a_segment_that_left_long_ago_has_a_window_and_nobody_active_within_it():
    frame, period = two_paces(), Period.parse("2025-04")
    ids = pd.Index(sorted(frame["customer_id"].unique()))
    segments = pd.Series(ids.str.rstrip("0123456789"), index=ids)
    gone = frame["customer_id"].map(segments) == "often"
    left = frame[~gone | (frame["order_date"] < "2024-09-01")]
    rows = churn.segment_windows(left, period, segments).set_index("segment")
    assert rows.loc["often", "window_days"] < 200
    assert (rows.loc["often", "active"], rows.loc["often", "lost"]) == (0, 0)
    assert rows.loc["often", ["rate", "rate_half", "rate_double"]].isna().all()
    assert rows.loc["seldom", "active"] > 0


def test_a_segment_from_which_nobody_came_back_within_a_year_has_no_window():
    rng, period = np.random.default_rng(7), Period.parse("2030-12")
    gaps = {f"rare{number:02d}": rng.integers(100, 1200, 9) for number in range(60)}
    rare = pd.DataFrame(
        [
            (name, pd.Timestamp("2020-01-01") + pd.Timedelta(days=int(day)), 5.0)
            for name, days in gaps.items()
            for day in np.cumsum(days)
        ],
        columns=["customer_id", "order_date", "amount"],
    )
    rare = rare[rare["order_date"] < "2029-12-01"]
    segments = pd.Series("rare", index=pd.Index(sorted(gaps)))
    last = pd.DataFrame([("other", pd.Timestamp("2030-12-31"), 5.0)], columns=rare.columns)
    [row] = churn.segment_windows(pd.concat([rare, last]), period, segments).to_dict("records")
    assert "came back within a year; until 31 December 2030 there is none" in row["refused"]
    assert np.isnan(row["window_days"])


def test_value_tiers_are_segments_like_any_other():
    frame, period = two_paces(), Period.parse("2025-04")
    known = frame.loc[frame["order_date"] <= pd.Timestamp(period.end)]
    spend = known.groupby("customer_id", as_index=False)["amount"].sum()
    tiers = segmentation.value_tiers(spend.rename(columns={"amount": "total"}), gold_share=0.4)
    by_tier = tiers.set_index("customer_id")["tier"]
    rows = churn.segment_windows(frame, period, by_tier).set_index("segment")
    assert [name for name in rows.index if name in set(by_tier)] == list(rows.index)
    assert rows.loc["Gold", "window_days"] < rows.loc["Bronze", "window_days"]
    window = churn.inactivity_window(frame, period.end)
    asked = churn.windows_by(frame, period, window, "tier", gold_share=0.4)
    pd.testing.assert_frame_equal(asked.set_index("segment"), rows)


def test_segments_by_pace_and_by_attribute(contracts):
    by_plan = churn.customer_segments(contracts, END, "plan")
    assert set(by_plan) == {"monthly", "yearly"}
    by_pace = churn.customer_segments(two_paces(), "2025-04-30", "pace")
    quick = by_pace.loc[by_pace.index.str.startswith("often")]
    assert set(quick).isdisjoint(by_pace.loc[by_pace.index.str.startswith("seldom")])
    period = Period.parse("2025-04")
    window = churn.inactivity_window(two_paces(), period.end)
    assert churn.windows_by(two_paces(), period, window, "").empty
    assert churn.windows_by(contracts, Period.parse("2016-12"), RULE, "plan").empty
    assert len(churn.windows_by(two_paces(), period, window, "pace")) == by_pace.nunique()


def test_complaints_worked_by_hand():
    opened = {"ann": [5, 10, 200], "bob": [300], "eve": [-3, 500]}
    rows = [(who, BEGIN - day * DAY) for who, days in opened.items() for day in days]
    tickets = pd.DataFrame(rows, columns=["customer_id", "opened"])
    known = pd.Series(600, index=["ann", "bob", "eve", "kim"])
    found = churn.complaints(tickets, known, BEGIN)
    assert list(found["recent_tickets"]) == [2, 0, 0, 0]
    assert list(found["days_since_last_ticket"][:2]) == [5, 300]
    assert found["days_since_last_ticket"][2:].isna().all()
    everyone = 4 / (4 * (56 + 365))
    habit = (1 + 28 * everyone) / (365 + 28)
    trend = (2 + 28 * habit) / (56 + 28) / habit
    assert found.loc["ann", "ticket_trend"] == pytest.approx(trend)
    assert found.loc["ann", "ticket_trend"] > 5 > 1 > found.loc["kim", "ticket_trend"]


def test_an_even_pace_of_complaints_is_no_rise_where_records_or_customers_are_young():
    steady = [(who, BEGIN - day * DAY) for who in ("ann", "bob") for day in range(5, 100, 10)]
    tickets = pd.DataFrame(steady, columns=["customer_id", "opened"])
    known = pd.Series({"ann": 600, "bob": 96})
    by_records = churn.complaints(tickets, known, BEGIN)["ticket_trend"]
    assert by_records.to_numpy() == pytest.approx(1.0, abs=0.1)
    older = pd.DataFrame({"customer_id": ["eve"], "opened": [BEGIN - 500 * DAY]})
    by_age = churn.complaints(pd.concat([tickets, older]), known, BEGIN)["ticket_trend"]
    assert by_age["bob"] < 1.5 < 2 < by_age["ann"]


def test_errors_by_message(contracts, sample):
    window = churn.inactivity_window(sample, "2017-12-31")
    with pytest.raises(TooFewError, match="needs customers whose first day is known; it is known"):
        churn.tenure_hazard(sample, "2017-12-31", window)
    tenures = pd.DataFrame({"tenure": [60.0, 30.0] * 300, "left": [False, True] * 300})
    found = churn.check_sampling(tenures)
    keeps_few = replace(found, readings=found.readings.assign(verdict="not valid"))
    assert keeps_few.valid.empty
    with pytest.raises(TooFewError, match="nobody can tell how long customers stay"):
        churn.tenure_hazard(contracts, END, of_tenures(keeps_few), landmark_days=365)
    with pytest.raises(TooFewError, match="of no departure is a reason stated"):
        churn.reason_curves(sample, "2017-12-31", window)
    with pytest.raises(TooFewError, match="at least 30 departures to tell; there are"):
        churn.reason_curves(
            two_paces(), "2025-04-30", churn.inactivity_window(two_paces(), "2025-04-30", days=90)
        )
    with pytest.raises(DataError, match="`region` is no attribute of the customers"):
        churn.customer_segments(contracts, END, "region")
    with pytest.raises(DataError, match="Tickets need the column `opened`"):
        churn.complaints(pd.DataFrame({"customer_id": []}), pd.Series(dtype=int), BEGIN)
