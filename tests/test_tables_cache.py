"""Loaded once: what the cache gives back is what was loaded, and nobody else can read it."""

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pandas as pd
import pytest
from table_files import EUROPEAN, EUROPEAN_SETTINGS, PLAIN, open_files, put, rows

from analysis import tables
from analysis.engines.remote import RemoteEngine
from analysis.errors import AnalysisWarning, SettingsError, SourceError
from analysis.keys import Key, new_key
from analysis.tables import cache as caching
from analysis.tables import lines, shelf

TICKETS = "customer_id,opened\nK001,2024-02-01\nK009,\n"
WITH_TICKETS = (
    EUROPEAN_SETTINGS
    + 'max_set_aside = 0.9\n[tickets]\npath = "tickets.csv"\ndate_format = "%Y-%m-%d"\n'
)
FILES = {"orders.csv": EUROPEAN, "tickets.csv": TICKETS}


def entries(folder):
    at = folder / "data" / "cache" / "tables"
    return sorted(at.iterdir()) if at.is_dir() else []


def never(*_args, **_kwargs):
    raise AssertionError("the files were read again")


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Return a source as loaded, and the same from the cache."""
    loaded = open_files(tmp_path, FILES, WITH_TICKETS)
    monkeypatch.setattr("analysis.tables.sources.load_table", never)
    return loaded, open_files(tmp_path, {}, WITH_TICKETS)


def test_what_comes_back_is_what_was_loaded(kept):
    loaded, cached = kept
    assert loaded.tables == cached.tables
    assert loaded.description == cached.description
    for table in [*loaded.tables, "rejects", "tickets_rejects"]:
        assert loaded.engine.run(f"FROM {table}") == cached.engine.run(f"FROM {table}")
    assert loaded.loads.keys() == cached.loads.keys()
    for name, load in loaded.loads.items():
        assert type(cached.loads[name]) is type(load)
        for field in fields(load):
            before, after = getattr(load, field.name), getattr(cached.loads[name], field.name)
            if isinstance(before, pd.DataFrame):
                pd.testing.assert_frame_equal(after, before, check_dtype=False)
            else:
                assert after == before, field.name


def test_a_large_table_is_read_where_it_lies_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(shelf, "IN_MEMORY_ROWS", 0)
    open_files(tmp_path, FILES, WITH_TICKETS)
    cached = open_files(tmp_path, {}, WITH_TICKETS)
    assert rows(cached, "count(*)")[0][0] == cached.quality.rows_kept > 0
    with pytest.raises(Exception, match="disabled by configuration"):
        cached.engine.run(f"FROM read_csv('{tmp_path}/orders.csv')")


LINES = "".join(f"c{at % 7},2024-01-{at % 28 + 1:02},{at}\n" for at in range(40))
SMALL = {"orders.csv": f"customer_id,order_date,amount\n{LINES}c1,no day,1\n"}


@pytest.fixture
def pieces(monkeypatch):
    """Read a few rows at a time, of which memory holds no more; return how many it held."""
    held, relieve = [], shelf.Shelf.relieve

    def watched(self, engine, table):
        relieve(self, engine, table)
        held.append(engine.run(f"SELECT count(*) AS rows FROM {table}")["rows"][0].as_py())

    monkeypatch.setattr(lines, "BLOCK", 100)
    monkeypatch.setattr(shelf, "IN_MEMORY_ROWS", 12)
    monkeypatch.setattr(shelf, "_AT_ONCE", 8)
    monkeypatch.setattr(shelf.Shelf, "relieve", watched)
    return held


@pytest.mark.parametrize("privacy", ["", '[privacy]\nkey_env = "SHOP_KEY"\n'])
def test_of_a_large_table_memory_holds_the_last_rows(tmp_path, monkeypatch, request, privacy):
    privacy += PLAIN
    monkeypatch.setenv("SHOP_KEY", new_key())
    whole = open_files(tmp_path / "whole", SMALL, privacy)
    held = request.getfixturevalue("pieces")
    moved = open_files(tmp_path / "moved", SMALL, privacy)
    assert len(held) > 4
    assert max(held) < 20
    assert rows(moved, "*") == rows(whole, "*")
    assert moved.engine.run("FROM customer_days") == whole.engine.run("FROM customer_days")
    assert (moved.quality.rows_kept, moved.quality.rows_set_aside) == (40, 1)
    assert len(entries(tmp_path / "moved")) == 1


def test_a_large_table_that_is_refused_leaves_nothing(tmp_path, pieces):
    bad = {"orders.csv": SMALL["orders.csv"] + "c1,no day,1\n" * 20}
    with pytest.raises(SourceError, match="may break a rule"):
        open_files(tmp_path, bad)
    assert pieces
    assert entries(tmp_path) == []
    assert list(tmp_path.rglob("making-*")) == []


def test_a_large_table_that_cannot_be_kept_is_read_where_it_was_moved(
    tmp_path, monkeypatch, pieces
):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(caching.Cache, "_put", full)
    with pytest.warns(AnalysisWarning, match="could not be kept"):
        source = open_files(tmp_path, SMALL)
    assert rows(source, "count(*)") == [(40,)]
    assert pieces


def test_a_disk_that_cannot_hold_a_large_table_says_so(tmp_path, monkeypatch, pieces):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelf.pq.ParquetWriter, "write_batch", full)
    with pytest.raises(SourceError, match=r"data/cache must hold \[transactions\].*No space left"):
        open_files(tmp_path, SMALL)
    assert max(pieces) < 12
    assert list(tmp_path.rglob("making-*")) == []


@pytest.mark.parametrize(
    ("files", "toml"),
    [
        ({"orders.csv": EUROPEAN + "K1;B99;01.03.2024;1,00;1;x\n"}, WITH_TICKETS),
        ({}, WITH_TICKETS.replace('currency = "EUR"', 'currency = "GBP"')),
        ({}, 'time_zone = "Asia/Shanghai"\n' + WITH_TICKETS),
        ({"tickets.csv": TICKETS + "K2,2024-02-03\n"}, WITH_TICKETS),
    ],
)
def test_other_bytes_or_another_reading_are_another_entry(tmp_path, files, toml):
    open_files(tmp_path, FILES, WITH_TICKETS)
    open_files(tmp_path, files, toml)
    assert len(entries(tmp_path)) == 2


def test_what_nothing_was_read_from_shares_the_entry(tmp_path):
    open_files(tmp_path, FILES, WITH_TICKETS)
    open_files(tmp_path, {}, 'title = "Another"\n' + WITH_TICKETS)
    assert len(entries(tmp_path)) == 1


def test_other_code_is_another_entry(tmp_path, monkeypatch):
    open_files(tmp_path, FILES, WITH_TICKETS)
    monkeypatch.setattr(caching, "_code_digest", lambda: "of another version")
    open_files(tmp_path, {}, WITH_TICKETS)
    assert len(entries(tmp_path)) == 2


def test_no_more_entries_than_are_used(tmp_path, monkeypatch):
    monkeypatch.setattr(caching, "ENTRIES", 2)
    for amount in range(4):
        text = f"customer_id,order_date,amount\na,2024-01-01,{amount}\n"
        open_files(tmp_path, {"orders.csv": text})
    assert len(entries(tmp_path)) == 2
    monkeypatch.setattr("analysis.tables.sources.load_table", never)
    assert rows(open_files(tmp_path, {}), "amount_minor") == [(300,)]


def test_an_entry_that_is_not_whole_is_made_again(tmp_path):
    expected = rows(open_files(tmp_path, FILES, WITH_TICKETS))
    [entry] = entries(tmp_path)
    whole = (entry / "transactions.parquet").read_bytes()
    (entry / "transactions.parquet").write_bytes(whole[: len(whole) // 2])
    assert rows(open_files(tmp_path, {}, WITH_TICKETS)) == expected
    assert (entry / "transactions.parquet").read_bytes() == whole


def test_facts_that_a_crash_left_empty_are_made_again(tmp_path):
    expected = rows(open_files(tmp_path, FILES, WITH_TICKETS))
    [entry] = entries(tmp_path)
    (entry / "loads.json").write_bytes(b"")
    assert rows(open_files(tmp_path, {}, WITH_TICKETS)) == expected
    assert (entry / "loads.json").stat().st_size > 0


def test_an_entry_of_somebody_else_is_left_alone(tmp_path, monkeypatch):
    expected = rows(open_files(tmp_path, FILES, WITH_TICKETS))
    [entry] = entries(tmp_path)
    read_text = Path.read_text

    def closed(path, *options):
        if path.parent == entry:
            raise PermissionError(13, "Permission denied", str(path))
        return read_text(path, *options)

    monkeypatch.setattr(Path, "read_text", closed)
    assert rows(open_files(tmp_path, {}, WITH_TICKETS)) == expected
    assert entries(tmp_path) == [entry]


def test_a_drive_that_is_only_read_serves_its_entries(tmp_path, monkeypatch):
    def only_read(path):
        raise OSError(30, "Read-only file system", str(path))

    expected = rows(open_files(tmp_path, FILES, WITH_TICKETS))
    monkeypatch.setattr("analysis.tables.sources.load_table", never)
    monkeypatch.setattr(caching.os, "utime", only_read)
    assert rows(open_files(tmp_path, {}, WITH_TICKETS)) == expected


def test_an_entry_that_is_removed_while_it_is_read_is_made_again(tmp_path, monkeypatch):
    expected = rows(open_files(tmp_path, FILES, WITH_TICKETS))
    [entry] = entries(tmp_path)
    show = caching.Cache._show

    def removed_first(*given):
        shutil.rmtree(entry)
        show(*given)

    monkeypatch.setattr(caching.Cache, "_show", removed_first)
    assert rows(open_files(tmp_path, {}, WITH_TICKETS)) == expected
    assert entries(tmp_path) == [entry]


def test_processes_at_the_same_entry_do_not_meet(tmp_path, monkeypatch):
    source = open_files(tmp_path, FILES, WITH_TICKETS)
    [entry] = entries(tmp_path)
    made = (entry / "loads.json").stat().st_ino
    monkeypatch.setattr(Path, "exists", lambda _path: False)  # looked before the other was there
    iterdir = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda at: [*iterdir(at), at / "making-by-another"])
    cache = caching.Cache(entry.parent)
    cache.keep(entry.name, source, cache.shelf(tmp_path))
    monkeypatch.undo()
    assert [at.name for at in entries(tmp_path)] == [entry.name]
    assert (entry / "loads.json").stat().st_ino == made


def test_tables_on_a_server_are_not_copied(tmp_path):
    source = open_files(tmp_path, FILES, WITH_TICKETS)
    away = replace(source, engine=RemoteEngine("postgres", never))
    cache = caching.Cache(tmp_path / "kept")
    cache.keep("x", away, cache.shelf(tmp_path))
    assert not (tmp_path / "kept").exists()


def test_the_query_of_a_kept_table_counts_as_code():
    package = Path(caching.__file__).parents[1]
    assert all((package / name).exists() for name in caching._CODE)
    assert "queries/customer_days.sql" in caching._CODE


def test_what_a_dead_process_left_is_never_read(tmp_path):
    open_files(tmp_path, FILES, WITH_TICKETS)
    [entry] = entries(tmp_path)
    entry.rename(entry.with_name("making-dead"))
    assert open_files(tmp_path, {}, WITH_TICKETS).quality.rows_in == 10
    assert entry in entries(tmp_path)


def test_a_table_that_a_dead_process_was_moving_is_removed(tmp_path):
    source = open_files(tmp_path, FILES, WITH_TICKETS)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    moved = source.scratch / f"making-{dead.pid}-x" / "transactions.parquet"
    moved.parent.mkdir(parents=True)
    moved.write_bytes(b"PAR1")
    open_files(tmp_path, {}, WITH_TICKETS)
    assert not moved.parent.exists()


def test_a_full_disk_costs_the_entry_and_not_the_run(tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelf.Shelf, "write", full)
    with pytest.warns(AnalysisWarning, match="could not be kept .*No space left"):
        source = open_files(tmp_path, FILES, WITH_TICKETS)
    assert source.quality.rows_kept > 0
    assert entries(tmp_path) == []


def test_it_can_be_done_without(tmp_path):
    open_files(tmp_path, FILES, WITH_TICKETS + "[privacy]\ncache = false\n")
    assert entries(tmp_path) == []


def test_a_database_is_asked_each_time(tmp_path):
    import duckdb

    with duckdb.connect(tmp_path / "shop.duckdb") as shop:
        shop.execute(
            "CREATE TABLE orders AS SELECT 'a' customer_id, DATE '2024-01-01' order_date, 1 amount"
        )
    open_files(tmp_path, {}, '[transactions]\nurl = "duckdb:///shop.duckdb"\ntable = "orders"\n')
    assert entries(tmp_path) == []


def test_the_folder_is_for_its_owner(tmp_path):
    open_files(tmp_path, FILES, WITH_TICKETS)
    [entry] = entries(tmp_path)
    for folder in (entry, entry.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


SECRET = WITH_TICKETS + '[privacy]\nkey_env = "SHOP_KEY"\n'


def test_with_a_key_nothing_can_be_read_without_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_KEY", new_key())
    expected = rows(open_files(tmp_path, FILES, SECRET))
    [entry] = entries(tmp_path)
    for path in entry.iterdir():
        assert b"K001" not in path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr("analysis.tables.sources.load_table", never)
        assert rows(open_files(tmp_path, {}, SECRET)) == expected
    monkeypatch.setenv("SHOP_KEY", new_key())
    open_files(tmp_path, {}, SECRET)
    assert len(entries(tmp_path)) == 2


def test_of_a_large_table_with_a_key_some_rows_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_KEY", new_key())
    monkeypatch.setattr(shelf, "IN_MEMORY_ROWS", 0)
    asked = "SELECT customer_id FROM customer_days WHERE amount_minor > 0 ORDER BY customer_id"
    for _ in range(2):  # as it is read, and as it was kept
        source = open_files(tmp_path, FILES, SECRET)
        assert source.engine.run(asked)["customer_id"].to_pylist() == ["K001", "K005", "K009"]
        chosen = source.engine.where("customer_id > 'K001'")
        assert chosen.run(asked)["customer_id"].to_pylist() == ["K005", "K009"]


def test_the_key_shows_itself_to_nobody(tmp_path, monkeypatch):
    secret = new_key()
    monkeypatch.setenv("SHOP_KEY", secret)
    source = open_files(tmp_path, FILES, SECRET)
    settings = put(tmp_path, {}, SECRET)
    assert secret not in repr(settings) + repr(source) + repr(Key(secret.encode()))
    settings_told = source.engine.run("SELECT * FROM duckdb_settings()").to_pylist()
    assert secret not in str(settings_told)


@pytest.mark.parametrize(
    ("value", "said"),
    [("", "SHOP_KEY; it is not set"), ("c2hvcnQ=", "32 random bytes"), ("no base64!", "base64")],
)
def test_a_key_that_is_none_is_refused(tmp_path, monkeypatch, value, said):
    monkeypatch.setenv("SHOP_KEY", value)
    with pytest.raises(SettingsError, match=said) as raised:
        tables.open_source(put(tmp_path, FILES, SECRET))
    assert not value or value not in str(raised.value)


def test_a_key_that_others_may_read_is_refused(tmp_path):
    toml = WITH_TICKETS + '[privacy]\nkey_file = "shop.key"\n'
    with pytest.raises(SettingsError, match=r"no such file\. Make one with: analysis key"):
        open_files(tmp_path, FILES, toml)
    path = tmp_path / "shop.key"
    path.write_text(new_key())
    path.chmod(0o640)
    with pytest.raises(SettingsError, match=r"open to others \(-rw-r-----\).*chmod 600 shop.key"):
        open_files(tmp_path, {}, toml)
    path.chmod(0o600)
    assert open_files(tmp_path, {}, toml).quality.rows_kept > 0


def test_each_purpose_has_its_own_key():
    key = Key(os.urandom(32))
    assert len({key.derive("cache"), key.derive("pseudonyms"), key.derive("mark")}) == 3
    assert key.derive("cache") == key.derive("cache")
