from __future__ import annotations

from huitan.core.access import Policy
from huitan.core.sentences import say
from huitan.people.relations import AUDITOR, HR_ADMIN, HRBP, SELF, SYSTEM

COCKPIT = Policy(
    name="cockpit",
    may={
        "read": frozenset({HR_ADMIN, HRBP, AUDITOR, SYSTEM}),
        "rebuild": frozenset({HR_ADMIN, SYSTEM}),
    },
    why_not={
        "read": say("驾驶舱只给 HR 和审计看。"),
        "rebuild": say("驾驶舱的数字由 HR 管理员重算。"),
    },
)

PULSE = Policy(
    name="pulse",
    may={"give": frozenset({SELF})},
    why_not={"give": say("这三个问题只问参加面谈的员工本人。")},
)
