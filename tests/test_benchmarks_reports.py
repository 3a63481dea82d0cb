"""The measurements of the runner: what they say of costs, and that they notice any damage."""

from __future__ import annotations

import shutil

import pytest
from notebook_builder import run_at_once

from analysis.cli import main
from analysis.reports.execution import Runner
from benchmarks import backfill, reports
from benchmarks.reports import Cost


def test_costs_are_held_against_their_targets():
    mine = [Cost(30.0, 60.0), Cost(50.0, 61.0), Cost(40.0, 99.0)]
    peers = [Cost(80.0, 60.0)] * 3
    wall, cpu = reports.compare(mine, peers)
    assert wall.split() == ["wall,", "s", "40.0", "80.0", "0.50", "(at", "most", "0.50:", "met)"]
    assert cpu.endswith("1.02 (at most 1.00: missed)")
    assert Cost(1.0, 2.0) + Cost(3.0, 4.0) == Cost(4.0, 6.0)


def test_the_cost_of_a_command_is_that_of_its_children_too(tmp_path):
    work = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(10**7))'])"
    spent = reports.cost([reports.sys.executable, "-c", work], tmp_path)
    assert spent.cpu > 0.05
    assert spent.wall > 0.05
    with pytest.raises(RuntimeError, match=r"ended with 3: .*broken"):
        reports.cost([reports.sys.executable, "-c", "import sys; print('broken', file=sys.stderr); "
                      "sys.exit(3)"], tmp_path)  # fmt: skip


@pytest.fixture
def backfilled(tmp_path, monkeypatch):
    """An archive of three weeks, whose notebook only seems to have been run."""
    monkeypatch.setattr(Runner, "run", run_at_once)
    monkeypatch.setattr(backfill, "is_whole", lambda run: (run / "report.html").is_file())
    keys = backfill.prepare(tmp_path, 3)
    monkeypatch.chdir(tmp_path)
    assert main(backfill.command(keys)[3:]) == 0
    return keys, tmp_path, tmp_path / "reports" / "orders"


def test_a_whole_archive_is_good(backfilled):
    keys, folder, _ = backfilled
    assert keys == ["2015-W02", "2015-W03", "2015-W04"]
    left = backfill.look(keys, folder)
    assert left.good
    assert left.reports == 3


@pytest.mark.parametrize("damage", ["missing", "twice", "not_whole", "not_current", "half_made"])
def test_every_damage_is_noticed(backfilled, damage):
    keys, folder, archive = backfilled
    current = (archive / keys[1] / "current").resolve()
    match damage:
        case "missing":
            shutil.rmtree(archive / keys[1])
        case "twice":
            shutil.copytree(current, current.with_name("again"))
        case "not_whole":
            (current / "report.html").unlink()
        case "not_current":
            (archive / keys[1] / "current").unlink()
        case _:
            (folder / "reports" / ".staging" / "orders_2015-W03").mkdir()
    left = backfill.look(keys, folder)
    assert getattr(left, damage) == 1
    assert not left.good


def test_a_page_that_its_manifest_does_not_know_is_not_whole(tmp_path):
    run = tmp_path / "2015-W02" / "current"
    (run / "tables").mkdir(parents=True)
    (run / "manifest.json").write_text('{"status": "succeeded", "period": "2015-W02", '
                                       '"report_sha256": "0"}')  # fmt: skip
    (run / "report.html").write_text("page")
    (run / "findings.json").write_text('[{"headline": "All is well in 2015-W02."}]')
    (run / "tables" / "weeks.csv").write_text("2015-W02")
    assert not backfill.is_whole(run)
    digest = backfill.hashlib.sha256(b"page").hexdigest()
    text = (run / "manifest.json").read_text().replace('"0"', f'"{digest}"')
    (run / "manifest.json").write_text(text)
    assert backfill.is_whole(run)
    (run / "manifest.json").write_text(text[:20])
    assert not backfill.is_whole(run)
