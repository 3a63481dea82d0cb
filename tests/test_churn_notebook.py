"""The notebook on churn, run on contracts and on a young history."""

import ast
import shutil
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
from churn_simulation import contract_customers

from analysis import forecasts
from analysis.display import FIGURE_MIME, Bundle
from analysis.findings import MIME, Finding

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "04_churn.ipynb"


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


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
    outputs = [output for output in outputs if output is not None]
    found = {}
    for output in outputs:
        data = shown_by(output)
        if MIME in data:
            found[data[MIME]["id"]] = data[MIME]
    return found, outputs


def shown_by(output):
    return output.data if isinstance(output, Bundle) else output._repr_mimebundle_()


def words(found):
    return " ".join(f"{one['headline']} {one['action']}" for one in found.values())


def test_the_notebook_reads_contracts_where_there_are_some(tmp_path):
    contract_customers(tmp_path, customers=4000, seed=3)
    with (tmp_path / "analysis.toml").open("a", encoding="utf-8") as file:
        file.write("[churn]\ncontact_cost = 0.05\n")
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
    assert "the table keeps only those who left since" in found["churn.sampling"]["headline"]
    assert "a month" in found["churn.when"]["headline"]
    assert 'leave for "' in found["churn.why"]["headline"]
    assert found["churn.warnings"]["headline"].startswith("Of the ")
    assert found["churn.record"]["value"] > 0
    calls = pd.read_csv(tables / "early_warnings.csv")
    assert len(calls) == found["churn.warnings"]["value"] > 100
    assert calls["at_stake"].is_monotonic_decreasing
    listed = pd.read_csv(tables / "win_back.csv")
    assert listed["group"].eq("leave alone").mean() == pytest.approx(0.1, abs=0.05)
    risks = pd.read_csv(tables / "risk_scores.csv")
    assert risks["expected_gain"].is_monotonic_decreasing
    gain = found["churn.risk_gain"]
    assert f"({risks['worthwhile'].sum():,} of" in gain["headline"]
    figures_of = [output.data[FIGURE_MIME] for output in outputs if FIGURE_MIME in shown_by(output)]
    assert len(figures_of) >= 8
    assert all(one["subtitle"] and one["rows"] for one in figures_of)
    (kept,) = [
        shown_by(output)[forecasts.MIME] for output in outputs if forecasts.MIME in shown_by(output)
    ]
    assert [one["made_for"] for one in kept] == ["2017-01"]
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
