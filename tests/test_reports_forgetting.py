"""Who is forgotten stands in no list, and all else stays byte for byte as it was."""

import hashlib
import os

import pandas as pd
import pyarrow.parquet as pq
import pytest
from delivery_project import SETTINGS, put_run

from analysis import cli, exports, keys
from analysis.customer_table import CustomerTable
from analysis.errors import BusyError
from analysis.reports import forgetting
from analysis.reports.archive import Archive
from analysis.reports.manifest import Manifest
from analysis.settings import load
from analysis.tables.pseudonyms import pseudonym

EVIL = "=K1"
ROWS = pd.DataFrame(
    {"customer_id": ["K1", "K10", EVIL, "k1"], "n": [1.5, 2, 3, 4],
     "note": ['two\r\nlines, "K1"', "Zoë", "", "K1"]}
)  # fmt: skip
REFERRALS = pd.DataFrame({"customer_id": ["K2", "K3"], "referred_id": ["K1", "K4"]})
REJECTS = pd.DataFrame({"line": [1, 2], "value": ["K1 twice", "K10"], "rule": ["a", "a"]})


@pytest.fixture
def project(tmp_path):
    """Return a project with two runs, one of them failed, and a cache."""
    (tmp_path / "analysis.toml").write_text(SETTINGS.format(title="A shop"))
    _, made = put_run(tmp_path, "churn", "2017-12")
    tables = made.folder / "tables"
    for name, rows in (("calls", ROWS), ("referrals", REFERRALS), ("rows_set_aside", REJECTS)):
        exports.save(rows, name, tables, without=())
    exports.save(pd.DataFrame({"tier": ["K1"]}), "tiers", tables)
    _, failed = put_run(tmp_path, "churn", "2017-12", fault="it broke", hour=5, log="K1")
    (tmp_path / "reports" / ".staging" / "clv_2017-12" / "run").mkdir(parents=True)
    for part in ("tables/one", "spill/two"):
        (tmp_path / "data" / "cache" / part).mkdir(parents=True)
    (tmp_path / "data" / "cache" / "rejects").mkdir()
    (tmp_path / "data" / "cache" / "rejects" / "transactions.csv").write_text("K1")
    return made.folder, failed.folder


def run(tmp_path, *arguments):
    return cli.main(["--settings", str(tmp_path / "analysis.toml"), *arguments])


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_lists_and_changes_nothing_without_yes(tmp_path, project, capsys):
    before = contents(tmp_path)
    assert run(tmp_path, "forget", "K1") == cli.DONE
    told = capsys.readouterr().out
    for line in (
        "tables/calls.csv: 1 row\n",
        "tables/referrals.csv: 1 row\n",
        "tables/rows_set_aside.csv: 1 row\n",
        "1 failed run with",
        "1 run left by a killed process",
        "3 parts of data/cache",
        f"holds the name as a word: churn/2017-12/{project[0].name}/tables/tiers.csv",
        "Nothing is removed yet; --yes does it.",
        "Not reached: the sources",
    ):
        assert line in told
    assert contents(tmp_path) == before


def test_rows_of_nobody_else_change(tmp_path, project):
    folder, failed = project
    before = (folder / "tables" / "calls.csv").read_bytes()
    assert run(tmp_path, "forget", "K1", "--yes") == cli.DONE
    after = (folder / "tables" / "calls.csv").read_bytes()
    gone = b'"K1",1.5,"two\r\nlines, ""K1"""\r\n'
    assert gone in before
    assert after == before.replace(gone, b"")
    for name in ("referrals", "rows_set_aside"):
        text = (folder / "tables" / f"{name}.csv").read_text("utf-8-sig")
        assert "K1 " not in text
        assert '"K1"' not in text
        assert len(text.splitlines()) == 2
    assert not failed.exists()
    assert not list((tmp_path / "data" / "cache").glob("*/*"))
    assert not list((tmp_path / "reports" / ".staging").iterdir())
    assert not list(folder.rglob("*.new"))


def test_the_manifest_tells_when_and_which_lists_and_never_whom(tmp_path, project, capsys):
    folder, _ = project
    run(tmp_path, "forget", "K1", "--yes")
    (record,) = Manifest.read(folder).forgotten
    assert set(record.lists_sha256) == {"calls.csv", "referrals.csv", "rows_set_aside.csv"}
    for name, digest in record.lists_sha256.items():
        assert hashlib.sha256((folder / "tables" / name).read_bytes()).hexdigest() == digest
    assert "K1" not in (folder / "manifest.json").read_text()
    capsys.readouterr()
    run(tmp_path, "forget", "K1", "--yes")
    assert "hold nothing of this customer" in capsys.readouterr().out
    assert len(Manifest.read(folder).forgotten) == 1


def test_a_long_list_loses_the_customer_too(tmp_path, project, monkeypatch):
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    table = CustomerTable.written([ROWS.iloc[:2], ROWS.iloc[2:]], tmp_path / "scratch")
    exports.save(table, "everybody", project[0] / "tables", without=())
    assert run(tmp_path, "forget", "K1", "--yes") == cli.DONE
    left = pq.read_table(project[0] / "tables" / "everybody.parquet").to_pandas()
    pd.testing.assert_frame_equal(left, ROWS.iloc[1:].reset_index(drop=True))
    [record] = Manifest.read(project[0]).forgotten
    assert "everybody.parquet" in record.lists_sha256


def test_an_id_that_looks_like_a_formula_is_found(tmp_path, project):
    folder, _ = project
    run(tmp_path, "forget", EVIL, "--yes")
    ids = pd.read_csv(folder / "tables" / "calls.csv")["customer_id"]
    assert list(ids) == ["K1", "K10", "k1"]


def test_a_pseudonym_is_known_where_there_is_the_key(tmp_path, project, monkeypatch):
    folder, _ = project
    monkeypatch.setenv("SHOP_KEY", keys.new_key())
    with (tmp_path / "analysis.toml").open("a") as settings:
        settings.write('[privacy]\nkey_env = "SHOP_KEY"\npseudonyms = true\n')
    secret = load(tmp_path / "analysis.toml").privacy.key(tmp_path).derive("pseudonyms")
    named = ROWS.assign(customer_id=[pseudonym(one, secret) for one in ROWS["customer_id"]])
    exports.save(named, "calls", folder / "tables", without=())
    run(tmp_path, "forget", "K1", "--yes")
    ids = list(pd.read_csv(folder / "tables" / "calls.csv")["customer_id"])
    assert ids == [pseudonym(one, secret) for one in ("K10", EVIL, "k1")]


@pytest.mark.parametrize("stopped_at", [1, 2, 3])
def test_killed_on_the_way_every_list_is_whole_and_the_next_time_ends_it(
    tmp_path, project, monkeypatch, stopped_at
):
    folder, _ = project
    before = contents(folder / "tables")
    calls, replace = [], os.replace

    def dying(source, target, **more):
        calls.append(target)
        if len(calls) == stopped_at:
            raise KeyboardInterrupt
        return replace(source, target, **more)

    monkeypatch.setattr(os, "replace", dying)
    assert run(tmp_path, "forget", "K1", "--yes") != cli.DONE
    monkeypatch.setattr(os, "replace", replace)
    between = {path: path.read_bytes() for path in before}
    assert run(tmp_path, "forget", "K1", "--yes") == cli.DONE
    settings = load(tmp_path / "analysis.toml")
    assert not forgetting.find(("K1",), Archive.of(settings), settings)
    after = contents(folder / "tables")
    assert all(between[path] in (before[path], after[path]) for path in before)
    assert after.keys() == before.keys()
    assert Manifest.read(folder).forgotten


def test_while_a_report_is_made_its_runs_are_left_alone(tmp_path, project):
    folder, _ = project
    before = contents(folder)
    settings = load(tmp_path / "analysis.toml")
    archive = Archive.of(settings)
    held = forgetting.find(("K1",), archive, settings)
    with (
        archive.holding("churn", "2017-12"),
        pytest.raises(BusyError, match="churn for 2017-12 is being made"),
    ):
        forgetting.remove(held, ("K1",), archive)
    assert contents(folder) == before


def test_an_empty_id_is_refused(tmp_path, project, capsys):
    before = contents(tmp_path)
    assert run(tmp_path, "forget", " ", "--yes") == cli.REFUSED
    assert "the one given is empty" in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_a_name_that_is_in_many_files_is_told_of_ten(tmp_path, project, capsys):
    for number in range(12):
        exports.save(pd.DataFrame({"n": [77]}), f"numbers{number}", project[0] / "tables")
    run(tmp_path, "forget", "77")
    told = capsys.readouterr().out
    assert told.count("holds the name as a word") == 10
    assert "and so do 2 more files" in told


def test_a_project_that_made_nothing_holds_nothing(tmp_path, capsys):
    (tmp_path / "analysis.toml").write_text(SETTINGS.format(title="A shop"))
    assert run(tmp_path, "forget", "K1", "--yes") == cli.DONE
    assert "hold nothing" in capsys.readouterr().out
    assert not (tmp_path / "reports").exists()
