"""When an owner may be reminded of an item, and why not. Pure."""

from __future__ import annotations

from collections.abc import Collection

from huitan.core import access
from huitan.core.sentences import Sentence, say
from huitan.people.relations import Actor
from huitan.plans.models import PlanItem

# One press reaches no more items than somebody can have looked through.
AT_MOST = 200
WAITING_FOR_OWNER = ("active", "returned")


def not_waiting(item: PlanItem, actor: Actor) -> Sentence | None:
    """Why there is nothing here for this person to remind somebody else of; None when there is."""
    answer = access.judge(item, "remind", actor)
    if not answer:
        return answer.reason
    if item.state not in WAITING_FOR_OWNER:
        return say("没有在等负责人：现在是「%(state)s」", state=Sentence(item.lifecycle.states[item.state]))
    if item.owner_id == actor.employee_id:
        return say("由你自己负责")
    return None


def why_not(item: PlanItem, actor: Actor, told: Collection[tuple[int, int]]) -> Sentence | None:
    """Why this owner is not reminded now, None when they are. `told` holds today's (item, owner) pairs."""
    because = not_waiting(item, actor)
    if because is not None:
        return because
    owner = item.owner
    if owner is None or owner.status == "left" or owner.account is None or not owner.account.is_active:
        return say("负责人没有能登录的账号，收不到")
    if (item.pk, owner.pk) in told:
        return say("今天已经提醒过了")
    return None
