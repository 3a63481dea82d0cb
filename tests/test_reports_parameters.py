"""Parameters: the models, the notebooks' cells, and what is refused before anything starts."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook
from notebook_builder import PARAMETERS

from analysis.errors import PeriodError, ReportError
from analysis.reports.catalogue import find_reports
from analysis.reports.parameters import (
    MODELS,
    SET_BY_RUNNER,
    ReportParameters,
    check,
    check_texts,
    model_for,
)

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
CELL = f"{PARAMETERS}\n"
OWN = CELL + "weeks: int = 52\nrate: float = 0.1\nplain: bool = False\nlow: int = -1"


def with_cell(*sources):
    tagged = {"tags": ["parameters"]}
    cells = [new_code_cell(source, metadata=tagged) for source in sources]
    return new_notebook(cells=cells)


@pytest.fixture
def model():
    return model_for("custom", with_cell(OWN))


@pytest.mark.parametrize("name", sorted(MODELS))
def test_each_model_agrees_with_the_cell_of_its_notebook(name):
    (report,) = find_reports(NOTEBOOKS, [name])
    assert report.parameters is MODELS[name]
    assert report.reads_findings == (name == "summary")


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_notebook_has_a_model_that_states_its_limits(path):
    assert path.stem[3:] in MODELS
    assert nbformat.read(path, as_version=4).nbformat == 4


def test_a_notebook_without_a_model_gets_one_from_its_cell(model):
    assert model.own() == ("weeks", "rate", "plain", "low")
    assert check("custom", model, {"period": "2017-q4"}) == {
        "period": "2017-Q4",
        "settings_path": "",
        "tables_dir": "",
        "previous_dir": "",
        "weeks": 52,
        "rate": 0.1,
        "plain": False,
        "low": -1,
    }


def test_texts_become_the_types_of_their_parameters(model):
    texts = {"weeks": "26", "rate": "0.2", "plain": "true"}
    assert check_texts("custom", model, texts) == {"weeks": 26, "rate": 0.2, "plain": True}


@given(st.integers(), st.floats(allow_nan=False), st.booleans())
def test_values_survive_being_written_and_read(weeks, rate, plain):
    model = model_for("custom", with_cell(OWN))
    texts = {"weeks": str(weeks), "rate": repr(rate), "plain": str(plain)}
    expected = {"weeks": weeks, "rate": rate, "plain": plain}
    assert check_texts("custom", model, texts) == expected
    assert check("custom", model, {"period": "2017", **expected}).items() >= expected.items()


def test_a_near_name_is_suggested(model):
    with pytest.raises(ReportError, match=r"no parameter 'week'. Did you mean 'weeks'\? It has: w"):
        check("custom", model, {"period": "2017", "week": 3})


@pytest.mark.parametrize("name", ["a b", "x;import os", "1a", ""])
def test_a_name_that_is_code_is_refused(model, name):
    with pytest.raises(ReportError, match="is a plain identifier"):
        check_texts("custom", model, {name: "1"})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"weeks": "26"}, "'weeks' of 'custom': Input should be a valid integer; got '26'"),
        ({"weeks": 2.5}, "valid integer"),
        ({"weeks": True}, "valid integer"),
        ({"plain": 1}, "valid boolean"),
        ({"settings_path": 1}, "valid string"),
    ],
)
def test_a_wrong_type_is_refused(model, values, message):
    with pytest.raises(ReportError, match=message):
        check("custom", model, {"period": "2017", **values})


def test_a_value_out_of_its_limits_is_refused():
    with pytest.raises(ReportError, match="greater than or equal to 1; got 0"):
        check("retention", MODELS["retention"], {"period": "2017", "second_order_days": 0})


def test_a_bad_period_is_refused(model):
    with pytest.raises(PeriodError, match="There is no month '2017-13'"):
        check("custom", model, {"period": "2017-13"})
    with pytest.raises(ReportError, match="'period' of 'custom': Field required"):
        check("custom", model, {})


@pytest.mark.parametrize("name", SET_BY_RUNNER)
def test_what_the_runner_sets_is_not_set_by_hand(model, name):
    with pytest.raises(ReportError, match=f"'{name}' is set by the runner"):
        check_texts("custom", model, {name: "x"})


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ([], "has 0"),
        ([CELL, CELL], "has 2"),
        ([CELL + "x = 3"], "line 5 is another"),
        ([CELL + "x: list = []"], "line 5 is another"),
        ([CELL + "x: int = 2 * 3"], "line 5 is another"),
        ([CELL + "import os"], "line 5 is another"),
        (['period: str = ""'], "for 'previous_dir' the cell says nothing and"),
        ([CELL.replace("tables_dir: str", "tables_dir: int")], "for 'tables_dir' the cell says"),
    ],
)
def test_a_cell_that_cannot_be_trusted_is_refused(sources, message):
    with pytest.raises(ReportError, match=message):
        model_for("custom", with_cell(*sources))


def test_a_cell_that_differs_from_its_model_is_refused(monkeypatch):
    class Own(ReportParameters):
        weeks: int = 52

    monkeypatch.setitem(MODELS, "own", Own)
    assert model_for("own", with_cell(CELL + "weeks: int = 52")) is Own
    for line in ("weeks: int = 53", "weeks: float = 52", "more: int = 1\nweeks: int = 52", ""):
        with pytest.raises(ReportError, match="its model must agree"):
            model_for("own", with_cell(CELL + line))
