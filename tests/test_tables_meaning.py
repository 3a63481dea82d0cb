"""Amounts that mean more than their digits: prices, refunds, cancellations, currencies, lines."""

import datetime as dt

import pandas as pd
import pytest
from table_files import PLAIN, open_files, rows

from analysis import tables
from analysis.errors import AnalysisWarning, DataError, SourceError
from analysis.tables import further

INVOICES = """InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID
536365,85123A,6,2010-12-01 08:26:00,2.55,17850
536366,22633,3,2010-12-01 08:28:00,1.855,17850
C536379,D,-1,2010-12-01 09:41:00,27.50,14527
536380,22961,x,2010-12-01 09:41:00,1.45,17809
536381,22961,2,2010-12-01 09:41:00,,17809
"""
RETAIL = """currency = "GBP"
[transactions]
path = "invoices.csv"
customer_id = "CustomerID"
order_id = "InvoiceNo"
order_date = "InvoiceDate"
quantity = "Quantity"
unit_price = "UnitPrice"
is_refund = "InvoiceNo"
is_refund_values = ["C*"]
"""
SHOP = """Name,Email,Created at,Currency,Total,Line price,Line quantity
#1,a@x.io,2024-01-05,USD,30.00,10.00,1
#1,,,,,20.00,1
#2,b@x.io,2024-01-06,USD,5.00,5.00,1
#3,,2024-01-07,USD,7.00,7.00,1
#3,,,,,1.00,3
"""
OF_SHOP = """[transactions]
path = "orders.csv"
order_id = "Name"
customer_id = "Email"
order_date = "Created at"
currency = "Currency"
"""
ABROAD = (
    "customer_id,order_date,amount,currency\n"
    "a,2024-01-01,10.00,USD\nb,2024-01-01,10.00,eur\nc,2024-03-01,10.00,EUR\n"
    "d,2024-03-01,1000,JPY\ne,2023-12-31,10.00,EUR\nf,2024-03-01,4.00,\ng,x,4.00,EUR\n"
)
RATES = (
    "currency,rate_date,rate\n"
    "EUR,2024-01-01,1.10\nEUR,2024-02-01,1.25\nJPY,2024-01-01,0.0067\neuro,2024-01-01,1\n"
)


def test_an_online_retail_invoice_by_hand(tmp_path):
    source = open_files(tmp_path, {"invoices.csv": INVOICES}, RETAIL)
    # 6 x 2.55; 3 x 1.855 = 5.565, which rounds once and up; the C marks a refund, twice negative
    found = rows(source, "order_id, amount_minor, quantity")
    assert found == [("536365", 1530, 6.0), ("536366", 557, 3.0), ("C536379", -2750, -1.0)]
    assert source.quality.rejects[["line", "column", "rule"]].to_numpy().tolist() == [
        [5, "Quantity", "the quantity is not a number"],
        [6, "UnitPrice", "the unit price is missing"],
    ]


@pytest.mark.parametrize(
    ("price", "quantity", "minor"),
    [("0.125", "8", 100), ("2.675", "1", 268), ("-2.675", "1", -268), ("1.15", "3", 345),
     ("0.333333", "3", 100), ("12.50", "0", 0), ("1", "0.5", 50),
     ("99999999.99", "999", 9989999999001)],
)  # fmt: skip
def test_price_times_quantity_is_rounded_once(price, quantity, minor):
    frame = pd.DataFrame(
        {
            "customer_id": ["a"], "order_date": ["2024-01-01"],
            "unit_price": [price], "quantity": [quantity],
        }
    )  # fmt: skip
    assert rows(tables.from_frame(frame), "amount_minor") == [(minor,)]


def test_a_product_beyond_all_bounds_is_set_aside():
    rows_ = [("1", "1"), ("99999999999999999", "9999999999"), ("1e3", "1"), ("9999999999", "1e300")]
    frame = pd.DataFrame(rows_, columns=["unit_price", "quantity"])
    with pytest.warns(AnalysisWarning, match="3 of 4 rows"):
        source = tables.from_frame(frame.assign(customer_id="a", order_date="2024-01-01"))
    assert rows(source, "amount_minor") == [(100,)]


def test_an_amount_is_believed_before_a_price(tmp_path):
    text = "customer_id,order_date,amount,unit_price,quantity\na,2024-01-01,9.00,5.00,2\n"
    assert rows(open_files(tmp_path, {"orders.csv": text}), "amount_minor") == [(900,)]


def test_cancelled_rows_are_set_aside_and_no_fault(tmp_path):
    lines = "".join(f"c,2024-01-01,1.00,{'void' if at < 30 else 'ok'}\n" for at in range(40))
    toml = PLAIN + 'is_cancelled = "state"\nis_cancelled_values = ["VOID", "cancelled"]\n'
    files = {"orders.csv": "customer_id,order_date,amount,state\n" + lines}
    source = open_files(tmp_path, files, toml)
    assert (source.quality.rows_kept, source.quality.rows_set_aside) == (10, 30)
    assert source.quality.by_rule.to_numpy().tolist() == [["the row is cancelled", "state", 30]]


def test_what_was_paid_back_is_taken_off(tmp_path):
    text = (
        "customer_id,order_date,amount,state,back\n"
        "a,2024-01-01,30.00,paid,0.00\na,2024-01-02,20.00,Partly refunded,4.50\n"
        "b,2024-01-03,10.00,partly refunded,-10.00\nb,2024-01-04,8.00,voided,\n"
        "c,2024-01-05,7.00,,0.00\nc,2024-01-06,7.00,paid,\nc,2024-01-07,7.00,paid,x\n"
    )
    toml = (
        PLAIN + 'refunded_amount = "back"\nis_sale = "state"\nis_sale_values = ["paid", "Part*"]\n'
    )
    source = open_files(tmp_path, {"orders.csv": text}, toml)
    assert rows(source, "amount_minor") == [(3000,), (1550,), (0,), (700,)]
    assert source.quality.rejects[["line", "rule"]].to_numpy().tolist() == [
        [5, "the row is no sale"],
        [6, "the row is no sale"],
        [8, "the refunded amount is not a number with a decimal point"],
    ]


def test_a_value_may_mean_yes_or_no_or_neither(tmp_path):
    deals = (
        "opportunity_id,customer_id,opened,stage\n1,a,2024-01-01,Won\n2,a,2024-01-01,Lost to X\n"
        "3,a,2024-01-01,Talking\n4,a,2024-01-01, won \n"
    )
    orders = "customer_id,order_date,amount\na,2024-01-01,1\n"
    toml = PLAIN + (
        '[opportunities]\npath = "deals.csv"\nis_won = "stage"\nis_won_values = ["Won"]\n'
        'is_won_no_values = ["Lost*"]\n'
    )
    source = open_files(tmp_path, {"orders.csv": orders, "deals.csv": deals}, toml)
    assert rows(source, "is_won", "opportunities") == [(True,), (False,), (None,), (True,)]


def test_too_many_faults_are_told_by_the_commonest_fault(tmp_path):
    lines = "".join(f"c,2024-01-01,1.00,{'void' if at < 30 else 'ok'}\n" for at in range(40))
    lines += "c,2024-01-01,y,ok\n" + "c,soon,1.00,ok\n" * 11
    toml = PLAIN + 'is_cancelled = "state"\nis_cancelled_values = ["void"]\n'
    said = (
        r"12 of 22 \(54.5%\) do, most often because the date is not .*First: .* line 43, .*'soon'"
    )
    with pytest.raises(SourceError, match=said):
        open_files(tmp_path, {"orders.csv": "customer_id,order_date,amount,state\n" + lines}, toml)


def test_fields_of_an_order_may_stand_on_its_first_line_alone(tmp_path):
    prices = 'unit_price = "Line price"\nquantity = "Line quantity"\n'
    toml = OF_SHOP + prices + 'further_lines = "filled"\n'
    source = open_files(tmp_path, {"orders.csv": SHOP}, toml)
    assert rows(source, "customer_id, order_id, order_date, amount_minor") == [
        ("a@x.io", "#1", dt.date(2024, 1, 5), 1000),
        ("a@x.io", "#1", dt.date(2024, 1, 5), 2000),
        ("b@x.io", "#2", dt.date(2024, 1, 6), 500),
    ]
    # an order without a customer does not take that of the order above
    assert source.quality.rejects["line"].to_list() == [5, 6]


def test_or_the_first_line_has_the_whole_order(tmp_path):
    toml = OF_SHOP + 'amount = "Total"\nfurther_lines = "left out"\n'
    source = open_files(tmp_path, {"orders.csv": SHOP}, toml)
    assert rows(source, "order_id, amount_minor") == [("#1", 3000), ("#2", 500)]
    assert source.quality.rejects[["line", "rule"]].to_numpy().tolist() == [
        [3, "a further line of its order"],
        [5, "the customer is missing"],
        [6, "a further line of its order"],
    ]


def test_a_line_that_names_no_order_customer_or_day_is_a_further_one(tmp_path):
    bare = SHOP.replace("#1,,,,,20", ",,,,,20").replace("#3,,,,,1", ",,,,,1")
    prices = 'unit_price = "Line price"\nquantity = "Line quantity"\n'
    toml = OF_SHOP + prices + 'further_lines = "filled"\n'
    source = open_files(tmp_path, {"orders.csv": bare}, toml)
    found = rows(source, "customer_id, order_id, amount_minor")
    assert found == [("a@x.io", "#1", 1000), ("a@x.io", "#1", 2000), ("b@x.io", "#2", 500)]
    assert source.quality.rejects["line"].to_list() == [5, 6]


@pytest.mark.parametrize("how", ["filled", "left out"])
def test_an_order_may_stretch_over_two_batches(how):
    import pyarrow as pa

    whole = pa.table({"order_id": list("aabbbc"), "customer_id": ["x", "", "y", None, "", "z"]})
    at_once = further.FurtherLines(how).treat(whole).to_pydict()
    for cut in range(7):
        lines = further.FurtherLines(how)
        parts = [lines.treat(whole.slice(0, cut)), lines.treat(whole.slice(cut))]
        parts = [part for part in parts if part.num_rows]
        assert pa.concat_tables(parts).to_pydict() == at_once
    if how == "filled":
        assert at_once["customer_id"] == list("xxyyyz")
    else:
        assert at_once["is_further"] == [False, True, False, True, True, False]


def test_other_currencies_are_turned_at_the_rate_of_their_day(tmp_path):
    toml = PLAIN + '[rates]\npath = "rates.csv"\n'
    source = open_files(tmp_path, {"orders.csv": ABROAD, "rates.csv": RATES}, toml)
    found = rows(source, "customer_id, amount_minor", "transactions ORDER BY customer_id")
    # 10 EUR at 1.10, and from February at 1.25; 1,000 JPY at .0067; no code: the settings' own
    assert found == [("a", 1000), ("b", 1100), ("c", 1250), ("d", 670), ("f", 400)]
    assert source.quality.rejects[["line", "column", "rule"]].to_numpy().tolist() == [
        [6, "currency", "no rate turns the currency into USD on that day"],
        [8, "order_date", "the date is not a date like 2024-03-31"],
    ]
    assert source.loads["rates"].rows_set_aside == 1


def test_every_table_with_a_day_is_turned():
    orders = pd.DataFrame({"customer_id": ["a"], "order_date": ["2024-01-01"], "amount": [1]})
    costs = {"cost_date": ["2024-01-05"], "kind": ["x"], "amount": [2.0], "currency": ["EUR"]}
    rate = {"currency": ["EUR"], "rate_date": ["2024-01-01"], "rate": [1.5]}
    others = {"costs": pd.DataFrame(costs), "rates": pd.DataFrame(rate)}
    assert rows(tables.from_frame(orders, others=others), "amount_minor", "costs") == [(300,)]


def test_mixed_currencies_without_rates_are_refused(tmp_path):
    said = (
        r"\[transactions\] must be in one currency, USD; 4 of 7 rows are in another "
        r"\(EUR, JPY, eur\)\. Set `currency`, or name a table of rates"
    )
    with pytest.raises(SourceError, match=said):
        open_files(tmp_path, {"orders.csv": ABROAD.replace("g,x,4.00,EUR\n", "g,x,4.00,\n")}, PLAIN)
    twice = pd.DataFrame({"currency": ["EUR"] * 2, "rate_date": ["2024-01-01"] * 2, "rate": [1, 2]})
    orders = pd.DataFrame({"customer_id": ["a"], "order_date": ["2024-01-01"], "amount": [1]})
    with pytest.raises(DataError, match=r"\[rates\] must have .* 1 of 1 have more, first 'EUR'"):
        tables.from_frame(orders, others={"rates": twice})


def test_what_a_price_needs_is_asked_for(tmp_path):
    text = "customer_id,order_date,unit_price\na,2024-01-01,1\n"
    toml = PLAIN + 'unit_price = "unit_price"\n'
    with pytest.raises(SourceError, match=r"needs 4 columns .* first quantity = `quantity`"):
        open_files(tmp_path, {"orders.csv": text}, toml)
    with pytest.raises(SourceError, match=r"needs 3 columns .* first amount = `amount`"):
        open_files(tmp_path, {"orders.csv": text}, PLAIN)
