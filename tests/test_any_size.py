"""However many customers there are: no notebook takes more of them into memory than it may.

Each customer of a simulated business with contracts, tickets and consent is there five times, by
other ids: what is counted together is there once, and a row a customer without its id repeats.
"""

import gc
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from answers import check, most_rows, nothing_gathered, run_cells, simulate_alike, watched
from matplotlib.figure import Figure

from analysis import churn, clv, segmentation, tables
from analysis.clv import choosing
from analysis.periods import Period
from analysis.segmentation import sentences

NOTEBOOKS = {path.stem: path for path in (Path(__file__).parents[1] / "notebooks").glob("0*.ipynb")}
COPIES, CUSTOMERS, AT_ONCE = 5, 750, 250
CARRIED = {"scores": churn.RiskScores, "study": clv.ValueStudy, "now": segmentation.Snapshot}
"""What the business is large enough for, so that it is looked at."""
CONTRACTS = churn.ContractEnd(0, 0, pd.DataFrame())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("business") / "files"


@pytest.fixture(scope="module")
def source(folder):
    made = simulate_alike(folder, CUSTOMERS // COPIES, copies=COPIES)
    assert made.quality.customers == CUSTOMERS
    return watched(replace(made, scratch=folder / "scratch"), AT_ONCE)


@pytest.fixture(params=sorted(NOTEBOOKS))
def cells(request, source, folder, tmp_path, monkeypatch):
    """Return what the cells of a notebook made, of a source whose answers are looked at."""
    quick = partial(segmentation.find_clusters, draws=2)
    for module, what, instead in (
        (tables, "open_source", lambda _: source),
        (sentences, "GROUPED_CUSTOMERS", AT_ONCE // 3),
        (sentences, "find_clusters", quick),
        (choosing, "usual_models", lambda _: {"BG/NBD": clv.fit_bg_nbd}),
        (Figure, "savefig", lambda _, to, **__: to.write("<svg/>")),
    ):
        monkeypatch.setattr(module, what, instead)
    source.engine.asked.clear()
    with nothing_gathered(monkeypatch, most_rows(AT_ONCE)):
        settings_path = str(folder / "analysis.toml")
        given = {"period": "2021-12", "settings_path": settings_path, "tables_dir": str(tmp_path)}
        return run_cells(NOTEBOOKS[request.param], **given)


def test_no_notebook_holds_all_customers(cells, source):
    assert cells["span"] == Period.parse("2021-12")
    assert source.engine.asked
    for name in CARRIED.keys() & cells.keys():
        assert isinstance(cells[name], CARRIED[name]), cells[name]
    for frame in (one for one in gc.get_objects() if isinstance(one, pd.DataFrame)):
        if "customer_id" in frame:
            check(frame, most_rows(AT_ONCE), f"a table that is left: {list(frame)}")


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda one: churn.find_spells(one, "2021-12-31", CONTRACTS), "customers in an answer"),
        (
            lambda one: churn.churn_table(one, "2021-12-31", 60, landmark="2021-06-30"),
            "customers in an answer",
        ),
        (lambda one: one.frame("tickets"), "customers in an answer to: SELECT"),
        (
            lambda one: one.engine.run(
                "SELECT SUM(amount_minor) FROM transactions GROUP BY customer_id"
            ),
            "rows like others, so of customers each",
        ),
    ],
)
def test_what_takes_all_customers_at_once_is_seen(ask, told, source):
    with pytest.raises(AssertionError, match=told):
        ask(source)


def test_rows_put_together_from_parts_are_seen(source, monkeypatch):
    gone = churn.win_back(source, "2021-12-31", CONTRACTS)
    with nothing_gathered(monkeypatch, most_rows(AT_ONCE)):
        with pytest.raises(AssertionError, match="customers in an answer to: pd"):
            gone.to_frame()
        with pytest.raises(AssertionError, match="customers in an answer to: SELECT"):
            gone.query("SELECT customer_id FROM customers")
