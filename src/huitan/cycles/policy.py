from __future__ import annotations

from huitan.core.access import Policy
from huitan.core.sentences import say
from huitan.people.relations import AUDITOR, HR_ADMIN, HRBP, LINE, MANAGER, SELF, SYSTEM

CYCLE = Policy(
    name="cycle",
    may={
        "open": frozenset({HR_ADMIN, SYSTEM}),
        "close": frozenset({HR_ADMIN, SYSTEM}),
        "edit": frozenset({HR_ADMIN, SYSTEM}),
    },
    why_not={
        "open": say("周期由 HR 管理员开启。"),
        "close": say("周期由 HR 管理员关闭。"),
        "edit": say("周期由 HR 管理员设置。"),
    },
)

REVIEW = Policy(
    name="review",
    may={
        "read": frozenset({SELF, MANAGER, LINE, HRBP, HR_ADMIN, AUDITOR, SYSTEM}),
        # The system corrects for the handler of a dispute; who that may be is judged there.
        "rate": frozenset({MANAGER, SYSTEM}),
        "hold": frozenset({SELF, SYSTEM}),
        "release": frozenset({SELF, SYSTEM}),
    },
    why_not={"rate": say("评级由直接上级给出。")},
)
