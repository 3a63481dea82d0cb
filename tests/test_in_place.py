"""Tables asked where they are: the same rows, rules and reports as from a copy of them."""

import dataclasses
import datetime as dt

import archives
import canonical_snapshots
import duckdb
import pyarrow as pa
import pytest
from dialect_snapshots import DIALECTS
from servers import execute
from shop_tables import SHOP, assert_same, open_both, shop_toml
from table_files import put

from analysis import tables
from analysis.engines import read_query
from analysis.errors import SettingsError, SourceError

FILE = "duckdb:///shop.duckdb"


@pytest.fixture(scope="module")
def shop_file(tmp_path_factory):
    """Return a folder with the shop's tables in shop.duckdb."""
    folder = tmp_path_factory.mktemp("shop")
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        for name, table in SHOP.items():
            connection.register("given", table)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    return folder


@pytest.fixture(scope="module")
def shop_server(postgresql):
    """Return the URL of a server with the shop's tables, in a schema that is looked into."""
    from adbc_driver_postgresql import dbapi

    execute(postgresql, "CREATE SCHEMA stall", "CREATE ROLE reader LOGIN PASSWORD 'hunter3'")
    with dbapi.connect(postgresql) as connection, connection.cursor() as cursor:
        for name, table in SHOP.items():
            cursor.adbc_ingest(name, table, db_schema_name="stall")
        connection.commit()
    execute(
        postgresql,
        "GRANT USAGE ON SCHEMA stall TO reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA stall TO reader",
        "ALTER ROLE reader SET search_path = stall",
    )
    return postgresql.replace("shop:hunter2", "reader:hunter3")


@pytest.fixture(scope="module")
def in_file(shop_file):
    """Return the tables of the file, from a copy and where they are."""
    return open_both(shop_file, FILE)


@pytest.fixture(scope="module")
def on_server(shop_file, shop_server):
    """Return the same of the server."""
    here, there = open_both(shop_file, shop_server)
    yield here, there
    there.engine.close()


def kept(source, columns, table="transactions"):
    rows = source.engine.run(f"SELECT {columns} FROM {table}").to_pylist()
    return sorted(tuple(row.values()) for row in rows)


def test_amounts_days_and_rates_worked_by_hand(in_file):
    _, there = in_file
    assert kept(there, "order_id, customer_id, order_date, amount_minor") == [
        ("1", "a1", dt.date(2024, 1, 2), 1235),  # half past eleven in New York; 12.345
        ("13", "b2", dt.date(2024, 2, 1), -113),  # -1.125
        ("18", "B2", dt.date(2024, 2, 1), 9212),  # 100.13 dollars at 0.92
        ("2", "a1", dt.date(2024, 2, 1), 218),  # 2.68 less 0.50 paid back
        ("a-4 1900-01-01", "a-4", dt.date(1900, 1, 1), -26),  # -0.01 less 0.25
    ]
    assert kept(
        there, "opportunity_id, amount_minor, win_probability, is_won", "opportunities"
    ) == [
        ("1", 100013, 0.5, None),
        ("3", 900000000000000050, 1.0, True),
        ("4", 1, 0.0, False),
    ]
    assert there.description == "Asked of duckdb:///shop.duckdb, where the tables stay."
    assert there.quality.loaded_hash.startswith("counts and sums:")


def test_a_file_of_duckdb_is_read_as_a_copy_of_it_is(in_file):
    assert_same(*in_file)


def test_a_server_is_read_as_a_copy_of_it_is(in_file, on_server):
    assert_same(*on_server)
    assert on_server[1].quality.loaded_hash == in_file[1].quality.loaded_hash


def test_types_that_only_a_server_has(postgresql, tmp_path):
    execute(
        postgresql,
        """CREATE TABLE till (customer_id uuid, order_date timestamptz, unit_price money,
        quantity smallint, category char(5), product_id numeric(8, 2), refunded numeric)""",
        """INSERT INTO till VALUES
        ('00000000-0000-0000-0000-000000000007', '2024-01-01 23:30-05', '12.34', 3, 'a', 7, 0),
        ('00000000-0000-0000-0000-000000000007', 'infinity', '12.34', 3, 'a', 7, 0),
        ('00000000-0000-0000-0000-000000000008', '2024-01-02', '1', NULL, '', 8.5, 0),
        ('00000000-0000-0000-0000-000000000008', '2024-01-02', '-0.05', -7, '', NULL, 'NaN'),
        ('00000000-0000-0000-0000-000000000008', '2024-01-02', '1', 7, '', NULL, '1e20')""",
    )
    text = (
        'time_zone = "America/New_York"\n[engine]\nrun = "%s"\n[transactions]\n'
        f'url = "{postgresql}"\ntable = "till"\nunit_price = "unit_price"\n'
        'refunded_amount = "refunded"\nmax_set_aside = 0.9\n'
    )
    here, there = open_both(tmp_path, postgresql, lambda url, run: text % run)
    columns = "customer_id, order_date, amount_minor, category, quantity"
    assert kept(there, columns) == kept(here, columns)
    assert kept(there, "customer_id, order_date, amount_minor, category, product_id") == [
        ("00000000-0000-0000-0000-000000000007", dt.date(2024, 1, 1), 3702, "a", "7.00"),
        ("00000000-0000-0000-0000-000000000008", dt.date(2024, 1, 1), 35, None, None),
    ]
    assert sorted(there.quality.by_rule["rule"]) == [
        "the date is not between 1900 and 2199",
        "the quantity is missing",
        "the refunded amount is too large",
    ]
    there.engine.close()


def test_reading_rights_are_enough_and_nothing_is_left_there(on_server, shop_file, postgresql):
    _, there = on_server
    assert there.engine.run("SELECT current_user AS user").to_pylist() == [{"user": "reader"}]
    made = there.engine.run(
        "SELECT tablename AS name FROM pg_catalog.pg_tables WHERE tableowner = 'reader'"
    )
    assert made.num_rows == 0
    owner = tables.open_source(
        put(shop_file, {}, shop_toml(f"{postgresql}&options=-csearch_path%3Dstall", "source"))
    )
    with pytest.raises(SourceError, match="read-only transaction"):
        owner.engine.fetch("CREATE TABLE stall.more (a int)")
    assert len(kept(owner, "customer_id")) == 5
    owner.engine.close()


def test_all_answers_are_of_one_moment(on_server, shop_file, shop_server, postgresql):
    _, there = on_server
    before = kept(there, "*"), there.quality.loaded_hash
    execute(postgresql, "INSERT INTO stall.lines SELECT * FROM stall.lines WHERE no = 1")
    with pytest.raises(SourceError, match="division by zero"):
        there.engine.fetch("SELECT 1 / 0")
    assert kept(there, "*") == before[0]
    again = tables.open_source(put(shop_file, {}, shop_toml(shop_server, "source")))
    execute(postgresql, "DELETE FROM stall.lines WHERE ctid = (SELECT max(ctid) FROM stall.lines)")
    assert len(kept(again, "*")) == len(before[0]) + 1
    assert again.quality.loaded_hash != before[1]
    again.engine.close()


def test_parts_and_samples_are_the_same_customers_there(in_file, on_server):
    query = read_query("customer_summary")
    values = {"calibration_end": dt.date(2024, 2, 1), "as_of": dt.date(2024, 2, 1)}
    drawn = []
    for _, source in (in_file, on_server):
        parts = list(dataclasses.replace(source, customers_at_once=2).parts())
        summaries = [part.engine.run(query, **values) for part in parts]
        ids = [kept(part, "DISTINCT customer_id") for part in parts]
        assert ids == [[("B2",), ("a-4",)], [("a1",), ("b2",)], []]  # one never ordered
        assert pa.concat_tables(summaries) == source.engine.run(query, **values)
        assert kept(parts[1], "customer_id", "consent") == [("a1",), ("b2",)]
        drawn.append(kept(source.sampled(2), "DISTINCT customer_id"))
    assert drawn[0] == drawn[1] != []


def test_a_file_keeps_to_the_limits_of_the_settings(shop_file):
    toml = shop_toml(FILE, "source").replace("[engine]", '[engine]\nmemory = "1GB"\nthreads = 1')
    engine = tables.open_source(put(shop_file, {}, toml)).engine
    asked = "current_setting('memory_limit') AS a, current_setting('threads') AS b"
    spill = "current_setting('temp_directory') LIKE '%/data/cache/spill' AS c"
    [row] = engine.fetch(f"SELECT {asked}, {spill}").to_pylist()
    assert row == {"a": "953.6 MiB", "b": 1, "c": True}


def test_a_table_may_have_the_name_that_another_has_here(tmp_path):
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE customers AS SELECT 'a' AS customer_id, DATE '2024-01-01' AS order_date,"
            " 1 AS amount UNION ALL SELECT NULL, DATE '2024-01-01', 2;"
            "CREATE TABLE transactions AS SELECT 'a' AS customer_id, 'x' AS region"
        )
    text = '[engine]\nrun = "source"\n'
    for name, table in (("transactions", "customers"), ("customers", "transactions")):
        text += f'[{name}]\nurl = "{FILE}"\ntable = "{table}"\n'
    source = tables.open_source(put(tmp_path, {}, text))
    assert kept(source, "customer_id, amount_minor") == [("a", 100)]
    assert kept(source, "rule", "rejects") == [("the customer is missing",)]
    both = "SELECT * FROM customers JOIN rejects ON TRUE JOIN transactions ON TRUE"
    assert source.engine.run(both).num_rows == 1
    assert kept(source, "customer_id, region", "customers") == [("a", "x")]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"transactions": 'further_lines = "filled"\n'}, "follows the order of rows in a file"),
        ({"transactions": "max_set_aside = 0.0\n"}, r"At most 0\.0% .* First: duckdb:.*, column"),
        (
            {"tickets": 'resolved = "art"\n'},
            r"`resolved` must be a date; .* VARCHAR.*run = \"here\"",
        ),
        (
            {"opportunities": 'amount = "stage"\n'},
            r"`amount` must be a number; .* make a view there",
        ),
    ],
)
def test_what_needs_a_copy_says_so(shop_file, more, said):
    toml = shop_toml(FILE, "source", **more)
    if "max_set_aside = 0.0" in toml:
        toml = toml.replace("max_set_aside = 0.9\n", "", 1)
    with pytest.raises((SettingsError, SourceError), match=said):
        tables.open_source(put(shop_file, {}, toml))


def test_settings_that_no_database_alone_can_follow_are_refused(shop_file, monkeypatch):
    toml = shop_toml(FILE, "source")
    rates = f'[rates]\nurl = "{FILE}"'
    monkeypatch.setenv("NAMES", "0" * 64)
    for change, said in (
        ((FILE, "sqlite:///shop.duckdb"), "none whose columns have types"),
        ((rates, '[rates]\nurl = "duckdb:///b"'), "all tables in one database"),
        ((f'{rates}\ntable = "courses"', '[rates]\npath = "x"'), r"\[rates\] has none"),
        (("[engine]", '[privacy]\npseudonyms = true\nkey_env = "NAMES"\n[engine]'), "renames"),
    ):
        with pytest.raises(SettingsError, match=said):
            tables.open_source(put(shop_file, {}, toml.replace(*change)))


def test_amounts_in_several_currencies_and_doubled_keys_are_refused(shop_file):
    toml = shop_toml(FILE, "source")
    rates = toml[toml.index("[rates]") : toml.index("[customers]")]
    with pytest.raises(
        SourceError, match=r"one currency, EUR; 3 of 21 .* another \(GBP, USD, usd\)"
    ):
        tables.open_source(put(shop_file, {}, toml.replace(rates, "")))
    twice = toml.replace('"people"', '"agreements"').replace('customer_id = "Buyer"\n[con', "[con")
    with pytest.raises(SourceError, match="one row a customer; 2 of 4 have more, first 'B2'"):
        tables.open_source(put(shop_file, {}, twice))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_tables_of_engines_that_are_not_run_here(dialect):
    """To accept new SQL after reading it: python tests/dialect_snapshots.py"""
    kept_text = canonical_snapshots.file_of(dialect).read_text("utf-8")
    assert canonical_snapshots.snapshot(dialect) == kept_text


def test_all_reports_are_the_same_there(export_archive, postgresql, tmp_path):
    """The small export, with types, in a server; its reports beside those of its files."""
    archives.put_export(postgresql)
    there = archives.render_export_in_place(tmp_path, postgresql)
    for report in archives.REPORTS:
        here = export_archive.run(report)
        files = sorted(path.name for path in (here / "tables").iterdir())
        assert sorted(path.name for path in (there.run(report) / "tables").iterdir()) == files
        for name in ("findings.json", *(f"tables/{file}" for file in files)):
            if name != "tables/rows_set_aside.csv":
                text = (there.run(report) / name).read_text("utf-8")
                assert text == (here / name).read_text("utf-8"), (report, name)


def test_a_query_that_fails_there_tells_no_secret(on_server):
    _, there = on_server
    with pytest.raises(SourceError, match='"nowhere" does not exist') as raised:
        there.engine.run("SELECT * FROM nowhere")
    assert "hunter3" not in str(raised.value) + repr(there) + repr(there.engine)
