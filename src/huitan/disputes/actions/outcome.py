"""The outcome and what follows: corrections carried out, being told, one further level, the end (R23)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from huitan.conversations.queries.wording import check, vocabulary
from huitan.core import events
from huitan.core.days import local_day
from huitan.core.moves import Refused, locked, move, require
from huitan.core.sentences import say
from huitan.cycles import actions as cycle_actions
from huitan.cycles.working_days import own_days
from huitan.disputes import clocks
from huitan.disputes.lifecycle import CORRECTED, OPEN
from huitan.disputes.models import Answer, Dispute
from huitan.disputes.outcome_text import READ_AS, answers_text, fingerprint
from huitan.evidence import actions as evidence_actions
from huitan.people.relations import Actor


def decide(dispute: Dispute, *, seen_hash: str, actor: Actor, at: datetime) -> Dispute:
    """Send the outcome of every point at once and carry out the corrections; nothing of it changes afterwards.

    `seen_hash` is over the answers as they stood on the page with which the handler sends them.
    """
    with transaction.atomic():
        stored = locked(dispute)
        name = "decide" if stored.level == 1 else "decide_finally"
        require(stored, name, actor)
        answers = stored.answers_now()
        content = answers_text(answers)
        if stored.state == "handling" and fingerprint(content) != seen_hash:
            raise Refused("stale", say("答复刚刚又改过。重新看一遍，再发出。"))
        changes: dict[str, Any] = {"decided_at": at, "acknowledged_at": None}
        if name == "decide":
            changes["first_handler"] = stored.handler
            changes["further_until"] = clocks.further_by(stored.conversation.review.cycle, at, own_days())
        else:
            changes["concluded_at"] = at
        words = vocabulary()
        wording = Counter(hint.code for a in answers for hint in check(a.text, READ_AS, actor, words=words))
        payload = {"answers": content, "hash": seen_hash, "wording": dict(sorted(wording.items()))}
        stored = move(stored, name, actor=actor, at=at, payload=payload, **changes)
        for answer in answers:
            _carry_out(answer, actor=actor, at=at)
        if name == "decide_finally":
            _release(stored, actor=actor, at=at)
    return stored


def _carry_out(answer: Answer, *, actor: Actor, at: datetime) -> None:
    """What was wrong is corrected beside what stood before. The handler needs no office for it: the dispute is one."""
    point, by_rule = answer.point, replace(actor, is_system=True)
    if answer.verdict == CORRECTED and answer.new_level is not None and point.kind == "rating":
        review = point.dispute.conversation.review
        answer.rating = cycle_actions.rate(
            review, answer.new_level, answer.text.strip(), actor=by_rule, at=at
        )
    if answer.verdict == CORRECTED and answer.new_value is not None and point.evidence is not None:
        answer.value_before = point.evidence.actual
        evidence_actions.correct(point.evidence, answer.new_value, answer.text.strip(), actor=by_rule, at=at)
    answer.sent_at = at
    answer.save()


def acknowledge(dispute: Dispute, *, actor: Actor, at: datetime) -> Dispute:
    """The employee has been told the outcome. It says nothing about agreeing, and takes no right away."""
    with transaction.atomic():
        stored = locked(dispute)
        require(stored, "acknowledge", actor)
        if stored.state not in ("decided", "concluded") or stored.decided_at is None:
            raise Refused("not_now", say("还没有结果可以确认。"))
        if stored.acknowledged_at is None:
            stored.acknowledged_at = at
            stored.save(update_fields=["acknowledged_at"])
            events.append(
                stored.stream, "dispute.acknowledged", actor=actor, at=at, payload={"level": stored.level}
            )
    return stored


def raise_further(dispute: Dispute, reason: str, *, actor: Actor, at: datetime) -> Dispute:
    """Once, somebody else looks again."""
    with transaction.atomic():
        stored = locked(dispute)
        require(stored, "raise_further", actor)
        return move(
            stored,
            "raise_further",
            actor=actor,
            at=at,
            level=2,
            further_reason=reason.strip(),
            handler=None,
            accept_due_on=clocks.accept_by(stored.conversation.review.cycle, at, own_days()),
            accepted_at=None,
            answer_due_on=None,
        )


def finish(dispute: Dispute, *, actor: Actor, at: datetime) -> Dispute:
    """No further level is wanted: the rating holds from now on."""
    with transaction.atomic():
        stored = move(dispute, "finish", actor=actor, at=at, concluded_at=at)
        _release(stored, actor=actor, at=at)
    return stored


def withdraw(dispute: Dispute, reason: str, *, actor: Actor, at: datetime) -> Dispute:
    """Taken back with a reason. On the further level the first outcome stands."""
    with transaction.atomic():
        stored = move(
            dispute, "withdraw", actor=actor, at=at, withdraw_reason=reason.strip(), concluded_at=at
        )
        _release(stored, actor=actor, at=at)
    return stored


def lapse_further(*, actor: Actor, at: datetime) -> int:
    """End those whose time for a further level has passed. Not confirmed by the employee stays not confirmed."""
    over = Dispute.objects.filter(state="decided", further_until__lt=local_day(at))
    ended = 0
    for dispute in over:
        with transaction.atomic():
            stored = locked(dispute)
            if stored.state != "decided":
                continue
            stored = move(stored, "lapse", actor=actor, at=at, concluded_at=at)
            _release(stored, actor=actor, at=at)
            ended += 1
    return ended


def _release(dispute: Dispute, *, actor: Actor, at: datetime) -> None:
    """The rating holds again, unless another talk of the same review is disputed, too."""
    review = dispute.conversation.review
    others = Dispute.objects.filter(conversation__review=review, state__in=OPEN).exclude(pk=dispute.pk)
    if not others.exists():
        cycle_actions.release(review, actor=replace(actor, is_system=True), at=at)
