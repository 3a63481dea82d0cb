"""Jiandaoyun (简道云): the data of a form, as its list exports them.

Forms are the user's own, so the columns are known by the words that order, customer and ticket
forms usually bear; the fields that the system adds to each (`提交人`, `提交时间`, and with a flow
`流程状态`) tell that it is one. Where a form has a sub-form, the main fields of a record stand on
its first row alone.

A column bears the title of its field, one of a sub-form both titles (`产品明细.数量`), as published
programs read them from exports. The vendor's help for the interface tells of a record's submitter
and of the time of its creation; how an export words a flow's state, no published source says.
"""

from analysis.mappings.model import Export, Flag, Part, System

_ADDED = (("提交人",), ("提交时间",))
_CUSTOMER = ("客户编号", "客户编码", "客户名称", "客户", "会员编号", "购买人", "姓名")
_AMOUNTS = (
    *("订单总金额", "订单金额", "订单总额", "订单金额(元)", "合同金额", "合同金额(元)"),
    *("销售金额", "实付金额", "总金额", "金额合计", "金额"),
)
_FLOW = Flag(
    ("流转完成", "已结束", "已完成", "正常结束", "通过", "审批通过", "已通过"),
    no=("流转中", "进行中", "审批中", "已终止", "已撤回", "已否决", "手动结束", "草稿"),
)

JIANDAOYUN = System(
    key="jiandaoyun",
    title="简道云",
    currency="CNY",
    time_zone="Asia/Shanghai",
    language="zh",
    exports=(
        Export(
            name="An order form",
            marks=(*_ADDED, _AMOUNTS),
            parts=(
                Part(
                    table="transactions",
                    columns={
                        "customer_id": _CUSTOMER,
                        "order_id": ("订单编号", "订单号", "合同编号", "单据编号", "流水号"),
                        "order_date": (
                            *("下单日期", "下单时间", "订单日期", "签订日期", "签约日期"),
                            *("销售日期", "成交日期", "日期", "提交时间"),
                        ),
                        "amount": _AMOUNTS,
                        "refunded_amount": ("退款金额", "已退款金额", "退款金额(元)", "退货金额"),
                        "is_cancelled": ("订单状态", "状态"),
                        "is_sale": ("流程状态",),
                    },
                    flags={
                        "is_cancelled": Flag(
                            ("已取消", "取消", "已作废", "作废", "已关闭", "待付款", "未付款"),
                            no=(
                                *("已完成", "完成", "已付款", "已支付", "已发货", "待发货"),
                                *("已签收", "进行中", "已退款", "部分退款", "正常"),
                            ),
                        ),
                        "is_sale": _FLOW,
                    },
                    keys={"further_lines": "left out"},
                    rules=(
                        "A record is an order of its whole amount, on its own day; rows of a "
                        "sub-form below it are left out.",
                    ),
                    where={
                        "refunded_amount": "What was refunded is taken off, on the day of the "
                        "order.",
                        "is_cancelled": "Cancelled, void and unpaid orders do not count.",
                        "is_sale": "Only records count whose 流程状态 says that their flow came to "
                        "its end.",
                    },
                ),
            ),
        ),
        Export(
            name="A ticket form",
            marks=(
                *_ADDED,
                ("工单编号", "投诉编号", "反馈编号", "服务单号", "投诉内容", "问题描述"),
                _CUSTOMER,
            ),
            parts=(
                Part(
                    table="tickets",
                    columns={
                        "customer_id": _CUSTOMER,
                        "opened": ("受理时间", "报修时间", "投诉时间", "反馈时间", "提交时间"),
                        "ticket_id": ("工单编号", "投诉编号", "反馈编号", "服务单号"),
                        "resolved": ("完成时间", "解决时间", "处理完成时间", "关闭时间"),
                        "category": ("工单类型", "问题类型", "反馈类型", "投诉类型"),
                        "severity": ("优先级", "紧急程度", "严重程度"),
                        "is_complaint": ("工单类型", "问题类型", "反馈类型"),
                    },
                    flags={"is_complaint": Flag(("投诉*", "客户投诉*"))},
                    rules=("A record whose kind begins with 投诉 is a complaint.",),
                ),
            ),
        ),
        Export(
            name="A customer form",
            marks=(*_ADDED, _CUSTOMER),
            parts=(
                Part(
                    table="customers",
                    columns={"customer_id": _CUSTOMER},
                    attributes=(
                        *("客户级别", "客户等级", "会员等级", "客户类型", "客户来源", "来源"),
                        *("行业", "所属行业", "客户状态", "省份", "地区"),
                    ),
                    rules=("Of what is known of customers, only what groups them is read.",),
                ),
            ),
        ),
    ),
)
