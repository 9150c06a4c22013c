from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from huitan.core import events
from huitan.core.moves import Refused, locked, plain, require
from huitan.core.sentences import say
from huitan.cycles.models import CalendarDay, Cycle, Rating, RatingLevel, Review
from huitan.people.actions import require_office
from huitan.people.models import Department, Employee
from huitan.people.relations import Actor

EDITABLE = (
    "key",
    "name",
    "starts_on",
    "ends_on",
    "talks_from",
    "talks_until",
    "notice_days",
    "notice_rule",
    "share_by_itself",
    "record_days",
    "signing_days",
    "dispute_days",
    "dispute_accept_days",
    "dispute_answer_days",
    "dispute_further_days",
    "check_in_rhythm",
    "check_in_grace_days",
    "talk_minutes",
)

# The scale a new cycle starts with; HR rewrites it per cycle.
DEFAULT_LEVELS = (
    ("S", "远超目标：成果被其他部门采用，或改变了做法"),
    ("A", "超出目标：主要指标超额，协作方有具体的好评"),
    ("B", "达到目标：主要指标完成，偶有小的缺口"),
    ("C", "部分达到：有主要指标没有完成，需要改进计划"),
    ("D", "未达到：多数主要指标没有完成，需要密集支持"),
)


def set_up(
    fields: dict[str, Any],
    *,
    departments: Iterable[Department],
    levels: Sequence[tuple[str, str]],
    actor: Actor,
    at: datetime,
    cycle: Cycle | None = None,
) -> Cycle:
    """Make a draft cycle, or change one that is still a draft. `levels` are (label, meaning) from best to worst."""
    require_office(actor, "edit_cycle")
    chosen = {name: value for name, value in fields.items() if name in EDITABLE}
    departments = list(departments)
    with transaction.atomic():
        if cycle is None:
            cycle, verb = Cycle(**chosen), "cycle.drafted"
        else:
            cycle, verb = locked(cycle), "cycle.edited"
            if cycle.state != "draft":
                raise Refused("not_now", say("周期已经开启，规则不能再改：参加的人是按这些规则开始的。"))
            for name, value in chosen.items():
                setattr(cycle, name, value)
        cycle.save()
        cycle.departments.set(departments)
        cycle.levels.all().delete()
        RatingLevel.objects.bulk_create(
            [
                RatingLevel(cycle=cycle, order=i, label=label, meaning=text)
                for i, (label, text) in enumerate(levels)
            ]
        )
        events.append(
            cycle.stream,
            verb,
            actor=actor,
            at=at,
            payload={
                **plain(chosen),
                "departments": [d.full_name for d in departments],
                "levels": [list(level) for level in levels],
            },
        )
    return cycle


def participants(cycle: Cycle) -> tuple[list[Employee], list[Employee]]:
    """Who takes part: people at work in the chosen departments and below them. Returns (with manager, without)."""
    inside = Q(pk__in=[])
    for department in cycle.departments.all():
        inside |= Q(department__path__under=department.path)
    people = Employee.objects.filter(inside).exclude(status="left").select_related("department", "manager")
    people = people.order_by("staff_number")
    return [p for p in people if p.manager_id], [p for p in people if not p.manager_id]


def enter_reviews(cycle: Cycle, people: Iterable[Employee]) -> list[Review]:
    """One review per participant; those who already have one keep it."""
    have = set(Review.objects.filter(cycle=cycle).values_list("employee_id", flat=True))
    made = [Review(cycle=cycle, employee=person) for person in people if person.pk not in have]
    return Review.objects.bulk_create(made, batch_size=500)


def rate(review: Review, level: RatingLevel, reason: str, *, actor: Actor, at: datetime) -> Rating:
    """Give a level with its reason; the ones given before stay beside it."""
    require(review, "rate", actor)
    if level.cycle_id != review.cycle_id:
        raise Refused("invalid", say("这一档不属于本周期的评级。"))
    if not reason.strip():
        raise Refused("invalid", say("写一句评级理由：依据哪些数据或事实。"))
    with transaction.atomic():
        locked(review)
        latest = review.ratings.last()
        if latest and latest.level_id == level.pk and latest.reason == reason:
            return latest
        rating = Rating.objects.create(
            review=review, level=level, reason=reason, given_by_id=actor.employee_id, at=at
        )
        events.append(
            review.stream,
            "review.rated",
            actor=actor,
            at=at,
            payload={
                "level": level.label,
                "reason": reason,
                "before": latest.level.label if latest else None,
            },
        )
    return rating


def hold(review: Review, *, actor: Actor, at: datetime) -> Review:
    """From now on the rating is disputed and has no consequences, until `release`; held once however often asked."""
    with transaction.atomic():
        stored = locked(review)
        require(stored, "hold", actor)
        if stored.disputed_since is None:
            stored.disputed_since = at
            stored.save(update_fields=["disputed_since"])
            events.append(stored.stream, "review.held", actor=actor, at=at, payload={"id": stored.pk})
    return stored


def release(review: Review, *, actor: Actor, at: datetime) -> Review:
    """The dispute has ended: the newest rating holds from now on."""
    with transaction.atomic():
        stored = locked(review)
        require(stored, "release", actor)
        if stored.disputed_since is not None:
            since, stored.disputed_since = stored.disputed_since, None
            stored.save(update_fields=["disputed_since"])
            payload = {"id": stored.pk, "since": plain(since)}
            events.append(stored.stream, "review.released", actor=actor, at=at, payload=payload)
    return stored


def declare_day(on: date, is_working: bool, note: str, *, actor: Actor, at: datetime) -> CalendarDay:
    """HR says that a day is working or free, against or beyond what the library knows."""
    require_office(actor, "edit_cycle")
    with transaction.atomic():
        day, _ = CalendarDay.objects.update_or_create(
            on=on, defaults={"is_working": is_working, "note": note}
        )
        events.append(
            "calendar",
            "calendar.day_declared",
            actor=actor,
            at=at,
            payload={"on": on.isoformat(), "is_working": is_working, "note": note},
        )
    return day
