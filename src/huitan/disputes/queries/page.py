"""One dispute as its viewer may see it: each point beside its data, the statements, the steps with their clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from huitan.conversations.queries.record_sheet import Sheet, SheetTopic, sheet
from huitan.core import access
from huitan.core.models import Event
from huitan.core.sentences import N_, Sentence, say
from huitan.cycles.models import RatingLevel
from huitan.cycles.working_days import own_days
from huitan.disputes.candidates import Candidate, candidates, proposed
from huitan.disputes.clocks import Clock, clock
from huitan.disputes.lifecycle import DISPUTE
from huitan.disputes.models import Answer, Dispute, Point, Statement
from huitan.disputes.policy import FIRST_HANDLER, HANDLER, RATER
from huitan.disputes.queries.annex import AnnexEntry, entry
from huitan.disputes.queries.rows import due_now
from huitan.evidence.queries import EvidenceRow, as_row
from huitan.people.models import Account
from huitan.people.relations import HR_ADMIN, HRBP, MANAGER, SELF, Actor

WITH_PEOPLE = Dispute.judged_with
VERBS: Mapping[str, str] = {
    **{f"dispute.{move.name}": move.done for move in DISPUTE.moves},
    "dispute.asked": N_("又请一方说明"),
    "dispute.stated": N_("发出了说明"),
    "dispute.acknowledged": N_("确认已知悉结果"),
}
REASONS = ("change_reason", "withdraw_reason", "further_reason")
# Which date a step set, as people read it.
CLOCK_WORDS = {
    "submitted": N_("受理最晚"),
    "assigned": N_("受理最晚"),
    "handling": N_("答复最晚"),
    "decided": N_("申请复核最晚"),
}


@dataclass(frozen=True)
class Given:
    """A rating of the review, oldest first; `is_contested` marks the one the point is about."""

    level: str
    meaning: str
    reason: str
    by: str
    at: datetime
    is_contested: bool


@dataclass(frozen=True)
class SentAnswer:
    entry: AnnexEntry
    facts: tuple[EvidenceRow, ...]
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class DraftAnswer:
    """The handler's own, as last saved."""

    verdict: str
    text: str
    new_level: int | None
    new_value: Decimal | None
    new_text: str
    cited: frozenset[int]
    paragraphs: frozenset[int]
    version: int
    saved_at: datetime | None


@dataclass(frozen=True)
class PointView:
    """A point beside its data: the number, the record's paragraph, or the rating with its history."""

    id: int
    number: int
    kind: str
    kind_word: str
    subject: str
    value_before: Decimal | None
    claim: str
    wanted: str
    cited: tuple[EvidenceRow, ...]
    files: tuple[tuple[int, str, int], ...]
    fact: EvidenceRow | None
    topic: SheetTopic | None
    ratings: tuple[Given, ...]
    answers: tuple[SentAnswer, ...]
    draft: DraftAnswer | None


@dataclass(frozen=True)
class StatementView:
    """`is_mine` and unsent: this viewer's box."""

    id: int
    side: str
    side_word: str
    level: int
    question: str
    asked_at: datetime
    text: str
    by: str
    sent_at: datetime | None
    is_mine: bool


@dataclass(frozen=True)
class Step:
    at: datetime
    who: str
    what: str
    detail: str


@dataclass(frozen=True)
class DisputeView:
    """`role` is the viewer's part: employee, handler, rater, manager, hr or reader; `may` the steps open to them."""

    dispute: Dispute
    role: str
    employee: str
    state_word: str
    points: tuple[PointView, ...]
    statements: tuple[StatementView, ...]
    steps: tuple[Step, ...]
    clock: Clock | None
    clock_word: str
    may: frozenset[str]
    candidates: tuple[Candidate, ...]
    proposed: Candidate | None
    levels: tuple[RatingLevel, ...]
    facts: tuple[EvidenceRow, ...]
    paragraphs: tuple[SheetTopic, ...]

    @property
    def mine_to_write(self) -> tuple[StatementView, ...]:
        return tuple(s for s in self.statements if s.is_mine and s.sent_at is None)

    @property
    def may_further(self) -> bool:
        return "raise_further" in self.may and self.clock is not None and not self.clock.is_over

    @property
    def handler_part(self) -> Sentence | None:
        """Why the present handler should not be one any more; known where the candidates are."""
        return next((c.part for c in self.candidates if c.id == self.dispute.handler_id), None)

    @property
    def unanswered(self) -> int:
        return sum(p.draft is None or not p.draft.verdict for p in self.points)

    def point(self, pk: int) -> PointView | None:
        return next((p for p in self.points if p.id == pk), None)


def role_of(dispute: Dispute, actor: Actor) -> str:
    found = dispute.relations_of(actor)
    for relation, role in (
        (SELF, "employee"),
        (HANDLER, "handler"),
        (RATER, "rater"),
        (MANAGER, "manager"),
        (HR_ADMIN, "hr"),
        (HRBP, "hr"),
        (FIRST_HANDLER, "hr"),
    ):
        if relation in found:
            return role
    return "reader"


def may_now(dispute: Dispute, actor: Actor) -> frozenset[str]:
    """The moves open from here to this actor, and the two things that are no moves."""
    names = {m.name for m in DISPUTE.from_state(dispute.state) if access.judge(dispute, m.name, actor)}
    if dispute.state == "handling":
        names |= {n for n in ("answer", "ask") if access.judge(dispute, n, actor)}
    told = dispute.state in ("decided", "concluded") and dispute.decided_at is not None
    if told and dispute.acknowledged_at is None and access.judge(dispute, "acknowledge", actor):
        names.add("acknowledge")
    return frozenset(names)


def dispute_view(dispute: Dispute, actor: Actor, at: datetime) -> DisputeView:
    """`dispute` comes from `visible_to` with WITH_PEOPLE loaded. A fixed number of queries for any number of points."""
    role, may = role_of(dispute, actor), may_now(dispute, actor)
    own = own_days()
    talk = dispute.conversation
    read = _contested_record(dispute)
    handles = role == "handler" and "answer" in may
    chosen: tuple[Candidate, ...] = ()
    if may & {"assign", "reassign"}:
        chosen = candidates(dispute.employee, dispute.case())
    facts: tuple[EvidenceRow, ...] = ()
    levels: tuple[RatingLevel, ...] = ()
    if handles:
        known = talk.pack_evidence().order_by("-kind", "occurred_on", "pk")
        facts = tuple(as_row(e) for e in known)
        levels = tuple(talk.review.cycle.levels.all())
    return DisputeView(
        dispute=dispute,
        role=role,
        employee=dispute.employee.name,
        state_word=DISPUTE.states[dispute.state],
        points=_points(dispute, read, actor if handles else None),
        statements=_statements(dispute, role),
        steps=_steps(dispute, role),
        clock=clock(due_now(dispute), at, own),
        clock_word=CLOCK_WORDS.get(dispute.state, ""),
        may=may,
        candidates=chosen,
        proposed=proposed(chosen),
        levels=levels,
        facts=facts,
        paragraphs=tuple(t for t in read.topics if t.state == "active") if read and handles else (),
    )


def _contested_record(dispute: Dispute) -> Sheet | None:
    records = dispute.conversation.records.filter(version=dispute.record_version)
    content = records.values_list("content", flat=True).first()
    return sheet(content) if content else None


def _points(dispute: Dispute, read: Sheet | None, handler: Actor | None) -> tuple[PointView, ...]:
    answers = Answer.objects.select_related("new_level", "by").prefetch_related("cited")
    points = dispute.points.select_related("evidence").prefetch_related(
        "cited", "files", Prefetch("answers", answers)
    )
    given = list(dispute.conversation.review.ratings.select_related("level", "given_by"))
    by_id = {t.id: t for t in read.topics} if read else {}
    return tuple(
        _point(point, number, dispute, given, by_id, handler) for number, point in enumerate(points, start=1)
    )


def _point(
    point: Point,
    number: int,
    dispute: Dispute,
    given: list[Any],
    topics: Mapping[int, SheetTopic],
    handler: Actor | None,
) -> PointView:
    answers = list(point.answers.all())
    draft = None
    if handler is not None:
        draft = next(
            (a for a in answers if a.level == dispute.level and a.by_id == handler.employee_id), None
        )
    shown = point.kind == "rating"
    return PointView(
        id=point.pk,
        number=number,
        kind=point.kind,
        kind_word=Point.KINDS[point.kind],
        subject=point.subject,
        value_before=point.value_before,
        claim=point.claim,
        wanted=point.wanted,
        cited=tuple(as_row(e) for e in point.cited.all()),
        files=tuple((f.pk, f.name, f.size) for f in point.files.all()),
        fact=as_row(point.evidence) if point.evidence else None,
        topic=topics.get(point.topic_id or 0),
        ratings=tuple(
            Given(
                r.level.label,
                r.level.meaning,
                r.reason,
                r.given_by.name if r.given_by else "",
                r.at,
                r.pk == point.rating_id,
            )
            for r in given
        )
        if shown
        else (),
        answers=tuple(_sent(a, point, topics) for a in answers if a.sent_at is not None),
        draft=_draft(draft) if draft else None,
    )


def _sent(answer: Answer, point: Point, topics: Mapping[int, SheetTopic]) -> SentAnswer:
    answer.point = point
    return SentAnswer(
        entry(answer),
        tuple(as_row(e) for e in answer.cited.all()),
        tuple(topics[pk].title for pk in answer.paragraphs if pk in topics),
    )


def _draft(answer: Answer) -> DraftAnswer:
    return DraftAnswer(
        answer.verdict,
        answer.text,
        answer.new_level_id,
        answer.new_value,
        answer.new_text,
        frozenset(e.pk for e in answer.cited.all()),
        frozenset(answer.paragraphs),
        answer.version,
        answer.saved_at,
    )


def _statements(dispute: Dispute, role: str) -> tuple[StatementView, ...]:
    """Each side reads its own; the other's once that level is decided. The handler and HR read both."""
    side = {"employee": "employee", "rater": "rater"}.get(role, "")
    is_party = role in ("employee", "rater", "manager")
    is_over = dispute.state in ("decided", "concluded")
    found = []
    for one in dispute.statements.select_related("by"):
        mine = one.side == side
        if is_party and not mine and not (one.level < dispute.level or is_over):
            continue
        writable = mine and dispute.state == "handling" and one.level == dispute.level
        if one.sent_at is None and not writable and role not in ("handler", "hr"):
            continue
        found.append(
            StatementView(
                one.pk,
                one.side,
                Statement.SIDES[one.side],
                one.level,
                one.question,
                one.asked_at,
                one.text,
                one.by.name if one.by else "",
                one.sent_at,
                writable,
            )
        )
    return tuple(found)


def _steps(dispute: Dispute, role: str) -> tuple[Step, ...]:
    """From the history. Reasons are for those who read the dispute, not for the rater."""
    events = list(Event.objects.filter(stream=dispute.stream, verb__in=VERBS).order_by("seq"))
    keys = {e.actor.partition(":")[2] for e in events if e.actor.startswith("account:")}
    names = dict(
        Account.objects.filter(pk__in=[int(key) for key in keys]).values_list("pk", "employee__name")
    )
    found = []
    for event in events:
        if event.verb == "dispute.asked" and role in ("rater", "manager", "employee"):
            continue
        kind, _, key = event.actor.partition(":")
        who = (names.get(int(key)) or "") if kind == "account" else str(say("系统"))
        reasons = [event.payload.get(name, "") for name in REASONS]
        detail = next((r for r in reasons if r), "") if role not in ("rater", "manager") else ""
        if event.verb in ("dispute.assign", "dispute.reassign"):
            handed = event.payload.get("name", "")
            detail = f"{handed} · {detail}" if detail else handed
        found.append(Step(event.at, who, VERBS[event.verb], detail))
    return tuple(found)
