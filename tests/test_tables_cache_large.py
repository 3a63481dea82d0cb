"""A table larger than memory is kept as it lies."""

import pytest
from kept_tables import FILES, WITH_TICKETS, entries
from table_files import PLAIN, open_files, rows

from analysis.errors import AnalysisWarning, SourceError
from analysis.keys import new_key
from analysis.tables import cache as caching
from analysis.tables import lines, shelf


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
