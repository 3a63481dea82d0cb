"""What lies on the disk beside the tables: nothing in the clear with a key, nothing of the dead."""

import os
import signal
import subprocess
import sys
import textwrap

import duckdb
import pandas as pd
import pytest
from table_files import open_files, put

from analysis import cli, settings, tables
from analysis.customer_table import CustomerTable
from analysis.keys import new_key
from analysis.tables.leftovers import scratch_of

ORDERS = (
    "customer_id,order_date,amount\nK001,2024-01-01,5\nK777-aside,someday,1\nK002,2024-01-02,6\n"
)
PLAIN = '[transactions]\npath = "orders.csv"\nmax_set_aside = 0.9\n'
SECRET = PLAIN + '[privacy]\nkey_env = "SHOP_KEY"\n'
MANY = 300_000
"""Customers whose ids alone take more than the memory that a test gives them."""


def in_the_clear(folder, word):
    """Return the files under a folder that hold a word."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in paths if word in path.read_bytes()]


def run(folder, code):
    """Run a program in a process of its own until it ends or kills itself."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.stdout


def test_rows_set_aside_lie_nowhere_in_the_clear_with_a_key(tmp_path, monkeypatch, capsys):
    tables.check_command(put(tmp_path, {"orders.csv": ORDERS}, PLAIN))
    kept = tmp_path / "data" / "cache" / "rejects" / "transactions.csv"
    assert b"someday" in kept.read_bytes()
    monkeypatch.setenv("SHOP_KEY", new_key())
    for entry in (tmp_path / "data" / "cache" / "tables").iterdir():
        entry.rename(tmp_path / f"plain-{entry.name}")
    tables.check_command(put(tmp_path, {}, SECRET))
    assert in_the_clear(tmp_path / "data", b"someday") == []
    assert "analysis check --rejects FOLDER" in capsys.readouterr().out


def test_the_owner_of_the_key_reads_them_where_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_KEY", new_key())
    put(tmp_path, {"orders.csv": ORDERS}, SECRET)
    asked = ["--settings", str(tmp_path / "analysis.toml"), "check"]
    assert cli.main([*asked, "--rejects", str(tmp_path / "mine")]) == cli.DONE
    assert '"orders.csv",3,"order_date","someday"' in (
        tmp_path / "mine" / "transactions.csv"
    ).read_text("utf-8-sig")
    assert in_the_clear(tmp_path / "data", b"someday") == []


SPILLING = """
import os, signal
from analysis import settings
from analysis.tables.sources import _engine
engine = _engine(settings.load("analysis.toml"))
try:
    engine.connection.execute(
        "CREATE TABLE big AS SELECT 'K-' || md5(i::VARCHAR) || '-secret-' || i AS id"
        " FROM range({many} * 5) AS numbers(i)"
    )
except Exception as error:
    print(type(error).__name__)
os.kill(os.getpid(), signal.SIGKILL)
"""
SMALL_ENGINE = '[engine]\nmemory = "30MB"\nthreads = 1\n'


def test_without_a_key_what_is_spilled_lies_there_and_with_one_nothing_is(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_KEY", new_key())
    code = SPILLING.format(many=MANY)
    scratch = scratch_of(settings.load(put_settings(tmp_path, PLAIN)))
    scratch.parent.mkdir(parents=True)
    run(tmp_path, code)
    assert in_the_clear(scratch, b"-secret-"), "the test must spill, or it shows nothing"
    for path in scratch.iterdir():
        path.unlink()
    put_settings(tmp_path, SECRET)
    assert run(tmp_path, code).strip() == "OutOfMemoryException"
    assert in_the_clear(tmp_path, b"-secret-") == []


def put_settings(folder, toml):
    path = folder / "analysis.toml"
    path.write_text(toml + SMALL_ENGINE, "utf-8")
    return path


def test_duckdb_still_cannot_encrypt_what_it_spills(tmp_path):
    # the day this fails, spilling can be allowed with a key: SET temp_file_encryption = true
    engine = duckdb.connect(config={"autoload_known_extensions": "false"})
    engine.execute("SET memory_limit = '30MB'")
    engine.execute("SET temp_directory = ?", [str(tmp_path)])
    engine.execute("SET temp_file_encryption = true")
    with pytest.raises(duckdb.Error, match="read-only crypto module"):
        engine.execute(
            f"CREATE TABLE big AS SELECT md5(i::VARCHAR) AS id FROM range({MANY} * 5) AS numbers(i)"
        )


def part(first):
    return pd.DataFrame({"customer_id": [f"K-secret-{first + at:06}" for at in range(1_000)]})


def test_tables_of_customers_on_disk_are_unreadable_and_go_with_their_owner(tmp_path):
    table = CustomerTable.written([part(0), part(1_000)], tmp_path / "scratch")
    assert [*(tmp_path / "scratch").rglob("*.parquet")]
    assert in_the_clear(tmp_path, b"secret") == []
    assert len(table) == 2_000
    del table
    assert [*(tmp_path / "scratch").iterdir()] == []


def test_what_the_killed_left_is_swept_at_the_next_start_and_what_the_living_have_stays(tmp_path):
    found = put(tmp_path, {"orders.csv": ORDERS}, PLAIN)
    scratch = scratch_of(found)
    run(
        tmp_path,
        f"""
        import os, signal
        from pathlib import Path
        import pandas as pd
        from analysis.customer_table import CustomerTable
        frames = [pd.DataFrame({{"customer_id": [name]}}) for name in "ab"]
        table = CustomerTable.written(frames, Path({str(scratch)!r}))
        (Path({str(scratch)!r}) / f"duckdb_temp_{{os.getpid()}}_0_storage_DEFAULT-0.tmp").touch()
        os.kill(os.getpid(), signal.SIGKILL)
        """,
    )
    assert len([*scratch.iterdir()]) == 2
    mine = CustomerTable.written([part(0), part(1_000)], scratch)
    other = scratch / f"duckdb_temp_{os.getppid()}_0_owner"
    other.touch()
    open_files(tmp_path, {}, PLAIN)
    left = {path.name for path in scratch.iterdir()}
    assert left == {next(scratch.glob(f"customers-{os.getpid()}-*")).name, other.name}
    assert len(mine) == 2_000
