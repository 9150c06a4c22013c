"""Who else is in the room: named with a role before anything is said, and in the record with it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from huitan.conversations.actions.opening import locked_talk
from huitan.conversations.actions.room import WRITABLE
from huitan.conversations.models import Attendee, Conversation
from huitan.core import events
from huitan.core.moves import Refused, require
from huitan.core.sentences import say
from huitan.people.models import Employee
from huitan.people.relations import Actor

MOST = 6


def add_attendee(talk: Conversation, name: str, role: str, *, actor: Actor, at: datetime) -> Attendee:
    """`name` is a name or a staff number; somebody who is not in the roster stands under the name alone."""
    with transaction.atomic():
        stored = locked_talk(talk, *WRITABLE)
        require(stored, "write", actor)
        name = name.strip()
        if not name or len(name) > 64:
            raise Refused("invalid", say("写在场的人的姓名或工号，最多 64 个字。"))
        if role not in Attendee.ROLES:
            raise Refused("invalid", say("选在场的人的身份。"))
        person = _in_roster(name)
        if person is not None and person.pk in (stored.review.employee_id, stored.review.employee.manager_id):
            raise Refused("invalid", say("%(name)s是面谈的一方，不用再列。", name=person.name))
        if stored.attendees.count() >= MOST:
            raise Refused("invalid", say("在场的人太多了，最多另外 %(n)s 位。", n=MOST))
        made, is_new = Attendee.objects.get_or_create(
            conversation=stored, name=person.name if person else name, role=role, defaults={"person": person}
        )
        if is_new:
            content = {"name": made.name, "role": role, "staff_number": person.staff_number if person else ""}
            events.append(stored.stream, "attendee.added", actor=actor, at=at, payload=content)
            _restate(stored)
    return made


def remove_attendee(attendee: Attendee, *, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        stored = locked_talk(attendee.conversation, *WRITABLE)
        require(stored, "write", actor)
        content = {"name": attendee.name, "role": attendee.role}
        if stored.attendees.filter(pk=attendee.pk).delete()[0]:
            events.append(stored.stream, "attendee.removed", actor=actor, at=at, payload=content)
            _restate(stored)


def _in_roster(name: str) -> Employee | None:
    """The one person of this number or name still in the company; nobody where two share the name."""
    found = list(
        Employee.objects.exclude(status="left").filter(Q(staff_number=name) | Q(name=name)).order_by("pk")[:2]
    )
    return found[0] if len(found) == 1 else None


def _restate(talk: Conversation) -> None:
    """The words the record carries."""
    rows = talk.attendees.all()
    talk.others_present = "、".join(f"{row.name}（{Attendee.ROLES[row.role]}）" for row in rows)
    talk.save(update_fields=["others_present"])
