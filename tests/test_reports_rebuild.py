"""A report made once more from its manifest alone: the same bytes, or a reason."""

from __future__ import annotations

import shutil

import pytest
from notebook_builder import PARAMETERS, run_at_once, write_runnable

from analysis.cli import main
from analysis.errors import ReportError
from analysis.reports import rebuilding
from analysis.reports.archive import Archive
from analysis.reports.execution import Runner
from analysis.reports.manifest import Manifest
from analysis.reports.progress import progress_display
from analysis.reports.rebuilding import rebuild
from analysis.settings import load

SETTINGS = """title = "A shop"
[transactions]
path = "orders.csv"
customer_id = "c"
order_date = "d"
amount = "a"
[reports]
names = ["orders", "summary"]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Reports of two months and the summary of the second, of which nothing is executed."""
    monkeypatch.setattr(Runner, "run", run_at_once)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "analysis.toml").write_text(SETTINGS)
    (tmp_path / "orders.csv").write_text("c,d,a\nx,2017-01-05,1.50\ny,2017-02-28,2.50\n")
    write_runnable(tmp_path / "notebooks" / "01_orders.ipynb", "1")
    late = f'{PARAMETERS}\nfindings_dir: str = ""'
    write_runnable(tmp_path / "notebooks" / "02_summary.ipynb", "1", parameters=late)
    for names, period in ((["orders"], "2017-01"), (["orders", "summary"], "2017-02")):
        assert main(["render", *names, "--period", period]) == 0
    return tmp_path


def contents(archive):
    """Return what readers see: every page and list, by its path."""
    files = [path for path in archive.rglob("*") if path.name in ("report.html", "findings.json")]
    return {path.relative_to(archive).as_posix(): path.read_bytes() for path in files}


def test_an_archive_comes_back_from_its_manifests(project, capsys):
    archive, kept = project / "reports", []
    for number, (run, folder) in enumerate(Archive(archive).runs()):
        kept.append(shutil.copyfile(folder / "manifest.json", project / f"{number}.json"))
        assert run.status == "succeeded"
    before = contents(archive)
    assert len(before) == 2 * 3
    shutil.rmtree(archive)
    assert main(["rebuild", *map(str, kept)]) == 0
    assert capsys.readouterr().out.count("the same bytes, put back") == 3
    assert contents(archive) == before
    for (_, folder), path in zip(Archive(archive).runs(), kept, strict=True):
        assert (folder / "manifest.json").read_bytes() == path.read_bytes()
        assert (folder.parent / "current").resolve() == folder
    assert main(["rebuild", str(kept[0])]) == 0
    assert "the same bytes, kept" in capsys.readouterr().out
    assert not list((archive / ".staging").iterdir())


def test_a_run_that_is_put_back_takes_no_place_from_a_newer_one(project):
    archive = Archive(project / "reports")
    old = archive.current("orders", "2017-02")
    kept = shutil.copyfile(old / "manifest.json", project / "kept.json")
    assert main(["render", "orders", "--period", "2017-02"]) == 0
    newer = archive.current("orders", "2017-02")
    shutil.rmtree(old)
    assert main(["rebuild", str(kept)]) == 0
    assert (old / "report.html").read_bytes() == (newer / "report.html").read_bytes()
    assert archive.current("orders", "2017-02") == newer


def test_a_page_with_other_bytes_is_set_aside_with_a_reason(project, monkeypatch, capsys):
    folder = Archive(project / "reports").current("orders", "2017-02")
    lost = Manifest.read(folder).model_copy(update={"report_sha256": "0"})
    (project / "kept").mkdir()
    lost.write(project / "kept")
    known = rebuilding.versions()
    monkeypatch.setattr(rebuilding, "versions", lambda: known | {"pandas": "9.9"})
    assert main(["rebuild", "kept/manifest.json"]) == 1
    said = f"other bytes than the first: pandas {known['pandas']} then and 9.9 now. See "
    assert said in capsys.readouterr().err
    ((failed, _),) = Archive(project / "reports").failures()
    assert failed.status == "failed"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("orders.csv", "z,2017-02-27,9.99\n", "the data of orders for 2017-02 had the SHA-256"),
        ("analysis.toml", "# more\n", "Bring back the settings of"),
        ("notebooks/01_orders.ipynb", " ", "Bring back the notebook of"),
    ],
)
def test_what_a_report_was_made_of_must_be_the_same(project, file, text, said):
    manifest = Archive(project / "reports").current("orders", "2017-02") / "manifest.json"
    with (project / file).open("a") as changed:
        changed.write(text)
    settings = load(project / "analysis.toml")
    with progress_display(quiet=True) as progress, pytest.raises(ReportError, match=said):
        rebuild(manifest, settings, project / "analysis.toml", progress)


def test_a_run_that_it_read_must_be_there(project, capsys):
    archive = Archive(project / "reports")
    manifest = archive.current("orders", "2017-02") / "manifest.json"
    lost = archive.current("orders", "2017-01")
    shutil.rmtree(lost)
    assert main(["rebuild", str(manifest)]) == 2
    assert f"must be in the archive; orders/2017-01/{lost.name} is not" in capsys.readouterr().err


def moved(project, elsewhere, monkeypatch):
    """Take what reports are made of to another place, where there is no archive."""
    elsewhere.mkdir()
    shutil.copytree(project / "notebooks", elsewhere / "notebooks")
    for name in ("analysis.toml", "orders.csv"):
        shutil.copyfile(project / name, elsewhere / name)
    monkeypatch.chdir(elsewhere)


def test_a_backup_of_the_manifests_is_enough_on_another_machine(
    project, tmp_path_factory, monkeypatch
):
    before = contents(project / "reports")
    backup = shutil.copytree(
        project / "reports",
        tmp_path_factory.mktemp("backup") / "manifests",
        ignore=lambda _, names: (
            {name for name in names if "." in name and name != "manifest.json"}
            | {"current", "tables", "findings"}
        ),
    )
    kept = sorted(
        backup.rglob("manifest.json"), key=lambda path: Manifest.read(path.parent).started
    )
    assert [path.name for path in backup.rglob("*") if path.is_file()] == ["manifest.json"] * 3
    elsewhere = tmp_path_factory.mktemp("restored") / "project"
    moved(project, elsewhere, monkeypatch)
    assert main(["rebuild", *map(str, kept)]) == 0
    assert contents(elsewhere / "reports") == before
    assert (elsewhere / "reports" / "index.html").is_file()


def test_a_copy_of_an_archive_is_the_archive(project, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("restored") / "project"
    moved(project, elsewhere, monkeypatch)
    shutil.copytree(project / "reports", elsewhere / "reports", symlinks=True)
    there = Archive(elsewhere / "reports")
    assert there.current("orders", "2017-02").is_relative_to(elsewhere)
    lost = there.current("orders", "2017-02")
    kept = shutil.copyfile(lost / "manifest.json", elsewhere / "kept.json")
    before = contents(elsewhere / "reports")
    shutil.rmtree(lost)
    assert main(["rebuild", str(kept)]) == 0
    assert contents(elsewhere / "reports") == before
