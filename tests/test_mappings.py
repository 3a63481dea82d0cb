"""Exports of known systems: recognised, settings written, read, and netted to the cent."""

from __future__ import annotations

import datetime as dt

import pytest
from exports_by_hand import EXPORTS, keys_of, prepared, reasons
from table_files import rows

from analysis import settings, tables
from analysis.mappings.draft import draft


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
