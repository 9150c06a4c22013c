"""Who may do what with a fact. AUTHOR is whoever wrote it down, as long as they still stand in a relation that reads it;
DATA_OWNER answers for the numbers of a source, about other people than oneself and one's own reports."""

from __future__ import annotations

from huitan.core.access import Policy
from huitan.core.sentences import say
from huitan.people.relations import HR_ADMIN, HRBP, MANAGER, SELF, SYSTEM

AUTHOR = "author"
DATA_OWNER = "data_owner"

EVIDENCE = Policy(
    name="evidence",
    may={
        "read": frozenset({MANAGER, HRBP, HR_ADMIN, SYSTEM}),
        "add": frozenset({SELF, MANAGER, HRBP, HR_ADMIN, SYSTEM}),
        "tell": frozenset({MANAGER}),
        "amend": frozenset({AUTHOR}),
        "withdraw": frozenset({AUTHOR}),
        "correct": frozenset({HRBP, HR_ADMIN, DATA_OWNER, SYSTEM}),
    },
    why_not={
        "add": say("只有本人、直接上级和 HR 能为这名员工补充事实。"),
        "tell": say("提醒由直接上级当面告诉员工，再记下来。"),
        "amend": say("一条记录只能由写它的人更正。"),
        "withdraw": say("一条记录只能由写它的人撤回。"),
        "correct": say("数据由 HR 或数据负责人核对后更正。"),
    },
)
