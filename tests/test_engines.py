"""The same rows from every engine, whoever runs the query."""

import datetime as dt
import re
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dialect_snapshots import DIALECTS, FOLDER, snapshot
from hypothesis import given, settings
from hypothesis import strategies as st
from shop_tables import SHOP, assert_same, open_both, shop_toml

import analysis
from analysis import tables
from analysis.engines import DuckDBEngine, among, read_query
from analysis.engines.customers import between, drawn
from analysis.engines.dialects import translate
from analysis.engines.remote import RemoteEngine, connect_postgresql, connect_spark
from analysis.errors import EngineError
from analysis.tables.simulate import simulate_contracts, simulate_transactions

QUERIES = sorted(path.stem for path in (Path(analysis.__file__).parent / "queries").glob("*.sql"))
VALUES = {
    "as_of": dt.date(2021, 6, 30),
    "calibration_end": dt.date(2021, 1, 31),
    "kind": "month",
    "start": dt.date(2021, 6, 1),
    "habit_from": dt.date(2020, 6, 1),
    "recent_from": dt.date(2021, 5, 1),
    "acquired_from": dt.date(2020, 3, 1),
    "first": dt.date(2021, 1, 1),
    "last": dt.date(2021, 3, 1),
    "after": dt.date(2021, 3, 1),
    "since": dt.date(2021, 3, 1),
    "until": dt.date(2021, 6, 30),
    "origin": dt.date(2021, 6, 30),
    "period_days": 28,
    "window_days": 60,
    "groups": 5,
    "pieces": 100,
    "next_day": dt.date(2021, 7, 1),
    "day_before": dt.date(2021, 6, 1),
    "active_from": dt.date(2021, 5, 2),
    "were_active_from": dt.date(2021, 4, 2),
    "new_from": dt.date(2021, 4, 1),
    "known_from": dt.date(2020, 3, 1),
    "loyal": 12.0,
    "bins": 5,
    "at_once": 7,
    "known_after": dt.date(2020, 2, 1),
    "count_from": dt.date(2020, 9, 1),
    "begin": dt.date(2020, 1, 1),
    "earlier": dt.date(2020, 9, 1),
    "later": dt.date(2020, 11, 15),
    "landmark": dt.date(2021, 3, 1),
    "starts_from": dt.date(2020, 3, 1),
    "day": dt.date(2021, 3, 1),
    "month": 30.4375,
    "prior": 0.75,
    "prior_days": 28,
    "counted_days": 393,
    "limit_1": 8.0,
    "limit_2": 15.0,
    "limit_3": 24.0,
    "gold": 0.2,
    "silver": 0.5,
    "rounding": 1e-9,
    "ended_after": dt.date(2021, 1, 1),
    "year_from": dt.date(2020, 6, 1),
}
RELATIONS = {
    "transactions": "SELECT customer_id, order_id, CAST(order_date AS DATE) AS order_date,"
    " amount_minor, product_id, category, quantity FROM lines",
    "contracts": "SELECT customer_id, CAST(start_date AS DATE) AS start_date,"
    " CAST(end_date AS DATE) AS end_date, reason FROM agreements",
    "customers": "SELECT * FROM people",
    "tickets": "SELECT customer_id, CAST(opened AS DATE) AS opened, CAST(closed AS DATE) AS closed,"
    " category, complaint AS is_complaint FROM calls",
    "consent": "SELECT customer_id, CAST(decided AS DATE) AS decided, is_granted, channel"
    " FROM decisions",
}


@pytest.fixture(scope="module")
def raw():
    """Return tables as a shop has them: returns, repeated lines, names of all sorts."""
    rng = np.random.default_rng(1)
    lines = simulate_transactions(120, seed=3).transactions
    lines["category"] = rng.choice(["a", "B", None, "ä b", "a'; --"], len(lines))
    lines["product_id"] = rng.choice(["p1", "P2", "#3"], len(lines))
    lines["quantity"] = rng.integers(0, 4, len(lines)).astype(float)
    lines.loc[::17, "amount"] *= -1
    lines = pd.concat([lines, lines.iloc[:20]])
    source = tables.from_frame(lines, currency="USD")
    contracts = simulate_contracts(80, seed=2).contracts
    ids = sorted(lines["customer_id"].unique())[:60]
    return {
        "lines": source.engine.run("SELECT * FROM transactions"),
        "agreements": pa.Table.from_pandas(contracts, preserve_index=False),
        "people": pa.table({"customer_id": ids, "region": ["north", "south"] * 30}),
        "calls": pa.table(
            {
                "customer_id": ids,
                "opened": [dt.date(2021, 1, 1) + dt.timedelta(days=3 * at) for at in range(60)],
                "closed": [None, dt.date(2021, 6, 30)] * 30,
                "category": ["late", None, "broken"] * 20,
                "complaint": [True, False] * 30,
            }
        ),
        "decisions": pa.table(
            {
                "customer_id": [*ids, *ids[:30]],
                "decided": [dt.date(2020, 1, 1)] * 60 + [dt.date(2020, 2, 1)] * 30,
                "is_granted": [True, True, False] * 30,
                "channel": [None, "mail", "phone"] * 20 + [None, "mail"] * 15,
            }
        ),
    }


@pytest.fixture(scope="module")
def here(raw):
    """Return the embedded engine with these tables."""
    connection = duckdb.connect()
    for name, table in raw.items():
        connection.register(f"{name}_raw", table)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_raw")
    for name, query in RELATIONS.items():
        connection.execute(f"CREATE TABLE {name} AS {query}")
    connection.execute(f"CREATE TABLE customer_days AS {read_query('customer_days')}")
    return DuckDBEngine(connection)


def with_relations(engine):
    for name, query in RELATIONS.items():
        engine = engine.with_table(name, query)
    return engine


@pytest.fixture(scope="module")
def on_postgresql(raw, postgresql):
    """Return a server with these tables, in a schema of their own."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(postgresql) as connection, connection.cursor() as cursor:
        for name, table in raw.items():
            cursor.adbc_ingest(name, table)
        connection.commit()
    engine = with_relations(connect_postgresql(postgresql))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def on_spark(raw, spark):
    """Return a Spark session with these tables."""
    for name, table in raw.items():
        spark.createDataFrame(table).createOrReplaceTempView(name)
    return with_relations(connect_spark(spark))


def asked(query):
    """Return the values that a query has names for."""
    names = set(re.findall(r"\$(\w+)", re.sub("--.*", "", query)))
    return {name: VALUES[name] for name in names}


def rows(answer):
    """Return an answer as rows; logarithms and squares may differ in the last digits."""
    return [
        tuple(round(value, 9) if isinstance(value, float) else value for value in row.values())
        for row in answer.to_pylist()
    ]


@pytest.mark.parametrize("name", QUERIES)
def test_postgresql_answers_like_duckdb(name, here, on_postgresql):
    query = read_query(name)
    expected = rows(here.run(query, **asked(query)))
    assert expected
    assert rows(on_postgresql.run(query, **asked(query))) == expected


def test_the_executors_of_spark_are_processes_of_their_own(spark):
    process = "reflect('java.lang.ProcessHandle', 'current') AS process"
    each = spark.range(0, 100, 1, 2).selectExpr(process).distinct().toArrow()
    driver = spark.sparkContext._jvm.java.lang.ProcessHandle.current().pid()
    assert len({int(one) for one in each["process"].to_pylist()} - {driver}) == 2


@pytest.mark.parametrize("name", QUERIES)
def test_spark_answers_like_duckdb(name, here, on_spark):
    query = read_query(name)
    assert rows(on_spark.run(query, **asked(query))) == rows(here.run(query, **asked(query)))


def test_some_customers_alone(here, on_postgresql, raw):
    chosen = raw["lines"]["customer_id"].unique().to_pylist()[:7]
    query = read_query("customer_summary")
    expected = rows(here.where(among(chosen)).run(query, **asked(query)))
    assert 0 < len(expected) <= 7
    assert rows(on_postgresql.where(among(chosen)).run(query, **asked(query))) == expected
    assert rows(on_postgresql.where(among([])).run(query, **asked(query))) == []


@pytest.mark.parametrize(
    "condition", [between("simulated-0000010", "simulated-0000030"), drawn(0.3)]
)
def test_parts_and_samples_are_the_same_on_every_engine(condition, here, on_postgresql, on_spark):
    query = read_query("customer_summary")
    expected = rows(here.where(condition).run(query, **asked(query)))
    assert 0 < len(expected) < 100
    for engine in (on_postgresql, on_spark):
        assert rows(engine.where(condition).run(query, **asked(query))) == expected


@pytest.mark.usefixtures("on_spark")
def test_tables_are_asked_where_they_are_on_spark(tmp_path):
    for name, table in SHOP.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")

    def toml(url, run):
        return re.sub('table = "(.*)"', rf'table = "parquet.`{tmp_path}/\1.parquet`"',
                      shop_toml(url, run))  # fmt: skip

    assert_same(*open_both(tmp_path, "spark://local[1]", toml))


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_value_stays_a_value(text):
    said = translate("SELECT $text AS text", "duckdb", {"text": text})
    assert duckdb.sql(said).fetchall() == [(text,)]


@pytest.mark.parametrize("text", ["'; DROP TABLE lines; --", "\\'", "a\\", "100%", "%s", "ä\n雪"])
def test_a_value_stays_a_value_on_a_server(text, on_postgresql):
    assert on_postgresql.run("SELECT $text AS text", text=text).to_pylist() == [{"text": text}]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sql_of_engines_that_are_not_run_here(dialect):
    """To accept new SQL after reading it: python tests/dialect_snapshots.py"""
    assert snapshot(dialect) == (FOLDER / f"{dialect}.sql").read_text("utf-8")


def engine():
    return RemoteEngine("postgres", lambda query: pytest.fail(query))


@pytest.mark.parametrize("source", ["transactions", "shop.transactions"])
def test_a_relation_may_have_the_name_of_its_source(source):
    relations = {"transactions": f"SELECT buyer AS customer_id FROM {source}"}
    said = translate("SELECT customer_id FROM transactions", "duckdb", {}, relations)
    server = duckdb.connect()
    server.execute("CREATE SCHEMA shop")
    server.execute(f"CREATE TABLE {source} AS SELECT 'a' AS buyer")
    assert server.sql(said).fetchall() == [("a",)]


def test_a_statement_that_is_no_question_is_refused():
    with pytest.raises(EngineError, match="only answers questions; this is another statement"):
        engine().run("DROP TABLE lines")
    with pytest.raises(EngineError, match="only answers questions"):
        engine().with_table("transactions", "DELETE FROM lines")


def test_a_name_without_a_value_is_refused():
    with pytest.raises(EngineError, match=r"\$until has none among since\."):
        engine().run("SELECT $since, $until", since=1)


def test_a_division_that_engines_read_differently_is_refused():
    with pytest.raises(EngineError, match=r"casts one of its sides .*: 7 / orders"):
        engine().run("SELECT 7 / orders FROM transactions")
