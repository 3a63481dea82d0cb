"""Tables of no system that is known: columns by everyday words in English, German and Chinese.

What a word means is not certain, so everything that is taken so is told and written as a guess.
"""

from analysis.mappings.model import Export, Flag, Part, System

_CUSTOMER = (
    *("Customer ID", "Customer Number", "Customer No", "Customer Code", "Client ID", "Account ID"),
    *("Member ID", "User ID", "Customer Email", "Email", "E-Mail", "Customer", "Client"),
    *("Customer Name", "Account", "Buyer", "Household", "Household ID"),
    *("Kundennummer", "Kunden-Nr", "Kundennr", "KdNr", "Kunden-ID", "Debitor", "Debitorennummer"),
    *("Kunde", "Kundenname", "Mitgliedsnummer", "E-Mail-Adresse"),
    *("客户编号", "客户ID", "客户编码", "客户代码", "会员编号", "会员号", "会员ID", "用户ID"),
    *("客户", "客户名称", "会员", "买家", "买家会员名", "手机号", "姓名"),
)
_ORDER = (
    *("Order ID", "Order Number", "Order No", "Order", "Invoice Number", "Invoice No", "Invoice"),
    *("Receipt Number", "Receipt", "Transaction ID", "Basket ID", "Sales Order"),
    *("Bestellnummer", "Bestell-Nr", "Bestellung", "Auftragsnummer", "Auftrag", "Rechnungsnummer"),
    *("Rechnung", "Belegnummer", "Beleg", "Bon"),
    *("订单编号", "订单号", "订单ID", "单号", "单据编号", "发票号", "交易号", "流水号"),
)
_DAY = (
    *("Order Date", "Purchase Date", "Invoice Date", "Transaction Date", "Sale Date", "Date"),
    *("Created at", "Created", "Order Time", "Transaction Timestamp", "Timestamp"),
    *("Transaction Time", "Day"),
    *("Bestelldatum", "Kaufdatum", "Rechnungsdatum", "Auftragsdatum", "Belegdatum", "Datum"),
    *(
        "下单日期",
        "下单时间",
        "订单日期",
        "订单时间",
        "购买日期",
        "付款时间",
        "交易日期",
        "成交时间",
    ),
    *("日期", "时间", "创建时间"),
)
_AMOUNT = (
    *("Amount", "Total", "Order Total", "Total Amount", "Order Amount", "Total Price", "Revenue"),
    *("Net Amount", "Gross Amount", "Sales", "Sales Value", "Value", "Paid", "Turnover", "Spend"),
    *("Betrag", "Gesamtbetrag", "Summe", "Umsatz", "Gesamtsumme", "Rechnungsbetrag", "Gesamtpreis"),
    *("Bruttobetrag", "Nettobetrag", "Zahlbetrag"),
    *(
        "金额",
        "订单金额",
        "实付金额",
        "总金额",
        "应付金额",
        "销售额",
        "成交金额",
        "付款金额",
        "合计",
    ),
)
_PRICE = ("Unit Price", "Price", "Item Price", "Einzelpreis", "Stückpreis", "Preis", "单价", "价格")
_QUANTITY = ("Quantity", "Qty", "Units", "Pieces", "Menge", "Anzahl", "Stück", "数量", "件数")
_OF_ORDERS = {
    "customer_id": _CUSTOMER,
    "order_id": _ORDER,
    "order_date": _DAY,
    "product_id": ("Product ID", "SKU", "Product", "Item", "Artikelnummer", "Artikel", "商品编号"),
    "category": ("Category", "Product Category", "Kategorie", "Warengruppe", "类别", "商品类别"),
    "quantity": _QUANTITY,
    "refunded_amount": ("Refunded Amount", "Refund Amount", "Erstattungsbetrag", "退款金额"),
    "is_cancelled": (
        *("Order Status", "Status", "State", "Bestellstatus", "Auftragsstatus"),
        *("订单状态", "状态", "交易状态"),
    ),
    "currency": ("Currency", "Währung", "币种", "货币"),
}
_STATES = Flag(
    (
        *("cancelled", "canceled", "void", "voided", "failed", "deleted", "draft"),
        *("storniert", "abgebrochen", "gelöscht", "entwurf", "fehlgeschlagen"),
        *("已取消", "取消", "已作废", "作废", "已关闭", "交易关闭", "草稿"),
    ),
    no=(
        *("completed", "complete", "paid", "shipped", "delivered", "closed", "refunded"),
        *("processing", "open", "pending", "fulfilled", "returned", "ok"),
        *("abgeschlossen", "bezahlt", "versendet", "geliefert", "offen", "in bearbeitung"),
        *("已完成", "已付款", "已发货", "已签收", "交易成功", "已退款", "待发货", "完成"),
    ),
)
_STATES_COUNT = "Rows that are cancelled, void, failed or drafts do not count; all others do."
_REFUNDS = "What was refunded is taken off, on the day of the order."

EVERYDAY = System(
    key="everyday",
    title="no system that is known",
    exports=(
        Export(
            name="Orders",
            marks=(_CUSTOMER, _DAY, _AMOUNT),
            parts=(
                Part(
                    table="transactions",
                    columns=_OF_ORDERS | {"amount": _AMOUNT},
                    flags={"is_cancelled": _STATES},
                    rules=("Each row is an amount of its own.",),
                    where={"is_cancelled": _STATES_COUNT, "refunded_amount": _REFUNDS},
                    unknown=(
                        "Whether the amount is of the row or repeats that of the whole order: it "
                        'is taken as the row\'s; else write further_lines = "left out".',
                    ),
                ),
            ),
        ),
        Export(
            name="Order lines with prices",
            marks=(_CUSTOMER, _DAY, (*_PRICE, *_QUANTITY)),
            parts=(
                Part(
                    table="transactions",
                    columns=_OF_ORDERS | {"unit_price": _PRICE},
                    flags={"is_cancelled": _STATES},
                    rules=("Each row is its price times its quantity.",),
                    where={"is_cancelled": _STATES_COUNT, "refunded_amount": _REFUNDS},
                ),
            ),
        ),
        Export(
            name="Tickets",
            marks=(
                _CUSTOMER,
                (
                    *("Ticket ID", "Ticket Number", "Ticket", "Case Number", "Case ID"),
                    *("Ticketnummer", "Vorgangsnummer", "工单编号", "工单号", "投诉编号"),
                ),
            ),
            parts=(
                Part(
                    table="tickets",
                    columns={
                        "customer_id": _CUSTOMER,
                        "opened": (
                            *("Opened", "Created", "Created at", "Date Opened", "Created Date"),
                            *("Eröffnet", "Erstellt", "Erstellt am", "创建时间", "受理时间"),
                        ),
                        "ticket_id": (
                            *("Ticket ID", "Ticket Number", "Ticket", "Case Number", "Case ID"),
                            *("Ticketnummer", "Vorgangsnummer", "工单编号", "工单号", "投诉编号"),
                        ),
                        "resolved": (
                            *("Resolved", "Closed", "Resolved at", "Closed at", "Date Closed"),
                            *("Gelöst", "Geschlossen", "Erledigt am", "完成时间", "关闭时间"),
                        ),
                        "category": ("Category", "Type", "Reason", "Kategorie", "Typ", "工单类型"),
                        "severity": ("Priority", "Severity", "Priorität", "优先级"),
                    },
                    unknown=("Which tickets are complaints: see `is_complaint`.",),
                ),
            ),
        ),
    ),
)
