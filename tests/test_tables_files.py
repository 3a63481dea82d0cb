"""Your own files: what is read of them, and how."""

import datetime as dt
import gzip

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_files import (
    DAY,
    EUROPEAN,
    EUROPEAN_SETTINGS,
    HEADER,
    PLAIN,
    amounts,
    open_files,
    plain,
    put,
    rows,
    workbook,
)

from analysis import tables
from analysis.errors import SourceError

few = settings(max_examples=15, deadline=None)


@pytest.mark.parametrize("encoding", [None, "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_european_export_by_hand(tmp_path, encoding, end):
    text = EUROPEAN.replace("\n", end).encode(encoding or "utf-8")
    named = f'encoding = "{encoding}"\n' if encoding == "cp1252" else ""
    source = open_files(tmp_path, {"orders.csv": text}, EUROPEAN_SETTINGS + named)
    assert rows(source, "customer_id, order_id, order_date::VARCHAR, amount_minor, quantity") == [
        ("K001", "B1", "2024-01-31", 123_456, 1.0),
        ("K002", "B2", "2024-02-01", -1_250, 1.0),
        ("K005", "B6", "2024-02-03", 700, 2.5),
        ("K008", "B9", "2024-02-04", -810, 1.0),
        ("K009", "B10", "2024-02-04", 100_010, 1.0),
    ]
    categories = [category for (category,) in rows(source, "category")]
    assert categories == ["Möbel", "Küche; Bad", "mehr Zeilen", "x", 'a "b" c']
    rejects = source.quality.rejects
    assert rejects["line"].to_list() == [4, 5, 6, 9, 10]
    assert rejects["column"].fillna("").to_list() == ["Kunde", "Datum", "Betrag", "", ""]
    assert rejects["rule"].to_list() == [
        "the customer is missing",
        "the date is not a date like %d.%m.%Y",
        "the amount is not a number with a decimal comma",
        "a quote is opened and never closed",
        "5 fields where the header has 6",
    ]
    assert (source.quality.rows_in, source.quality.rows_kept) == (10, 5)


def test_five_lines_of_settings_and_other_names(tmp_path):
    source = open_files(
        tmp_path,
        {"shop.csv": "Customer Number;When;Total\n7;31/03/2024;10.50\n7;01/04/2024;-2.25\n"},
        '[transactions]\npath = "shop.csv"\ncustomer_id = "Customer Number"\n'
        'order_date = "When"\namount = "Total"\ndate_format = "%d/%m/%Y"\n',
    )
    assert rows(source, "order_date, amount_minor") == [
        (dt.date(2024, 3, 31), 1050),
        (dt.date(2024, 4, 1), -225),
    ]
    # no order number: customer and day are the order
    assert rows(source, "order_id") == [("7 2024-03-31",), ("7 2024-04-01",)]


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12.34", 1234), ("-12.34", -1234), ("12.34-", -1234), ("(12.34)", -1234),
        ("+12.34", 1234), ("−12.34", -1234), ("1,234.50", 123450), ("1 234.50", 123450),
        ("1'234.50", 123450), ("$12.34", 1234), ("-$12.34", -1234), ("$-12.34", -1234),
        ("12.34 USD", 1234), ("USD 12.34", 1234), ("12", 1200), ("12.", 1200), (".5", 50),
        ("0", 0), ("-0", 0), ("1.005", 101), ("-1.005", -101), ("0.285", 29), ("2.675", 268),
        (" 7.00 ", 700), ("90071992547409.91", 9007199254740991),
        ("92233720368547758.07", 9223372036854775807), ("0.00499999999999", 0),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them_are_read_exactly(tmp_path, text, minor):
    files = {"orders.csv": plain([text, "1.11"])}
    assert amounts(open_files(tmp_path, files))[0] == minor


def written(minor, *, comma, group):
    """Write an amount of cents as text."""
    whole, cents = divmod(abs(minor), 100)
    text = f"{'-' if minor < 0 else ''}{whole:{',' if group else ''}}.{cents:02d}"
    return text.translate(str.maketrans(",.", ".,")) if comma else text


@few
@given(
    minors=st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=200),
    comma=st.booleans(),
    group=st.booleans(),
)
def test_every_amount_survives_being_written(tmp_path_factory, minors, comma, group):
    lines = [f"a;2024-01-01;{written(one, comma=comma, group=group)}\n" for one in minors]
    files = {"orders.csv": "customer_id;order_date;amount\n" + "".join(lines)}
    decimal = f'decimal = "{"," if comma else "."}"\n'
    source = open_files(tmp_path_factory.mktemp("amount"), files, PLAIN + decimal)
    assert amounts(source) == minors


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-03-04", DAY), ("2024/03/04", DAY), ("2024.3.4", DAY), ("2024-3-4", DAY),
        ("20240304", DAY), ("2024-03-04 23:59", DAY), ("2024-03-04T23:59:59.999", DAY),
        ("2024-03-04T23:30:00Z", DAY), ("2024-03-04T23:30:00-05:00", dt.date(2024, 3, 5)),
        ("2024-03-04 23:30:00 -0500", dt.date(2024, 3, 5)), ("2024-03-05 00:30:00 +01:00", DAY),
        ("2024-02-29", dt.date(2024, 2, 29)), ("1900-01-01", dt.date(1900, 1, 1)),
    ],
)  # fmt: skip
def test_iso_dates_are_read_without_being_told(tmp_path, text, day):
    files = {"orders.csv": HEADER + f"a,{text},1\n"}
    assert rows(open_files(tmp_path, files), "order_date") == [(day,)]


@few
@given(
    days=st.lists(st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)), min_size=1, max_size=200),
    form=st.sampled_from(["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%d-%b-%Y", "%d %B %Y"]),
)
def test_every_date_survives_being_written_in_the_stated_format(tmp_path_factory, days, form):
    source = open_files(
        tmp_path_factory.mktemp("date"),
        {"orders.csv": HEADER + "".join(f"a,{day.strftime(form)},1\n" for day in days)},
        PLAIN + f'date_format = "{form}"\n',
    )
    assert rows(source, "order_date") == [(day,) for day in days]


def test_clock_times_of_another_zone_change_their_day(tmp_path):
    toml = 'time_zone = "America/New_York"\n' + PLAIN + 'source_time_zone = "UTC"\n'
    files = {"orders.csv": HEADER + "a,2024-03-05 04:30:00,1\nb,2024-03-05,1\n"}
    # 4:30 in London is the evening before in New York; a day without a clock stays the day
    assert rows(open_files(tmp_path, files, toml), "order_date") == [
        (dt.date(2024, 3, 4),),
        (dt.date(2024, 3, 5),),
    ]


def test_several_files_are_one_table(tmp_path):
    files = {
        "in/2023.csv": HEADER + "a,2023-01-01,1\n",
        "in/2024.csv": "amount;customer_id;order_date;order_id\n2;b;2024-01-01;o1\n",
        "in/2025.csv.gz": gzip.compress((HEADER + "c,2025-01-01,3\n").encode()),
    }
    for path in ('"in"', '"in/*.csv*"', '["in/2023.csv", "in/2024.csv", "in/2025.csv.gz"]'):
        source = open_files(tmp_path, files, f"[transactions]\npath = {path}\n")
        assert rows(source, "customer_id, order_id, amount_minor") == [
            ("a", "a 2023-01-01", 100),
            ("b", "o1", 200),
            ("c", "c 2025-01-01", 300),
        ]
        assert source.quality.files == ("in/2023.csv", "in/2024.csv", "in/2025.csv.gz")


def test_a_copy_of_a_file_is_noticed(tmp_path):
    files = {"a.csv": plain(["1"]), "b.csv": plain(["1"])}
    source = open_files(tmp_path, files, '[transactions]\npath = "*.csv"\n')
    assert any("b.csv is a copy of a.csv" in note for note in source.quality.notes)


def test_parquet_keeps_its_types(tmp_path):
    frame = pd.DataFrame(
        {
            "customer_id": [1, 2, 3],
            "order_date": pd.to_datetime(["2024-01-01T23:30", None, "2024-01-03T00:00"]),
            "amount": [1.115, 2.0, float("nan")],
            "category": pd.Categorical(["x", "y", "x"]),
        }
    )
    frame.to_parquet(tmp_path / "orders.parquet")
    toml = '[transactions]\npath = "orders.parquet"\n'
    source = open_files(tmp_path, {}, toml)
    assert rows(source, "customer_id, amount_minor, category") == [("1", 112, "x")]
    assert source.quality.rejects["rule"].to_list() == [
        "the date is missing",
        "the amount is missing",
    ]
    assert source.quality.rejects["line"].to_list() == [2, 3]


def test_excel_keeps_ids_as_text_and_reads_both_kinds_of_date(tmp_path):
    workbook(
        tmp_path / "shop.xlsx",
        [
            ["Orders of the shop"],
            [],
            ["Customer", "When", "Total"],
            ["007", ("date", 45292), 12.5],
            [1234567890123, "05.01.2024", -3],
            [],
            [12, ("date", 45293.5), "1.234,50"],
        ],
        sheet="Orders",
    )
    toml = (
        '[transactions]\npath = "shop.xlsx"\nsheet = "Orders"\ncustomer_id = "Customer"\n'
        'order_date = "When"\namount = "Total"\ndate_format = "%d.%m.%Y"\ndecimal = ","\n'
    )
    with pytest.raises(SourceError, match=r"shop.xlsx, sheet 'Orders'; 3 not there"):
        open_files(tmp_path, {}, toml)
    toml += "skip_lines = 1\n"
    source = open_files(tmp_path, {}, toml)
    assert rows(source, "customer_id, order_date, amount_minor") == [
        ("007", dt.date(2024, 1, 1), 1250),
        ("1234567890123", dt.date(2024, 1, 5), -300),
        ("12", dt.date(2024, 1, 2), 123450),
    ]


def test_the_kind_of_a_file_is_what_it_holds(tmp_path):
    pd.DataFrame({"customer_id": ["a"], "order_date": [DAY], "amount": [1]}).to_parquet(
        tmp_path / "orders.csv"
    )
    assert amounts(tables.open_source(put(tmp_path, {}, PLAIN))) == [100]


def test_contracts_and_customers_come_along(tmp_path):
    files = {
        "orders.csv": plain(["1", "2"]),
        "contracts.csv": "Kunde;von;bis;warum\nc0;2023-01-01;2024-01-31;price\nc1;2023-05-01;;\n"
        "c2;2023-05-01;9999-12-31;\nc3;2024-05-01;2023-01-01;\n",
        "customers.csv": "customer_id,age,name with blank\nc0,30, Ann  B \nc1,,\n",
    }
    toml = (
        PLAIN
        + '[contracts]\npath = "contracts.csv"\ncustomer_id = "Kunde"\nstart_date = "von"\n'
        + 'end_date = "bis"\nreason = "warum"\n[customers]\npath = "customers.csv"\n'
    )
    source = open_files(tmp_path, files, toml)
    assert rows(source, "customer_id, end_date, reason", "contracts") == [
        ("c0", dt.date(2024, 1, 31), "price"),
        ("c1", None, None),
        ("c2", None, None),
    ]
    assert rows(source, "*", "customers") == [("c0", "30", "Ann  B"), ("c1", None, None)]
    assert source.has("contracts")
    assert source.has("customers")
    assert rows(source, "line, rule", "contracts_rejects") == [
        (5, "the contract ends before it starts")
    ]
    assert source.loads["contracts"].rows_set_aside == 1


def test_attributes_may_be_called_anything(tmp_path):
    header = 'customer_id,line,given_line,broken,"a ""b""",shown'
    files = {"orders.csv": plain(["1"]), "customers.csv": header + "\nc0,1,2,3,4,5\n"}
    toml = PLAIN + '[customers]\npath = "customers.csv"\n'
    source = open_files(tmp_path, files, toml)
    [row] = source.engine.run("SELECT * FROM customers").to_pylist()
    assert row == {
        **{"customer_id": "c0", "line": "1", "given_line": "2", "broken": "3", 'a "b"': "4"},
        "shown": "5",
    }
    source = open_files(tmp_path, files, toml + 'columns = ["shown"]\n')
    assert source.engine.run("SELECT * FROM customers").column_names == ["customer_id", "shown"]
    for names, said in (("Age,age", "`Age` and `age`"), ("CUSTOMER_ID,x", "`customer_id` and")):
        files["customers.csv"] = f"customer_id,{names}\nc0,1,2\n"
        with pytest.raises(SourceError, match=said):
            open_files(tmp_path, files, toml)
    with pytest.raises(SourceError, match="1 not there, first none = `none`"):
        open_files(tmp_path, files, toml + 'columns = ["none"]\n')


def test_lines_above_the_header_are_skipped_when_told(tmp_path):
    text = "Shop of Anna\nall orders\n\n" + plain(["1", "x"])
    with pytest.raises(SourceError, match="If lines stand above the header: skip_lines = 1"):
        open_files(tmp_path, {"orders.csv": text})
    source = open_files(tmp_path, {"orders.csv": text}, PLAIN + "skip_lines = 2\n")
    assert amounts(source) == [100]
    assert source.quality.rejects["line"].to_list() == [6]
    with pytest.raises(SourceError, match="is empty below the 99 lines skipped"):
        open_files(tmp_path, {"orders.csv": text}, PLAIN + "skip_lines = 99\n")


def test_a_zone_in_the_text_is_obeyed(tmp_path):
    text = HEADER + "a,05.03.2024 00:30 +0100,1\nb,05.03.2024 00:30 -0100,1\n"
    toml = PLAIN + 'date_format = "%d.%m.%Y %H:%M %z"\n'
    source = open_files(tmp_path, {"orders.csv": text}, toml)
    assert rows(source, "order_date") == [(DAY,), (dt.date(2024, 3, 5),)]


def test_a_point_that_is_stated_is_believed(tmp_path):
    source = open_files(tmp_path, {"orders.csv": plain(["1.500"])}, PLAIN + 'decimal = "."\n')
    assert amounts(source) == [150]
