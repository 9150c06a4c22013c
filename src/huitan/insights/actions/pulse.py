"""The employee's three questions after the talk: counted by department, kept with nobody's name.

What was answered stands in no event and in no row of one person, and that somebody answered is told in the cycle's
history, not in the talk's, which others read. Until the cycle is closed nobody sees a count; from
then on nothing is added, so that no answer can be told from the difference between two days.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from huitan.conversations.models import Conversation
from huitan.core import events
from huitan.core.moves import Refused, locked
from huitan.core.sentences import say
from huitan.insights.models import PulseCount, PulseGiven
from huitan.insights.policy import PULSE
from huitan.people.relations import Actor

ASKED_IN = ("signed", "closed")


def give(talk: Conversation, answers: Mapping[str, str], *, actor: Actor, at: datetime) -> None:
    """Count one employee's answers, once: {question: "yes" | "partly" | "no"} for all three questions."""
    with transaction.atomic():
        stored = locked(talk)
        allowed = PULSE.judge("give", stored.relations_of(actor))
        if not allowed:
            raise Refused("forbidden", allowed.reason or say("你不能做这一步。"))
        if stored.state not in ASKED_IN:
            raise Refused("not_now", say("签字完成以后再来回答这三个问题。"))
        # Held until the end, so that the cycle cannot close between the check and the count.
        cycle = locked(stored.review.cycle)
        if cycle.state == "closed":
            raise Refused("not_now", say("这个周期已经关闭，结果已经公布，不再收新的回答。"))
        if set(answers) != set(PulseCount.QUESTIONS) or not set(answers.values()) <= set(PulseCount.ANSWERS):
            raise Refused("invalid", say("三个问题都选一个回答。"))
        try:
            with transaction.atomic():
                PulseGiven.objects.create(conversation=stored)
        except IntegrityError as twice:
            raise Refused("not_now", say("你已经回答过了。回答不记名，所以也改不了。")) from twice
        where = {"cycle": cycle, "department": stored.review.employee.department}
        for question, answer in sorted(answers.items()):
            row, _new = PulseCount.objects.get_or_create(**where, question=question, answer=answer)
            PulseCount.objects.filter(pk=row.pk).update(n=F("n") + 1)
        events.append(cycle.stream, "pulse.given", actor=actor, at=at)
