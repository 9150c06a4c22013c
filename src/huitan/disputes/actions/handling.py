"""Who handles a dispute, what both sides state, and the handler's answer to each point (R23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from huitan.conversations.actions.limits import TEXT_AT_MOST, check_length
from huitan.core import events
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, locked, move, require
from huitan.core.sentences import say
from huitan.cycles.models import RatingLevel
from huitan.cycles.working_days import own_days
from huitan.disputes import clocks
from huitan.disputes.candidates import candidates
from huitan.disputes.models import Answer, Dispute, Point, Statement
from huitan.evidence.models import Evidence
from huitan.people.models import Employee
from huitan.people.relations import Actor


def assign(dispute: Dispute, handler: int, *, actor: Actor, at: datetime) -> Dispute:
    """Give it to somebody without a part; whoever has one is refused with the rule in words."""
    with transaction.atomic():
        stored = locked(dispute)
        require(stored, "assign", actor)
        person = _free(stored, handler)
        return move(
            stored,
            "assign",
            actor=actor,
            at=at,
            payload={"name": person.name},
            handler=person,
            assigned_at=at,
        )


def reassign(dispute: Dispute, handler: int, reason: str, *, actor: Actor, at: datetime) -> Dispute:
    """Somebody else takes over; the clocks start again, what the former handler drafted is not passed on."""
    with transaction.atomic():
        stored = locked(dispute)
        require(stored, "reassign", actor)
        if stored.handler_id == handler:
            raise Refused("invalid", Shortfall(say("现在就是这个人在处理。选另一个人。"), "id_handler"))
        person = _free(stored, handler)
        return move(
            stored,
            "reassign",
            actor=actor,
            at=at,
            payload={"name": person.name, "before": stored.handler_id},
            handler=person,
            assigned_at=at,
            change_reason=reason.strip(),
            accept_due_on=clocks.accept_by(stored.conversation.review.cycle, at, own_days()),
            accepted_at=None,
            answer_due_on=None,
        )


def recuse(dispute: Dispute, reason: str, *, actor: Actor, at: datetime) -> Dispute:
    """The handler says to have a part after all; HR picks somebody else."""
    with transaction.atomic():
        stored = locked(dispute)
        return move(
            stored,
            "recuse",
            actor=actor,
            at=at,
            payload={"before": stored.handler_id},
            handler=None,
            change_reason=reason.strip(),
            accept_due_on=clocks.accept_by(stored.conversation.review.cycle, at, own_days()),
            accepted_at=None,
            answer_due_on=None,
        )


def accept(dispute: Dispute, *, actor: Actor, at: datetime) -> Dispute:
    """Take it on: the answer's clock starts, and each side gets its own box."""
    with transaction.atomic():
        stored = locked(dispute)
        due = clocks.answer_by(stored.conversation.review.cycle, at, own_days())
        stored = move(stored, "accept", actor=actor, at=at, accepted_at=at, answer_due_on=due)
        have = set(stored.statements.filter(level=stored.level).values_list("side", flat=True))
        for side in Statement.SIDES:
            if side not in have:
                Statement.objects.create(dispute=stored, level=stored.level, side=side, asked_at=at)
    return stored


def ask(dispute: Dispute, side: str, question: str, *, actor: Actor, at: datetime) -> Statement:
    """Ask one side something more; it gets a new box with the question above it."""
    with transaction.atomic():
        stored = _handling(dispute, "ask", actor)
        if side not in Statement.SIDES:
            raise Refused("invalid", Shortfall(say("选请哪一方说明。"), "id_side"))
        check_length(question, TEXT_AT_MOST)
        if not question.strip():
            raise Refused("invalid", Shortfall(say("写下你想问什么。"), "id_question"))
        if stored.statements.filter(level=stored.level, side=side, sent_at__isnull=True).exists():
            raise Refused("not_now", say("对方还没有回复上一次。等回复了再问。"))
        asked = Statement.objects.create(
            dispute=stored, level=stored.level, side=side, question=question.strip(), asked_at=at
        )
        payload = {"id": asked.pk, "side": side, "question": asked.question}
        events.append(stored.stream, "dispute.asked", actor=actor, at=at, payload=payload)
    return asked


def state(statement: Statement, text: str, *, actor: Actor, at: datetime) -> Statement:
    """One side's statement, sent once and never changed; something more needs a new question."""
    with transaction.atomic():
        stored = locked(statement.dispute)
        side = statement.side
        require(stored, f"state_as_{side}", actor)
        if stored.state != "handling":
            raise Refused("not_now", say("现在不收说明：申诉不在核对中。刷新页面看看最新进展。"))
        sent = Statement.objects.select_for_update().get(pk=statement.pk)
        if sent.sent_at is not None:
            raise Refused("not_now", say("说明已经发出，不能再改。要补充，请联系处理人再问一次。"))
        if sent.level != stored.level:
            raise Refused("not_now", say("这是上一次处理时的说明，已经收口。"))
        check_length(text, TEXT_AT_MOST)
        if not text.strip():
            raise Refused("invalid", Shortfall(say("写下你的说明，再发出。"), f"id_text-{sent.pk}"))
        sent.text, sent.by_id, sent.sent_at = text.strip(), actor.employee_id, at
        sent.save()
        payload = {"id": sent.pk, "side": side, "text": sent.text}
        events.append(stored.stream, "dispute.stated", actor=actor, at=at, payload=payload)
    return sent


@dataclass(frozen=True)
class AnswerText:
    """A draft answer as typed: `cited` are evidence ids, `paragraphs` topic ids of the contested record."""

    verdict: str = ""
    text: str = ""
    new_level: int | None = None
    new_value: Decimal | None = None
    new_text: str = ""
    cited: tuple[int, ...] = ()
    paragraphs: tuple[int, ...] = ()


def answer(point: Point, given: AnswerText, *, seen: int | None, actor: Actor, at: datetime) -> Answer:
    """Keep the handler's draft answer to one point; nobody else sees it until the outcome is sent.

    `seen` is the version the writer last had: when another tab saved since, `Refused` (stale) carries the stored
    answer, so that both texts can be shown.
    """
    with transaction.atomic():
        stored = _handling(point.dispute, "answer", actor)
        if point.dispute_id != stored.pk:
            raise Refused("invalid", say("这一点不属于这件申诉。"))
        drafted, _new = Answer.objects.select_for_update().get_or_create(
            point=point, level=stored.level, by_id=actor.employee_id, defaults={"saved_at": at}
        )
        if seen is not None and seen != drafted.version:
            raise Refused(
                "stale", say("你在另一个窗口改过这一点的答复。看看两边的内容，选一份保留。"), current=drafted
            )
        for text in (given.text, given.new_text):
            check_length(text, TEXT_AT_MOST)
        drafted.verdict = given.verdict if given.verdict in Answer.VERDICTS else ""
        drafted.text, drafted.new_text = given.text, given.new_text
        drafted.new_value = given.new_value
        drafted.new_level = _level(stored, given.new_level)
        drafted.paragraphs = _paragraphs(stored, given.paragraphs)
        drafted.version += 1
        drafted.saved_at = at
        drafted.save()
        drafted.cited.set(_facts(stored, given.cited))
    return drafted


def _level(dispute: Dispute, pk: int | None) -> RatingLevel | None:
    if pk is None:
        return None
    level = dispute.conversation.review.cycle.levels.filter(pk=pk).first()
    if level is None:
        raise Refused("invalid", say("这一档不属于本周期的评级。"))
    return level


def _paragraphs(dispute: Dispute, wanted: Sequence[int]) -> list[int]:
    found = set(dispute.conversation.topics.filter(pk__in=wanted).values_list("pk", flat=True))
    if found != set(wanted):
        raise Refused("invalid", say("有一段不在这份记录里。刷新后再选。"))
    return sorted(found)


def _facts(dispute: Dispute, wanted: Sequence[int]) -> list[Evidence]:
    """Facts about this employee; the handler compares with all of them (R23)."""
    found = list(Evidence.objects.filter(employee=dispute.conversation.review.employee_id, pk__in=wanted))
    if len(found) != len(set(wanted)):
        raise Refused("invalid", say("有一条证据不是这名员工的。刷新后再选。"))
    return found


def _free(dispute: Dispute, handler: int) -> Employee:
    found = next((c for c in candidates(dispute.employee, dispute.case()) if c.id == handler), None)
    if found is None:
        raise Refused("invalid", Shortfall(say("从名单里选一个处理人。"), "id_handler"))
    if found.part is not None:
        why = say("%(name)s不能处理：%(part)s。", name=found.name, part=found.part)
        raise Refused("invalid", Shortfall(why, "id_handler"))
    return Employee.objects.get(pk=handler)


def _handling(dispute: Dispute, action: str, actor: Actor) -> Dispute:
    stored = locked(dispute)
    require(stored, action, actor)
    if stored.state != "handling":
        raise Refused(
            "not_now",
            say("申诉现在是「%(state)s」，这一步做不了。", state=say(stored.lifecycle.states[stored.state])),
        )
    return stored
