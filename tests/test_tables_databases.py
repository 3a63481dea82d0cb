"""Tables in databases: the same rows under the same rules, and no secret in any message."""

import datetime as dt
import os
import sqlite3
import sys

import duckdb
import pytest
from servers import execute
from table_files import open_files, rows

from analysis.errors import SourceError, SourceUnavailableError

WIDE = "max_set_aside = 0.9\n"


def toml(url, table, more=""):
    return f'[transactions]\nurl = "{url}"\ntable = {table!r}\n{more}'


def test_postgresql_with_its_own_types(postgresql, tmp_path, monkeypatch):
    execute(
        postgresql,
        "CREATE SCHEMA sales",
        'CREATE TABLE sales."Orders 2024" (customer_id uuid, order_date timestamptz,'
        " amount numeric(12, 3), category text, quantity real, order_id bigint)",
        """INSERT INTO sales."Orders 2024" VALUES
        ('00000000-0000-0000-0000-000000000007', '2024-01-01 23:30:00-05', 12.345, 'a', 1.5, 7),
        (NULL, '2024-01-01', 1, NULL, NULL, NULL),
        ('00000000-0000-0000-0000-000000000008', '2024-01-01', 'NaN', NULL, NULL, NULL)""",
    )
    monkeypatch.setenv("SHOP_DATABASE", postgresql)
    text = 'time_zone = "America/New_York"\n' + toml(
        "env:SHOP_DATABASE", 'sales."Orders 2024"', WIDE + 'decimal = ","\n'
    )
    source = open_files(tmp_path, {}, text)
    assert rows(source, "customer_id, order_id, order_date, amount_minor, category, quantity") == [
        ("00000000-0000-0000-0000-000000000007", "7", dt.date(2024, 1, 1), 1235, "a", 1.5)
    ]
    assert source.quality.rejects["rule"].to_list() == [
        "the customer is missing",
        "the amount is missing",
    ]
    assert "hunter2" not in repr(source) + repr(source.quality) + source.description


def test_a_server_that_is_full_or_away_may_answer_later_and_one_that_refuses_will_not(
    postgresql, tmp_path
):
    execute(postgresql, "CREATE ROLE crowd LOGIN CONNECTION LIMIT 0")
    passing = [postgresql.replace("shop:hunter2", "crowd"), f"postgresql:///x?host={tmp_path}"]
    final = [
        postgresql.replace("shop:", "stranger:"),
        postgresql.replace("/postgres?", "/nowhere?"),
    ]
    for url in passing + final:
        with pytest.raises(SourceError, match="must answer") as caught:
            open_files(tmp_path, {}, toml(url, "orders"))
        assert isinstance(caught.value, SourceUnavailableError) is (url in passing), caught.value


def test_money_of_postgresql_is_no_count_of_cents(postgresql, tmp_path):
    execute(
        postgresql,
        "CREATE TABLE cash_box (customer_id int, order_date date, amount money)",
        "INSERT INTO cash_box VALUES (1, '2024-01-01', '12.34')",
    )
    source = open_files(tmp_path, {}, toml(postgresql, "cash_box"))
    assert rows(source, "customer_id, amount_minor") == [("1", 1234)]


def test_postgresql_refusals_keep_the_password(postgresql, tmp_path):
    for url, table, said in (
        (postgresql, "none", r'relation "none" does not exist'),
        ("postgresql://bob:hunter2@127.0.0.1:1/shop", "orders", "The database must answer"),
    ):
        with pytest.raises(SourceError, match=said) as raised:
            open_files(tmp_path, {}, toml(url, table))
        assert "hunter2" not in str(raised.value)
        assert raised.value.__cause__ is None
        assert raised.value.__suppress_context__


def test_sqlite_where_types_belong_to_values(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute('CREATE TABLE "my orders" (customer_id, order_date TEXT, amount)')
        connection.executemany(
            'INSERT INTO "my orders" VALUES (?, ?, ?)',
            [
                (7, "2024-01-01", 1.1),
                ("b", "2024-01-02", "x"),
                (None, "2024-01-02", 5),
                (b"\xff", "2024-01-02", 5),
                ("c", "2024-01-02", 1e20),
                ("d", "2024-01-02", 7),
            ],
        )
    connection.close()
    source = open_files(tmp_path, {}, toml("sqlite:///shop.db", '"my orders"', WIDE))
    assert rows(source, "customer_id, amount_minor") == [("7", 110), ("d", 700)]
    assert source.quality.rejects[["line", "rule"]].to_numpy().tolist() == [
        [2, "the amount is not a number with a decimal point"],
        [3, "the customer is missing"],
        [4, "bytes that are not utf-8"],
        [5, "the amount is too large"],
    ]


def test_a_duckdb_file_and_its_decimals(tmp_path):
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(
            """CREATE SCHEMA sales; CREATE TABLE sales.orders AS
            SELECT 'c' || i AS customer_id, DATE '2024-01-01' + i::INT AS order_date,
            (i * 1.115)::DECIMAL(10, 3) AS amount, 'x' AS category FROM range(5) AS t(i)"""
        )
    source = open_files(tmp_path, {}, toml("duckdb:///shop.duckdb", "sales.orders"))
    assert rows(source, "amount_minor") == [(0,), (112,), (223,), (335,), (446,)]
    assert "2 amounts have more decimals than USD has" in source.quality.notes[0]
    again = open_files(tmp_path, {}, toml("duckdb:///shop.duckdb", "sales.orders"))
    assert again.quality.loaded_hash == source.quality.loaded_hash


def test_the_table_is_a_name_and_nothing_else(tmp_path):
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE orders (customer_id INT, order_date DATE, amount INT)")
    for table in ("orders; DROP TABLE orders", "read_csv('/etc/passwd')", "orders UNION SELECT 1"):
        with pytest.raises(SourceError):
            open_files(
                tmp_path,
                {},
                f'[transactions]\nurl = "duckdb:///shop.duckdb"\ntable = """{table}"""\n',
            )
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("duckdb:///none.duckdb", "must name a database file that is there"),
        ("sqlite:///none.db", "must name a database file that is there"),
        ("mysql://u:hunter2@h/d", r'it begins with "mysql:". Export the table to Parquet'),
        ("env:NO_SUCH_VARIABLE", "Set it before the run: export NO_SUCH_VARIABLE="),
        ("duckdb:///analysis.toml", "The database must answer"),
        ("sqlite:///analysis.toml", "The database must answer"),
    ],
)
def test_a_refusal_says_what_to_do(tmp_path, url, said):
    assert "NO_SUCH_VARIABLE" not in os.environ
    with pytest.raises(SourceError, match=said) as raised:
        open_files(tmp_path, {}, toml(url, "orders"))
    assert "hunter2" not in str(raised.value)


def test_without_the_driver_it_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    with pytest.raises(SourceError, match=r'pip install "customer-notebooks\[databases\]"'):
        open_files(tmp_path, {}, toml("postgresql://h/d", "orders"))
