"""Who hears that something happened in a talk: what `visible_to` says, decided in memory for many listeners at once."""

from __future__ import annotations

from collections.abc import Collection

from huitan.conversations import policy
from huitan.conversations.models import Conversation
from huitan.conversations.models.conversation import BINDING, WITH_RECORD
from huitan.core.access import judge
from huitan.core.events import Told
from huitan.people import relations
from huitan.people.relations import Actor

# How far a talk is. What is said in it is heard by its two people alone.
STAGE = frozenset(
    {
        "conversation.opened",
        "conversation.scheduled",
        "conversation.signed",
        "conversation.signing_declined",
        "conversation.signing_lapsed",
        "conversation.refusal_witnessed",
        "pack.shared",
        "pack.opened",
        "survey.submitted",
        "contest.raised",
        "contest.confirm",
        "contest.correct",
        "record.frozen",
        *(f"conversation.{move.name}" for move in Conversation.lifecycle.moves),
    }
)
# Nobody else's business, whatever their relation.
OWN = frozenset({"wording.dismissed", "record.viewed"})


def talks_heard(ids: Collection[int]) -> dict[int, Conversation]:
    """The talks with what deciding needs. One query."""
    return Conversation.objects.select_related(*Conversation.judged_with).in_bulk(ids)


def sees(talk: Conversation, actor: Actor) -> bool:
    """The same answer as `Conversation.objects.visible_to(actor)` has for this row."""
    found = relations.relations_to(actor, talk.review.employee)
    if found & policy.READ_FROM_START:
        return True
    if found & {relations.LINE, relations.AUDITOR} and talk.state in BINDING:
        return True
    held = actor.employee_id is not None and talk.held_by_id == actor.employee_id
    return held and talk.state in WITH_RECORD


def hears(talk: Conversation, told: Told, actor: Actor) -> bool:
    if not sees(talk, actor):
        return False
    if told.by == actor.key or told.verb in STAGE:
        return True
    if told.verb in OWN or not judge(talk, "read_content", actor):
        return False
    # Until the pack is shared, what the manager prepares is a draft.
    return talk.state != "preparing" or bool(judge(talk, "prepare", actor))
