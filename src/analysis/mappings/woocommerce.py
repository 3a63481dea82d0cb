"""WooCommerce: orders as its three usual ways of exporting write them.

The file of Analytics > Orders, the plugin Advanced Order Export (`Order Number`, `Order Total
Amount`, `Order Refund Amount`), and the plugins that write the names of fields (`order_number`,
`order_total`, `billing_email`), as their documentation and source name them. States of an order are
those of WooCommerce, with or without `wc-`, and their labels in English, German and Chinese.

Analytics writes its file in two ways, both read here: the shop mails a long one, with the columns
that `get_export_columns` of `Admin/API/Reports/Orders/Controller.php` names (`N. Revenue
(formatted)` is text with a currency sign, then comes the number: `Net Sales`, in older versions `N.
Revenue`); a short one is made in the browser of what `analytics/report/orders/table.js` shows (`Net
sales`, no formatted column, in newer versions `Payment method`). Both files are of WooCommerce's
own repository. A shop in another language translates these names; such a file is not known.
"""

from analysis.mappings.model import Export, Flag, Part, System

_STATES = Flag(
    (
        *("cancelled", "wc-cancelled", "failed", "wc-failed", "pending", "wc-pending"),
        *("pending payment", "checkout-draft", "wc-checkout-draft", "draft", "trash"),
        *("storniert", "fehlgeschlagen", "zahlung ausstehend", "ausstehende zahlung"),
        *("已取消", "失败", "待付款", "等待付款", "草稿"),
    ),
    no=(
        *("completed", "wc-completed", "processing", "wc-processing", "on-hold", "wc-on-hold"),
        *("on hold", "refunded", "wc-refunded", "partially-refunded"),
        *("abgeschlossen", "fertiggestellt", "in bearbeitung", "in wartestellung"),
        *("erstattet", "rückerstattet", "已完成", "处理中", "正在处理", "保留", "已退款"),
    ),
)
_DOES_NOT_COUNT = (
    "An order that is cancelled, failed, a draft or not yet paid (pending) does not count; one in "
    "a state of your own does."
)
_REFUNDS = (
    "What was refunded is taken off, on the day of the order: the export does not say when it was "
    "paid back."
)

WOOCOMMERCE = System(
    key="woocommerce",
    title="WooCommerce",
    dates=("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M"),
    exports=(
        Export(
            name="Orders of an export plugin",
            marks=(
                ("Order Number", "order_number", "order_id"),
                ("Order Status", "status", "order_status"),
                ("Order Total Amount", "order_total"),
            ),
            parts=(
                Part(
                    table="transactions",
                    columns={
                        "customer_id": (
                            *("Email (Billing)", "billing_email", "Billing Email Address"),
                            *("customer_email", "Customer Email"),
                        ),
                        "order_id": ("Order Number", "order_number", "order_id", "Order ID"),
                        "order_date": ("Order Date", "order_date", "date", "date_created"),
                        "amount": ("Order Total Amount", "order_total"),
                        "refunded_amount": (
                            *("Order Refund Amount", "refunded_total", "order_refund"),
                            *("refund_total", "total_refunded"),
                        ),
                        "is_cancelled": ("Order Status", "status", "order_status"),
                        "currency": ("Currency", "order_currency", "Order Currency"),
                    },
                    flags={"is_cancelled": _STATES},
                    keys={"further_lines": "left out"},
                    rules=(
                        "An order is its total: with shipping and tax, less discounts. Where each "
                        "item has a line, only the first one counts.",
                        _DOES_NOT_COUNT,
                        "A customer is an email address: guests have no number of their own.",
                    ),
                    where={"refunded_amount": _REFUNDS},
                ),
            ),
        ),
        Export(
            name="Orders of Analytics",
            marks=(("Order #",), ("Net Sales", "N. Revenue"), ("Customer type",)),
            parts=(
                Part(
                    table="transactions",
                    columns={
                        "customer_id": ("Customer",),
                        "order_id": ("Order #",),
                        "order_date": ("Date",),
                        "amount": ("Net Sales", "N. Revenue"),
                        "quantity": ("Items sold",),
                        "is_cancelled": ("Status",),
                    },
                    flags={"is_cancelled": _STATES},
                    rules=(
                        "An order is its net revenue (without shipping and tax); a refund is a row "
                        "of its own with a negative amount, on its own day.",
                        _DOES_NOT_COUNT,
                    ),
                    unknown=(
                        "Which customers of one name are one: this export has no email address. "
                        "An export plugin gives one.",
                    ),
                ),
            ),
        ),
    ),
)
