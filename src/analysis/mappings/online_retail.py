"""Invoices like those of the data sets Online Retail and Online Retail II.

Follows their columns (Chen, 2015 and 2019, UCI Machine Learning Repository): one line an item;
an invoice whose number begins with C is a cancellation, its quantities negative. About a quarter of
the lines name no customer.
"""

from analysis.mappings.model import Export, Flag, Part, System

_INVOICE = ("InvoiceNo", "Invoice")

ONLINE_RETAIL = System(
    key="online-retail",
    title="Online Retail",
    currency="GBP",
    time_zone="Europe/London",
    dates=("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"),
    exports=(
        Export(
            name="Invoices",
            marks=(_INVOICE, ("StockCode",), ("InvoiceDate",), ("UnitPrice", "Price")),
            parts=(
                Part(
                    table="transactions",
                    columns={
                        "customer_id": ("CustomerID", "Customer ID"),
                        "order_id": _INVOICE,
                        "order_date": ("InvoiceDate",),
                        "product_id": ("StockCode",),
                        "quantity": ("Quantity",),
                        "unit_price": ("UnitPrice", "Price"),
                        "is_refund": _INVOICE,
                    },
                    flags={"is_refund": Flag(("C*",))},
                    rules=(
                        "A line is its price times its quantity; all lines of an invoice make up "
                        "the order.",
                        "Lines of an invoice that begins with C are money paid back, on the day of "
                        "the cancellation: they count as negative, whatever their sign.",
                    ),
                    unknown=(
                        "Which lines are no goods (postage, fees, adjustments): all of them count.",
                    ),
                ),
            ),
        ),
    ),
)
