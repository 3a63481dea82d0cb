"""The further tables: loaded, checked and counted by the mechanism of the purchases."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_files import PLAIN, open_files, put, rows

from analysis import tables
from analysis.columns import Kind
from analysis.errors import (
    AnalysisError,
    AnalysisWarning,
    DataError,
    SettingsError,
    SourceError,
)
from analysis.schemas import OPTIONAL

ORDERS = "customer_id,order_date,amount\nc0,2024-01-01,1\nc1,2024-01-02,2\n"
TICKETS = """No;Kunde;geöffnet;gelöst;Art
1;c0;04.03.2024;05.03.2024;Beschwerde
2;c0;04.03.2024;;Frage
3;;04.03.2024;;Frage
4;c1;04.03.2024;03.03.2024;Frage
5;c1;2024-03-04;;Frage
6;c1;06.03.2024;31.12.9999;
7;c1;06.03.2024;x;BESCHWERDE
"""
GERMAN = """[tickets]
path = "tickets.csv"
ticket_id = "No"
customer_id = "Kunde"
opened = "geöffnet"
resolved = "gelöst"
category = "Art"
date_format = "%d.%m.%Y"
is_complaint = "Art"
is_complaint_values = ["Beschwerde", "Klage"]
"""
FRAME = pd.DataFrame(
    {
        "customer_id": ["c0", "c1"],
        "order_date": ["2024-01-01", "2024-01-02"],
        "amount": [1, 2],
    }
)


GOOD = {
    Kind.ID: "i1", Kind.WORDS: "Wörter; mehr", Kind.DAY: "2024-03-04", Kind.END: "2024-03-05",
    Kind.MONEY: "12.50", Kind.NUMBER: "3", Kind.SHARE: "0.25", Kind.FLAG: "yes",
}  # fmt: skip
READ = {
    Kind.DAY: dt.date(2024, 3, 4), Kind.END: dt.date(2024, 3, 5), Kind.MONEY: 1250,
    Kind.NUMBER: 3.0, Kind.SHARE: 0.25, Kind.FLAG: True,
}  # fmt: skip
BAD = {
    Kind.ID: "i\u200b2", Kind.WORDS: "a\x07", Kind.DAY: "04.03.2024", Kind.END: "soon",
    Kind.MONEY: "12.5.0", Kind.NUMBER: "inf", Kind.SHARE: "35", Kind.FLAG: "perhaps",
}  # fmt: skip
ALL = PLAIN + "".join(
    f'[{table.name}]\npath = "{table.name}.csv"\nmax_set_aside = 1.0\n' for table in OPTIONAL
)


def good(table):
    """Return a row of the table that keeps every rule."""
    row = {column.given: GOOD[column.kind] for column in table.columns}
    named = {"referred_id": "i2", "currency": "USD"}
    return row | {name: value for name, value in named.items() if name in row}


def written(found):
    """Write rows as a CSV with each value in quotes."""
    lines = [found[0].keys(), *(row.values() for row in found)]
    quoted = [
        ",".join('"' + str(value).replace('"', '""') + '"' for value in line) for line in lines
    ]
    return "\n".join(quoted) + "\n"


def test_every_table_keeps_a_good_row_and_its_types(tmp_path):
    files = {f"{table.name}.csv": written([good(table)]) for table in OPTIONAL}
    source = open_files(tmp_path, {"orders.csv": ORDERS} | files, ALL)
    for table in OPTIONAL:
        expected = [READ.get(column.kind, good(table)[column.given]) for column in table.kept]
        assert rows(source, "*", table.name) == [tuple(expected)]


def test_every_column_of_every_table_sets_a_bad_value_aside(tmp_path):
    files, broken = {}, {}
    for table in OPTIONAL:
        bad = [good(table) | {column.given: BAD[column.kind]} for column in table.kept]
        absent = [good(table) | {column.given: ""} for column in table.columns if column.required]
        files[f"{table.name}.csv"] = written([good(table), *bad, *absent])
        required = [column.given for column in table.columns if column.required]
        broken[table.name] = [column.given for column in table.kept] + required
    source = open_files(tmp_path, {"orders.csv": ORDERS} | files, ALL)
    for name, columns in broken.items():
        load = source.loads[name]
        assert load.rejects["column"].to_list() == columns
        assert (load.rows_in, load.rows_kept) == (1 + len(columns), 1)


@pytest.mark.parametrize(
    ("table", "row", "rule"),
    [
        ("campaigns", {"end_date": "2024-03-03"}, "the campaign ends before it starts"),
        ("campaign_contacts", {"response_date": "2024-03-03"}, "the response is before the cont"),
        ("surveys", {"score": "11", "best": "10"}, "the score is more than the highest possible"),
        ("interactions", {"minutes": "-1"}, "the length is less than 0"),
        ("opportunities", {"closed": "2024-03-03"}, "the opportunity is decided before it was fo"),
        ("subscriptions", {"end_date": "2024-03-03"}, "the subscription ends before it starts"),
        ("subscriptions", {"end_date": "1899-12-31"}, "the end is before 1900"),
        ("referrals", {"referred_id": "i1"}, "the customer recommends itself"),
        ("costs", {"cost_date": "9999-12-31"}, "the day is not between 1900 and 2199"),
    ],
)  # fmt: skip
def test_columns_of_a_row_must_agree(table, row, rule):
    [schema] = [one for one in OPTIONAL if one.name == table]
    frame = pd.DataFrame([good(schema), good(schema) | row])
    with pytest.warns(AnalysisWarning, match=rule):
        source = tables.from_frame(FRAME, others={table: frame})
    assert source.loads[table].rows_set_aside == 1


def test_a_share_may_be_in_percent(tmp_path):
    header = "opportunity_id,customer_id,opened,stage,win_probability\n"
    lines = "".join(f"{at},c0,2024-01-01,new,{one}\n" for at, one in enumerate(["35", "35%", "1"]))
    toml = PLAIN + '[opportunities]\npath = "o.csv"\n'
    files = {"orders.csv": ORDERS, "o.csv": header + lines}
    share = "round(win_probability, 9)"
    source = open_files(tmp_path, files, toml)
    assert rows(source, share, "opportunities") == [(0.35,), (1.0,)]
    [rule] = source.loads["opportunities"].by_rule["rule"]
    assert rule == 'the win probability is not between 0 and 1 (win_probability_in = "percent"?)'
    source = open_files(tmp_path, files, toml + 'win_probability_in = "percent"\n')
    assert rows(source, share, "opportunities") == [(0.35,), (0.35,), (0.01,)]


def test_ids_that_only_one_table_knows_are_counted():
    made = pd.DataFrame({"customer_id": ["c0", "c7", "c8", "c8"], "opened": "2024-01-01"})
    found = tables.unknown_ids(tables.from_frame(FRAME, others={"tickets": made}))
    assert found.to_dict("records") == [
        {
            "table": "tickets", "column": "customer_id", "home": "transactions",
            "ids": 3, "unknown": 2,
        }
    ]  # fmt: skip


def test_the_hash_is_of_all_tables(tmp_path):
    toml = PLAIN + '[tickets]\npath = "t.csv"\n'
    header = "customer_id,opened\n"
    one, other = (
        open_files(
            tmp_path,
            {"orders.csv": ORDERS, "t.csv": f"{header}c{at},2024-01-01\n"},
            toml,
        )
        for at in (0, 1)
    )
    assert one.quality.loaded_hash != other.quality.loaded_hash


def test_check_reports_on_each_table_and_keeps_its_rejects(tmp_path, capsys):
    orders = ORDERS + "c1,2024-01-02,2\n"
    files = {"orders.csv": orders, "tickets.csv": TICKETS + "8;c9;07.03.2024;;\n"}
    assert tables.check_command(put(tmp_path, files, PLAIN + GERMAN)) == 0
    printed = capsys.readouterr().out
    assert "tickets              8     4          4    4 March 2024 to 7 March 2024" in printed
    assert "Set aside of tickets: 4 rows, 50.0% of all" in printed
    assert "the opening is not a date like %d.%m.%Y (geöffnet)  tickets.csv, line 6" in printed
    assert "transactions: 1 row repeats another one in every column." in printed
    assert "tickets: 1 of 3 values of customer_id are not in transactions." in printed
    kept = tmp_path / "data" / "cache" / "rejects"
    assert [path.name for path in kept.iterdir()] == ["tickets.csv"]
    assert len((kept / "tickets.csv").read_text("utf-8-sig").splitlines()) == 5


cells = st.text(st.sampled_from('aé1\x00\u200f,;"\n. -%'), max_size=6) | st.sampled_from(
    [*GOOD.values(), *BAD.values(), "NaN", "inf", "0001-01-01", "9999-12-31", ""]
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), table=st.sampled_from(OPTIONAL))
@pytest.mark.filterwarnings("ignore::analysis.errors.AnalysisWarning")
def test_no_row_of_any_table_is_lost(tmp_path_factory, data, table):
    names = [column.given for column in table.columns]
    line = st.tuples(*[cells for _ in names])
    found = [dict(zip(names, one, strict=True)) for one in data.draw(st.lists(line, min_size=1))]
    files = {"orders.csv": ORDERS, f"{table.name}.csv": written(found)}
    toml = PLAIN + f'[{table.name}]\npath = "{table.name}.csv"\nmax_set_aside = 1.0\n'
    try:
        load = open_files(tmp_path_factory.mktemp("any"), files, toml).loads[table.name]
    except AnalysisError:
        return
    assert load.rows_in == load.rows_kept + load.rows_set_aside == len(found)
    assert load.by_rule["rows"].sum() == load.rows_set_aside


def test_tickets_by_hand(tmp_path):
    source = open_files(tmp_path, {"orders.csv": ORDERS, "tickets.csv": TICKETS}, PLAIN + GERMAN)
    assert source.has("tickets")
    assert rows(source, "*", "tickets") == [
        ("c0", dt.date(2024, 3, 4), "1", dt.date(2024, 3, 5), "Beschwerde", None, True),
        ("c0", dt.date(2024, 3, 4), "2", None, "Frage", None, False),
        ("c1", dt.date(2024, 3, 6), "6", None, None, None, None),
    ]
    assert rows(source, 'line, "column", rule', "tickets_rejects") == [
        (4, "Kunde", "the customer is missing"),
        (5, "gelöst", "the ticket is settled before it came in"),
        (6, "geöffnet", "the opening is not a date like %d.%m.%Y"),
        (8, "gelöst", "the settling is not a date like %d.%m.%Y"),
    ]
    load = source.loads["tickets"]
    assert (load.rows_in, load.rows_kept, load.rows_set_aside) == (7, 3, 4)


def test_a_frame_of_a_table_has_days_and_texts():
    opened = pd.to_datetime(["2024-03-04 15:00", "2024-03-05 00:00"])
    made = pd.DataFrame({"customer_id": [7, 8], "opened": opened, "is_complaint": [1, 0]})
    source = tables.from_frame(FRAME, others={"tickets": made})
    found = source.frame("tickets")
    assert found["customer_id"].to_list() == ["7", "8"]
    assert found["opened"].to_list() == [
        pd.Timestamp("2024-03-04"),
        pd.Timestamp("2024-03-05"),
    ]
    assert found["is_complaint"].to_list() == [True, False]
    assert found["resolved"].isna().all()


@pytest.mark.parametrize(
    ("text", "read"),
    [("yes", True), ("Ja", True), (" 1 ", True), ("是", True), ("TRUE", True), ("no", False),
     ("0", False), ("否", False), ("", None), ("maybe", "set aside")],
)  # fmt: skip
def test_yes_and_no_as_people_write_them(tmp_path, text, read):
    tickets = f"customer_id,opened,is_complaint\nc0,2024-01-01,{text}\nc1,2024-01-01,yes\n"
    toml = PLAIN + '[tickets]\npath = "tickets.csv"\n'
    source = open_files(tmp_path, {"orders.csv": ORDERS, "tickets.csv": tickets}, toml)
    found = rows(source, "is_complaint", "tickets")
    if read == "set aside":
        assert found == [(True,)]
        [(rule,)] = rows(source, "rule", "tickets_rejects")
        assert rule.startswith("the complaint is neither yes nor no (is_complaint_values")
    else:
        assert found == [(read,), (True,)]


def test_what_is_not_there_is_refused_by_name(tmp_path):
    source = tables.from_frame(FRAME)
    with pytest.raises(SourceError, match=r"`tickets` must be there .* are transactions\. Name"):
        source.frame("tickets")
    with pytest.raises(DataError, match=r"Tickets need `customer_id` and `opened`; 1 of 2"):
        tables.from_frame(FRAME, others={"tickets": pd.DataFrame({"customer_id": ["a"]})})
    with pytest.raises(DataError, match=r"`ticket` is no canonical table\. Did you mean `tickets`"):
        tables.from_frame(FRAME, others={"ticket": FRAME})
    twice = pd.DataFrame({"product_id": ["p", "p", "q"]})
    with pytest.raises(DataError, match=r"\[products\] must have one row a product; 1 of 2 have"):
        tables.from_frame(FRAME, others={"products": twice})
    with pytest.raises(SettingsError, match=r"\[tickets\] `opend` .* Did you mean `opened`"):
        open_files(tmp_path, {}, PLAIN + '[tickets]\npath = "t.csv"\nopend = "x"\n')
    with pytest.raises(SourceError, match=r"\[tickets\] needs 2 columns .* opened = `opened`"):
        open_files(
            tmp_path,
            {"orders.csv": ORDERS, "t.csv": "customer_id,when\na,b\n"},
            PLAIN + '[tickets]\npath = "t.csv"\n',
        )
