"""What readers see after a full disk, a page that cannot be laid out, or an index that cannot."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest
from notebook_builder import run_at_once, write_runnable

from analysis.cli import main
from analysis.reports import rendering
from analysis.reports.archive import Archive
from analysis.reports.execution import Runner

SETTINGS = """[transactions]
path = "orders.csv"
customer_id = "c"
order_date = "d"
amount = "a"
[reports]
names = ["orders"]
retries = 0
"""
FILLS = "with open('large', 'wb') as file:\n    file.write(bytes(64_000_000))"
SAYS = 'from analysis.findings import Finding\nFinding(id="a", headline="{}", main=True)'
RENDER = ["render", "orders", "--period", "2017-02"]
COMMAND = [sys.executable, "-m", "analysis", *RENDER]


def put_project(folder):
    (folder / "analysis.toml").write_text(SETTINGS)
    (folder / "orders.csv").write_text("c,d,a\nx,2017-01-05,1.50\ny,2017-02-28,2.50\n")
    write_runnable(folder / "notebooks" / "01_orders.ipynb", SAYS.format("All is well."))
    return folder


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return put_project(tmp_path)


@pytest.fixture
def small_disk(tmp_path):
    """A project on a disk of four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no disk may be mounted here")
    yield put_project(folder)
    subprocess.run(["umount", str(folder)], check=True)


def in_order(project):
    """Return the page that readers see, having looked that nothing half-made lies about."""
    archive = Archive(project / "reports")
    assert not list((archive.root / ".staging").iterdir())
    places = sorted(path.name for path in (archive.root / "orders" / "2017-02").iterdir())
    assert places == sorted(["current", *(run.run for run, _ in archive.runs())])
    return (archive.current("orders", "2017-02") / "report.html").read_text()


def test_a_full_disk_leaves_the_last_good_report(small_disk, monkeypatch):
    monkeypatch.chdir(small_disk)
    assert main(RENDER) == 0
    before = in_order(small_disk)
    write_runnable(small_disk / "notebooks" / "01_orders.ipynb", FILLS, SAYS.format("Half."))
    full = subprocess.run(COMMAND, check=False, capture_output=True, text=True)
    assert full.returncode == 1
    assert "orders for 2017-02 failed" in full.stderr
    assert "Traceback" not in full.stderr
    assert in_order(small_disk) == before
    write_runnable(small_disk / "notebooks" / "01_orders.ipynb", SAYS.format("Room again."))
    assert main(RENDER) == 0
    assert "Room again." in in_order(small_disk)


def test_files_that_may_not_grow_leave_the_last_good_report(project):
    assert main(RENDER) == 0
    before = in_order(project)
    index = (project / "reports" / "index.html").read_bytes()
    write_runnable(project / "notebooks" / "01_orders.ipynb", SAYS.format("Half."))
    limit = min(len(before), len(index)) // 2
    full = subprocess.run(
        COMMAND, check=False, capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert full.returncode == 1
    assert "File too large" in full.stderr
    assert "Traceback" not in full.stderr
    assert in_order(project) == before
    assert (project / "reports" / "index.html").read_bytes() == index
    assert main(RENDER) == 0
    assert "Half." in in_order(project)


def test_a_page_that_cannot_be_laid_out_stops_no_other(project, monkeypatch, capsys):
    monkeypatch.setattr(Runner, "run", run_at_once)
    monkeypatch.setattr(rendering, "render_report", lambda *_: 1 / 0)
    assert main(["render", "orders"]) == 1
    said = capsys.readouterr().err
    assert "it could not be laid out: ZeroDivisionError: division by zero. Notebook: " in said
    assert len(Archive(project / "reports").failures("orders", "2017-02")) == 1


def test_an_index_that_could_not_be_written_is_written_by_the_next_due(
    project, monkeypatch, capsys
):
    monkeypatch.setattr(Runner, "run", run_at_once)
    index = project / "reports" / ".index.html"
    index.mkdir(parents=True)
    arguments = ["due", "--now", "2017-03-06", "--from", "2017-02"]
    assert main(arguments) == 1
    assert "`analysis due` finishes what this stopped" in capsys.readouterr().err
    index.rmdir()
    assert main(arguments) == 0
    assert "Nothing is due" in capsys.readouterr().out
    assert "February 2017" in (project / "reports" / "index.html").read_text()
    assert not list((project / "reports" / ".staging").iterdir())
