"""The employee's draft, and what there is to contest in the record it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

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
    """A fixed number of queries for any number of points."""
    own = own_days()
    open_window = window(talk, at, own)
    points = _points(dispute) if dispute else ()
    known = Evidence.objects.visible_to(actor).filter(pk__in=talk.pack_evidence().values("pk"))
    facts = tuple(as_row(e) for e in known.order_by("-kind", "occurred_on", "pk"))
    return DraftPage(
        talk=talk,
        dispute=dispute,
        window=open_window,
        clock=clock(open_window.until, at, own) if open_window else None,
        points=points,
        things=_things(talk, dispute),
        facts=facts,
    )


def _points(dispute: Dispute) -> tuple[DraftPoint, ...]:
    found = dispute.points.select_related("evidence").prefetch_related("cited", "files")
    return tuple(
        DraftPoint(
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
        for number, p in enumerate(found, start=1)
    )


def _things(talk: Conversation, dispute: Dispute | None) -> tuple[Contestable, ...]:
    """The newest rating, the cycle's numbers the employee was shown, the record's topics, and anything else."""
    taken = set()
    if dispute is not None:
        taken = set(dispute.points.values_list("kind", "rating", "evidence", "topic"))
    found = []
    rating = talk.review.ratings.select_related("level").last()
    if rating is not None:
        is_taken = ("rating", rating.pk, None, None) in taken
        found.append(_thing("rating", rating.pk, rating.level.label, rating.reason, is_taken))
    for number in talk.pack_evidence().filter(kind="kpi", shared_at__isnull=False).order_by("pk"):
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
