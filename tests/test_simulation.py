"""A simulated business holds the truth that it claims to hold, and analyses find it again."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis import cli, clv, schemas, settings, summary, survival, tables
from analysis.errors import DataError, SettingsError, SourceError
from analysis.simulation import business, service
from analysis.simulation.business import simulate_business
from analysis.simulation.draws import draw_contract_days
from analysis.simulation.folder import simulate_folder
from analysis.simulation.truth import Truth

TABLES = set(schemas.TABLES) - {"rates"}
QUIET = Truth(lift=0.0)


@pytest.fixture(scope="module")
def made():
    """Return a business in which campaigns change nothing."""
    return simulate_business(20_000, seed=2, truth=QUIET)


def test_the_hazard_changes_by_its_ratio_when_it_should():
    # before day 30 a hazard of 0.1 a month, after it of 0.3: S(30) and S(60) by hand
    random = np.random.default_rng(0)
    month = 365.25 / 12
    days = draw_contract_days(random, np.full(200_000, 0.1), np.full(200_000, month), 3.0)
    assert (days > month).mean() == pytest.approx(np.exp(-0.1), abs=0.003)
    assert (days > 2 * month).mean() == pytest.approx(np.exp(-0.4), abs=0.004)
    never = draw_contract_days(random, np.full(200_000, 0.1))
    assert never.mean() == pytest.approx(10 * month, rel=0.01)


def test_the_same_seed_makes_the_same_business(monkeypatch):
    monkeypatch.setattr(business, "CUSTOMERS_A_PART", 40)
    first, again, other = (simulate_business(100, seed=seed) for seed in (3, 3, 4))
    for name in TABLES:
        pd.testing.assert_frame_equal(first.tables[name], again.tables[name])
    assert not first.tables["transactions"].equals(other.tables["transactions"])
    for name, key in (("customers", "customer_id"), ("transactions", "order_id")):
        assert first.tables[name][key].is_unique
    assert len(first.customers) == 100


def test_every_table_is_there_and_fits(made):
    others = {name: table.head(3000) for name, table in made.tables.items()}
    source = tables.from_frame(others.pop("transactions"), others=others)
    assert set(source.loads) == TABLES
    assert {load.rows_set_aside for load in source.loads.values()} == {0}
    known = set(made.tables["customers"]["customer_id"])
    for name, table in made.tables.items():
        if "customer_id" in table:
            assert set(table["customer_id"].dropna()) <= known, name


def test_value_is_found_again(made):
    source = tables.from_frame(made.tables["transactions"])
    customers = summary.summarise_customers(source, QUIET.end, unit="week")
    model = clv.fit_bg_nbd(customers)
    # two orders of one day are one order day, which is why the pace comes out a little low
    assert (model.r, model.alpha) == pytest.approx(QUIET.purchase, rel=0.12)
    assert (model.a, model.b) == pytest.approx(QUIET.dropout, rel=0.12)
    alive = model.probability_alive(customers).mean()
    assert alive == pytest.approx(made.customers["active"].mean(), abs=0.015)
    p, q, v = QUIET.spend
    spend = clv.fit_gamma_gamma(customers)
    assert spend.p * spend.v / (spend.q - 1) == pytest.approx(p * v / (q - 1), rel=0.03)


def test_churn_is_found_again_and_complaints_raise_it(made):
    contracts = made.tables["contracts"].merge(made.tables["customers"], on="customer_id")
    tickets = made.tables["tickets"]
    first = tickets[tickets["is_complaint"]].groupby("customer_id")["opened"].min()
    end = pd.Timestamp(QUIET.end) + pd.Timedelta(days=1)
    start = contracts["start_date"]
    stop = (contracts["end_date"].fillna(end) - start).dt.days + 0.5
    turn = (contracts["customer_id"].map(first) - start).dt.days.fillna(np.inf).clip(lower=0)
    ended = contracts["end_date"].notna()
    basic = (contracts["plan"] == "basic").astype(float)
    before = pd.DataFrame(
        {
            "entry": 0.0,
            "stop": np.minimum(stop, turn),
            "event": ended & (stop <= turn),
            "after": 0.0,
        }
    )
    after = pd.DataFrame({"entry": turn, "stop": stop, "event": ended, "after": 1.0})
    rows = pd.concat([before.assign(basic=basic), after.assign(basic=basic)])
    rows = rows[rows["stop"] > rows["entry"]]
    fit = survival.fit_cox(
        rows[["after", "basic"]], rows["stop"], rows["event"], entry=rows["entry"]
    )
    ratios = fit.table["coef"].to_numpy()
    hazards = QUIET.monthly_hazard
    true = np.log([QUIET.complaint_hazard_ratio, hazards["basic"] / hazards["plus"]])
    assert np.abs(ratios - true).max() < 4 * fit.table["se"].max()


def test_complaints_raise_the_odds_of_leaving():
    random = np.random.default_rng(1)
    chance = random.beta(2.0, 5.0, 300_000)
    leaves = random.random(300_000) < chance
    days = np.zeros(300_000, "int64")
    orders = service.Orders(np.arange(300_000), days, leaves)
    found = service.draw_tickets(random, QUIET, orders)
    complains = np.zeros(300_000)
    complains[found.who[found.is_complaint]] = 1
    fit = sm.GLM(
        leaves.astype(float), sm.add_constant(complains), family=sm.families.Binomial(),
        offset=np.log(chance / (1 - chance)),
    ).fit()  # fmt: skip
    assert np.exp(fit.params[1]) == pytest.approx(QUIET.complaint_odds_ratio, rel=0.06)


def test_the_lift_of_campaigns_is_the_difference_to_the_control_group():
    truth = Truth(lift=0.06)
    met = simulate_business(20_000, seed=5, truth=truth).tables
    contacts = met["campaign_contacts"].reset_index(names="contact")
    orders = met["transactions"][["customer_id", "order_date"]]
    paired = contacts.merge(orders, on="customer_id")
    since = (paired["order_date"] - paired["contact_date"]).dt.days
    counts = paired[since.between(1, truth.lift_days)].groupby("contact").size()
    ordered = contacts["contact"].map(counts).fillna(0)
    control = contacts["is_control"]
    lift = ordered[~control].mean() - ordered[control].mean()
    error = np.sqrt(
        ordered[~control].var() / (~control).sum() + ordered[control].var() / control.sum()
    )
    assert abs(lift - truth.lift) < 4 * error < 0.03
    assert control.mean() == pytest.approx(truth.control_share, abs=0.01)


def test_satisfaction_falls_with_the_odds_of_leaving(made):
    surveys = made.tables["surveys"].merge(made.customers, on="customer_id")
    odds = np.log(surveys["dropout"] / (1 - surveys["dropout"]))
    typical = np.log(QUIET.dropout[0] / QUIET.dropout[1])
    points = np.column_stack([surveys["score"], surveys["best"] - surveys["score"]])
    model = sm.GLM(points, sm.add_constant(odds - typical), family=sm.families.Binomial())
    found = model.fit().params
    assert tuple(found) == pytest.approx((QUIET.score_odds, QUIET.score_slope), abs=0.03)


def test_opportunities_are_won_as_their_stage_tells_and_estimates_are_too_high(made):
    deals = made.tables["opportunities"].dropna(subset=["is_won"])
    for stage, of_stage in deals.groupby("stage"):
        true = QUIET.win_probability[stage]
        error = np.sqrt(true * (1 - true) / len(of_stage))
        assert abs(of_stage["is_won"].astype(float).mean() - true) < 4 * error
        assert (of_stage["win_probability"] > true).all()
    assert deals["closed"].notna().all()


def test_referrals_costs_and_consent_are_those_of_the_truth(made):
    business_of = made.tables
    brought = business_of["referrals"]["referred_id"].dropna()
    assert brought.is_unique
    assert len(brought) / 20_000 == pytest.approx(QUIET.referred_share, abs=0.01)
    means = business_of["costs"].groupby("kind")["amount"].mean()
    assert means["acquisition"] == pytest.approx(QUIET.acquisition_cost, rel=0.04)
    assert means["service"] == pytest.approx(QUIET.ticket_cost, rel=0.06)
    decisions = business_of["consent"].groupby("customer_id")["is_granted"].agg(["first", "size"])
    assert decisions["first"].mean() == pytest.approx(QUIET.consent_share, abs=0.015)
    assert (decisions["size"] == 2).sum() > 0
    met = business_of["campaign_contacts"].merge(business_of["consent"], on="customer_id")
    assert not (~met["is_granted"] & (met["decided"] < met["contact_date"])).any()


def test_a_folder_is_read_as_it_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr(business, "CUSTOMERS_A_PART", 300)
    truth = Truth(margin=0.4)
    rows = simulate_folder(tmp_path / "one", 700, seed=7, truth=truth)
    found = settings.load(tmp_path / "one" / "analysis.toml")
    assert (found.simulated, found.value.margin) == (True, 0.4)
    source = tables.open_source(found)
    assert {name: load.rows_kept for name, load in source.loads.items()} == rows
    again = simulate_business(700, seed=7, truth=truth).tables["transactions"]
    assert source.quality.orders == len(again)
    total = source.frame("transactions")["amount_minor"].sum()
    assert total == round(again["amount"].sum() * 100)


def test_the_command_takes_the_truth_of_another_folder(tmp_path, capsys):
    folder = tmp_path / "shop"
    assert cli.main(["simulate", str(folder), "--customers", "50", "--seed", "9"]) == 0
    assert "transactions" in capsys.readouterr().out
    known = json.loads((folder / "truth.json").read_text("utf-8"))
    assert (known["customers"], known["seed"]) == (50, 9)
    assert known["monthly_hazard"] == Truth().monthly_hazard
    assert set(known) - {"customers", "seed"} == {one.name for one in dataclasses.fields(Truth)}
    again = ["simulate", str(tmp_path / "again"), "--customers", "50", "--seed", "9"]
    assert cli.main([*again, "--truth", str(folder / "truth.json")]) == 0
    for name in TABLES:
        one, other = (
            (place / "data" / f"{name}.parquet").read_bytes()
            for place in (folder, tmp_path / "again")
        )
        assert one == other


def test_check_says_that_data_are_simulated(tmp_path, capsys):
    simulate_folder(tmp_path, 20, seed=1)
    tables.check_command(settings.load(tmp_path / "analysis.toml"))
    assert capsys.readouterr().out.startswith("Simulated business (simulated data)\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"lifft": 1}', r"`lifft` in .* Did you mean `lift`"),
        ('{"lift": "much"}', r"`lift` in .* is 'much'"),
        ("{", r"must be a JSON file"),
    ],
)
def test_a_truth_that_cannot_be_is_refused(tmp_path, capsys, text, said):
    path = tmp_path / "truth.json"
    path.write_text(text)
    from analysis.cli_simulate import read_truth

    with pytest.raises(SettingsError, match=said):
        read_truth(path)


def test_nonsense_is_refused(tmp_path):
    with pytest.raises(DataError, match="`n_customers` must be at least 1"):
        simulate_business(0, seed=1)
    with pytest.raises(DataError, match=r"`lift` must be a share of 0 to 1; it is 2"):
        Truth(lift=2.0)
    with pytest.raises(DataError, match="`joining_days` must lie between 1 and the 731 days"):
        Truth(joining_days=1000)
    with pytest.raises(DataError, match="must name the same plans"):
        Truth(monthly_price={"basic": 1.0})
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="is not empty"):
        simulate_folder(tmp_path, 5, seed=1)
