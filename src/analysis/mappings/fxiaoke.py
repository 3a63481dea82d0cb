"""Fxiaoke (纷享销客): its preset objects, as its lists export them or its interface names them.

Sales orders (销售订单), opportunities (商机), service tickets (工单), marketing events (市场活动)
and accounts (客户). Columns bear the Chinese labels of the preset fields, or their names in the
interface; objects and labels can be changed there. A record counts while its life status (生命状态)
is 正常 or 变更中. Times of the interface are milliseconds: write them as dates first.

What published programs for the interface say of `SalesOrderObj` (`name` 销售订单编号, `account_id`
客户名称, `order_time` 下单日期, `order_amount` 销售订单金额(元), `refund_amount` 已退款金额(元),
`returned_goods_amount` 退货单金额(元)), of `NewOpportunityObj` 商机2.0 (`amount` 商机金额,
`close_date` 预计成交日期, `sales_stage` 商机阶段, `sales_status` 商机状态: 进行中, 赢单, 输单,
无效), of the older `OpportunityObj` (`expected_deal_amount`, `expected_deal_closed_date`) and of
`AccountObj` (`name` 客户名称, `account_level`, `account_type` 客户分类, `account_source` 客户来源,
`deal_status` 成交状态) agrees with it. The columns of `CasesObj` 工单 and `MarketingEventObj`
市场活动 are the usual words, seen in no published export.
"""

from analysis.mappings.model import Export, Flag, Part, System

_ACCOUNT = ("客户名称", "客户", "account_id", "客户编号")
_STATUS = ("生命状态", "life_status")
_ALIVE = Flag(
    ("正常", "变更中", "normal", "in_change"),
    no=("未生效", "审核中", "作废", "ineffective", "under_review", "invalid"),
)
_OPEN = (
    "进行中",
    "验证客户",
    "需求确认",
    "方案/报价",
    "方案报价",
    "谈判审核",
    "商务谈判",
    "合同签订",
)
_COUNTS = "A record counts when its 生命状态 is 正常 or 变更中; drafts and void ones do not."

FXIAOKE = System(
    key="fxiaoke",
    title="纷享销客",
    currency="CNY",
    time_zone="Asia/Shanghai",
    language="zh",
    exports=(
        Export(
            name="Sales orders (销售订单)",
            marks=(
                ("销售订单编号", "销售订单号", "order_time"),
                ("销售订单金额(元)", "销售订单金额", "order_amount"),
            ),
            parts=(
                Part(
                    table="transactions",
                    columns={
                        "customer_id": _ACCOUNT,
                        "order_id": ("销售订单编号", "销售订单号", "name"),
                        "order_date": ("下单日期", "下单时间", "order_time"),
                        "amount": ("销售订单金额(元)", "销售订单金额", "order_amount"),
                        "refunded_amount": (
                            *("已退款金额(元)", "已退款金额", "refund_amount"),
                            *("退货单金额(元)", "退货单金额", "returned_goods_amount"),
                        ),
                        "is_sale": _STATUS,
                        "currency": ("币种", "mc_currency"),
                    },
                    flags={"is_sale": _ALIVE},
                    keys={"further_lines": "left out"},
                    rules=(
                        "An order is its 销售订单金额, on the day it was placed; where its "
                        "products have lines, only the first one counts.",
                    ),
                    where={
                        "refunded_amount": "What was refunded (已退款金额, or where that is not "
                        "there 退货单金额) is taken off, on the day of the order.",
                        "is_sale": _COUNTS,
                    },
                ),
            ),
        ),
        Export(
            name="Opportunities (商机)",
            marks=(
                ("商机名称", "商机编号", "sales_status"),
                ("商机阶段", "销售阶段", "sales_stage"),
            ),
            parts=(
                Part(
                    table="opportunities",
                    columns={
                        "opportunity_id": ("商机编号", "唯一性ID", "_id", "商机名称"),
                        "customer_id": _ACCOUNT,
                        "opened": ("创建时间", "create_time"),
                        "stage": ("商机阶段", "销售阶段", "sales_stage"),
                        "amount": ("商机金额(元)", "商机金额", "amount", "expected_deal_amount"),
                        "win_probability": ("赢率", "赢率(%)", "probability"),
                        "expected_close": (
                            *("预计成交日期", "预计成交时间", "预计结单日期"),
                            *("close_date", "expected_deal_closed_date"),
                        ),
                        "closed": ("实际成交日期", "赢单时间", "结单时间"),
                        "is_won": (
                            *("商机状态", "sales_status"),
                            *("商机阶段", "销售阶段", "sales_stage"),
                        ),
                        "owner": ("负责人", "owner"),
                        "currency": ("币种", "mc_currency"),
                    },
                    flags={
                        "is_won": Flag(("赢单*",), no=("输单*", "丢单*", "无效*"), neither=_OPEN)
                    },
                    keys={"win_probability_in": "percent"},
                ),
            ),
        ),
        Export(
            name="Service tickets (工单)",
            marks=(("工单编号", "工单名称"), ("工单状态", "状态", "处理状态")),
            parts=(
                Part(
                    table="tickets",
                    columns={
                        "customer_id": _ACCOUNT,
                        "opened": ("创建时间", "工单创建时间", "create_time"),
                        "ticket_id": ("工单编号", "工单名称"),
                        "resolved": ("完成时间", "完结时间", "关闭时间", "实际完成时间"),
                        "category": ("工单类型", "问题类型", "业务类型"),
                        "severity": ("优先级", "紧急程度"),
                        "is_complaint": ("工单类型", "问题类型", "业务类型"),
                    },
                    flags={"is_complaint": Flag(("投诉*", "客户投诉*"))},
                    rules=("A ticket whose kind begins with 投诉 is a complaint.",),
                ),
            ),
        ),
        Export(
            name="Marketing events (市场活动)",
            marks=(("活动名称", "市场活动名称"), ("活动类型", "市场活动类型")),
            parts=(
                Part(
                    table="campaigns",
                    columns={
                        "campaign_id": ("活动编号", "活动名称", "市场活动名称"),
                        "name": ("活动名称", "市场活动名称"),
                        "channel": ("活动类型", "市场活动类型"),
                        "start_date": ("开始时间", "开始日期", "begin_time"),
                        "end_date": ("结束时间", "结束日期", "end_time"),
                        "cost": ("实际成本(元)", "实际成本", "实际费用", "actual_cost"),
                    },
                    unknown=("Whom an event met: [campaign_contacts] is another export.",),
                ),
            ),
        ),
        Export(
            name="Accounts (客户)",
            marks=(
                ("客户名称", "name"),
                ("客户级别", "客户等级", "客户分类", "客户类型", "account_level"),
                ("成交状态", "行业", "deal_status"),
            ),
            parts=(
                Part(
                    table="customers",
                    columns={"customer_id": (*_ACCOUNT, "_id")},
                    attributes=(
                        *(
                            "客户级别",
                            "客户等级",
                            "客户分类",
                            "客户类型",
                            "行业",
                            "客户来源",
                            "来源",
                        ),
                        *("省", "成交状态", "account_level", "account_type", "account_source"),
                        *("province", "deal_status"),
                    ),
                    rules=("Of what is known of customers, only what groups them is read.",),
                ),
            ),
        ),
    ),
)
