"""Which survival curve a table supports: R's numbers, toys by hand, designs of known truth."""

import datetime as dt

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from churn_simulation import BEGIN, contract_customers
from survival_reference import expected, telco

from analysis import churn, settings
from analysis.charts.survival import readings
from analysis.churn.paces import DAYS_PER_MONTH
from analysis.churn.readings import read
from analysis.churn.sentences_sampling import basis, of_tenures, reading_rows, sampling
from analysis.churn.tenures import heaped_start
from analysis.errors import DataError, TooFewError

MONTHS = 96
HAZARD = 0.03  # a month


def telco_tenures():
    frame = telco()
    return pd.DataFrame({"tenure": frame["tenure"], "left": frame["churn"] == 1})


def life(customers=6000, seed=5, step=1 / DAYS_PER_MONTH):
    """A business of 96 months with even inflow and a constant hazard: the whole truth."""
    rng = np.random.default_rng(seed)
    age = rng.integers(1, MONTHS / step, customers)
    stays = np.ceil(rng.exponential(1 / (HAZARD * step), customers))
    left = stays <= age
    return pd.DataFrame(
        {
            "tenure": np.where(left, stays, age) * step,
            "left": left,
            "left_ago": np.where(left, (age - stays) * step, np.nan),
        }
    )


def only_recent(frame, window):
    return frame.loc[~frame["left"] | (frame["left_ago"] < window)].reset_index(drop=True)


def test_the_readings_of_telco_equal_r():
    # R 4.2.2, survival 3.5-3: survfit with entry 0, max(tenure - 24, 0) and tenure - 1
    found = churn.check_sampling(telco_tenures())
    rows = found.readings.set_index("window")
    wanted = {np.inf: "km", 24.0: "window_24_months", 1.0: "period_last_month"}
    for window, name in wanted.items():
        entry = expected("telco")[name]
        km = (entry if name == "km" else entry["km"])["groups"]["all"]["at"]
        at = dict(zip(km["time"], km["surv"], strict=True))
        assert rows.loc[window, "survival"] == pytest.approx(at[72], rel=1e-8)
    assert found.horizon == 72
    assert rows.loc[np.inf, "survival"] == pytest.approx(0.593, abs=5e-4)
    assert rows.loc[24.0, "survival"] == pytest.approx(0.379, abs=5e-4)
    assert rows.loc[1.0, "survival"] == pytest.approx(5e-9, abs=5e-10)


def test_what_the_telco_table_supports():
    found = churn.check_sampling(telco_tenures())
    assert (found.design, found.customers, found.left, found.not_started) == (
        "not known", 7032, 1869, 11,
    )  # fmt: skip
    assert list(found.readings["verdict"]) == ["possible", "possible", "not valid"]
    assert found.readings["why"].iloc[2] == "impossible past"
    assert found.readings["inflow_change"].iloc[2] > 1e6
    assert found.shortest_window == 6
    assert (found.oldest, found.oldest_share) == (72, pytest.approx(356 / 5174 * 5174 / 5163))
    said = churn.check_sampling(telco_tenures(), departures_within=1)
    assert (said.design, said.stated) == ("last period", True)
    assert said.valid.empty  # what is said of the table and what is in it exclude each other


def test_a_reading_worked_by_hand():
    # Window of 2 on tenures 1, 2, 3 (left 0, 1 ago, and 3 ago: dropped), 4 (here).
    rows = pd.DataFrame(
        {"tenure": [1.0, 2.0, 3.0, 4.0], "left": [True, True, True, False],
         "left_ago": [0.0, 1.0, 3.0, 0.0]}
    )  # fmt: skip
    found = read(rows, 2.0, minimum_at_risk=1, confidence=0.95)
    # at risk on (0, 1], (1, 2] and (2, 4]: one left of one at 1
    assert found.table["survival"].iloc[0] == 0
    assert list(found.table["n_risk"]) == [1, 1, 1]
    whole = read(rows, np.inf, minimum_at_risk=1, confidence=0.95)
    assert list(whole.table["survival"]) == [3 / 4, 2 / 4, 1 / 4, 1 / 4]
    assert np.isnan(whole.at(5.0)["survival"])


def test_an_implied_past_worked_by_hand():
    # Half leave at 1; of those of tenure 6 each stands for two who joined, of tenure 0.5 for one.
    rows = pd.DataFrame(
        {"tenure": [1.0] * 6 + [6.0] * 6 + [0.5] * 4, "left": [True] * 6 + [False] * 10,
         "left_ago": 0.0}
    )  # fmt: skip
    found = read(rows, np.inf, minimum_at_risk=1, confidence=0.95)
    assert found.at(6.0)["survival"] == 0.5
    assert found.inflow_change == 12 / 4
    assert found.inflow_change_low < 3


@pytest.mark.parametrize(
    ("window", "design"), [(np.inf, "history"), (24.0, "survivors"), (1.0, "last period")]
)
def test_each_design_is_told_from_days_of_departure_and_its_reading_recovers_the_truth(
    window, design
):
    customers = 40_000 if window == 1.0 else 6000
    found = churn.check_sampling(only_recent(life(customers), window))
    assert (found.design, found.stated) == (design, False)
    valid = found.readings.loc[found.readings["verdict"] == "valid"]
    truth = np.exp(-HAZARD * found.horizon)
    assert len(valid)
    assert (valid["low"] <= truth).all()
    assert (truth <= valid["high"]).all()
    naive = found.readings.set_index("window").loc[np.inf]
    if design == "history":
        assert naive["verdict"] == "valid"
        assert np.isinf(found.window)
    else:
        assert found.window == pytest.approx(window, rel=0.05)
        assert (naive["verdict"], naive["why"]) == ("not valid", "other sampling")
        assert naive["low"] > 1.5 * truth  # it promises far too much
        assert found.expected_before > 100


def test_without_days_of_departure_the_data_cannot_tell_and_all_is_shown():
    frame = only_recent(life(40_000, step=1), 1.0).drop(columns="left_ago")
    found = churn.check_sampling(frame)
    assert found.design == "not known"
    assert set(found.readings["verdict"]) == {"possible"}
    assert set(found.curves["window"]) == {np.inf, 24.0, 1.0}
    assert found.shortest_window == 1
    told = churn.check_sampling(frame, departures_within=1).readings.set_index("window")
    assert list(told["verdict"]) == ["not valid", "not valid", "valid"]
    truth = np.exp(-HAZARD * churn.check_sampling(frame).horizon)
    assert told.loc[1.0, "low"] < truth < told.loc[1.0, "high"]


def test_a_full_history_without_days_rules_the_last_month_out():
    found = churn.check_sampling(life(step=1).drop(columns="left_ago"))
    rows = found.readings.set_index("window")
    assert rows.loc[np.inf, "verdict"] == "possible"
    assert rows.loc[np.inf, "low"] < np.exp(-HAZARD * found.horizon) < rows.loc[np.inf, "high"]
    assert rows.loc[1.0, "verdict"] == "not valid"


def test_a_full_history_is_seldom_taken_for_a_part_of_one():
    designs = [churn.check_sampling(life(600, seed)).design for seed in range(30)]
    assert designs.count("history") >= 28


def test_a_curve_that_begins_late_is_no_reading():
    # Nobody joined in the last year: the last month tells nothing of the losses of a first year.
    frame = life()
    age = frame["tenure"] + frame["left_ago"].fillna(0.0)
    rows = churn.check_sampling(frame.loc[age > 12]).readings.set_index("window")
    assert list(rows["verdict"]) == ["valid", "valid", "too few"]
    assert np.isnan(rows.loc[1.0, "survival"])
    assert rows.loc[np.inf, "survival"] == pytest.approx(np.exp(-HAZARD * 95), rel=0.2)


def test_a_last_month_is_read_once():
    # All departures on the day of the table: a window of a day stands for the last month.
    frame = only_recent(life(), 1.0).assign(left_ago=lambda rows: rows["left_ago"] * 0)
    assert list(churn.check_sampling(frame).readings["window"].round(2)) == [np.inf, 24, 0.03]


def test_contracts_without_those_who_had_left_are_read_from_their_first_departure(tmp_path):
    source = contract_customers(tmp_path)
    rule = churn.churn_rule(source, "2016-12-31", settings.ChurnSettings())
    assert rule.sampling.design == "survivors"
    assert abs((pd.Timestamp(rule.recorded_from) - BEGIN).days) <= 3
    assert rule.starts_from is None
    said = settings.ChurnSettings(departures_since=dt.date(2016, 1, 1))
    assert churn.churn_rule(source, "2016-12-31", said).recorded_from == dt.date(2016, 1, 1)


def test_a_table_without_departures_gives_no_rate_of_none(tmp_path):
    source = contract_customers(tmp_path)
    before = (BEGIN - pd.Timedelta(days=1)).date()
    rule = churn.churn_rule(source, before, settings.ChurnSettings())
    assert rule.recorded_from == BEGIN.date()
    assert "does not keep those who left" in sampling(rule, before).headline
    told = settings.ChurnSettings(departures_since=dt.date(2014, 1, 1))
    assert churn.churn_rule(source, before, told).recorded_from == dt.date(2014, 1, 1)


def test_starts_cut_off_at_the_left_are_not_taken_for_beginnings(tmp_path):
    source = contract_customers(tmp_path)
    since = settings.ChurnSettings(starts_since=BEGIN.date())
    rule = churn.churn_rule(source, "2016-12-31", since)
    spells = churn.find_spells(source, "2016-12-31", rule)
    assert (spells["start_known"] == (spells["spell_start"] > BEGIN)).all()
    end = pd.Timestamp("2016-12-31")
    first = pd.DataFrame({"start_day": (spells["spell_start"] - end).dt.days, "spells": 1})
    cut = first.clip({"start_day": (BEGIN - end).days, "spells": 1})
    assert heaped_start(cut, end) == BEGIN.date()
    assert heaped_start(first, end) is None


def test_the_sentences_say_which_reading_holds():
    stated = {None: "depends on how this table was made", 1: "nobody can tell how long"}
    for within, text in stated.items():
        rule = of_tenures(churn.check_sampling(telco_tenures(), departures_within=within))
        finding = sampling(rule, dt.date(2000, 1, 1))
        assert text in finding.headline
        assert "1.2 million times as many new customers" in finding.headline
        said = f"{finding.headline} {finding.comparison}"
        assert "59% if it keeps all who left, 38% if only those of the last 24 months" in said
        assert "72 months: records seem to begin there" in basis(rule)
    assert "nan" not in said


def test_the_sentences_of_each_design():
    texts = {np.inf: "keeps all who left", 24.0: "keeps only those who left in the last 24 months"}
    for window, text in texts.items():
        found = churn.check_sampling(only_recent(life(), window))
        finding = sampling(of_tenures(found), dt.date(2000, 1, 1))
        assert text in finding.headline
        assert finding.interval
        assert "nan" not in f"{finding.headline} {finding.comparison}"
    few = churn.ContractEnd(5, 0, pd.DataFrame(), sampling=TooFewError("Too few left."))
    assert sampling(few, dt.date(2000, 1, 1)).refused
    assert reading_rows(few).empty
    silent = churn.InactivityWindow(
        90, "given", 90, 90, 0.1, 0.1, 0.1, 0.05, 180, 10, 10, pd.DataFrame()
    )
    assert "before 1 January 2000" in sampling(silent, dt.date(2000, 1, 1)).headline


def test_every_reading_is_drawn_under_its_name():
    rows = reading_rows(of_tenures(churn.check_sampling(only_recent(life(), 24.0))))
    axes = readings(rows)
    shown = [text.get_text() for text in axes.texts]
    assert len(shown) == rows.loc[rows["verdict"] != "too few", "reading"].nunique()
    assert any(text.startswith("if it keeps all who left: ") for text in shown)
    whole = rows.loc[np.isinf(rows["window"])]
    assert any(np.array_equal(line.get_ydata()[1:], whole["survival"]) for line in axes.lines)
    plt.close(axes.figure)


def test_of_few_contracts_the_readings_that_there_are_enough_for_are_drawn():
    """Of 80, too few left within a month of the end: that reading has no curve at all."""
    found = churn.check_sampling(life(80))
    assert list(found.readings["verdict"]) == ["valid", "valid", "too few"]
    axes = readings(reading_rows(of_tenures(found)))
    assert len(axes.texts) == 2
    plt.close(axes.figure)


def test_errors_by_message():
    with pytest.raises(DataError, match="needs the column `left`; it is not there"):
        churn.check_sampling(pd.DataFrame({"tenure": [1.0]}))
    with pytest.raises(DataError, match="1 of 2 rows break this, first row 1"):
        churn.check_sampling(pd.DataFrame({"tenure": [1.0, -1.0], "left": True}))
    with pytest.raises(TooFewError, match="from at least 10 departures; there are under 5"):
        churn.check_sampling(pd.DataFrame({"tenure": [1.0, 2.0], "left": True}))
