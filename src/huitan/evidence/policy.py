from __future__ import annotations

from huitan.core.access import Policy
from huitan.core.sentences import say
from huitan.people.relations import HR_ADMIN, HRBP, MANAGER, SELF, SYSTEM

EVIDENCE = Policy(
    name="evidence",
    may={
        "read": frozenset({MANAGER, HRBP, HR_ADMIN, SYSTEM}),
        "add": frozenset({SELF, MANAGER, HRBP, HR_ADMIN, SYSTEM}),
        "correct": frozenset({HRBP, HR_ADMIN, SYSTEM}),
    },
    why_not={
        "add": say("只有本人、直接上级和 HR 能为这名员工补充事实。"),
        "correct": say("数据由 HR 核对后更正。"),
    },
)
