"""Loaded once: what the cache gives back is what was loaded, and nobody else can read it."""

import shutil
import stat
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pandas as pd
import pytest
from kept_tables import FILES, TICKETS, WITH_TICKETS, entries, never
from table_files import EUROPEAN, open_files, rows

from analysis.engines.remote import RemoteEngine
from analysis.errors import AnalysisWarning
from analysis.tables import cache as caching
from analysis.tables import shelf


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
