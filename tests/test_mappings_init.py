"""What `analysis init` does with exports of no system it knows, of several files, and of none."""

from __future__ import annotations

import datetime as dt
import shutil
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from exports_by_hand import EXPORTS, prepared, reasons
from table_files import rows, workbook

from analysis import settings, tables
from analysis.cli import main
from analysis.mappings import EVERYDAY, SYSTEMS
from analysis.mappings.draft import draft
from analysis.mappings.look import looks
from analysis.schemas import TABLES


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
