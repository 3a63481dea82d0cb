"""The churn report: sentences, charts, and the notebook on contracts and on a young history."""

import ast
import shutil
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
from churn_simulation import contract_customers

from analysis import churn
from analysis.charts import churn as charts
from analysis.churn import layout, sentences, sentences_action
from analysis.display import Bundle
from analysis.errors import TooFewError
from analysis.findings import MIME, Finding
from analysis.periods import Period

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "04_churn.ipynb"
DECEMBER = Period.parse("2017-12")
END = DECEMBER.end
FEW = TooFewError("Risk scores need at least 30 customers lost; there are 3.")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def rule(sample):
    return churn.inactivity_window(sample, END)


def run_notebook(**parameters):
    """Run the code cells in this process; return the findings by id and all other outputs."""
    cells = [c for c in nbformat.read(NOTEBOOK, 4).cells if c.cell_type == "code"]
    space, outputs = {}, []
    for cell in cells:
        tree = ast.parse(cell.source)
        last = tree.body[-1]
        value = None
        if isinstance(last, ast.Expr):
            tree.body.pop()
            value = ast.Expression(last.value)
        exec(compile(tree, cell.id, "exec"), space)
        if "parameters" in cell.metadata.get("tags", []):
            space |= parameters
        if value is not None:
            outputs.append(eval(compile(value, cell.id, "eval"), space))
    found = {}
    for output in outputs:
        data = output.data if isinstance(output, Bundle) else output._repr_mimebundle_()
        if MIME in data:
            found[data[MIME]["id"]] = data[MIME]
    return found, outputs


def words(found):
    return " ".join(f"{one['headline']} {one['action']}" for one in found.values())


def test_the_sentences_of_the_sample(sample, rule):
    first = sentences.definition(rule)
    assert first.headline.startswith("No silence in these data is a sure goodbye.")
    assert "121 days" in first.headline
    assert "78%" in first.headline
    rates = churn.churn_rates(sample, DECEMBER, rule)
    rate = sentences.rate(rates, DECEMBER, rule, 30)
    assert rate.headline.startswith("1.3% of 2,363 active customers went silent in December 2017")
    assert "within chance" in rate.comparison
    assert rate.direction == "neutral"
    balance = sentences.balance(rates, DECEMBER, rule)
    assert (
        "2,367 when it ended (6 new and 29 returned, less 31 who went silent)" in balance.headline
    )
    sensitive = churn.window_sensitivity(sample, DECEMBER, rule)
    assert "4.8% with a window of 60 days" in sentences.sensitivity(sensitive, rule).headline


def test_a_change_beyond_chance_is_called_by_its_name():
    rows = pd.DataFrame(
        {"active": [1000, 1000], "lost": [20, 60], "rate": [0.02, 0.06], "low": [0.01, 0.05],
         "high": [0.03, 0.08], "complete": True, "returned_since": 0}
    )  # fmt: skip
    rule = churn.ContractEnd(2000, 1000, pd.DataFrame({"reason": ["price"], "lost": [80]}))
    worse = sentences.rate(rows, DECEMBER, rule, 30)
    assert worse.direction == "bad"
    assert worse.comparison.startswith("up 4.0 points on November 2017 (+2.")
    better = sentences.rate(rows.iloc[::-1], DECEMBER, rule, 30)
    assert better.direction == "good"
    few = sentences.rate(rows.assign(active=12), DECEMBER, rule, 30)
    assert few.headline == (
        "Not enough data: the rate of loss in December 2017 needs at least 30 active customers;"
        " there are 12."
    )


@pytest.mark.parametrize(
    ("method", "days_low", "days_high", "text"),
    [
        ("return", 100.0, np.inf, "hardly anybody returns"),
        ("habit", 100.0, 130.0, "few customers ever took longer"),
        ("given", np.nan, np.nan, "By the settings a customer counts as silent after 110 days"),
    ],
)
def test_each_way_to_a_window_is_told(method, days_low, days_high, text):
    rule = churn.InactivityWindow(
        days=110, method=method, days_low=days_low, days_high=days_high, return_probability=0.04,
        low=0.02, high=0.07, return_below=0.05, followed_days=300, silences=90, customers=500,
        table=pd.DataFrame(),
    )  # fmt: skip
    finding = sentences.definition(rule)
    assert text in f"{finding.headline} {finding.comparison}"
    assert "nan" not in finding.headline + finding.comparison
    assert "inf" not in finding.comparison


def test_too_few_data_are_said_and_drawn_nowhere():
    for finding in (
        sentences.staying(FEW, FEW),
        sentences_action.causes(FEW, FEW),
        sentences_action.outlook(FEW, FEW),
        sentences_action.accuracy(FEW, FEW),
    ):
        assert finding.refused
        assert finding.headline.startswith("Not enough data: risk scores need at least 30")
        assert charts.shown(charts.reliability, layout.calibration_rows(FEW), finding) is finding
    assert layout.curve_rows(FEW).empty
    assert layout.ratio_rows(FEW).empty
    assert list(layout.score_rows(FEW)) == ["customer_id", "risk", "low", "high", "reason"]


def test_the_charts_draw_the_tables(sample, rule):
    table = layout.rule_table(rule)
    axes = charts.rule(table)
    watched = table.loc[table["is_watched"]]
    lines = [line.get_xydata() for line in axes.lines]
    assert any(
        np.array_equal(line, watched[["days", "return_probability"]].to_numpy()) for line in lines
    )
    assert "121 days of silence" in " ".join(text.get_text() for text in axes.texts)
    rates = layout.rate_rows(churn.churn_rates(sample, DECEMBER, rule), DECEMBER)
    axes = charts.churn_rates(rates)
    assert [label.get_text() for label in axes.get_xticklabels()][-1] == "Dec"
    assert [box.lines[0].get_ydata()[0] for box in axes.containers] == list(rates["rate"])


def test_the_curves_carry_their_numbers_at_risk(sample, rule):
    curves = churn.segment_curves(sample, END, rule, by="pace")
    rows = layout.curve_rows(curves)
    axes = charts.survival_curves(rows)
    shown = [text.get_text() for text in axes.texts]
    for name in curves.summary["segment"]:
        assert any(text.startswith(f"{name}: ") for text in shown)
    numbers = rows.loc[rows["at_tick"], "n_risk"]
    assert {f"{n:,.0f}" for n in numbers} <= set(shown)
    assert rows[["survival", "low", "high"]].notna().all().all()
    assert axes.get_xlabel() == "days since 1 July 2017"


def test_hazard_ratios_are_written_beside_their_dots():
    table = pd.DataFrame(
        {"difference": ["a", "b"], "effect": ["2.00 times as fast (1.60 to 2.40)", "x"],
         "hazard_ratio": [2.0, 0.5], "low": [1.6, 0.2], "high": [2.4, 1.3]}
    )  # fmt: skip
    axes = charts.hazard_ratios(table)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a"]
    assert {text.get_text() for text in axes.texts} == set(table["effect"])
    low, high = axes.get_xlim()
    assert low < 0.2
    assert high > 2.4


def test_no_customer_is_named_in_the_report(sample, rule):
    found = churn.early_warnings(sample, END, rule, margin=0.25)
    axes = charts.slowed_down(layout.stake_rows(found, "USD"))
    assert [label.get_text() for label in axes.get_yticklabels()][-1].startswith("$")
    finding = sentences_action.warnings(found, "USD", 30)
    assert finding.headline.startswith("45 customers slowed down beyond chance in the last 8 weeks")
    assert finding.at_stake == found.table["at_stake"].sum()


def test_the_notebook_reads_contracts_where_there_are_some(tmp_path):
    contract_customers(tmp_path, customers=4000, seed=3)
    tables = tmp_path / "tables"
    found, outputs = run_notebook(
        period="2016-12", settings_path=str(tmp_path / "analysis.toml"), segment="plan",
        attributes="plan", tables_dir=str(tables),
    )  # fmt: skip
    text = words(found)
    assert found["churn.rule"]["headline"].startswith("A customer is lost when the contract ends")
    assert "after their beginning" in found["churn.staying"]["headline"]
    assert "silent" not in text
    assert "nan" not in text.split()
    assert "leave" in found["churn.causes"]["headline"]
    assert sum(isinstance(output, Bundle) for output in outputs) >= 5
    assert {path.name for path in tables.iterdir()} == {
        "early_warnings.csv", "win_back.csv", "risk_scores.csv",
    }  # fmt: skip


@pytest.mark.parametrize("period", ["2017-01", "2017-03"])
def test_the_notebook_says_so_where_the_history_is_too_young(tmp_path, period):
    shutil.copy(NOTEBOOK.parents[1] / "analysis.toml", tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, outputs = run_notebook(period=period, settings_path=str(tmp_path / "analysis.toml"))
    missing = {name for name, one in found.items() if one["headline"].startswith("Not enough data")}
    assert "churn.accuracy" in missing
    assert ({"churn.balance", "churn.rate"} <= missing) == (period == "2017-01")
    assert not any("nan" in one["headline"].split() for one in found.values())
    assert any(isinstance(output, Finding) for output in outputs)


def test_lists_are_rounded_for_a_spreadsheet():
    rows = pd.DataFrame({"customer_id": ["7"], "at_stake": [1403.83551], "p_value": [9.3485e-8]})
    assert list(layout.for_a_list(rows).iloc[0]) == ["7", 1403.84, 9.3e-8]
    assert rows["at_stake"].iloc[0] == 1403.83551


def test_words_of_levels_and_habits():
    assert layout.in_words("pace_trend").low == "slower than their habit"
    assert layout.in_words("plan: monthly").difference == "Plan: monthly"
    assert layout.names(" plan, region ,") == ["plan", "region"]
