"""Is what a dispute shows still what was handed in, stated and sent? Its rows against its history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from huitan.conversations.queries.verification import Break, Verification
from huitan.conversations.queries.verification import verify as verify_talks
from huitan.core.models import Event
from huitan.core.sentences import say
from huitan.disputes.models import Dispute
from huitan.disputes.outcome_text import answers_text, points_text

TOLD = ("dispute.submit", "dispute.stated", "dispute.decide", "dispute.decide_finally")


def verify(stream: str | None = None, *, at: datetime) -> Verification:
    """Everything there is to check, disputes included."""
    found = verify_talks(stream, at=at)
    return replace(found, breaks=(*found.breaks, *dispute_breaks(stream)))


def dispute_breaks(stream: str | None = None) -> tuple[Break, ...]:
    """Every place where a stored point, statement or answer differs from the history; a fixed number of queries."""
    if stream is not None and not stream.startswith("dispute:"):
        return ()
    return tuple(_breaks(stream))


def _breaks(stream: str | None) -> Iterator[Break]:
    told: dict[int, dict[str, list[dict[str, object]]]] = defaultdict(lambda: defaultdict(list))
    events = Event.objects.filter(verb__in=TOLD, stream__startswith="dispute:").order_by("id")
    if stream:
        events = events.filter(stream=stream)
    for name, verb, payload in events.values_list("stream", "verb", "payload"):
        told[int(name.partition(":")[2])][verb].append(payload)
    disputes = Dispute.objects.exclude(state="draft").order_by("id")
    if stream:
        disputes = disputes.filter(pk=int(stream.partition(":")[2]))
    rows = disputes.prefetch_related(
        "statements", "points__cited", "points__files", "points__answers__cited", "points__answers__new_level"
    )
    for dispute in rows.iterator(chunk_size=500):
        where, known = f"dispute:{dispute.pk}", told[dispute.pk]
        points = list(dispute.points.all())
        handed_in = [payload["points"] for payload in known["dispute.submit"]]
        if not handed_in or handed_in[-1] != points_text(points):
            yield Break(where, say("申诉点和历史里提交的不符。"))
        said = {payload["id"]: payload["text"] for payload in known["dispute.stated"]}
        kept: dict[object, object] = {s.pk: s.text for s in dispute.statements.all() if s.sent_at is not None}
        if said != kept:
            yield Break(where, say("双方的说明和历史里发出的不符。"))
        sent = [*known["dispute.decide"], *known["dispute.decide_finally"]]
        answers = [a for p in points for a in p.answers.all() if a.sent_at is not None]
        stored = sorted(answers_text(answers), key=lambda a: (a["level"], a["point"]))
        history = [answer for payload in sent for answer in payload["answers"]]  # type: ignore[attr-defined]
        if stored != history:
            yield Break(where, say("答复和历史里发出的不符。"))
