from __future__ import annotations

from huitan.core.access import Policy
from huitan.core.sentences import say
from huitan.people.relations import HR_ADMIN, SYSTEM

# Asked with `office_of(actor)`.
NOTIFICATIONS = Policy(
    name="notifications",
    may={"read_deliveries": frozenset({HR_ADMIN, SYSTEM}), "try_again": frozenset({HR_ADMIN, SYSTEM})},
    why_not={
        "read_deliveries": say("发送记录由 HR 管理员查看。"),
        "try_again": say("由 HR 管理员重新发送。"),
    },
)
