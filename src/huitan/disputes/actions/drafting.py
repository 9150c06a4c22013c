"""The employee writes a dispute: the points, what they rest on, and the handing in (R23)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from huitan.conversations.actions.limits import TEXT_AT_MOST, check_length
from huitan.conversations.actions.opening import locked_talk
from huitan.conversations.models import Conversation
from huitan.conversations.models.conversation import WITH_RECORD
from huitan.core import events, files
from huitan.core.days import local_day, near_day
from huitan.core.moves import Refused, locked, move, require
from huitan.core.sentences import say
from huitan.cycles import actions as cycle_actions
from huitan.cycles.working_days import own_days
from huitan.disputes import clocks
from huitan.disputes.actions.handling import assign
from huitan.disputes.candidates import candidates, proposed
from huitan.disputes.models import Dispute, Point, PointFile
from huitan.disputes.outcome_text import points_text
from huitan.evidence.models import Evidence
from huitan.people.models import Duty
from huitan.people.relations import Actor, system

POINTS_AT_MOST = 20
HANDED_IN = say("申诉已经提交，写下的不再改。要补充，写在「你的说明」里。")
FILES_AT_MOST = 10


@dataclass(frozen=True)
class PointText:
    """What one point says; `cited` are evidence ids."""

    claim: str
    wanted: str
    cited: tuple[int, ...] = ()


def begin(talk: Conversation, *, actor: Actor, at: datetime) -> Dispute:
    """The draft of this talk's dispute, made if there is none. Nobody else sees it until it is handed in."""
    with transaction.atomic():
        stored = locked_talk(talk, *WITH_RECORD)
        wanted = Dispute(conversation=stored, begun_at=at, saved_at=at)
        require(wanted, "write", actor)
        existing = Dispute.objects.filter(conversation=stored).exclude(state="withdrawn", level=1).first()
        if existing is not None:
            if existing.state == "draft":
                return existing
            raise Refused("not_now", say("这次面谈你已经提出过申诉。"))
        window = clocks.window(stored, at, own_days())
        if window is None or local_day(at) > window.until:
            raise Refused(
                "not_now",
                say("申诉期到 %(day)s为止，已经过了。", day=near_day(window.until, at) if window else "—"),
            )
        wanted.save()
        events.append(
            wanted.stream, "dispute.begun", actor=actor, at=at, payload={"id": wanted.pk, "talk": stored.pk}
        )
    return wanted


def add_point(dispute: Dispute, kind: str, thing: int | None, *, actor: Actor, at: datetime) -> Point:
    """Contest the rating, a number, a paragraph of the record, or something else; each thing once."""
    with transaction.atomic():
        stored = _draft(dispute, actor)
        if stored.points.count() >= POINTS_AT_MOST:
            raise Refused("invalid", say("最多 %(n)s 点。把相近的写在一点里。", n=POINTS_AT_MOST))
        point = _point_about(stored, kind, thing)
        known = {"rating": point.rating_id, "evidence": point.evidence_id, "topic": point.topic_id}
        if kind != "other":
            same = stored.points.filter(kind=kind, **known).first()
            if same is not None:
                return same
        point.save()
        _saved(stored, at)
    return point


def _point_about(dispute: Dispute, kind: str, thing: int | None) -> Point:
    talk = dispute.conversation
    if kind == "rating":
        rating = talk.review.ratings.select_related("level").last()
        if rating is not None:
            return Point(dispute=dispute, kind=kind, rating=rating, subject=rating.level.label)
    elif kind == "number":
        number = talk.pack_evidence().filter(kind="kpi", shared_at__isnull=False, pk=thing).first()
        if number is not None:
            subject = f"{number.ref} {number.title}"[:255]
            return Point(
                dispute=dispute, kind=kind, evidence=number, subject=subject, value_before=number.actual
            )
    elif kind == "topic":
        topic = talk.topics.exclude(state="removed").filter(pk=thing).first()
        if topic is not None:
            return Point(dispute=dispute, kind=kind, topic=topic, subject=topic.title)
    elif kind == "other":
        return Point(dispute=dispute, kind=kind)
    raise Refused("invalid", say("这一处不在这次面谈的记录里。刷新后再选。"))


def remove_point(point: Point, *, actor: Actor, at: datetime) -> None:
    """Take a point off one's own draft."""
    with transaction.atomic():
        stored = _draft(point.dispute, actor)
        point.files.all().delete()
        point.delete()
        _saved(stored, at)


def save_draft(
    dispute: Dispute,
    texts: Mapping[int, PointText],
    *,
    seen: int | None,
    actor: Actor,
    at: datetime,
) -> Dispute:
    """Keep what was typed, by point id. `seen` is the version the writer last had: `Refused` (stale) when another
    device saved since, with the stored dispute as `current`."""
    with transaction.atomic():
        stored = _draft(dispute, actor)
        if seen is not None and seen != stored.version:
            raise Refused(
                "stale", say("你在另一台设备上改过这份草稿。看看两边的内容，选一份保留。"), current=stored
            )
        points = {p.pk: p for p in stored.points.all()}
        for pk, text in texts.items():
            if pk not in points:
                raise Refused("invalid", say("有一点已经拿掉了。刷新页面看看最新的草稿。"))
            check_length(text.claim, TEXT_AT_MOST)
            check_length(text.wanted, TEXT_AT_MOST)
            point = points[pk]
            point.claim, point.wanted = text.claim, text.wanted
            point.save(update_fields=["claim", "wanted"])
            point.cited.set(citable(stored, actor, text.cited))
        _saved(stored, at)
    return stored


def citable(dispute: Dispute, actor: Actor, wanted: Collection[int]) -> list[Evidence]:
    """Those of the wanted facts that are about this employee and that the actor may read; refused if one is not."""
    found = list(
        Evidence.objects.visible_to(actor).filter(
            employee=dispute.conversation.review.employee_id, pk__in=wanted
        )
    )
    if len(found) != len(set(wanted)):
        raise Refused("invalid", say("有一条证据不在你能引用的范围里。刷新后再选。"))
    return found


def attach(point: Point, name: str, content: bytes, *, actor: Actor, at: datetime) -> PointFile:
    """A file with a point of one's draft; type checked by content, at most 20 MB."""
    with transaction.atomic():
        _draft(point.dispute, actor)
        if point.files.count() >= FILES_AT_MOST:
            raise Refused("invalid", say("一点最多附 %(n)s 个文件。", n=FILES_AT_MOST))
        files.check(name, content)
        digest = files.keep(content)
        return PointFile.objects.create(
            point=point,
            name=files.bare_name(name),
            size=len(content),
            sha256=digest,
            by_id=actor.employee_id,
            at=at,
        )


def detach(file: PointFile, *, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        _draft(file.point.dispute, actor)
        file.delete()


def submit(
    dispute: Dispute,
    texts: Mapping[int, PointText] | None = None,
    *,
    seen: int | None = None,
    actor: Actor,
    at: datetime,
) -> Dispute:
    """Hand it in, with the last words typed, all or nothing. From now on the rating waits (R23)."""
    with transaction.atomic():
        if texts is not None:
            save_draft(dispute, texts, seen=seen, actor=actor, at=at)
        stored = _draft(dispute, actor)
        talk, own = stored.conversation, own_days()
        record, window = talk.current_record(), clocks.window(talk, at, own)
        points = stored.points.prefetch_related("cited", "files")
        stored = move(
            stored,
            "submit",
            actor=actor,
            at=at,
            payload={"points": points_text(points)},
            submitted_at=at,
            window_until=window.until if window else None,
            accept_due_on=clocks.accept_by(talk.review.cycle, at, own),
            record_version=record.version if record else None,
        )
        cycle_actions.hold(talk.review, actor=actor, at=at)
        if not _somebody_can_assign(stored):
            free = proposed(candidates(stored.employee, stored.case()))
            if free is not None:
                assign(stored, free.id, actor=system("disputes"), at=at)
                stored.refresh_from_db()
    dispute.refresh_from_db()
    return stored


def _somebody_can_assign(dispute: Dispute) -> bool:
    """Whether there is an HR admin without a part; otherwise the proposal stands by itself."""
    employee = dispute.employee
    involved: Iterable[int] = {
        employee.pk,
        *dispute.judges,
        *([employee.manager_id] if employee.manager_id else []),
    }
    return (
        Duty.objects.filter(kind="hr_admin", account__is_active=True)
        .exclude(account__employee__in=list(involved))
        .exists()
    )


def _draft(dispute: Dispute, actor: Actor) -> Dispute:
    """The stored draft, locked, if it is still one and the actor's own."""
    stored = locked(dispute)
    require(stored, "write", actor)
    if stored.state != "draft":
        raise Refused("not_now", HANDED_IN)
    return stored


def _saved(dispute: Dispute, at: datetime) -> None:
    dispute.version += 1
    dispute.saved_at = at
    dispute.save(update_fields=["version", "saved_at"])
