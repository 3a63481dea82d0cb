"""A shop's tables with their types, as databases have them: most rules are broken once."""

import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
from table_files import put

from analysis import tables
from analysis.tables.checks import rejects_of

_CLOCK = pa.timestamp("us")


def _day(text):
    return None if text is None else dt.date.fromisoformat(text)


def _table(columns, rows):
    kinds = pa.schema(columns)
    read = [
        [
            dt.datetime.fromisoformat(value)
            if kind.type == _CLOCK and value
            else _day(value)
            if kind.type == pa.date32()
            else Decimal(value)
            if pa.types.is_decimal(kind.type) and value is not None
            else value
            for value, kind in zip(row, kinds, strict=True)
        ]
        for row in rows
    ]
    return pa.table([pa.array(list(column), kind.type) for column, kind in zip(
        zip(*read, strict=True), kinds, strict=True)], schema=kinds)  # fmt: skip


_NOON = "2024-02-01 12:00:00"
_LINES = [
    # no, buyer, day, paid, group, pieces, cancelled, currency, refunded
    (1, " a1 ", "2024-01-01 23:30:00", 12.345, "x", 1.0, "no", "EUR", None),
    (2, "a1", _NOON, 2.675, "x", 2.0, "no", None, "0.5"),
    (3, None, _NOON, 2.5, "x", 2.0, "no", None, None),
    (4, " \u00a0", _NOON, 2.5, "x", 2.0, "no", None, None),
    (5, "NULL", _NOON, 2.5, "x", 2.0, "no", None, None),
    (6, "b\u200b2", _NOON, 2.5, "x", 2.0, "no", None, None),
    (7, "b2", "1024-02-01 10:00:00", 2.5, "x", 2.0, "no", None, None),
    (8, "b2", None, 2.5, "x", 2.0, "no", None, None),
    (9, "b2", _NOON, float("nan"), "x", 2.0, "no", None, None),
    (10, "b2", _NOON, float("-inf"), "x", 2.0, "no", None, None),
    (11, "b2", _NOON, 1e300, "x", 2.0, "no", None, None),
    (12, "b2", _NOON, None, "x", 2.0, "no", None, None),
    (13, "b2", _NOON, -1.125, "two\tlines\r\nlong", float("nan"), "no", None, None),
    (14, "b2", _NOON, 3.0, "x\u202ey", 1.0, "no", None, None),
    (15, "b2", _NOON, 3.0, "x", 1.0, "YES", None, None),
    (16, "b2", _NOON, 3.0, "x", 1.0, "maybe", None, None),
    (17, "B2", "2024-03-31 01:30:00", 0.1, " ", float("inf"), None, "usd", None),
    (18, "B2", _NOON, 100.125, "y", 3.0, "no", "USD", None),
    (19, "B2", _NOON, 100.0, "y", 3.0, "no", "GBP", None),
    (None, "ä3", "2199-12-31 22:00:00", 0.0, None, None, "no", None, None),
    (None, "a-4", "1900-01-01 12:00:00", -0.005, None, 2.5, "no", None, "0.25"),
]
SHOP = {
    "lines": _table(
        [("no", pa.int64()), ("Buyer", pa.string()), ("day", _CLOCK), ("paid", pa.float64()),
         ("group", pa.string()), ("pieces", pa.float64()), ("cancelled", pa.string()),
         ("cur", pa.string()), ("refunded", pa.decimal128(12, 3))],
        _LINES,
    ),
    "courses": _table(
        [("cur", pa.string()), ("since", pa.date32()), ("worth", pa.float64())],
        [("USD", "2024-01-01", 0.5), ("USD", "2024-02-01", 0.92), ("GBP", "2024-02-02", 1.1),
         ("Euro", "2024-01-01", 1.0), ("CHF", "2024-01-01", 0.0)],
    ),
    "people": _table(
        [("Buyer", pa.string()), ("Region", pa.string()), ("size in m", pa.int32()),
         ("active", pa.bool_())],
        [("a1", "north", 3, True), ("b2", None, None, False), ("B2", "sou\x07th", 4, None),
         ("ä3", " east ", 5, True)],
    ),
    "agreements": _table(
        [("customer_id", pa.string()), ("start_date", pa.date32()), ("end_date", pa.date32()),
         ("reason", pa.string())],
        [("a1", "2024-01-01", None, None), ("b2", "2024-01-01", "9999-12-31", None),
         ("B2", "2024-02-01", "2024-01-31", "moved"), ("B2", "2024-02-01", "2024-01-01", None),
         ("ä3", "2024-01-01", "1800-01-01", "x"), ("ä3", "2024-01-01", "2024-06-30", "x")],
    ),
    "deals": _table(
        [("opportunity_id", pa.int32()), ("customer_id", pa.string()), ("opened", pa.date32()),
         ("stage", pa.string()), ("amount", pa.decimal128(20, 4)), ("chance", pa.float32()),
         ("is_won", pa.int32())],
        [(1, "a1", "2024-01-01", "new", "1000.125", 50.0, None),
         (2, "a1", "2024-01-01", "new", "-1000.125", 101.0, 1),
         (3, "b2", "2024-01-01", "won", "9000000000000000.5", 100.0, 1),
         (4, "b2", "2024-01-01", "lost", "0.0050", 0.0, 0),
         (5, "b2", "2024-01-01", None, "1", 0.0, 0)],
    ),
    "calls": _table(
        [("customer_id", pa.string()), ("opened", pa.date32()), ("art", pa.string())],
        [("a1", "2024-01-01", "Complaint: late"), ("a1", "2024-01-02", "question"),
         ("b2", "2024-01-02", None), ("b2", "2300-01-02", "question")],
    ),
    "decisions": _table(
        [("customer_id", pa.string()), ("decided", pa.date32()), ("is_granted", pa.bool_())],
        [("a1", "2024-01-01", True), ("b2", "2024-01-01", False), ("b2", "2024-01-02", None)],
    ),
}  # fmt: skip
NAMES = {
    "transactions": "lines", "rates": "courses", "customers": "people", "contracts": "agreements",
    "opportunities": "deals", "tickets": "calls", "consent": "decisions",
}  # fmt: skip
_KEYS = {
    "transactions": """
source_time_zone = "America/New_York"
customer_id = "Buyer"
order_id = "no"
order_date = "day"
amount = "paid"
category = "group"
quantity = "pieces"
is_cancelled = "cancelled"
currency = "cur"
refunded_amount = "refunded"
""",
    "rates": 'currency = "cur"\nrate_date = "since"\nrate = "worth"\n',
    "customers": 'customer_id = "Buyer"\n',
    "opportunities": 'win_probability = "chance"\nwin_probability_in = "percent"\n',
    "tickets": 'category = "art"\nis_complaint = "art"\nis_complaint_values = ["complaint*"]\n',
}


def shop_toml(url, run, **more):
    """Return settings for these tables in a database; `more` by table."""
    text = f'currency = "EUR"\ntime_zone = "Europe/Berlin"\n[engine]\nrun = "{run}"\n'
    for name, table in NAMES.items():
        keys = _KEYS.get(name, "") + more.get(name, "")
        text += f'[{name}]\nurl = "{url}"\ntable = "{table}"\nmax_set_aside = 0.9\n{keys}'
    return text


def open_both(folder, url, toml=shop_toml):
    """Open the same tables here and where they are."""
    return [tables.open_source(put(folder, {}, toml(url, run))) for run in ("here", "source")]


def assert_same(here, there):
    """Hold two sources to be the same, but for where rows set aside stood."""
    assert there.loads.keys() == here.loads.keys()
    for name, load in here.loads.items():
        other = there.loads[name]
        assert (other.rows_in, other.rows_kept, other.notes) == (
            load.rows_in, load.rows_kept, load.notes,
        )  # fmt: skip
        assert sorted(_rows(other.by_rule)) == sorted(_rows(load.by_rule))
        for table in (name, rejects_of(name)):
            assert sorted(_of(there, table)) == sorted(_of(here, table)), table
    facts = ("first_date", "last_date", "customers", "orders")
    assert [getattr(there.quality, fact) for fact in facts] == [
        getattr(here.quality, fact) for fact in facts
    ]


def _of(source, table):
    rows = source.engine.run(f"SELECT * FROM {table}").to_pandas()
    return _rows(rows.drop(columns=["file", "line", "value"], errors="ignore"))


def _rows(frame: pd.DataFrame):
    return [tuple(map(str, row)) for row in frame.itertuples(index=False)]
