"""The further tables: loaded, checked and counted by the mechanism of the purchases."""

import datetime as dt

import pandas as pd
import pytest
from table_files import PLAIN, open_files, rows

from analysis import tables
from analysis.errors import DataError, SettingsError, SourceError

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
    {"customer_id": ["c0", "c1"], "order_date": ["2024-01-01", "2024-01-02"], "amount": [1, 2]}
)


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
    assert "tickets: 7 rows in, 3 kept, 4 set aside." in source.quality.notes


def test_a_frame_of_a_table_has_days_and_texts():
    opened = pd.to_datetime(["2024-03-04 15:00", "2024-03-05 00:00"])
    made = pd.DataFrame({"customer_id": [7, 8], "opened": opened, "is_complaint": [1, 0]})
    source = tables.from_frame(FRAME, others={"tickets": made})
    found = source.frame("tickets")
    assert found["customer_id"].to_list() == ["7", "8"]
    assert found["opened"].to_list() == [pd.Timestamp("2024-03-04"), pd.Timestamp("2024-03-05")]
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
    with pytest.raises(SettingsError, match=r"\[tickets\] `opend` .* Did you mean `opened`"):
        open_files(tmp_path, {}, PLAIN + '[tickets]\npath = "t.csv"\nopend = "x"\n')
    with pytest.raises(SourceError, match=r"\[tickets\] needs 2 columns .* opened = `opened`"):
        open_files(
            tmp_path,
            {"orders.csv": ORDERS, "t.csv": "customer_id,when\na,b\n"},
            PLAIN + '[tickets]\npath = "t.csv"\n',
        )
