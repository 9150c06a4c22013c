"""The plan's result as the end of a conversation: what it needs, and who may state it (R03)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from huitan.conversations.models import Conversation
from huitan.conversations.queries.thread import CheckInRow, check_in_rows
from huitan.core.access import judge
from huitan.core.moves import offer
from huitan.core.sentences import Sentence, say
from huitan.people.relations import MANAGER, Actor
from huitan.plans.models import Plan, PlanItem
from huitan.plans.queries.item import ItemLine, item_line


@dataclass(frozen=True)
class OpenItem:
    """An item that is not settled, and what may become of it: whoever owes it does not drop it themselves (R22)."""

    line: ItemLine
    may_drop: bool
    to_answer: bool


@dataclass(frozen=True)
class Closing:
    """What ending a conversation needs: the plan's items and check-ins, and whether the viewer may end it now.

    `because` says why not. `plan` is None for a talk without a plan, one not binding, and for whoever held the talk and no
    longer leads: what became of it since is no longer theirs to read. `unsettled` are those the viewer
    has to decide about, `items` the others.
    """

    talk: Conversation
    employee: str
    plan: Plan | None
    items: tuple[ItemLine, ...]
    check_ins: tuple[CheckInRow, ...]
    may_close: bool
    because: Sentence | None
    unsettled: tuple[OpenItem, ...]


def closing(talk: Conversation, actor: Actor, at: datetime) -> Closing:
    """The needs of closing are the plan's result, which the same page asks for; so an offer is enough."""
    today = timezone.localdate(at)
    # A plan nobody has signed is part of the talk, and the talk is between two.
    plan = talk.plan if talk.plan and talk.plan.state != "draft" and judge(talk.plan, "read", actor) else None
    rows = plan.items.select_related("owner", *PlanItem.judged_with).order_by("due_on", "pk") if plan else ()
    may = offer(talk, "close", actor, at) is not None
    because = None
    if not may:
        because = say(
            "这次面谈现在是「%(state)s」，还不能结束。", state=Sentence(talk.lifecycle.states[talk.state])
        )
        if talk.state == "closed":
            because = say("这次面谈已经结束。")
        elif MANAGER not in talk.relations_of(actor):
            because = say("由直接上级给计划定结果，结束这次面谈。")
    lines = [(item, item_line(item, today)) for item in rows]
    unsettled = tuple(
        OpenItem(
            line,
            may_drop=item.is_running and bool(judge(item, "drop", actor)),
            to_answer=item.state == "submitted" and bool(judge(item, "accept", actor)),
        )
        for item, line in lines
        if may and not line.is_settled
    )
    return Closing(
        talk=talk,
        employee=talk.review.employee.name,
        plan=plan,
        items=tuple(line for _item, line in lines if line.is_settled or not may),
        check_ins=tuple(check_in_rows(plan.check_ins.all(), today)) if plan else (),
        may_close=may,
        because=because,
        unsettled=unsettled,
    )
