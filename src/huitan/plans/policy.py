"""Who may do what with a plan. Besides the relations to the plan's employee, an item knows its owner and the other
side: OWNER does the work, OTHER_SIDE is the employee or the manager who is not the owner (R22)."""

from __future__ import annotations

from huitan.core.access import Policy
from huitan.core.sentences import say
from huitan.people.relations import AUDITOR, HR_ADMIN, HRBP, LINE, MANAGER, SELF, SYSTEM

OWNER, OTHER_SIDE = "owner", "other_side"

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
    },
    why_not={
        "update": say("进展由负责人自己更新。"),
        "submit": say("由负责人提交验收。"),
        "accept": say("负责人不能验收自己的事项，要由另一方验收。"),
        "return": say("由另一方验收或退回。"),
        "drop": say("取消一项要由另一方同意并操作。"),
        "request_date": say("由负责人申请改期。"),
        "remind": say("提醒由直接上级、上级或 HR 发出"),
    },
)

CHECK_IN = Policy(
    name="check_in",
    may={
        "hold": frozenset({SELF, MANAGER}),
        "miss": frozenset({SYSTEM}),
        "cancel": frozenset({MANAGER, SYSTEM}),
    },
    why_not={"hold": say("跟进由员工和直接上级进行。")},
)

DATE_CHANGE = Policy(
    name="date_change",
    may={"consent": frozenset({OTHER_SIDE}), "decline": frozenset({OTHER_SIDE})},
    why_not={"consent": say("改期要由另一方同意。"), "decline": say("改期由另一方答复。")},
)
