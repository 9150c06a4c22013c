"""Who may do what with a plan. Besides the relations to the plan's employee, an item knows its owner and the other
side: OWNER does the work, OTHER_SIDE is the employee or the manager who is not the owner (R22). SUCCESSOR is the new
manager to whom a promise of the former one is offered, ASKED whoever answers a request for support."""

from __future__ import annotations

from huitan.core.access import Policy
from huitan.core.sentences import say
from huitan.people.relations import AUDITOR, HR_ADMIN, HRBP, LINE, MANAGER, SELF, SYSTEM

OWNER, OTHER_SIDE = "owner", "other_side"
SUCCESSOR, ASKED = "successor", "asked"

PLAN = Policy(
    name="plan",
    may={
        "read": frozenset({SELF, MANAGER, LINE, HRBP, HR_ADMIN, AUDITOR, SYSTEM}),
        "edit": frozenset({MANAGER}),
        "activate": frozenset({SELF, MANAGER, HRBP, HR_ADMIN, SYSTEM}),
        "conclude": frozenset({MANAGER}),
        "export": frozenset({SELF, MANAGER, LINE, HRBP, HR_ADMIN, AUDITOR, SYSTEM}),
    },
    why_not={
        "edit": say("计划由直接上级在面谈中记录。"),
        "conclude": say("计划由直接上级和员工谈过之后结束。"),
    },
)

PLAN_ITEM = Policy(
    name="item",
    may={
        "activate": PLAN.may["activate"],
        "update": frozenset({OWNER}),
        "submit": frozenset({OWNER}),
        "accept": frozenset({OTHER_SIDE}),
        "return": frozenset({OTHER_SIDE}),
        "drop": frozenset({OTHER_SIDE}),
        "request_date": frozenset({OWNER}),
        "remind": frozenset({MANAGER, LINE, HRBP, HR_ADMIN}),
        "block": frozenset({OWNER}),
        "ask_support": frozenset({OWNER}),
        "measure": frozenset({OWNER, OTHER_SIDE}),
        "take_over": frozenset({SUCCESSOR}),
    },
    why_not={
        "update": say("进展由负责人自己更新。"),
        "submit": say("由负责人提交验收。"),
        "accept": say("负责人不能验收自己的事项，要由另一方验收。"),
        "return": say("由另一方验收或退回。"),
        "drop": say("取消一项要由另一方同意并操作。"),
        "request_date": say("由负责人申请改期。"),
        "remind": say("提醒由直接上级、上级或 HR 发出"),
        "block": say("卡点由负责人说。"),
        "ask_support": say("由负责人请求支持。"),
        "measure": say("怎么衡量由负责人和另一方商定。"),
        "take_over": say("前任上级的承诺由新的直接上级接下。"),
    },
)

CHECK_IN = Policy(
    name="check_in",
    may={
        "say": frozenset({SELF, MANAGER}),
        "hold": frozenset({MANAGER}),
        "miss": frozenset({SYSTEM}),
        "cancel": frozenset({MANAGER, SYSTEM}),
    },
    why_not={
        "say": say("跟进由员工和直接上级进行。"),
        "hold": say("双方说过之后，由直接上级写下结论。"),
    },
)

DATE_CHANGE = Policy(
    name="date_change",
    may={
        "consent": frozenset({OTHER_SIDE}),
        "decline": frozenset({OTHER_SIDE}),
        "settle": frozenset({OTHER_SIDE}),
    },
    why_not={"consent": say("改期要由另一方同意。"), "decline": say("改期由另一方答复。")},
)

BLOCKER = Policy(
    name="blocker",
    may={"resolve": frozenset({OWNER, OTHER_SIDE}), "settle": frozenset({OTHER_SIDE})},
    why_not={"resolve": say("卡点由负责人或另一方写明怎么解决的。")},
)

SUPPORT_REQUEST = Policy(
    name="support_request",
    may={
        "grant": frozenset({ASKED}),
        "refuse": frozenset({ASKED}),
        "settle": frozenset({OTHER_SIDE}),
    },
    why_not={
        "grant": say("支持请求由被请求的人答复。"),
        "refuse": say("支持请求由被请求的人答复。"),
    },
)

NEXT_TIME = Policy(
    name="next_time",
    may={"settle": frozenset({SELF, MANAGER})},
    why_not={"settle": say("跟进由员工和直接上级进行。")},
)
