"""Zoho CRM: Deals, Cases and Campaigns as its export writes them.

Follows the standard fields that the vendor's help lists for these modules ("Standard Fields in
Deals", "Working with Cases", "Standard fields in Campaigns"), and the columns that published
scripts read from real exports: `Record Id` (in Bigin and older ones `Deal Id`), numbers that begin
with `zcrm_`, `Created Time`, and for each field that points to another record, one with its name
and one with its number (`Account Name`, `Account Name.id`; in Bigin `Company Name`, `Company
Name.id`). Cases have no field for the day on which they were closed; one of your own is looked for.

Names are those of an English account, or a Chinese one as far as the vendor's Chinese help shows
them (商机, 商机所有者, 金额, 预计成交日期, 阶段, and the stages 谈判/审查, 已赢得, 已丢失); the
other Chinese names are translations. Fields can be renamed there.
"""

from analysis.mappings.model import Export, Flag, Part, System

_ACCOUNT = (
    *("Account Name.id", "Account Name", "Company Name.id", "Company Name"),
    *("客户名称.id", "客户名称"),
)
_CONTACT = (
    "Contact Name.id",
    "Contact Name",
    "Related To.id",
    "Related To",
    "Reported By",
    "联系人姓名",
)
_WON = ("Closed Won", "Won", "成交", "已成交", "已赢得", "赢单")
_LOST = (
    *("Closed Lost", "Closed-Lost to Competition", "Closed Lost to Competition", "Lost"),
    *("丢失", "已丢失", "丢单", "输单"),
)
_OPEN = (
    *("Qualification", "Needs Analysis", "Value Proposition", "Identify Decision Makers"),
    *("Id. Decision Makers", "Proposal/Price Quote", "Negotiation/Review", "谈判/审查"),
)

ZOHO_CRM = System(
    key="zoho-crm",
    title="Zoho CRM",
    exports=(
        Export(
            name="Deals",
            marks=(
                ("Deal Name", "Potential Name", "交易名称", "商机名称"),
                ("Stage", "阶段"),
                ("Closing Date", "预计成交日期", "结束日期", "成交日期"),
            ),
            parts=(
                Part(
                    table="opportunities",
                    columns={
                        "opportunity_id": ("Record Id", "Deal Id", "Potential Id", "记录 ID"),
                        "customer_id": (*_ACCOUNT, *_CONTACT),
                        "opened": ("Created Time", "创建时间"),
                        "stage": ("Stage", "阶段"),
                        "amount": ("Amount", "金额"),
                        "win_probability": ("Probability (%)", "Probability", "可能性 (%)"),
                        "expected_close": ("Closing Date", "预计成交日期", "结束日期", "成交日期"),
                        "is_won": ("Stage", "阶段"),
                        "owner": ("Deal Owner", "Potential Owner", "商机所有者", "交易所有者"),
                        "currency": ("Currency", "货币"),
                    },
                    flags={"is_won": Flag(_WON, no=_LOST, neither=_OPEN)},
                    keys={"win_probability_in": "percent"},
                    unknown=("When a deal was decided: `Closing Date` is the day expected.",),
                ),
                Part(
                    table="transactions",
                    columns={
                        "customer_id": (*_ACCOUNT, *_CONTACT),
                        "order_id": ("Record Id", "Deal Id", "Potential Id", "记录 ID"),
                        "order_date": ("Closing Date", "预计成交日期", "结束日期", "成交日期"),
                        "amount": ("Amount", "金额"),
                        "category": ("Type", "类型"),
                        "is_sale": ("Stage", "阶段"),
                        "currency": ("Currency", "货币"),
                    },
                    flags={"is_sale": Flag(_WON, no=(*_LOST, *_OPEN))},
                    rules=(
                        "A purchase is a deal that was won, of its whole amount, on its closing "
                        "date; other deals do not count.",
                    ),
                    unknown=("What was paid back: deals do not say.",),
                    is_spare=True,
                ),
            ),
        ),
        Export(
            name="Cases",
            marks=(("Case Number", "Case Id", "案例编号"), ("Case Origin", "案例来源")),
            parts=(
                Part(
                    table="tickets",
                    columns={
                        "customer_id": (*_ACCOUNT, *_CONTACT),
                        "opened": ("Created Time", "创建时间"),
                        "ticket_id": ("Case Number", "Record Id", "Case Id", "案例编号"),
                        "resolved": ("Closed Time", "Resolved Time", "关闭时间"),
                        "category": ("Case Reason", "Type", "案例原因", "类型"),
                        "severity": ("Priority", "优先级"),
                    },
                    unknown=(
                        "Which cases are complaints: name a column in `is_complaint`, and in "
                        "`is_complaint_values` what it says of them.",
                    ),
                ),
            ),
        ),
        Export(
            name="Campaigns",
            marks=(("Campaign Name", "营销活动名称"), ("Budgeted Cost", "预算成本")),
            parts=(
                Part(
                    table="campaigns",
                    columns={
                        "campaign_id": ("Record Id", "Campaign Id", "Campaign Name", "记录 ID"),
                        "name": ("Campaign Name", "营销活动名称"),
                        "channel": ("Type", "类型"),
                        "start_date": ("Start Date", "开始日期"),
                        "end_date": ("End Date", "结束日期"),
                        "cost": ("Actual Cost", "实际成本"),
                        "currency": ("Currency", "货币"),
                    },
                    unknown=("Whom a campaign met: [campaign_contacts] is another export.",),
                ),
            ),
        ),
    ),
)
