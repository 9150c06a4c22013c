"""Who is ready for their talks over a whole cycle, and who is held up by what: HR's view.

HR watches the stage of a talk, not what is in it: each step only says that something is still to come, from whom and
since when. Everything is counted by the database, with the same conditions the list is filtered by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import reduce
from operator import add
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.utils import timezone

from huitan.conversations.models import (
    Contest,
    Conversation,
    ManagerScore,
    Pack,
    PackOpening,
    Question,
    Topic,
)
from huitan.conversations.queries.progress import Filter, depth_of, watched, within
from huitan.core.lookups import there_is
from huitan.core.models import Event
from huitan.core.sentences import N_
from huitan.cycles.models import Cycle
from huitan.cycles.working_days import is_working, own_days
from huitan.evidence.models import Evidence
from huitan.people.models import Employee
from huitan.people.relations import Actor

PAGE = 50
BEFORE = ("preparing", "shared")
MANAGER, EMPLOYEE, HR = "manager", "employee", "hr"
WHO = {MANAGER: N_("上级"), EMPLOYEE: N_("员工"), HR: N_("HR")}


@dataclass(frozen=True)
class Step:
    """One thing that is still to come before a talk: what, and on which side."""

    key: str
    word: str
    who: str


STEPS = (
    Step("manager", N_("没有直接上级"), HR),
    Step("data", N_("没有数据"), HR),
    Step("schedule", N_("没定时间"), MANAGER),
    Step("purpose", N_("没选目的"), MANAGER),
    Step("share", N_("资料包没共享"), MANAGER),
    Step("open", N_("资料包没打开"), EMPLOYEE),
    Step("survey", N_("预调研没交"), EMPLOYEE),
    Step("numbers", N_("数字等核对"), HR),
    Step("questions", N_("提问没回答"), MANAGER),
    Step("scores", N_("没评完分"), MANAGER),
    Step("topics", N_("没选话题"), MANAGER),
)
BY_KEY = {step.key: step for step in STEPS}


@dataclass(frozen=True)
class Wanted:
    """`step` and `manager` narrow the list; department and name narrow the figures, too."""

    step: str = ""
    department: str = ""
    manager: int | None = None
    name: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.step or self.department or self.manager or self.name)


@dataclass(frozen=True)
class Readiness:
    """Talks before the talk itself: how many, how many of them lack nothing, and how many lack what."""

    total: int
    ready: int
    missing: Mapping[str, int]


@dataclass(frozen=True)
class Unit:
    path: str
    readiness: Readiness
    is_own_level: bool


@dataclass(frozen=True)
class Block:
    step: Step
    by: str
    since: datetime


@dataclass(frozen=True)
class Row:
    """A talk and what holds it up; `remindable` names the sides that act and have not been reminded this working day,
    `reminded` those that have."""

    id: int
    employee: str
    department: str
    manager_id: int | None
    manager: str
    scheduled_at: datetime | None
    blocks: tuple[Block, ...]
    remindable: tuple[str, ...]
    reminded: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    rows: tuple[Row, ...]
    next_key: str


def missing() -> dict[str, Q]:
    """What holds a talk up, per step, decided from the stored rows."""
    mine = {"conversation": OuterRef("pk")}
    employee = {"employee": OuterRef("review__employee")}
    in_period = Q(
        occurred_on__range=(OuterRef("review__cycle__starts_on"), OuterRef("review__cycle__ends_on"))
    ) & ~Q(kind="kpi")
    data = Evidence.objects.filter(**employee).filter(Q(cycle=OuterRef("review__cycle")) | in_period)
    later = Pack.objects.filter(
        conversation=OuterRef("pack__conversation"), version__gt=OuterRef("pack__version")
    )
    opened = PackOpening.objects.filter(pack__conversation=OuterRef("pk"), by=OuterRef("review__employee"))
    scored = ManagerScore.objects.filter(conversation=OuterRef(OuterRef("pk")), evidence=OuterRef("pk"))
    unscored = Evidence.objects.filter(**employee, cycle=OuterRef("review__cycle"), kind="kpi").exclude(
        Exists(scored)
    )
    shared = Q(state="shared")
    return {
        "manager": Q(review__employee__manager__isnull=True),
        "data": ~there_is(data),
        "schedule": Q(scheduled_at__isnull=True),
        "purpose": Q(purpose=""),
        "share": Q(state="preparing"),
        "open": shared & ~there_is(opened.exclude(Exists(later))),
        "survey": shared & Q(survey__submitted_at__isnull=True) & ~Q(informal_note__regex=r"\S"),
        "numbers": shared & there_is(Contest.objects.filter(**mine, state="open")),
        "questions": shared & there_is(Question.objects.filter(**mine, state="open")),
        "scores": shared & there_is(unscored),
        "topics": shared & ~there_is(Topic.objects.filter(**mine, state="active")),
    }


def total_of(units: Iterable[Unit]) -> Readiness:
    """All units together: a company is counted once."""
    each = [unit.readiness for unit in units]
    return Readiness(
        sum(one.total for one in each),
        sum(one.ready for one in each),
        {step.key: sum(one.missing[step.key] for one in each) for step in STEPS},
    )


def by_department(cycle: Cycle, wanted: Wanted, actor: Actor) -> tuple[Unit, ...]:
    """The departments below the chosen one with what they lack, over everything the actor watches; one query.

    Each talk is looked at once: the steps it lacks are the bits of one number, and talks are counted by it.
    """
    name = "review__employee__department__full_name"
    talks = _talks(cycle, wanted, actor).annotate(lacking=_as_bits(missing())).order_by()
    counted = list(talks.values_list(name, "lacking").annotate(n=Count("pk")))
    depth = depth_of(sorted({full_name for full_name, *_rest in counted}), wanted.department)
    groups: dict[str, list[tuple[int, int]]] = {}
    for full_name, lacking, n in counted:
        groups.setdefault("/".join(full_name.split("/")[:depth]), []).append((lacking, n))
    above = {path.rpartition("/")[0] for path in groups}
    return tuple(Unit(path, _readiness(groups[path]), path in above) for path in sorted(groups))


def held_up(
    cycle: Cycle, wanted: Wanted, actor: Actor, at: datetime, *, after: str = "", size: int = PAGE
) -> Page:
    """Talks that lack something, in the order of staff numbers; `after` is the key the last page ended with."""
    talks = _listed(cycle, wanted, actor)
    number, _comma, pk = after.rpartition(",")
    if number and pk.isdecimal() and len(pk) < 19:
        talks = talks.filter(
            Q(review__employee__staff_number__gt=number)
            | Q(review__employee__staff_number=number, pk__gt=int(pk))
        )
    found = list(talks[: size + 1])
    shown, more = found[:size], len(found) > size
    told = reminded_since(start_of_working_day(at), _people(shown))
    last = shown[-1] if more else None
    key = f"{last.review.employee.staff_number},{last.pk}" if last else ""
    return Page(tuple(_row(talk, told) for talk in shown), key)


def everybody_held_up(cycle: Cycle, wanted: Wanted, actor: Actor) -> Iterator[Row]:
    """All of them for an export, without keeping them in memory."""
    for talk in _listed(cycle, wanted, actor).iterator(chunk_size=500):
        yield _row(talk, frozenset())


def blocks_of(talk: Conversation) -> tuple[Block, ...]:
    """What holds one talk up; one query."""
    found = _annotated(Conversation.objects.filter(pk=talk.pk, state__in=BEFORE)).first()
    return _blocks(found) if found is not None else ()


def manager_named(cycle: Cycle, actor: Actor, pk: int | None) -> str:
    """The manager the list is narrowed to, as far as there is one among the talks watched."""
    if pk is None:
        return ""
    talks = watched(cycle, actor).filter(review__employee__manager=pk)
    return talks.values_list("review__employee__manager__name", flat=True).first() or ""


def reminded_since(start: datetime, people: Collection[int]) -> frozenset[int]:
    """Who of these people has been reminded of any talk since then."""
    told = Event.objects.filter(verb="conversation.reminded", at__gte=start, payload__to__in=list(people))
    return frozenset(told.values_list("payload__to", flat=True)) if people else frozenset()


def start_of_working_day(at: datetime) -> datetime:
    """Midnight at the beginning of this working day; over a holiday, of the last one before it."""
    own, day = own_days(), timezone.localdate(at)
    while not is_working(day, own):
        day -= timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, time()))


def _talks(cycle: Cycle, wanted: Wanted, actor: Actor) -> QuerySet[Conversation]:
    """How far one's own manager is with scores and topics is no business of one's office."""
    scope = Filter(department=wanted.department, name=wanted.name)
    talks = within(watched(cycle, actor), scope).filter(state__in=BEFORE)
    return talks if actor.employee_id is None else talks.exclude(review__employee=actor.employee_id)


def _listed(cycle: Cycle, wanted: Wanted, actor: Actor) -> QuerySet[Any]:
    conditions = missing()
    lacking = conditions[wanted.step] if wanted.step in conditions else _any(conditions)
    talks = _talks(cycle, wanted, actor).filter(lacking)
    if wanted.manager is not None:
        talks = talks.filter(review__employee__manager=wanted.manager)
    return _annotated(talks).order_by("review__employee__staff_number", "pk")


def _annotated(talks: QuerySet[Conversation]) -> QuerySet[Any]:
    """With `lacks_…` per step and the moments since when."""
    packs = Pack.objects.filter(conversation=OuterRef("pk"))
    first, newest = packs.order_by("version"), packs.order_by("-version")
    return talks.select_related("review__employee__department", "review__employee__manager").annotate(
        **{f"lacks_{key}": holds(condition) for key, condition in missing().items()},
        shared_first=Subquery(first.values("shared_at")[:1]),
        shared_last=Subquery(newest.values("shared_at")[:1]),
        asked_since=_earliest(Question, "asked_at"),
        doubted_since=_earliest(Contest, "raised_at"),
    )


def holds(condition: Q) -> Any:
    return ExpressionWrapper(condition, output_field=BooleanField())


def _earliest(model: Any, field: str) -> Subquery:
    mine = model.objects.filter(conversation=OuterRef("pk"), state="open").order_by(field)
    return Subquery(mine.values(field)[:1])


def _as_bits(conditions: Mapping[str, Q]) -> Combinable:
    """One whole number with a bit for each step that is lacking, in the order of STEPS."""
    bits = [
        Case(When(conditions[step.key], then=Value(1 << place)), default=Value(0))
        for place, step in enumerate(STEPS)
    ]
    return reduce(add, bits)


def _any(conditions: Mapping[str, Q]) -> Q:
    found = Q()
    for condition in conditions.values():
        found |= condition
    return found


def _readiness(counted: Collection[tuple[int, int]]) -> Readiness:
    """Of (bits, how many)."""
    return Readiness(
        sum(n for _bits, n in counted),
        sum(n for bits, n in counted if not bits),
        {step.key: sum(n for bits, n in counted if bits & 1 << place) for place, step in enumerate(STEPS)},
    )


def _people(talks: Collection[Any]) -> set[int]:
    found = {talk.review.employee_id for talk in talks}
    return found | {talk.review.employee.manager_id for talk in talks if talk.review.employee.manager_id}


def _row(talk: Any, told: Collection[int]) -> Row:
    employee, blocks = talk.review.employee, _blocks(talk)
    sides = {MANAGER: employee.manager_id, EMPLOYEE: employee.pk}
    acting = [who for who, pk in sides.items() if pk and any(block.step.who == who for block in blocks)]
    return Row(
        id=talk.pk,
        employee=employee.name,
        department=employee.department.full_name,
        manager_id=employee.manager_id,
        manager=employee.manager.name if employee.manager else "",
        scheduled_at=talk.scheduled_at,
        blocks=blocks,
        remindable=tuple(who for who in acting if sides[who] not in told),
        reminded=tuple(who for who in acting if sides[who] in told),
    )


def _blocks(talk: Any) -> tuple[Block, ...]:
    employee: Employee = talk.review.employee
    by = {MANAGER: employee.manager.name if employee.manager else "", EMPLOYEE: employee.name, HR: "HR"}
    since = {
        "open": talk.shared_last,
        "survey": talk.shared_first,
        "scores": talk.shared_first,
        "topics": talk.shared_first,
        "questions": talk.asked_since,
        "numbers": talk.doubted_since,
    }
    return tuple(
        Block(step, by[step.who], since.get(step.key) or talk.opened_at)
        for step in STEPS
        if getattr(talk, f"lacks_{step.key}")
    )
