"""The points of one dispute, each beside its data and its answers, and what the handler answers them with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value

from huitan.conversations.models import Record
from huitan.conversations.queries.record_sheet import SheetTopic, sheet
from huitan.core import access
from huitan.cycles.models import RatingLevel
from huitan.disputes.models import Answer, Dispute, Point, PointFile
from huitan.disputes.queries.annex import AnnexEntry, entry
from huitan.evidence.models import Evidence
from huitan.evidence.queries import EvidenceRow, as_row
from huitan.people.relations import Actor


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
class Contested:
    """The points of a dispute, and for its handler what they can be answered with."""

    dispute: Dispute
    employee: str
    points: tuple[PointView, ...]
    levels: tuple[RatingLevel, ...]
    facts: tuple[EvidenceRow, ...]
    paragraphs: tuple[SheetTopic, ...]

    @property
    def unanswered(self) -> int:
        return sum(p.draft is None or not p.draft.verdict for p in self.points)

    def point(self, pk: int) -> PointView | None:
        return next((p for p in self.points if p.id == pk), None)


def for_page(actor: Actor) -> QuerySet[Dispute]:
    """The disputes the actor sees, with their people and the text of the record they are about; one query."""
    record = Record.objects.filter(
        conversation=OuterRef("conversation"), version=OuterRef("record_version")
    ).values("content")
    disputes = Dispute.objects.visible_to(actor).select_related(*Dispute.judged_with)
    return disputes.annotate(record_content=Subquery(record))


def contested(dispute: Any, actor: Actor) -> Contested:
    """One of `for_page`. Five queries beside its ratings, four for whoever does not answer: points, answers, what hangs on
    them, the facts named, the cycle's levels."""
    handles = dispute.state == "handling" and bool(access.judge(dispute, "answer", actor))
    read = sheet(dispute.record_content) if dispute.record_content else None
    dispute.load_points()
    hanging = _hanging(dispute)
    named = _facts(dispute, hanging, handles)
    topics = {t.id: t for t in read.topics} if read else {}
    handler = actor if handles else None
    return Contested(
        dispute=dispute,
        employee=dispute.employee.name,
        points=tuple(
            _point(point, number, dispute, hanging, named, topics, handler)
            for number, point in enumerate(dispute.points.all(), start=1)
        ),
        levels=tuple(dispute.conversation.review.cycle.levels.all()) if handles else (),
        facts=tuple(as_row(e) for e in named.values() if e.is_offered) if handles else (),
        paragraphs=tuple(t for t in read.topics if t.state == "active") if read and handles else (),
    )


@dataclass(frozen=True)
class Hanging:
    """By the id of a point or an answer: the files handed in, and the ids of the facts cited."""

    files: Mapping[int, Sequence[tuple[int, str, int]]]
    by_point: Mapping[int, Sequence[int]]
    by_answer: Mapping[int, Sequence[int]]


def _hanging(dispute: Dispute) -> Hanging:
    files = PointFile.objects.filter(point__dispute=dispute)
    cited = Point.cited.through.objects.filter(point__dispute=dispute)
    named = Answer.cited.through.objects.filter(answer__point__dispute=dispute)
    nothing = (Value(""), Value(0))
    rows = (
        files.order_by()
        .values_list(Value("files"), "point_id", "id", "name", "size")
        .union(
            cited.values_list(Value("by_point"), "point_id", "evidence_id", *nothing),
            named.values_list(Value("by_answer"), "answer_id", "evidence_id", *nothing),
            all=True,
        )
    )
    found: dict[str, dict[int, list[Any]]] = {
        part: defaultdict(list) for part in ("files", "by_point", "by_answer")
    }
    for part, owner, pk, name, size in sorted(rows):
        found[part][owner].append((pk, name, size) if part == "files" else pk)
    return Hanging(**found)


def _facts(dispute: Dispute, hanging: Hanging, handles: bool) -> dict[int, Any]:
    """What points are about and what is cited, by id; for the handler also what else can be cited (`is_offered`)."""
    wanted = {point.evidence_id for point in dispute.points.all()} - {None}
    wanted = wanted.union(*hanging.by_point.values(), *hanging.by_answer.values())
    known = Evidence.objects.select_related("added_by", "employee").order_by("-kind", "occurred_on", "pk")
    if handles:
        pack = dispute.conversation.pack_evidence().filter(pk=OuterRef("pk"))
        known = known.annotate(is_offered=Exists(pack)).filter(Q(is_offered=True) | Q(pk__in=wanted))
    else:
        known = known.filter(pk__in=wanted)
    return {e.pk: e for e in known}


def _point(
    point: Point,
    number: int,
    dispute: Dispute,
    hanging: Hanging,
    named: Mapping[int, Evidence],
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
        cited=_rows(named, hanging.by_point.get(point.pk, ())),
        files=tuple(hanging.files.get(point.pk, ())),
        fact=as_row(named[point.evidence_id]) if point.evidence_id else None,
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
            for r in dispute.given
        )
        if shown
        else (),
        answers=tuple(
            SentAnswer(
                entry(a),
                _rows(named, hanging.by_answer.get(a.pk, ())),
                tuple(topics[pk].title for pk in a.paragraphs if pk in topics),
            )
            for a in answers
            if a.sent_at is not None
        ),
        draft=_draft(draft, hanging) if draft else None,
    )


def _rows(named: Mapping[int, Evidence], wanted: Iterable[int]) -> tuple[EvidenceRow, ...]:
    return tuple(as_row(named[pk]) for pk in wanted)


def _draft(answer: Answer, hanging: Hanging) -> DraftAnswer:
    return DraftAnswer(
        answer.verdict,
        answer.text,
        answer.new_level_id,
        answer.new_value,
        answer.new_text,
        frozenset(hanging.by_answer.get(answer.pk, ())),
        frozenset(answer.paragraphs),
        answer.version,
        answer.saved_at,
    )
