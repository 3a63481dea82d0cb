"""One row a customer, in memory or on disk: whoever asks cannot tell."""

import gc
import os
from dataclasses import replace
from itertools import chain

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from analysis import exports, tables
from analysis.customer_table import CustomerTable
from analysis.errors import DataError
from analysis.tables.simulate import simulate_transactions


def frame(count=1000):
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:05}" for number in range(count)],
            "stage": pd.Categorical(rng.choice(["new", "loyal"], count), ["new", "loyal"], True),
            "last_order": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 9, count), "D"),
            "spend": rng.integers(0, 50, count) / 4,
            "score": pd.array([None, *rng.integers(1, 6, count - 1)], "Int64"),
        }
    )


@pytest.fixture
def both(tmp_path):
    """Return the same rows in memory and on disk, in four parts."""
    rows = frame()
    parts = (rows.iloc[at : at + 300].reset_index(drop=True) for at in range(0, 1000, 300))
    return CustomerTable.of(rows), CustomerTable.written(parts, tmp_path)


def test_parts_come_back_as_they_were(both):
    memory, disk = both
    assert len(memory) == len(disk) == 1000
    assert memory.columns == disk.columns
    assert [len(part) for part in disk.frames()] == [300, 300, 300, 100]
    assert_frame_equal(pd.concat(disk.frames(), ignore_index=True), *memory.frames())


def test_questions_have_the_same_answer_from_memory_and_disk(both):
    memory, disk = both
    asked = (
        "SELECT stage, count(*) AS customers, sum(spend) AS spend, max(last_order) AS last_order"
        " FROM customers WHERE spend > $least GROUP BY ALL ORDER BY stage"
    )
    found = memory.query(asked, least=2.0)
    assert_frame_equal(found, disk.query(asked, least=2.0))
    rows = frame().query("spend > 2")
    assert found["customers"].tolist() == rows.groupby(rows["stage"].astype(str)).size().tolist()
    ids = ["c00950", "c00950", "new", "c00000"]
    assert memory.holds(ids).tolist() == disk.holds(ids).tolist() == [True, True, False, True]


def test_another_order_is_the_same_from_memory_and_disk(both):
    memory, disk = both
    expected = frame().sort_values(["spend", "customer_id"], ascending=[False, True])
    assert_frame_equal(memory.ranked("spend").to_frame(), expected.reset_index(drop=True))
    assert_frame_equal(disk.ranked("spend").to_frame(), expected.reset_index(drop=True))
    assert len(list(disk.ranked("spend").frames())) == 4
    assert disk.dtypes.equals(memory.dtypes)
    by_two = expected.sort_values(["spend", "score", "customer_id"], ascending=[False, False, True])
    for table in both:
        best = table.ranked("spend", "score", rows=420)
        assert_frame_equal(best.to_frame(), by_two.head(420).reset_index(drop=True))
        assert_frame_equal(best.head(305), by_two.head(305).reset_index(drop=True))
        assert len(best.head(500)) == 420


@pytest.mark.parametrize("least", [10.0, 1e9], ids=["some", "nobody"])
def test_customers_are_chosen_alike_in_memory_and_on_disk(both, least):
    asked = "SELECT customer_id, spend FROM customers WHERE spend > $least ORDER BY customer_id"
    whole, parts = (
        table.chosen({}, asked, lambda rows: rows.assign(half=rows["spend"] / 2), least=least)
        for table in both
    )
    expected = frame().query(f"spend > {least}")[["customer_id", "spend"]]
    expected = expected.assign(half=expected["spend"] / 2).reset_index(drop=True)
    assert_frame_equal(whole.to_frame(), expected)
    assert_frame_equal(parts.to_frame(), expected)


def test_each_part_is_changed(both):
    for table in both:
        dear = table.changed(lambda rows: rows[rows["spend"] > 10])
        assert_frame_equal(dear.to_frame(), frame().query("spend > 10").reset_index(drop=True))


def test_two_tables_are_asked_together(both):
    memory, disk = both
    joined = "SELECT count(*) AS n FROM customers JOIN before USING (customer_id)"
    assert memory.query_with({"before": disk}, joined)["n"].tolist() == [1000]


def test_files_are_unreadable_without_the_process_and_go_with_the_table(both, tmp_path):
    _, disk = both
    files = sorted(tmp_path.rglob("*.parquet"))
    assert len(files) == 4
    assert str(os.getpid()) in files[0].parent.name
    for file in files:
        assert b"c00001" not in file.read_bytes()
        with pytest.raises((OSError, pa.ArrowInvalid)):
            pq.read_table(file)
    del disk, both
    gc.collect()


def test_files_go_when_the_table_does(tmp_path):
    table = CustomerTable.written([frame(), frame()], tmp_path)
    assert len(table) == 2000
    del table
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_fails_leaves_nothing(tmp_path):
    def parts():
        yield frame()
        yield frame()
        raise ValueError("the source went away")

    with pytest.raises(ValueError, match="went away"):
        CustomerTable.written(parts(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_part_is_no_table():
    with pytest.raises(DataError, match="at least one frame"):
        CustomerTable.written([])


def test_a_long_list_becomes_parquet_without_whom_consent_leaves_out(tmp_path, monkeypatch, both):
    memory, disk = both
    monkeypatch.setattr(exports, "MOST_ROWS", 500)
    for table in both:
        told = exports.save(table, "all_customers", tmp_path / "lists", without={"c00007"})
        assert (told.rows, told.left_out, told.file) == (999, 1, "lists/all_customers.parquet")
        rows = pq.read_table(tmp_path / "lists" / "all_customers.parquet").to_pandas()
        expected = frame().query("customer_id != 'c00007'").reset_index(drop=True)
        assert_frame_equal(rows, expected)
    assert exports.save(disk, "all_customers", "", without={"c00007"}).rows == 999
    monkeypatch.setattr(exports, "MOST_ROWS", 5000)
    told = exports.save(disk, "all_customers", tmp_path, without=frozenset())
    assert told.file.endswith(".csv")
    other = exports.save(memory, "others", tmp_path, without=frozenset())
    assert (tmp_path / "others.csv").read_bytes() == (tmp_path / "all_customers.csv").read_bytes()
    assert other.rows == told.rows == 1000


@pytest.mark.parametrize("at_once", [7, 40, 120, 1000])
def test_parts_have_all_customers_once_in_order(at_once):
    source = tables.from_frame(simulate_transactions(120, seed=3).transactions)
    count = source.quality.customers
    parts = list(replace(source, customers_at_once=at_once).parts())
    assert len(parts) == -(-count // at_once)
    asked = "SELECT DISTINCT customer_id FROM transactions ORDER BY customer_id"
    each = [part.engine.run(asked)["customer_id"].to_pylist() for part in parts]
    assert list(chain(*each)) == source.engine.run(asked)["customer_id"].to_pylist()
    assert all(len(ids) <= at_once for ids in each)


def test_who_never_ordered_counts_among_those_in_memory():
    """Of 120 customers with orders and as many without, 60 at a time make four parts."""
    made = simulate_transactions(120, seed=3)
    ids = [*made.truth["customer_id"], *(f"z{number:03}" for number in range(120))]
    people = pd.DataFrame({"customer_id": ids, "region": "north"})
    source = tables.from_frame(made.transactions, others={"customers": people})
    few = replace(source, customers_at_once=60)
    each = [part.frame("customers")["customer_id"] for part in few.parts()]
    assert [len(part) for part in each] == [60] * 4
    assert [*chain(*each)] == sorted(ids)
    assert 20 < len(source.sampled(60).frame("customers")) < 100
    whole = replace(source, customers_at_once=240)
    assert [part is whole for part in whole.parts()] == [True]
    again = pd.concat(
        people[:120].assign(start_date=f"{year}-01-01", end_date=f"{year}-12-31")
        for year in (2020, 2021)
    )
    twice = tables.from_frame(made.transactions, others={"contracts": again})
    whole = replace(twice, customers_at_once=120)
    assert [part is whole for part in whole.parts()] == [True]


def test_a_sample_is_the_same_each_time_and_within_parts():
    source = tables.from_frame(simulate_transactions(2000, seed=3).transactions)
    asked = "SELECT DISTINCT customer_id FROM customer_days ORDER BY customer_id"

    def ids(one):
        return one.engine.run(asked)["customer_id"].to_pylist()

    drawn = ids(source.sampled(500))
    assert drawn == ids(source.sampled(500))
    assert abs(len(drawn) - 500) < 100
    assert source.sampled(source.quality.customers) is source
    few = replace(source.sampled(500), customers_at_once=300)
    assert list(chain(*map(ids, few.parts()))) == drawn
