"""Whom to call: a slower pace told from chance, and who is gone, with what they were worth."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import churn, settings, tables
from analysis.errors import DataError
from analysis.settings import ChurnSettings

BEGIN = pd.Timestamp("2023-01-01")
DAYS = 400
END = BEGIN + pd.Timedelta(days=DAYS - 1)


def simulate(rng, paces, slower_from=None, slower=()):
    """Return orders of 20 by chance; customers in `slower` keep a fifth of their pace."""
    frames = []
    for customer, pace in enumerate(paces):
        chance = np.full(DAYS, pace)
        if customer in slower:
            chance[slower_from:] *= 0.2
        days = np.flatnonzero(rng.random(DAYS) < chance)
        frames.append(pd.DataFrame({"customer_id": f"c{customer:04d}", "day": days}))
    frame = pd.concat(frames, ignore_index=True)
    dates = BEGIN + pd.to_timedelta(frame["day"], unit="D")
    return frame[["customer_id"]].assign(order_date=dates, amount=20.0)


@pytest.fixture(scope="module")
def slowed():
    rng = np.random.default_rng(5)
    paces = rng.gamma(4, 0.06, 600).clip(0.02, 0.6)
    clear = np.flatnonzero(paces > 0.2)
    fallen = set(clear[:40].tolist())
    return tables.from_frame(simulate(rng, paces, DAYS - 56, fallen)), fallen


def test_the_chance_of_so_few_orders_worked_by_hand():
    # ann: an order a day for 60 days after the first, then one in 14 days; bob goes on as ever
    days = {"ann": [*range(61), 70], "bob": range(75)}
    rows = [(name, BEGIN + pd.Timedelta(days=d), 7.0) for name, ds in days.items() for d in ds]
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    end = BEGIN + pd.Timedelta(days=74)
    found = churn.early_warnings(
        frame, end, 30, recent_days=14, false_discovery_rate=0.5, margin=0.5
    )
    everyone = (60 + 1 + 60 + 14) / (60 + 14 + 60 + 14)
    evidence = 60 + 28 * everyone
    pace = evidence / (60 + 28)
    change = (1 + 14) / (2 * 14 * pace)
    usual = 14 * pace * change
    row = found.table.head(1).iloc[0]
    assert list(found.table.to_frame()["customer_id"]) == ["ann"]
    assert (found.active, found.judged) == (2, 2)
    assert found.pace_change == pytest.approx(change)
    assert row["usual_orders"] == pytest.approx(usual)
    p = stats.nbinom.cdf(1, evidence, evidence / (evidence + usual))
    assert row["p_value"] == pytest.approx(p)
    assert row["q_value"] == pytest.approx(2 * p)  # the smaller of two
    assert row["yearly_value"] == pytest.approx(365.25 * pace * 7.0 * 0.5)
    assert row["at_stake"] == pytest.approx(row["yearly_value"] * (1 - 1 / usual))
    lost = pace**2 / evidence + 1.5 / (14 * change) ** 2  # all orders are of 7: no error in them
    assert row["at_stake_error"] == pytest.approx(365.25 * 7.0 * 0.5 * np.sqrt(lost))


def test_those_who_slowed_down_are_found_and_few_others(slowed):
    source, fallen = slowed
    found = churn.early_warnings(source, END, 60)
    named = {int(name[1:]) for name in found.table.to_frame()["customer_id"]}
    assert len(named & fallen) >= 30
    assert len(named - fallen) <= 0.2 * len(named)
    assert found.table.to_frame()["at_stake"].is_monotonic_decreasing
    assert (found.table.to_frame()["q_value"] <= 0.1).all()
    assert (found.table.to_frame()["at_stake"] <= found.table.to_frame()["yearly_value"]).all()


def test_where_nobody_slowed_down_hardly_anybody_is_named():
    rng = np.random.default_rng(8)
    source = tables.from_frame(simulate(rng, rng.gamma(4, 0.06, 600).clip(0.02, 0.6)))
    found = churn.early_warnings(source, END, 60)
    assert found.judged > 400
    assert len(found.table) <= 3


def test_a_quiet_season_is_nobody_s_fault():
    rng = np.random.default_rng(9)
    frame = simulate(rng, np.full(300, 0.3))
    quiet = (frame["order_date"] > END - pd.Timedelta(days=56)) & (rng.random(len(frame)) < 0.6)
    found = churn.early_warnings(frame.loc[~quiet], END, 60)
    assert found.pace_change == pytest.approx(0.4, abs=0.05)
    assert len(found.table) <= 3


def test_a_silence_beyond_the_window_is_no_warning_but_a_loss(slowed):
    source, _ = slowed
    found = churn.early_warnings(source, END, 20)
    gone = churn.win_back(source, END, 20).to_frame()
    assert set(found.table.to_frame()["customer_id"]).isdisjoint(gone["customer_id"])
    assert found.table.to_frame()["days_since_last_order"].max() < 20
    assert gone["days_since_last_order"].min() >= 20


def test_the_record_of_earlier_warnings(slowed):
    source, _ = slowed
    rng = np.random.default_rng(5)
    early = churn.warning_record(source, END, 60, recent_days=28)
    assert list(early["who"]) == ["warned", "longest silent", "not warned"]
    assert early["customers"].iloc[0] > 0  # after four of the eight weeks many are found already
    assert early["pace_kept"].iloc[0] < 0.4
    assert early["pace_kept"].iloc[2] > 0.9
    assert early["customers"].iloc[1] == early["customers"].iloc[0]
    assert early["orders_missed"].iloc[0] > 2 * early["orders_missed"].iloc[1]
    paces = np.full(50, 0.3)
    nobody = churn.warning_record(tables.from_frame(simulate(rng, paces)), END, 60)
    assert nobody["customers"].iloc[0] == 0
    assert np.isnan(nobody["pace_kept"].iloc[0])


def test_a_record_worked_by_hand():
    """Ann stops, Bob goes on, Eve is silent for longest and comes back once: 28 days on."""
    days = {"ann": range(100), "bob": range(128), "eve": [0, 10, 20, 120]}
    rows = [(name, BEGIN + pd.Timedelta(days=d), 7.0) for name, ds in days.items() for d in ds]
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    then, end = BEGIN + pd.Timedelta(days=113), BEGIN + pd.Timedelta(days=141)
    found = churn.warning_record(frame, end, 100, warned_on=then, recent_days=14)
    rows = found.set_index("who")
    assert list(rows["customers"]) == [1, 1, 2]  # ann; eve, silent for 93 days; bob and eve
    assert list(rows["silent"]) == [1, 0, 0]
    assert list(rows["recall"]) == [1.0, 0.0, 0.0]
    assert rows.loc["warned", "pace_kept"] == 0
    assert 25 < rows.loc["warned", "orders_missed"] < 28  # she ordered every day, all others less
    assert rows["lost"].sum() == 0
    early = churn.warning_record(frame, end, 30, warned_on=then, recent_days=14).set_index("who")
    assert (early.loc["warned", "lost"], early.loc["warned", "lead_days"]) == (1, 16)
    with pytest.raises(DataError, match="is not before"):
        churn.warning_record(frame, end, 30, warned_on=end)


def test_a_record_of_a_day_on_which_no_habit_was_known_is_empty():
    rows = [("ann", BEGIN, 7.0), ("ann", BEGIN + pd.Timedelta(days=5), 7.0)]
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    for day in (0, 2):
        found = churn.warning_record(
            frame, BEGIN + pd.Timedelta(days=9), 30, warned_on=BEGIN + pd.Timedelta(days=day)
        )
        assert found["customers"].sum() == 0
        assert found["pace_kept"].isna().all()


def test_win_back_worked_by_hand():
    rows = [
        ("ann", "2023-01-01", 100.0), ("ann", "2023-03-02", 100.0),
        ("bob", "2023-01-01", 30.0), ("bob", "2023-02-10", -10.0),
        ("eve", "2023-01-01", 9.0), ("eve", "2023-12-30", 9.0),
        ("kim", "2022-01-01", 5.0),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    gone = churn.win_back(frame, "2023-12-31", 40, margin=0.25).to_frame().set_index("customer_id")
    assert list(gone.index) == ["ann", "bob"]  # kim was lost longer than a year ago
    assert gone.loc["ann", "lost_on"] == pd.Timestamp("2023-04-11")
    assert gone.loc["ann", "yearly_value"] == pytest.approx(365.25 * 0.25 * 200 / 100)
    assert gone.loc["bob", "yearly_value"] == pytest.approx(365.25 * 0.25 * 20 / 40)
    errors = {"ann": np.sqrt(2 * 100**2) / 100, "bob": np.sqrt(30**2 + 10**2) / 40}
    for name, error in errors.items():
        assert gone.loc[name, "yearly_value_error"] == pytest.approx(365.25 * 0.25 * error)
    assert gone["return_probability"].isna().all()  # a plain number of days knows no returns


def test_what_a_contract_was_worth_by_hand(tmp_path):
    """Ann paid 50 in 100 days of contract, Bob 20 up to an order ten days after his had ended."""
    rows = ["ann,2023-06-20,50", "bob,2023-06-30,20", "eve,2023-01-01,5"]
    (tmp_path / "bills.csv").write_text("\n".join(["customer_id,order_date,amount", *rows]))
    (tmp_path / "contracts.csv").write_text(
        "customer_id,start_date,end_date\nann,2023-03-12,2023-06-20\n"
        "bob,2022-01-01,2023-06-20\neve,2023-01-01,\n"
    )
    (tmp_path / "analysis.toml").write_text(
        '[transactions]\npath = "bills.csv"\n[contracts]\npath = "contracts.csv"\n'
    )
    source = tables.open_source(settings.load(tmp_path / "analysis.toml"))
    rule = churn.churn_rule(source, "2023-12-31", ChurnSettings())
    gone = churn.win_back(source, "2023-12-31", rule).to_frame().set_index("customer_id")
    assert gone["yearly_value"].to_dict() == pytest.approx(
        {"ann": 365.25 * 50 / 100, "bob": 365.25 * 20 / 180}  # the data begin on 1 January
    )


def test_lists_of_the_sample(sample):
    rule = churn.inactivity_window(sample, "2017-12-31")
    found = churn.early_warnings(sample, "2017-12-31", rule, margin=0.25)
    assert (len(found.table), found.active, found.judged) == (45, 2367, 1850)
    assert found.table.to_frame()["at_stake"].sum() == pytest.approx(26_518, rel=1e-3)
    gone = churn.win_back(sample, "2017-12-31", rule, margin=0.25).to_frame()
    assert len(gone) == 102
    assert gone["yearly_value"].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"margin": 0.0}, "`margin` is the share of sales that is margin"),
        ({"recent_days": 0}, "`recent_days` must be 1 or more; it is 0"),
        ({"false_discovery_rate": 1.0}, "must be between 0 and 1; it is 1.0"),
    ],
)
def test_values_out_of_range(slowed, options, message):
    with pytest.raises(DataError, match=message):
        churn.early_warnings(slowed[0], END, 60, **options)
