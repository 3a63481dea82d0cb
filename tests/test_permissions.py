"""What the commands write is for its owner, unless the settings open it."""

import os
import stat

import pandas as pd
import pytest
from delivery_project import SETTINGS, put_run

from analysis import cli, exports
from analysis.permissions import written_for

ORDERS = "c,d,a\nK1,2024-01-01,5\nK2,2024-01-02,6\nK2,never,6\n"
PRIVATE = stat.S_IRWXG | stat.S_IRWXO


@pytest.fixture(autouse=True)
def _usual_mask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("readers", "file", "folder"),
    [("owner", 0o600, 0o700), ("group", 0o640, 0o750), ("everyone", 0o644, 0o755)],
)
def test_lists_and_folders_are_open_to_whom_the_settings_say(tmp_path, readers, file, folder):
    with written_for(readers):
        exports.save(pd.DataFrame({"n": [1]}), "a", tmp_path / "tables")
    assert mode(tmp_path / "tables" / "a.csv") == file
    assert mode(tmp_path / "tables") == folder
    assert os.umask(0o022) == 0o022


def test_a_mask_that_is_closed_already_stays_so(tmp_path):
    os.umask(0o077)
    with written_for("everyone"):
        exports.save(pd.DataFrame({"n": [1]}), "a", tmp_path)
    assert mode(tmp_path / "a.csv") == 0o600


def test_the_mask_is_the_old_one_again_after_an_error():
    with pytest.raises(ZeroDivisionError), written_for("owner"):
        raise ZeroDivisionError
    assert os.umask(0o022) == 0o022


def test_all_that_commands_write_is_for_the_owner_alone(tmp_path):
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "analysis.toml").write_text(SETTINGS.format(title="A") + "max_set_aside = 0.9\n")
    given = set(tmp_path.rglob("*"))
    for command in ("check", "index"):
        assert cli.main(["--settings", str(tmp_path / "analysis.toml"), command]) == cli.DONE
    made = set(tmp_path.rglob("*")) - given - {tmp_path / "data"}
    names = {path.name for path in made}
    assert {"transactions.parquet", "transactions.csv", "index.html", "loads.json"} <= names
    for top in (tmp_path / "data" / "cache", tmp_path / "reports"):
        assert mode(top) == 0o700
    assert not {path for path in made if mode(path) & PRIVATE}


def test_a_notebook_run_by_hand_keeps_its_tables_for_the_owner(tmp_path):
    from analysis import settings, tables

    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "analysis.toml").write_text(SETTINGS.format(title="A") + "max_set_aside = 0.9\n")
    tables.open_source(settings.load(tmp_path / "analysis.toml"))
    assert mode(tmp_path / "data" / "cache") == 0o700


def test_an_opened_archive_is_read_by_the_group(tmp_path):
    text = SETTINGS.format(title="A") + '[privacy]\nopen_to = "group"\n'
    (tmp_path / "analysis.toml").write_text(text)
    put_run(tmp_path, "churn", "2017-12")
    assert cli.main(["--settings", str(tmp_path / "analysis.toml"), "index"]) == cli.DONE
    assert mode(tmp_path / "reports" / "index.html") == 0o640
