"""Before the talk, the employee's side: survey, questions, opening the pack, contesting a number; and HR's answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from huitan.conversations.actions.opening import locked_talk
from huitan.conversations.actions.preparation import BEFORE, BEFORE_AND_DURING, freeze
from huitan.conversations.models import Contest, Conversation, Pack, PackOpening, Question, SelfScore, Survey
from huitan.core import events
from huitan.core.moves import Refused, move, plain, require
from huitan.core.sentences import say
from huitan.evidence import actions as evidence_actions
from huitan.evidence.models import Evidence
from huitan.people.models import Employee
from huitan.people.relations import Actor

ANSWERS = ("own_view", "difficulties", "growth")


def save_survey(
    talk: Conversation,
    answers: Mapping[str, str],
    scores: Mapping[int, Decimal | None],
    *,
    actor: Actor,
    at: datetime,
    seen_at: datetime | None = None,
) -> Survey:
    """Keep a draft, seen by the employee alone. `scores` maps evidence ids to 1.0 to 5.0; None takes a score back.
    A score for a result of somebody else's is refused. `seen_at` is the draft's `saved_at` as the writer last saw it:
    when another device saved since, `Refused` (stale) carries the stored draft."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE_AND_DURING)
        require(stored, "speak", actor)
        survey, fresh = Survey.objects.get_or_create(conversation=stored, defaults={"saved_at": at})
        if survey.submitted_at is not None:
            raise Refused("not_now", say("调研已经交了。想补充的话，可以提问，或在面谈中写自己的话。"))
        if seen_at is not None and not fresh and survey.saved_at != seen_at:
            raise Refused(
                "stale", say("你在另一台设备上改过这份草稿。看看两边的内容，选一份保留。"), current=survey
            )
        for name in ANSWERS:
            if name in answers:
                setattr(survey, name, answers[name])
        survey.saved_at = at
        survey.save()
        known = {e.pk: e for e in stored.pack_evidence().filter(kind="kpi", pk__in=scores)}
        for pk, value in scores.items():
            if pk not in known:
                raise Refused("invalid", say("这个指标不属于这次面谈。"))
            if value is None:
                SelfScore.objects.filter(conversation=stored, evidence_id=pk).delete()
                continue
            if not Decimal(1) <= value <= Decimal(5):
                raise Refused("invalid", say("评分在 1.0 到 5.0 之间。"))
            SelfScore.objects.update_or_create(
                conversation=stored, evidence=known[pk], defaults={"score": value}
            )
    return survey


def submit_survey(
    talk: Conversation, *, actor: Actor, at: datetime, asked: Mapping[str, str] | None = None
) -> Survey:
    """Hand the survey in (R07): from now on the manager reads it, and it no longer changes.

    `asked` keeps the questions as they were put, {field: question}.
    """
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE_AND_DURING)
        require(stored, "speak", actor)
        survey = Survey.objects.filter(conversation=stored).first()
        scores = list(stored.self_scores.select_related("evidence"))
        if survey is None or not (scores or any(getattr(survey, name).strip() for name in ANSWERS)):
            raise Refused("incomplete", say("至少写一句或打一个分，再交。"))
        if survey.submitted_at is None:
            survey.submitted_at, survey.asked = at, dict(asked or {})
            survey.save(update_fields=["submitted_at", "asked"])
            events.append(
                stored.stream,
                "survey.submitted",
                actor=actor,
                at=at,
                payload={
                    **{name: getattr(survey, name) for name in ANSWERS},
                    "asked": survey.asked,
                    "scores": {s.evidence.ref: plain(s.score) for s in scores},
                },
            )
    return survey


def hand_in_survey(
    talk: Conversation,
    answers: Mapping[str, str],
    scores: Mapping[int, Decimal | None],
    questions: Iterable[str] = (),
    *,
    actor: Actor,
    at: datetime,
    seen_at: datetime | None = None,
    asked: Mapping[str, str] | None = None,
) -> Survey:
    """The last words, the questions that go with them and the handing in, all or nothing."""
    with transaction.atomic():
        save_survey(talk, answers, scores, actor=actor, at=at, seen_at=seen_at)
        for text in questions:
            ask(talk, text, actor=actor, at=at)
        return submit_survey(talk, actor=actor, at=at, asked=asked)


def ask(
    talk: Conversation, text: str, *, actor: Actor, at: datetime, evidence: Evidence | None = None
) -> Question:
    """A question, alone or pinned to an item of the pack (R08)."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE_AND_DURING)
        require(stored, "speak", actor)
        if not text.strip():
            raise Refused("invalid", say("写下你想问什么。"))
        if evidence is not None and not stored.pack_evidence().filter(pk=evidence.pk).exists():
            raise Refused("invalid", say("这一条不在你的资料包里。"))
        question = Question.objects.create(
            conversation=stored, evidence=evidence, text=text.strip(), asked_at=at
        )
        events.append(
            stored.stream,
            "question.asked",
            actor=actor,
            at=at,
            payload={
                "id": question.pk,
                "text": question.text,
                "evidence": evidence.ref if evidence else None,
            },
        )
    return question


def answer(question: Question, text: str, *, actor: Actor, at: datetime) -> Question:
    return move(question, "answer", actor=actor, at=at, answer=text.strip(), answered_at=at)


def park(question: Question, until: date, text: str, *, actor: Actor, at: datetime) -> Question:
    return move(question, "park", actor=actor, at=at, parked_until=until, answer=text.strip(), answered_at=at)


def decline(question: Question, reason: str, *, actor: Actor, at: datetime) -> Question:
    return move(question, "decline", actor=actor, at=at, answer=reason.strip(), answered_at=at)


def open_pack(talk: Conversation, *, actor: Actor, at: datetime) -> Pack | None:
    """The newest pack; that the employee opened it is recorded once per version (R08)."""
    pack = max(talk.packs.all(), key=lambda one: one.version, default=None)
    if pack is None:
        return None
    if "self" in talk.relations_of(actor) and actor.employee_id is not None:
        if any(opening.by_id == actor.employee_id for opening in pack.openings.all()):
            return pack
        with transaction.atomic():
            _, first = PackOpening.objects.get_or_create(
                pack=pack, by_id=actor.employee_id, defaults={"at": at}
            )
            if first:
                events.append(
                    talk.stream, "pack.opened", actor=actor, at=at, payload={"version": pack.version}
                )
        pack.refresh_from_db(fields=["openings"])
    return pack


def contest(
    talk: Conversation, evidence: Evidence, reason: str, *, claim: str = "", actor: Actor, at: datetime
) -> Contest:
    """Doubt a number before the talk; HR or the owner of the data checks it (R08)."""
    with transaction.atomic():
        stored = locked_talk(talk, "shared", "talking")
        require(stored, "speak", actor)
        if not stored.pack_evidence().filter(pk=evidence.pk).exists():
            raise Refused("invalid", say("这一条不在你的资料包里。"))
        if evidence.kind != "kpi":
            raise Refused(
                "invalid", say("这里核对的是数字。对一件事有不同看法，用「提问」写下来，面谈时谈。")
            )
        if not reason.strip():
            raise Refused("invalid", say("写一句哪里不对：你手里的数字是多少，从哪里来。"))
        if stored.contests.filter(evidence=evidence, state="open").exists():
            raise Refused("not_now", say("这个数字你已经提过疑问，正在核对。"))
        raised = Contest.objects.create(
            conversation=stored,
            evidence=evidence,
            claim=claim.strip(),
            reason=reason.strip(),
            raised_at=at,
            value_before=evidence.actual,
        )
        events.append(
            stored.stream,
            "contest.raised",
            actor=actor,
            at=at,
            payload={
                "id": raised.pk,
                "evidence": evidence.ref,
                "claim": raised.claim,
                "reason": raised.reason,
            },
        )
    return raised


def confirm_number(contest: Contest, text: str, *, actor: Actor, at: datetime) -> Contest:
    with transaction.atomic():
        _talk_still_open(contest)
        return move(
            contest,
            "confirm",
            actor=actor,
            at=at,
            answer=text.strip(),
            answered_at=at,
            answered_by=_by(actor),
        )


def correct_number(contest: Contest, value: Decimal, text: str, *, actor: Actor, at: datetime) -> Contest:
    """Correct after checking. Before the talk the pack gets a new version the employee sees as such."""
    with transaction.atomic():
        talk = _talk_still_open(contest)
        stored = move(
            contest,
            "correct",
            actor=actor,
            at=at,
            value_after=value,
            answer=text.strip(),
            answered_at=at,
            answered_by=_by(actor),
        )
        evidence_actions.correct(stored.evidence, value, text, actor=actor, at=at)
        if talk.state in BEFORE:
            freeze(talk, actor=actor, at=at)
    return stored


def _talk_still_open(contest: Contest) -> Conversation:
    """The record freezes the numbers; from then on a number is changed the way of a dispute, or not at all."""
    stored = locked_talk(contest.conversation)
    if stored.state not in BEFORE_AND_DURING:
        raise Refused(
            "not_now", say("面谈记录已经生成，数字不再从这里改。有不同意见，写在记录里，走异议处理。")
        )
    return stored


def _by(actor: Actor) -> Employee | None:
    return Employee.objects.filter(pk=actor.employee_id).first() if actor.employee_id else None
