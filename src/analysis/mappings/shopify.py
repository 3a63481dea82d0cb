"""Shopify: the orders that its admin exports as CSV.

Follows the header of that file as stores publish it (from `Name`, `Email`, `Financial Status` to
`Refunded Amount`, `Outstanding Balance`, `Lineitem discount`). It is English whatever the language
of the store. Each item has a line; what is of the whole order stands on its first line alone.
Times carry their offset, as in 2024-03-31 10:15:00 -0500.
"""

from analysis.mappings.model import Export, Flag, Part, System

SHOPIFY = System(
    key="shopify",
    title="Shopify",
    exports=(
        Export(
            name="Orders",
            marks=(("Financial Status",), ("Lineitem name",), ("Lineitem quantity",)),
            parts=(
                Part(
                    table="transactions",
                    columns={
                        "customer_id": ("Email", "Customer Email"),
                        "order_id": ("Name",),
                        "order_date": ("Created at", "Paid at"),
                        "amount": ("Total",),
                        "refunded_amount": ("Refunded Amount",),
                        "is_cancelled": ("Cancelled at",),
                        "is_sale": ("Financial Status",),
                        "currency": ("Currency",),
                    },
                    flags={
                        "is_cancelled": Flag(("*",)),
                        "is_sale": Flag(
                            (
                                *("paid", "partially_paid", "pending", "authorized"),
                                *("partially_refunded", "refunded"),
                            ),
                            no=("voided", "expired"),
                        ),
                    },
                    keys={"further_lines": "left out"},
                    rules=(
                        "An order is its `Total`: with shipping and tax, less discounts. Its other "
                        "lines are left out.",
                        "Goods alone, line by line, instead: unit_price, quantity and product_id "
                        'with further_lines = "filled", without amount and refunded_amount.',
                    ),
                    where={
                        "refunded_amount": "What was refunded is taken off, on the day of the "
                        "order: the export does not say when it was paid back.",
                        "is_cancelled": "An order with a day in `Cancelled at` does not count.",
                        "is_sale": "Nor does one that is voided or expired; a pending one does, as "
                        "in the store's own sales reports.",
                    },
                ),
            ),
        ),
    ),
)
