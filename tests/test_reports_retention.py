"""Old runs: removed after a success alone, and never one that somebody reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_builder import run_at_once, write_runnable

from analysis.cli import main
from analysis.reports.archive import Archive
from analysis.reports.execution import Runner
from analysis.reports.retention import remove_old_runs


def put(root, place, *names, current=None):
    for name in names:
        (root / place / name / "tables").mkdir(parents=True)
        (root / place / name / "tables" / "a.csv").write_text("a")
    if current:
        (root / place / "current").symlink_to(current)


def left(root, place):
    return sorted(path.name for path in (root / place).iterdir())


def test_the_newest_runs_stay_and_those_that_are_read(tmp_path):
    put(tmp_path, "churn/2017-01", "1", "2", current="2")
    put(tmp_path, "churn/2017-02", "3", "4", "6", current="4")
    put(tmp_path, "churn/2017-03", "5", "7", "8", current="8")
    put(tmp_path, "clv/2017-01", "0", "1", current="1")
    (tmp_path / "churn" / "note.txt").write_text("mine")
    assert sorted(remove_old_runs(Archive(tmp_path), "churn", 2)) == ["1", "3", "5"]
    assert left(tmp_path, "churn/2017-01") == ["2", "current"]
    assert left(tmp_path, "churn/2017-02") == ["4", "6", "current"]
    assert left(tmp_path, "churn/2017-03") == ["7", "8", "current"]
    assert left(tmp_path, "clv/2017-01") == ["0", "1", "current"]
    assert left(tmp_path, ".") == ["churn", "clv"]


def test_the_last_good_run_stays_where_the_link_is_gone(tmp_path):
    put(tmp_path, "churn/2017-01", "1", "2")
    put(tmp_path, "churn/2017-02", "3", current="lost")
    assert remove_old_runs(Archive(tmp_path), "churn", 1) == ["1"]


def test_failed_runs_are_counted_by_themselves(tmp_path):
    put(tmp_path, "data/2017", "5", current="5")
    put(tmp_path, ".failed/data_2017", "1", "3")
    put(tmp_path, ".failed/data_2018", "2")
    put(tmp_path, ".failed/data_quality_2017", "0")
    assert sorted(remove_old_runs(Archive(tmp_path), "data", 2)) == ["1"]
    assert left(tmp_path, ".failed/data_2017") == ["3"]
    assert left(tmp_path, ".failed/data_quality_2017") == ["0"]


@settings(deadline=None)  # files are written
@given(
    periods=st.lists(st.integers(0, 3), min_size=1, max_size=12),
    chosen=st.integers(0, 11),
    keep=st.integers(1, 12),
)
def test_whatever_is_kept_readers_lose_nothing(periods, chosen, keep, tmp_path_factory):
    root = tmp_path_factory.mktemp("archive")
    for run, period in enumerate(periods):
        put(root, f"churn/201{period}", f"{run:02d}")
    read = f"{chosen % len(periods):02d}"
    (root / f"churn/201{periods[int(read)]}" / "current").symlink_to(read)
    removed = remove_old_runs(Archive(root), "churn", keep)
    latest = {
        f"{run:02d}" for run, period in enumerate(periods) if period not in periods[run + 1 :]
    }
    newest = {f"{run:02d}" for run in range(len(periods))[-keep:]}
    assert set(removed).isdisjoint({read} | latest | newest)
    assert len(removed) == len(periods) - len({read} | latest | newest)


def test_only_a_success_removes(tmp_path, monkeypatch):
    monkeypatch.setattr(Runner, "run", run_at_once)
    (tmp_path / "analysis.toml").write_text(
        '[transactions]\npath = "orders.csv"\ncustomer_id = "c"\norder_date = "d"\namount = "a"\n'
        "[reports]\nkeep = 1\n"
    )
    (tmp_path / "orders.csv").write_text("c,d,a\nx,2017-01-05,1.50\ny,2017-02-28,2.50\n")
    settings = ["--settings", str(tmp_path / "analysis.toml")]
    made = tmp_path / "reports" / "orders" / "2017-02"
    archive = Archive(tmp_path / "reports")
    put(tmp_path / "reports", "orders/2017-02", "20160101T000000Z-a", current="20160101T000000Z-a")
    write_runnable(tmp_path / "notebooks" / "01_orders.ipynb", "1 / 0")
    assert main(["render", "orders", *settings]) == 1
    assert left(made, ".") == ["20160101T000000Z-a", "current"]
    write_runnable(tmp_path / "notebooks" / "01_orders.ipynb", "1")
    assert main(["render", "orders", *settings]) == 0
    assert archive.current("orders", "2017-02").name in left(made, ".")
    assert len(left(made, ".")) == 2
    assert len(archive.failures()) == 1


def test_what_cannot_be_removed_is_left_for_the_next_time(tmp_path, monkeypatch):
    put(tmp_path, "churn/2017-01", "1", "2", current="2")

    def refuse(path, target):
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.rename", refuse)
        assert remove_old_runs(Archive(tmp_path), "churn", 1) == []
    assert remove_old_runs(Archive(tmp_path), "churn", 1) == ["1"]


@pytest.mark.parametrize("keep", ["0", "'all'"])
def test_at_least_one_run_is_kept(tmp_path, keep, capsys):
    (tmp_path / "analysis.toml").write_text(
        f"[transactions]\npath = 'orders.csv'\n[reports]\nkeep = {keep}\n"
    )
    assert main(["--settings", str(tmp_path / "analysis.toml"), "index"]) == 2
    assert "[reports] `keep` is" in capsys.readouterr().err
