"""The employee's draft, and what there is to contest in the record it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef

from huitan.conversations.models import Conversation
from huitan.cycles.working_days import own_days
from huitan.disputes.clocks import Clock, Window, clock, window
from huitan.disputes.models import Dispute, Point
from huitan.evidence.models import Evidence
from huitan.evidence.queries import EvidenceRow, as_row
from huitan.people.relations import Actor


@dataclass(frozen=True)
class Contestable:
    """Something in the record one can disagree with; `key` is what the form sends, `kind:id`."""

    key: str
    kind: str
    kind_word: str
    label: str
    detail: str
    is_taken: bool


@dataclass(frozen=True)
class DraftPoint:
    id: int
    number: int
    kind: str
    kind_word: str
    subject: str
    value: Decimal | None
    unit: str
    claim: str
    wanted: str
    cited: frozenset[int]
    files: tuple[tuple[int, str, int], ...]


@dataclass(frozen=True)
class DraftPage:
    """`dispute` is none before anything was written. `window` is how long, `clock` how many working days that is."""

    talk: Conversation
    dispute: Dispute | None
    window: Window | None
    clock: Clock | None
    points: tuple[DraftPoint, ...]
    things: tuple[Contestable, ...]
    facts: tuple[EvidenceRow, ...]

    @property
    def is_over(self) -> bool:
        return self.clock is None or self.clock.is_over

    @property
    def version(self) -> int:
        return self.dispute.version if self.dispute else 0


def dispute_of(talk: Conversation, actor: Actor) -> Dispute | None:
    """The dispute of this talk that counts for the actor: not one withdrawn on the first level."""
    found = Dispute.objects.visible_to(actor).filter(conversation=talk)
    return found.exclude(state="withdrawn", level=1).select_related(*Dispute.judged_with).first()


def draft_page(talk: Conversation, dispute: Dispute | None, actor: Actor, at: datetime) -> DraftPage:
    """Seven queries for any number of points: HR's days, the points with what they cite and their files, the pack, the
    newest rating, the topics."""
    own = own_days()
    open_window = window(talk, at, own)
    points = (
        list(dispute.points.select_related("evidence").prefetch_related("cited", "files")) if dispute else []
    )
    seen = Evidence.objects.visible_to(actor).filter(pk=OuterRef("pk"))
    pack = list(talk.pack_evidence().annotate(is_seen=Exists(seen)).order_by("-kind", "occurred_on", "pk"))
    return DraftPage(
        talk=talk,
        dispute=dispute,
        window=open_window,
        clock=clock(open_window.until, at, own) if open_window else None,
        points=tuple(_point(p, number) for number, p in enumerate(points, start=1)),
        things=_things(talk, points, pack),
        facts=tuple(as_row(e) for e in pack if e.is_seen),
    )


def _point(p: Point, number: int) -> DraftPoint:
    return DraftPoint(
        p.pk,
        number,
        p.kind,
        Point.KINDS[p.kind],
        p.subject,
        p.value_before,
        p.evidence.unit if p.evidence else "",
        p.claim,
        p.wanted,
        frozenset(e.pk for e in p.cited.all()),
        tuple((f.pk, f.name, f.size) for f in p.files.all()),
    )


def _things(talk: Conversation, points: Iterable[Point], pack: Iterable[Evidence]) -> tuple[Contestable, ...]:
    """The newest rating, the cycle's numbers the employee was shown, the record's topics, and anything else."""
    taken = {(p.kind, p.rating_id, p.evidence_id, p.topic_id) for p in points}
    found = []
    rating = talk.review.ratings.select_related("level").last()
    if rating is not None:
        is_taken = ("rating", rating.pk, None, None) in taken
        found.append(_thing("rating", rating.pk, rating.level.label, rating.reason, is_taken))
    shown = [e for e in pack if e.kind == "kpi" and e.shared_at is not None]
    for number in sorted(shown, key=lambda e: e.pk):
        is_taken = ("number", None, number.pk, None) in taken
        label, detail = f"{number.ref} {number.title}", ""
        found.append(_thing("number", number.pk, label, detail, is_taken))
    for topic in talk.topics.exclude(state="removed").order_by("position", "pk"):
        is_taken = ("topic", None, None, topic.pk) in taken
        found.append(_thing("topic", topic.pk, topic.title, topic.issue, is_taken))
    found.append(Contestable("other:0", "other", Point.KINDS["other"], "", "", False))
    return tuple(found)


def _thing(kind: str, pk: int, label: str, detail: str, is_taken: bool) -> Contestable:
    return Contestable(f"{kind}:{pk}", kind, Point.KINDS[kind], label, detail, is_taken)
