"""HR reminds whoever holds a talk up: of what is still to come, not more than once a working day."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from huitan.conversations.models import Conversation
from huitan.conversations.queries import ready
from huitan.core import events
from huitan.core.moves import Refused, require
from huitan.core.sentences import say
from huitan.people.models import Employee
from huitan.people.relations import Actor


def remind(talk: Conversation, side: str, *, actor: Actor, at: datetime) -> Employee:
    """Remind the manager or the employee; returns who was reminded. The history says who pressed."""
    require(talk, "remind", actor)
    employee = talk.review.employee
    who = {ready.MANAGER: employee.manager_id, ready.EMPLOYEE: employee.pk}.get(side)
    if who is None:
        raise Refused("invalid", say("这个人没有直接上级，没有人可以提醒。"))
    with transaction.atomic():
        # Locked, so that two people pressing at once make one reminder.
        person = Employee.objects.select_for_update().get(pk=who)
        steps = [block.step.key for block in ready.blocks_of(talk) if block.step.who == side]
        if not steps:
            raise Refused("not_now", say("%(name)s这边已经没有要补的了。", name=person.name))
        if ready.reminded_since(ready.start_of_working_day(at), [who]):
            raise Refused("not_now", say("%(name)s今天已经提醒过了，下一个工作日再提醒。", name=person.name))
        payload = {"to": who, "side": side, "steps": steps}
        events.append(talk.stream, "conversation.reminded", actor=actor, at=at, payload=payload)
    return person
