"""Exports of known systems: recognised, settings written, read, and netted to the cent."""

from __future__ import annotations

import datetime as dt
import shutil
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from table_files import rows, workbook

from analysis import settings, tables
from analysis.cli import main
from analysis.mappings import EVERYDAY, SYSTEMS
from analysis.mappings.draft import draft
from analysis.mappings.look import looks
from analysis.schemas import TABLES

EXPORTS = Path(__file__).parent / "exports"


def prepared(folder, *names, system=None):
    """Copy exports, write the settings for them and open the source."""
    for name in names:
        shutil.copy(EXPORTS / name, folder / name)
    made = draft([folder / name for name in names], folder, system)
    (folder / "analysis.toml").write_text(made.text, "utf-8")
    return made, tables.open_source(settings.load(folder / "analysis.toml"))


def keys_of(folder):
    return tomllib.loads((folder / "analysis.toml").read_text("utf-8"))


def reasons(source, table="transactions"):
    load = source.loads[table]
    assert load.rows_in == load.rows_kept + load.rows_set_aside
    return dict(zip(load.by_rule["rule"], load.by_rule["rows"], strict=True))


def test_shopify_by_lines_as_the_settings_say_it_is_done(tmp_path):
    made, _ = prepared(tmp_path, "shopify_orders.csv")
    toml = made.text.replace('further_lines = "left out"', 'further_lines = "filled"')
    for before, after in (
        ('amount = "Total"', 'unit_price = "Lineitem price"'),
        ('refunded_amount = "Refunded Amount"', 'quantity = "Lineitem quantity"'),
        ('currency = "Currency"', 'currency = "Currency"\nproduct_id = "Lineitem sku"'),
    ):
        toml = toml.replace(before, after)
    (tmp_path / "analysis.toml").write_text(toml, "utf-8")
    source = tables.open_source(settings.load(tmp_path / "analysis.toml"))
    # the state of an order stands on its first line alone, and holds for those below
    assert rows(source, "order_id, product_id, amount_minor") == [
        ("#1001", "MUG-1", 3000), ("#1001", "POT-1", 2000), ("#1002", "POT-1", 2750),
        ("#1006", "SPO-1", 420), ("#1006", "FOR-1", 410), ("#1006", "KNI-1", 410),
    ]  # fmt: skip


@pytest.mark.parametrize("named", [True, False])
def test_shopify(tmp_path, named):
    made, source = prepared(tmp_path, "shopify_orders.csv", system="shopify" if named else None)
    # 59.98; 30.00 less 10.50; 12.40 pending. 23:30 of 31 March at -0400 is 1 April in UTC
    assert rows(source, "customer_id, order_id, order_date, amount_minor") == [
        ("ada@example.com", "#1001", dt.date(2024, 3, 30), 5998),
        ("ben@example.com", "#1002", dt.date(2024, 4, 1), 1950),
        ("ben@example.com", "#1006", dt.date(2024, 4, 5), 1240),
    ]
    assert (source.quality.rows_in, source.currency) == (9, "EUR")
    assert reasons(source) == {
        "a further line of its order": 3, "the row is cancelled": 1, "the row is no sale": 1,
        "the customer is missing": 1,
    }  # fmt: skip
    assert any("time zone" in note for note in made.unknown)
    assert any("17% of the first 6 rows" in note for note in made.unknown)


def test_woocommerce_plugin_in_german(tmp_path):
    made, source = prepared(tmp_path, "woocommerce_orders.csv")
    # 1,044.90 on two lines; 20.00 less 5.55; 10.00 all paid back; a state that nobody knows
    found = rows(source, "order_id, amount_minor")
    assert found == [("501", 104490), ("502", 1445), ("504", 0), ("506", 731)]
    assert reasons(source) == {"the row is cancelled": 2, "a further line of its order": 1}
    keys = keys_of(tmp_path)["transactions"]
    assert (keys["encoding"], keys["decimal"]) == ("cp1252", ",")
    assert any("'Versandbereit' (1): taken as no for `is_cancelled`" in n for n in made.unknown)


def test_woocommerce_analytics_and_fields(tmp_path):
    _, source = prepared(tmp_path, "woocommerce_analytics.csv")
    assert rows(source, "order_id, amount_minor") == [("601", 4000), ("601", -1525), ("603", 1210)]
    _, source = prepared(tmp_path, "woocommerce_fields.csv")
    # 35.00 less 4.40, whatever the sign; a pending one does not count
    assert rows(source, "order_id, order_date, amount_minor") == [
        ("1071", dt.date(2024, 6, 13), 3060),
        ("1073", dt.date(2024, 6, 15), 808),
    ]
    assert reasons(source) == {"the row is cancelled": 1}


@pytest.mark.parametrize("name", ["woocommerce_browser.csv", "woocommerce_analytics.csv"])
def test_woocommerce_analytics_as_newer_versions_name_the_amount(tmp_path, name):
    text = (EXPORTS / name).read_text("utf-8").replace(",N. Revenue,", ",Net Sales,")
    (tmp_path / "orders.csv").write_text(text, "utf-8")
    made = draft([tmp_path / "orders.csv"], tmp_path)
    (tmp_path / "analysis.toml").write_text(made.text, "utf-8")
    source = tables.open_source(settings.load(tmp_path / "analysis.toml"))
    assert made.sections[0].keys["amount"] in {"Net sales", "Net Sales"}
    assert rows(source, "amount_minor")[:2] == [(4000,), (-1525,)]


def test_zoho_crm(tmp_path):
    names = "zoho_deals.csv", "zoho_cases.csv", "zoho_campaigns.csv"
    made, source = prepared(tmp_path, *names)
    assert rows(source, "customer_id, order_id, order_date, amount_minor") == [
        ("zcrm_31", "zcrm_1001", dt.date(2024, 2, 10), 1200050),
        ("zcrm_32", "zcrm_1004", dt.date(2024, 4, 4), 9999),
    ]
    assert reasons(source) == {"the row is no sale": 3}
    won = rows(source, "opportunity_id, is_won, win_probability", "opportunities")
    assert [(number[-1], *rest) for number, *rest in won] == [
        ("1", True, 1.0), ("2", False, 0.0), ("3", None, 0.9), ("4", True, 1.0), ("5", None, 0.2),
    ]  # fmt: skip
    assert rows(source, "ticket_id, category", "tickets")[0] == ("C-1", "New problem")
    ends = rows(source, "end_date, cost_minor", "campaigns")
    assert ends == [(dt.date(2024, 3, 31), 38995), (None, 210000)]
    assert [note for note in made.unknown if "'On Ice' (1)" in note and "Nego" not in note]


@pytest.mark.parametrize(
    ("name", "sold", "won"),
    [
        ("zoho_bigin.csv", [("zcrm_41", 30000)], [True, None]),
        ("zoho_chinese.csv", [("zcrm_61", 50000)], [True, False, None]),
    ],
)
def test_zoho_deals_under_other_names(tmp_path, name, sold, won):
    made, source = prepared(tmp_path, name)
    assert made.files == (f"{name}: Deals of Zoho CRM",)
    assert rows(source, "customer_id, amount_minor") == sold
    assert [is_won for (is_won,) in rows(source, "is_won", "opportunities")] == won
    assert not [note for note in made.unknown if "`is_won`" in note]


def test_deals_are_no_purchases_where_orders_are_given(tmp_path):
    made = draft([EXPORTS / "zoho_deals.csv", EXPORTS / "shopify_orders.csv"], tmp_path)
    first, second = made.sections
    assert (first.table, second.table) == ("transactions", "opportunities")
    assert first.keys["path"] == (EXPORTS / "shopify_orders.csv").as_posix()
    assert any("What USD (5 rows) is worth in EUR" in note for note in made.unknown)
    assert any("`Account Name.id` of [opportunities] holds the same" in n for n in made.unknown)


def test_fxiaoke(tmp_path):
    names = sorted(path.name for path in EXPORTS.glob("fxiaoke_*.csv"))
    _, source = prepared(tmp_path, *names)
    # 3,600.50 less 600.50 paid back; void and unapproved orders do not count
    assert rows(source, "customer_id, amount_minor") == [
        ("北京华信", 1280000), ("上海远东", 300000), ("广州南星", 8880),
    ]  # fmt: skip
    assert reasons(source) == {"the row is no sale": 2}
    assert source.tables == {
        "transactions", "customers", "tickets", "campaigns", "opportunities",
    }  # fmt: skip
    assert rows(source, "is_complaint", "tickets") == [(True,), (False,)]
    assert rows(source, "is_won, win_probability", "opportunities") == [
        (True, 1.0), (None, 0.6), (False, 0.0),
    ]  # fmt: skip
    assert list(source.frame("customers").columns) == [
        "customer_id",
        "客户级别",
        "行业",
        "成交状态",
    ]
    keys = keys_of(tmp_path)
    assert (keys["currency"], keys["time_zone"], keys["language"]) == ("CNY", "Asia/Shanghai", "zh")
    assert keys["transactions"]["encoding"] == "gb18030"


def test_fxiaoke_by_the_names_of_its_interface(tmp_path):
    names = sorted(path.name for path in EXPORTS.glob("interface_*.csv"))
    made, source = prepared(tmp_path, *names)
    assert source.tables == {"transactions", "customers", "opportunities"}
    assert rows(source, "customer_id, amount_minor") == [("acc1", 1280000), ("acc2", 300000)]
    # the state of an opportunity tells whether it was won, not the stage it had come to
    assert rows(source, "opportunity_id, is_won", "opportunities") == [
        ("6b1", True), ("6b2", None), ("6b3", False),
    ]  # fmt: skip
    assert set(source.frame("customers")["customer_id"]) == {"acc1", "acc2"}
    assert not [note for note in made.unknown if "`is_won`" in note]


def test_jiandaoyun(tmp_path):
    made, source = prepared(tmp_path, "jiandaoyun_orders.csv", "jiandaoyun_tickets.csv")
    # 158.50 less 58.50; one cancelled, one still in its flow; two rows of the sub-form
    assert rows(source, "customer_id, amount_minor") == [
        ("张三", 30000), ("李四", 10000), ("王五", 4567),
    ]  # fmt: skip
    assert reasons(source) == {
        "a further line of its order": 2, "the row is cancelled": 1, "the row is no sale": 1,
    }  # fmt: skip
    assert rows(source, "ticket_id, is_complaint", "tickets") == [("W1", True), ("W2", False)]
    assert not made.unknown


def test_online_retail(tmp_path):
    _, source = prepared(tmp_path, "online_retail.csv")
    # 6 x 2.55, 6 x 3.39, 24 x 3.75; the C takes back 2 x 2.55; 3 x 4.255 = 12.765, rounded up
    assert rows(source, "order_id, amount_minor") == [
        ("536365", 1530), ("536365", 2034), ("536370", 9000), ("C536379", -510), ("536381", 1277),
    ]  # fmt: skip
    assert reasons(source) == {"the customer is missing": 1}
    assert (source.currency, source.first_date) == ("GBP", dt.date(2010, 12, 1))
    assert keys_of(tmp_path)["transactions"]["max_set_aside"] == 0.2


@pytest.mark.parametrize(
    ("name", "amounts"),
    [
        ("german_orders.csv", [125040, -1040]),
        ("chinese_orders.csv", [10000, 2025]),
        ("english_lines.csv", [250, 1000, 375]),
    ],
)
def test_no_system_is_known_but_words_are(tmp_path, name, amounts):
    made, source = prepared(tmp_path, name)
    assert [amount for (amount,) in rows(source, "amount_minor")] == amounts
    assert any("USD is written" in note for note in made.unknown)
    assert "guessed from their names" in made.text


def test_day_and_month_that_cannot_be_told_apart_are_told(tmp_path):
    made, _ = prepared(tmp_path, "english_lines.csv")
    assert any('"%d/%m/%Y" is written, and "%m/%d/%Y" fits' in note for note in made.unknown)


def test_a_missing_column_of_refunds_is_told(tmp_path):
    text = (EXPORTS / "shopify_orders.csv").read_text("utf-8")
    (tmp_path / "orders.csv").write_text(text.replace("Refunded Amount", "Something"), "utf-8")
    made = draft([tmp_path / "orders.csv"], tmp_path)
    assert any("What was paid back: there is no column" in note for note in made.unknown)
    assert "# - What was refunded is taken off" not in made.text


@pytest.mark.parametrize("system", [*SYSTEMS.values(), EVERYDAY], ids=lambda one: one.key)
def test_a_mapping_names_only_columns_that_the_tables_have(system):
    for part in (part for export in system.exports for part in export.parts):
        there = {column.given for column in TABLES[part.table].columns}
        assert set(part.wanted) <= set(part.columns) <= there, part.table
        assert set(part.flags) | set(part.where) <= set(part.columns)
        assert set(part.keys) <= set(type(_settings_of(part.table)).model_fields)


def _settings_of(table):
    text = '[transactions]\npath = "x"\n' + (
        f'[{table}]\npath = "x"\n' if table[:5] != "trans" else ""
    )
    return settings.Settings(**tomllib.loads(text)).table(table)


def test_a_workbook_with_a_sub_form_and_a_header_of_two_rows(tmp_path):
    cells = [
        ["销售订单导出"],
        ["订单编号", "客户名称", "下单日期", "金额", "提交人", "提交时间", "明细", None],
        [None, None, None, None, None, None, "产品", "数量"],
        ["D1", "张三", ("date", 45306), 12.5, "王芳", ("date", 45306.5), "茶", 1],
        [None, None, None, None, None, None, "壶", 2],
        ["D2", "李四", ("date", 45307), 1250, "王芳", ("date", 45307), "茶", 1],
    ]
    workbook(tmp_path / "form.xlsx", cells)
    made = draft([tmp_path / "form.xlsx"], tmp_path, "jiandaoyun")
    (tmp_path / "analysis.toml").write_text(made.text, "utf-8")
    source = tables.open_source(settings.load(tmp_path / "analysis.toml"))
    assert rows(source, "customer_id, order_date, amount_minor") == [
        ("张三", dt.date(2024, 1, 15), 1250),
        ("李四", dt.date(2024, 1, 16), 125000),
    ]
    assert reasons(source) == {"a further line of its order": 2}


def test_parquet(tmp_path):
    frame = pd.DataFrame({"Customer": ["a", None], "Date": ["2024-01-05"] * 2, "Total": [1.5, 2.0]})
    frame.to_parquet(tmp_path / "orders.parquet")
    [section] = draft([tmp_path / "orders.parquet"], tmp_path).sections
    assert section.keys["amount"] == "Total"
    assert section.keys["max_set_aside"] == 0.5


def test_names_of_files_and_columns_stay_names(tmp_path):
    text = 'Notes\nCustomer,Date,Total,Status\na,2024-01-05,5.00,"x\n[mail]\u202e"\n'
    path = tmp_path / 'a"\n[mail].csv'
    path.write_text(text, "utf-8")
    made = draft([path], tmp_path)
    read = tomllib.loads(made.text)
    assert set(read) == {"title", "currency", "time_zone", "transactions"}
    assert read["transactions"]["path"] == path.name
    assert read["transactions"]["skip_lines"] == 1


def test_a_short_german_file_is_not_taken_for_chinese(tmp_path):
    path = tmp_path / "kunden.csv"
    path.write_bytes(
        "Kunde;Datum;Betrag\nMüller;2024-01-05;5,00\nGröße;2024-01-05;5,00\n".encode("cp1252")
    )
    assert {look.encoding for look in looks(path)} == {"cp1252"}


def test_init_writes_tells_and_overwrites_nothing(tmp_path, monkeypatch, capsys):
    shutil.copy(EXPORTS / "shopify_orders.csv", tmp_path / "orders.csv")
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--from", "shopify", "orders.csv"]) == 0
    out = capsys.readouterr().out
    assert "orders.csv: Orders of Shopify" in out
    assert "What the files do not tell:" in out
    assert main(["check"]) == 0
    assert "91.88 EUR" in capsys.readouterr().out
    before = Path("analysis.toml").read_text("utf-8")
    assert main(["init", "orders.csv"]) == 2
    assert "overwrites nothing; analysis.toml is there" in capsys.readouterr().err
    assert main(["init", "orders.csv", "--force"]) == 0
    assert Path("analysis.toml").read_text("utf-8") == before
    assert {path.name for path in tmp_path.iterdir()} == {"analysis.toml", "data", "orders.csv"}


BOTH = (
    "Financial Status,Lineitem name,Lineitem quantity,Name,Email,Created at,Total,"
    "InvoiceNo,StockCode,InvoiceDate,UnitPrice,Quantity,CustomerID\n" + "1," * 12 + "1\n"
)


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        (["order.csv"], "a,b\n1,2\n", "order.csv is not. Did you mean `orders.csv`?"),
        (["--settings", "no/a.toml", "orders.csv"], "a,b\n1,2\n", "no is not. Make it."),
        (["."], "a,b\n1,2\n", ". is a folder. Name those of one export"),
        (["orders.csv"], "", "orders.csv is empty"),
        (["orders.csv"], "one\ntwo\n", "must have a header of two columns or more"),
        (["orders.csv"], BOTH, "columns of 2, online-retail and shopify. Say which: --from onl"),
        (["orders.csv"], "Kunde,Datum,Farbe\n1,2024-01-05,rot\n", "has not 1 of them, first `Am"),
        (["--from", "shopify", "orders.csv"], "Name,Lineitem name,Lineitem quantity\n1,2,3\n",
         "Orders of Shopify is known by 3 columns; orders.csv has not 1 of them, first `Financial"),
        (["orders.csv"], "Financial Status,Lineitem name,Lineitem quantity,Name,Mail,Total\n" +
         "1,1,1,1,1,1\n", "[transactions] needs 3 columns of orders of Shopify; orders.csv has not "
         "2 of them, first customer_id = `Email`. Did you mean `Mail`?"),
        (["orders.csv"], "Ticket ID,Customer,Created\n1,a,2024-01-05\n", "Reports need purchases"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_nothing_written(
    tmp_path, monkeypatch, capsys, arguments, text, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_text(text, "utf-8")
    assert main(["init", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]


def test_files_of_two_kinds_do_not_make_one_table(tmp_path, monkeypatch, capsys):
    shutil.copy(EXPORTS / "shopify_orders.csv", tmp_path)
    shutil.copy(EXPORTS / "online_retail.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["init", "shopify_orders.csv", "online_retail.csv"]) == 2
    said = "[transactions] would be from shopify_orders.csv (orders) and online_retail.csv (invoic"
    assert said in capsys.readouterr().err


def test_several_files_of_one_kind_are_one_table(tmp_path):
    shutil.copy(EXPORTS / "shopify_orders.csv", tmp_path / "a.csv")
    text = (EXPORTS / "shopify_orders.csv").read_text("utf-8").replace("#", "#2")
    (tmp_path / "b.csv").write_text(text, "utf-8")
    made = draft([tmp_path / "a.csv", tmp_path / "b.csv"], tmp_path)
    assert made.sections[0].keys["path"] == ("a.csv", "b.csv")
    (tmp_path / "analysis.toml").write_text(made.text, "utf-8")
    source = tables.open_source(settings.load(tmp_path / "analysis.toml"))
    assert sum(amount for (amount,) in rows(source, "amount_minor")) == 2 * 9188
