"""What the employee will read once the pack is shared, and whether what was shared is still what the data say (R08)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from huitan.conversations.models import Conversation, Pack
from huitan.conversations.queries.prepare_rows import PackLine, PackPreview, PreviousItem
from huitan.core.moves import plain
from huitan.evidence.queries import Dossier, sort_out
from huitan.plans.models import PlanItem


def pack_line(pack: Pack, dossier: Dossier) -> PackLine:
    kept = {
        (fact["id"], fact["actual"], fact["target"], fact["statement"])
        for part in ("kpis", "events")
        for fact in pack.content[part]
    }
    now = {(row.id, plain(row.actual), plain(row.target), row.statement) for row in dossier.all}
    return PackLine(pack.version, pack.shared_at, pack.notice_days, pack.is_late, kept != now)


def newest_pack(talk: Conversation) -> PackLine | None:
    latest = talk.packs.last()
    return pack_line(latest, sort_out(talk.pack_evidence(), talk.review.cycle)) if latest else None


def pack_preview(talk: Conversation, at: datetime) -> PackPreview:
    cycle = talk.review.cycle
    dossier = sort_out(talk.pack_evidence(), cycle)
    days = talk.notice_given(at)
    facts_by = None
    if talk.scheduled_at is not None:
        facts_by = timezone.localdate(talk.scheduled_at) - timedelta(days=cycle.notice_days)
    return PackPreview(
        dossier.kpis,
        dossier.events,
        previous_items(talk),
        days,
        cycle.notice_days,
        talk.scheduled_at is not None and days < cycle.notice_days,
        facts_by,
    )


def previous_items(talk: Conversation) -> tuple[PreviousItem, ...]:
    """The last plan's items and what became of each (R03)."""
    if talk.previous_plan_id is None:
        return ()
    items = PlanItem.objects.filter(plan=talk.previous_plan_id).exclude(state="draft").select_related("owner")
    return tuple(
        PreviousItem(
            item.pk,
            item.ref,
            item.kind,
            item.what,
            item.owner.name if item.owner else "",
            item.due_on,
            item.state,
            item.progress,
            _result(item),
        )
        for item in items.order_by("id")
    )


def _result(item: PlanItem) -> str:
    """The last words about an item: why accepted, returned or dropped, else the owner's newest note."""
    if item.state == "accepted":
        return item.acceptance_note or item.submitted_evidence
    if item.state == "returned":
        return item.return_reason
    if item.state == "dropped":
        return item.drop_reason
    return item.submitted_evidence if item.state == "submitted" else item.latest_note
