"""The canonical tables: every analysis reads these columns and no others.

This is the one place that says what a table holds. From it follow the settings that name the
source's columns, how each value is read, what is set aside, and the dictionary in data/README.md.
"""

from __future__ import annotations

from analysis.columns import Column, Kind, Rule, Table

ID, WORDS, DAY, END = Kind.ID, Kind.WORDS, Kind.DAY, Kind.END
MONEY, NUMBER, SHARE, FLAG = Kind.MONEY, Kind.NUMBER, Kind.SHARE, Kind.FLAG

CURRENCY = Column(
    "currency", WORDS, "ISO 4217 code, where it is not that of the settings; see rates", kept=False
)

TRANSACTIONS = Table(
    "transactions",
    "a line of a receipt, or a whole order",
    (
        Column("customer_id", ID, "who bought", required=True),
        Column("order_id", ID, "order or basket", required=True,
               otherwise="customer_id || ' ' || order_date::VARCHAR"),
        Column("order_date", DAY, "calendar day of the order, in the settings' `time_zone`",
               required=True, called="the date"),
        Column("amount_minor", MONEY, "paid; a return is negative", required=True,
               instead=("unit_price", "quantity")),
        Column("product_id", ID, "what was bought"),
        Column("category", WORDS, "group of the product"),
        Column("quantity", NUMBER, "how much", unit="pieces, or volume where it is sold by volume"),
        Column("unit_price_minor", MONEY, "of one; where the settings name it and no `amount`, "
               "that is the price times the quantity", kept=False),
        Column("is_refund", FLAG, "whether the amount was paid back: it is then negative",
               kept=False, called="the refund"),
        Column("refunded_amount_minor", MONEY, "paid back of the amount, whatever its sign: it is "
               "taken off, on the day of the order", kept=False),
        Column("is_cancelled", FLAG, "whether the row does not count: it is then set aside",
               kept=False, called="the cancellation"),
        Column("is_sale", FLAG, "whether the row counts: otherwise, and where nothing says so, it "
               "is set aside", kept=False),
        Column("is_further", FLAG, "as `is_cancelled`; made by `further_lines`", kept=False),
        CURRENCY,
    ),
    "The purchases. A line of amount zero is a sign of life; a day with at least one line of zero "
    "or more is an order day; a day of returns alone is none, but its money counts.",
    (
        Rule("is_further", "is_further", "a further line of its order", fault=False),
        Rule("is_cancelled", "is_cancelled", "the row is cancelled", fault=False),
        Rule("is_sale", "NOT coalesce(is_sale, FALSE)", "the row is no sale", fault=False),
    ),
)  # fmt: skip

CONTRACTS = Table(
    "contracts",
    "a contract",
    (
        Column("customer_id", ID, "whose contract", required=True),
        Column("start_date", DAY, "first day", required=True),
        Column("end_date", END, "last day; none while it runs", in_source=True),
        Column("reason", WORDS, "why it ended"),
    ),
    "With it, churn means the end of the contract instead of a long silence.",
    (Rule("end_date", "end_date < start_date", "the contract ends before it starts"),),
)

CUSTOMERS = Table(
    "customers",
    "a customer",
    (Column("customer_id", ID, "who", required=True),),
    "What is known of the customers beside their purchases.",
    key=("customer_id",),
    attributes="an attribute to compare groups by",
)

TICKETS = Table(
    "tickets",
    "a ticket",
    (
        Column("customer_id", ID, "whose", required=True),
        Column("opened", DAY, "day on which it came in", required=True, called="the opening"),
        Column("ticket_id", ID, "its number"),
        Column(
            "resolved",
            END,
            "day on which it was settled; none while it is open",
            called="the settling",
        ),
        Column("category", WORDS, "what it is about"),
        Column("severity", WORDS, "how grave it is"),
        Column("is_complaint", FLAG, "whether it is a complaint; none where nothing says so"),
    ),
    "Service tickets; complaints are an early warning of churn.",
    (Rule("resolved", "resolved < opened", "the ticket is settled before it came in"),),
)

PRODUCTS = Table(
    "products",
    "a product",
    (
        Column("product_id", ID, "which", required=True),
        Column("name", WORDS, "what it is called"),
        Column("category", WORDS, "group of products"),
        Column("price_minor", MONEY, "list price of one"),
        Column("cost_minor", MONEY, "what one costs the seller"),
        Column("launched", DAY, "first day on sale", called="the launch"),
    ),
    "What is sold.",
    key=("product_id",),
)

CAMPAIGNS = Table(
    "campaigns",
    "a campaign",
    (
        Column("campaign_id", ID, "which", required=True),
        Column("name", WORDS, "what it is called"),
        Column("channel", WORDS, "way to the customer, such as mail or phone"),
        Column("start_date", DAY, "first day", required=True),
        Column("end_date", END, "last day; none while it runs"),
        Column("cost_minor", MONEY, "of the whole campaign, beside the contacts' own costs"),
        CURRENCY,
    ),
    "What was done to win or keep customers; whom it met is in `campaign_contacts`.",
    (Rule("end_date", "end_date < start_date", "the campaign ends before it starts"),),
    key=("campaign_id",),
)

CAMPAIGN_CONTACTS = Table(
    "campaign_contacts",
    "a customer in a campaign",
    (
        Column("campaign_id", ID, "which campaign", required=True),
        Column("customer_id", ID, "who", required=True),
        Column("contact_date", DAY, "day of the contact, or of leaving it out", required=True),
        Column("is_control", FLAG, "whether chance chose to leave the customer alone"),
        Column("channel", WORDS, "way to the customer, where a campaign has several"),
        Column("response_date", END, "first day of an answer; none without one"),
        Column("cost_minor", MONEY, "of this contact"),
        CURRENCY,
    ),
    "Whom a campaign met, and whom chance left alone so that its lift can be measured.",
    (Rule("response_date", "response_date < contact_date", "the response is before the contact"),),
)

SURVEYS = Table(
    "surveys",
    "an answer to a question of satisfaction",
    (
        Column("customer_id", ID, "who answered", required=True),
        Column("answered", DAY, "on which day", required=True, called="the answer"),
        Column("score", NUMBER, "the answer", required=True, unit="points"),
        Column("best", NUMBER, "highest score that could be given", unit="points"),
        Column("question", WORDS, "which one, such as NPS, CSAT or CES"),
        Column("comment", WORDS, "in the customer's words"),
    ),
    "How content customers say they are.",
    (Rule("score", "score > best", "the score is more than the highest possible"),),
)

INTERACTIONS = Table(
    "interactions",
    "a contact that is no ticket",
    (
        Column("customer_id", ID, "with whom", required=True),
        Column("interaction_date", DAY, "on which day", required=True),
        Column("interaction_id", ID, "its number"),
        Column("channel", WORDS, "such as phone, visit, chat or app"),
        Column("kind", WORDS, "what it was about"),
        Column("is_inbound", FLAG, "whether the customer began it"),
        Column("minutes", NUMBER, "how long it took", unit="minutes", least=0, called="the length"),
    ),
    "Calls, visits, chats and log-ins.",
)

OPPORTUNITIES = Table(
    "opportunities",
    "an opportunity to sell",
    (
        Column("opportunity_id", ID, "which", required=True),
        Column("customer_id", ID, "to whom", required=True),
        Column("opened", DAY, "day on which it was found", required=True, called="the opening"),
        Column("stage", WORDS, "how far it has come", required=True),
        Column("amount_minor", MONEY, "what would be sold"),
        Column("win_probability", SHARE, "chance to win it, as the seller estimates"),
        Column("expected_close", END, "day on which a decision is expected"),
        Column("closed", END, "day of the decision; none while it is open", called="the decision"),
        Column("is_won", FLAG, "whether it was won; none while it is open", called="the win"),
        Column("owner", WORDS, "who sells"),
        CURRENCY,
    ),
    "The pipeline of sales.",
    (Rule("closed", "closed < opened", "the opportunity is decided before it was found"),),
    key=("opportunity_id",),
)

SUBSCRIPTIONS = Table(
    "subscriptions",
    "a subscription at one price",
    (
        Column("customer_id", ID, "whose", required=True),
        Column("start_date", DAY, "first day", required=True),
        Column("subscription_id", ID, "which; several rows when plan or price changed"),
        Column("plan", WORDS, "what is subscribed to"),
        Column("price_minor", MONEY, "of one billing period", required=True),
        Column(
            "months",
            NUMBER,
            "of one billing period",
            unit="months",
            least=0.001,
            called="the length",
        ),
        Column("end_date", END, "last day; none while it runs"),
        Column("renews", FLAG, "whether it goes on unless it is cancelled", called="the renewal"),
        CURRENCY,
    ),
    "What customers pay again and again.",
    (Rule("end_date", "end_date < start_date", "the subscription ends before it starts"),),
)

REFERRALS = Table(
    "referrals",
    "a recommendation",
    (
        Column("customer_id", ID, "who recommended", required=True),
        Column("referral_date", DAY, "on which day", required=True),
        Column("referred_id", ID, "who came of it, as customer; none so far"),
        Column("reward_minor", MONEY, "given for it"),
        CURRENCY,
    ),
    "Which customers bring others.",
    (Rule("referred_id", "referred_id = customer_id", "the customer recommends itself"),),
)

COSTS = Table(
    "costs",
    "an amount spent",
    (
        Column("cost_date", DAY, "on which day", required=True, called="the day"),
        Column("kind", WORDS, "such as acquisition, service or delivery", required=True),
        Column("amount_minor", MONEY, "spent; a credit is negative", required=True),
        Column("customer_id", ID, "for whom; none where it is for all"),
        Column("campaign_id", ID, "for which campaign"),
        Column("channel", WORDS, "for which channel"),
        CURRENCY,
    ),
    "What customers cost beside the goods.",
)

CONSENT = Table(
    "consent",
    "a decision on being contacted",
    (
        Column("customer_id", ID, "who decided", required=True),
        Column("decided", DAY, "on which day", required=True, called="the decision"),
        Column("is_granted", FLAG, "whether contact is allowed", required=True),
        Column("channel", WORDS, "for which channel; none: for all"),
    ),
    "Who may be contacted: the latest decision counts, for its channel or for all.",
)

RATES = Table(
    "rates",
    "a currency, from a day on",
    (
        Column("currency", WORDS, "ISO 4217 code", required=True),
        Column("rate_date", DAY, "first day on which it holds", required=True, called="the day"),
        Column("rate", NUMBER, "what one unit of it is worth", required=True, least=1e-9,
               unit="units of the settings' currency"),
    ),
    "Turns amounts of other currencies into that of the settings, at the rate of their day; "
    "without it, tables in several currencies are refused.",
    (Rule("currency", "NOT regexp_matches(currency, '^[A-Z]{3}$')",
          "the currency is not an ISO 4217 code"),),
    key=("currency", "rate_date"),
)  # fmt: skip

_ALL = (
    *(TRANSACTIONS, CUSTOMERS, PRODUCTS, CONTRACTS, SUBSCRIPTIONS, TICKETS, SURVEYS, INTERACTIONS),
    *(CAMPAIGNS, CAMPAIGN_CONTACTS, OPPORTUNITIES, REFERRALS, COSTS, CONSENT, RATES),
)
TABLES = {table.name: table for table in _ALL}
IN_ORDER = (RATES, *(table for table in TABLES.values() if table is not RATES))
"""As they are loaded: amounts of other tables need the rates."""
OPTIONAL = tuple(table for table in TABLES.values() if table is not TRANSACTIONS)

REJECTS = Table(
    "rejects",
    "each row set aside",
    (
        Column("file", WORDS, "where the row stood", required=True),
        Column("line", Kind.COUNT, "line of a text file, or row; from 1", required=True),
        Column("column", WORDS, "your name of the column; none when the whole row is at fault"),
        Column("value", WORDS, "what stood there, cut at 200 characters"),
        Column("rule", WORDS, "the rule that it breaks", required=True),
    ),
    "One such table for each table that is read.",
)
