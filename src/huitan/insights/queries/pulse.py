"""Whether an employee may still answer the three questions about a talk."""

from __future__ import annotations

from dataclasses import dataclass

from huitan.conversations.models import Conversation
from huitan.insights.actions.pulse import ASKED_IN
from huitan.insights.models import PulseGiven


@dataclass(frozen=True)
class Asked:
    is_open: bool
    is_given: bool
    is_published: bool


def asked(talk: Conversation) -> Asked:
    """One query."""
    given = PulseGiven.objects.filter(conversation=talk).exists()
    closed = talk.review.cycle.state == "closed"
    return Asked(talk.state in ASKED_IN and not given and not closed, given, closed)


def asks(talk: Conversation) -> bool:
    """Whether the questions are put at all now, answered or not; no query."""
    return talk.state in ASKED_IN and talk.review.cycle.state != "closed"
