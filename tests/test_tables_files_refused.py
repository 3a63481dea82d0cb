"""What is set aside in your own files, and what every refusal says."""

import pandas as pd
import pytest
from table_files import (
    DAY,
    HEADER,
    PLAIN,
    amounts,
    open_files,
    plain,
    put,
    rows,
)

from analysis import tables
from analysis.errors import SourceError


@pytest.mark.parametrize(
    "text",
    ["", "x", "1e3", "0x10", "inf", "NaN", "1_000", "1,23", "12,34.5", "1,2345.00", "1.2.3", "--1",
     "12 EUR", "(12", "-(12)", "99999999999999999999"],
)  # fmt: skip
def test_what_is_no_amount_is_set_aside(tmp_path, text):
    source = open_files(tmp_path, {"orders.csv": plain([text, "1.00"])})
    assert source.quality.rejects["value"].fillna("").to_list() == [text]
    assert amounts(source) == [100]


@pytest.mark.parametrize(
    "text",
    ["2023-02-29", "2024-13-01", "2024-00-10", "03/04/2024", "4.3.24", "infinity", "0001-01-01",
     "9999-12-31", "1899-12-31", "2200-01-01", "2024-03-04x", "-2024-03-04", "now", "24-03-04"],
)  # fmt: skip
def test_what_is_no_date_is_set_aside(tmp_path, text):
    source = open_files(tmp_path, {"orders.csv": HEADER + f"a,{text},1\nb,2024-01-01,1\n"})
    assert source.quality.rejects[["column", "value"]].to_numpy().tolist() == [["order_date", text]]


def test_a_customer_may_be_described_once_only(tmp_path):
    files = {"orders.csv": plain(["1"]), "customers.csv": "customer_id,age\nc0,30\nc0,31\n"}
    with pytest.raises(SourceError, match=r"one row a customer; 1 of 1 .* first 'c0'"):
        open_files(tmp_path, files, PLAIN + '[customers]\npath = "customers.csv"\n')


@pytest.mark.parametrize(
    ("text", "toml", "said"),
    [
        ("customer,order_date,amount\na,2024-01-01,1\n", "", "1 not there, first customer_id"),
        ("customer,order_date,amount\na,2024-01-01,1\n", "", "Did you mean `customer`"),
        (plain(["1"]), 'separator = ";"\n', "3 not there"),
        (plain(["1"]), 'category = "Gruppe"\n', "category = `Gruppe`"),
        ("", "", r"orders.csv is empty \(0 bytes\)"),
        ("\n\n\n", "", "orders.csv is empty"),
        (HEADER, "", "orders.csv has a header and nothing under it"),
        (HEADER + "x,y,z\n", "", r"1 of 1 \(100.0%\) do"),
        (HEADER.replace("amount", "amount,amount") + "a,2024-01-01,1,2\n", "", "`amount` 2 times"),
        (plain(["1"]), 'encoding = "utf-9"\n', '"utf-9" .* is not'),
        (plain(["1"]), 'sheet = "x"\n', "`sheet` is for Excel"),
        (plain(["1"] * 20, day="13/04/2024"), "", r'date_format = "%d/%m/%Y"\. Write it'),
        (plain(["1"] * 20, day="03/04/2024"), "", "Day and month cannot be told apart"),
        (plain(["1,5"] * 20), "", 'decimal = ","'),
        (plain(["1.500"] * 20), "", r"three digits after it, such as '1.500'"),
        (plain(["1.50"] * 20), 'decimal = ","\n', 'Remove decimal = ","'),
        (plain(["1"] * 20).replace(",2024", ";2024"), "", "If the file has another separator"),
        ("PAR1", "", "must be a whole Parquet file"),
        ("PK\x03\x04", "", "must be an Excel or OpenDocument file"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do(tmp_path, text, toml, said):
    with pytest.raises(SourceError, match=said):
        open_files(tmp_path, {"orders.csv": text}, PLAIN + toml)


def test_undecodable_bytes_are_set_aside_and_the_encoding_asked_for(tmp_path):
    good = "".join(f"c{at},2024-01-01,1\n" for at in range(100)).encode()
    source = open_files(tmp_path, {"orders.csv": HEADER.encode() + good + b"\xe4,2024-01-01,1\n"})
    assert source.quality.rejects.iloc[0].to_list() == [
        *("orders.csv", 102, "customer_id", "\\xe4", "bytes that are not utf-8"),
    ]
    bad = b"\xe4,2024-01-01,1\n" * 50
    with pytest.raises(SourceError, match='encoding = "cp1252"'):
        open_files(tmp_path, {"orders.csv": HEADER.encode() + bad})


def test_day_and_month_taken_for_each_other_are_found_out(tmp_path):
    days = [f"{day:02d}/{month:02d}/2024" for month in (1, 2) for day in range(1, 11)]
    text = HEADER + "".join(f"c,{day},1\n" for day in [*days * 20, "28/02/2024"])
    with pytest.raises(SourceError, match=r'every date of the source fits "%d/%m/%Y"'):
        open_files(tmp_path, {"orders.csv": text}, PLAIN + 'date_format = "%m/%d/%Y"\n')


@pytest.mark.parametrize("path", ["orders.cvs", "none/*.csv", "folder"])
def test_a_path_that_finds_nothing_is_refused(tmp_path, path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(SourceError, match=r"`path`"):
        open_files(tmp_path, {"orders.csv": plain(["1"])}, f'[transactions]\npath = "{path}"\n')


def test_ids_that_cannot_be_told_apart_are_set_aside(tmp_path):
    ids = ["a\x00", "\u200fa", "a\u202e", "NULL", "nan", " ", "\ufeffa", "b", " b ", "N1"]
    text = HEADER + "".join(f"{one},2024-01-01,1\n" for one in ids)
    source = open_files(tmp_path, {"orders.csv": text}, PLAIN + "max_set_aside = 0.9\n")
    assert rows(source, "customer_id") == [("b",), ("b",), ("N1",)]
    assert source.quality.rejects["line"].to_list() == [2, 3, 4, 5, 6, 7, 8]


def test_a_few_bad_rows_never_stop_a_short_file_and_many_do(tmp_path):
    files = {"orders.csv": plain(["x"] * 10 + ["1"])}
    assert open_files(tmp_path, files).quality.rows_set_aside == 10
    with pytest.raises(SourceError, match=r"At most 5.0% .* 11 of 12"):
        open_files(tmp_path, {"orders.csv": plain(["x"] * 11 + ["1"])})


def test_wrong_types_are_refused(tmp_path):
    for column, value, said in (
        ("amount", True, "`amount` must be a number"),
        ("order_date", 1.5, "`order_date` must be a date"),
        ("customer_id", [1], "`customer_id` must be a text or a number"),
    ):
        row = {"customer_id": "a", "order_date": DAY, "amount": 1} | {column: value}
        pd.DataFrame([row]).to_parquet(tmp_path / "orders.parquet")
        with pytest.raises(SourceError, match=said):
            open_files(tmp_path, {}, '[transactions]\npath = "orders.parquet"\n')


def test_rejects_are_kept_and_harmless_and_a_clean_check_removes_them(tmp_path, capsys):
    text = plain(["1"]) + "=cmd(),2024-01-01,=1+1\n\x1bz,2024-01-01,1\n"
    found = put(tmp_path, {"orders.csv": text}, PLAIN)
    assert tables.check_command(found) == 0
    kept = tmp_path / "data" / "cache" / "rejects" / "transactions.csv"
    content = kept.read_text("utf-8-sig")
    assert '"orders.csv",3,"amount","\'=1+1"' in content
    assert kept.stat().st_mode & 0o077 == 0
    printed = capsys.readouterr().out
    assert "orders.csv, line 3: =1+1" in printed
    assert "\\x1bz" in printed
    assert "\x1b" not in printed
    tables.check_command(put(tmp_path, {"orders.csv": plain(["1"])}, PLAIN))
    assert not kept.exists()


@pytest.mark.parametrize(
    ("currency", "kept", "refused"),
    [
        ("USD", ["$5.00"], ["€5.00", "£5.00", "5.00 EUR"]),
        ("EUR", ["€5.00", "5.00 €", "EUR 5.00"], ["$5.00"]),
        ("CHF", ["CHF 5.00", "Fr. 5.00"], ["€5.00"]),
        ("XAF", ["XAF 5"], ["$5"]),
    ],
)
def test_the_sign_of_another_currency_is_not_read_over(tmp_path, currency, kept, refused):
    toml = f'currency = "{currency}"\n{PLAIN}max_set_aside = 0.9\n'
    source = open_files(tmp_path, {"orders.csv": plain(kept + refused)}, toml)
    assert source.quality.rejects["value"].to_list() == refused
