"""HR's view of a cycle: how many talks stand where, by department, and the talks themselves by keyset.

`stage_number` says in SQL what `stage.number` says of one talk's facts, so that a whole company is counted in one
query; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from huitan.conversations.models import Contest, Conversation, Pack, Question, Topic
from huitan.conversations.queries.marks import marked
from huitan.conversations.queries.stage import (
    ACCEPTANCE,
    DONE,
    FOLLOW_UP,
    PACK,
    PREPARE,
    SIGN,
    STAGES,
    SURVEY,
    TALK,
)
from huitan.conversations.queries.talks import RUNNING, TalkRow, rows, with_facts
from huitan.core.sentences import N_
from huitan.cycles.models import Cycle
from huitan.people import relations
from huitan.people.actions import require_office
from huitan.people.relations import Actor
from huitan.plans.models import PlanItem

PAGE = 50
GROUPS = 24
CANCELLED = 8
WORDS = (*STAGES, N_("已结束"), N_("已取消"))


@dataclass(frozen=True)
class Filter:
    """What HR looks at: one stage (0 to 7, CANCELLED), late packs only, one department with all below it, a name, and
    a mark (`marks.MARKS`) from a number of the cockpit."""

    stage: int | None = None
    late: bool = False
    department: str = ""
    name: str = ""
    mark: str = ""

    @property
    def is_set(self) -> bool:
        return self.stage is not None or self.late or bool(self.department or self.name or self.mark)


@dataclass(frozen=True)
class Figures:
    """Talks per stage, 0 to CANCELLED; `late` counts packs shared with less notice than the cycle's."""

    stages: tuple[int, ...]
    late: int

    @property
    def total(self) -> int:
        return sum(self.stages)

    @property
    def held(self) -> int:
        """Talks that have left a record."""
        return sum(self.stages[SIGN : DONE + 1])

    @property
    def expected(self) -> int:
        return sum(self.stages[: DONE + 1])


@dataclass(frozen=True)
class Group:
    """A department with all below it; `is_own_level` when those below stand as groups of their own."""

    path: str
    figures: Figures
    is_own_level: bool


@dataclass(frozen=True)
class TalkPage:
    rows: tuple[TalkRow, ...]
    next_key: str


def stage_counts(cycle: Cycle, actor: Actor) -> dict[str, int]:
    """Talks of the cycle per state, as far as the actor sees them; every state is named."""
    counted = dict(
        Conversation.objects.visible_to(actor)
        .filter(review__cycle=cycle)
        .values_list("state")
        .annotate(n=Count("id"))
        .values_list("state", "n")
    )
    return {state: counted.get(state, 0) for state in Conversation.lifecycle.states}


def totals_by_cycle(actor: Actor) -> dict[int, tuple[int, int]]:
    """Per cycle: talks not cancelled, and how many of them have a record; one query."""
    counted = (
        Conversation.objects.visible_to(actor)
        .exclude(state="cancelled")
        .order_by()
        .values_list("review__cycle")
        .annotate(n=Count("pk"), held=Count("pk", filter=Q(state__in=["recorded", "signed", "closed"])))
    )
    return {cycle: (n, held) for cycle, n, held in counted}


def total_of(groups: Iterable[Group]) -> Figures:
    """The figures of all groups together: a company is counted once."""
    each = [group.figures for group in groups]
    return Figures(
        tuple(sum(n) for n in zip(*(f.stages for f in each), strict=True)) or (0,) * len(WORDS),
        sum(f.late for f in each),
    )


def by_department(cycle: Cycle, wanted: Filter, actor: Actor, at: datetime) -> tuple[Group, ...]:
    """The departments below the chosen one (or of the whole company) with their figures per stage; the stage and lateness
    chosen do not narrow their own figures. One query."""
    talks = within(watched(cycle, actor), Filter(department=wanted.department, name=wanted.name))
    counted = list(_counted(talks, at, "review__employee__department__full_name"))
    names = sorted({name for name, *_rest in counted})
    depth = depth_of(names, wanted.department)
    groups: dict[str, list[tuple[int, bool, int]]] = {}
    for name, number, late, n in counted:
        path = "/".join(name.split("/")[:depth])
        groups.setdefault(path, []).append((number, late, n))
    above = {path.rpartition("/")[0] for path in groups}
    return tuple(Group(path, _figures(found), path in above) for path, found in sorted(groups.items()))


def page_of_progress(
    cycle: Cycle, wanted: Filter, actor: Actor, at: datetime, *, after: str = "", size: int = PAGE
) -> TalkPage:
    """The talks in the order of staff numbers; `after` is the key the previous page ended with."""
    talks = watched(cycle, actor)
    if wanted.stage is not None or wanted.late:
        talks = with_stage(talks, at)
    talks = within(talks, wanted)
    number, _comma, pk = after.rpartition(",")
    if number and pk.isdecimal():
        talks = talks.filter(
            Q(review__employee__staff_number__gt=number)
            | Q(review__employee__staff_number=number, pk__gt=int(pk))
        )
    ordered = with_facts(talks).order_by("review__employee__staff_number", "pk")
    found = list(ordered[: size + 1])
    more = len(found) > size
    last = found[size - 1] if more else None
    key = f"{last.review.employee.staff_number},{last.pk}" if last else ""
    return TalkPage(tuple(rows(found[:size], actor, at)), key)


def with_stage(talks: QuerySet[Conversation], at: datetime) -> QuerySet[Any]:
    """Each talk with `stage_number` and `shared_late_once`, decided from the stored rows."""
    day_ends = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    mine = {"conversation": OuterRef("pk")}
    heard = Q(survey__submitted_at__isnull=False) | Q(informal_note__regex=r"\S")
    prepared = (
        Exists(Topic.objects.filter(**mine, state="active"))
        & ~Exists(Question.objects.filter(**mine, state="open"))
        & ~Exists(Contest.objects.filter(**mine, state="open"))
    )
    running = Exists(PlanItem.objects.filter(plan=OuterRef("plan"), state__in=RUNNING))
    number = Case(
        When(state="preparing", then=Value(PACK)),
        When(state="shared", scheduled_at__lt=day_ends, then=Value(TALK)),
        When(Q(state="shared") & ~heard, then=Value(SURVEY)),
        When(Q(state="shared") & prepared, then=Value(TALK)),
        When(state="shared", then=Value(PREPARE)),
        When(state="talking", then=Value(TALK)),
        When(state="recorded", then=Value(SIGN)),
        When(Q(state="signed") & running, then=Value(FOLLOW_UP)),
        When(state="signed", then=Value(ACCEPTANCE)),
        When(state="closed", then=Value(DONE)),
        default=Value(CANCELLED),
        output_field=IntegerField(),
    )
    return talks.annotate(
        stage_number=number, shared_late_once=Exists(Pack.objects.filter(**mine, version=1, is_late=True))
    )


def watched(cycle: Cycle, actor: Actor) -> QuerySet[Conversation]:
    """All of it for HR admins, the units served for an HRBP: watching is an office, not being a party."""
    require_office(actor, "see_progress")
    talks = Conversation.objects.visible_to(actor).filter(review__cycle=cycle)
    if actor.is_hr_admin or actor.is_system:
        return talks
    return talks.filter(relations.related(actor, {relations.HRBP}, "review__employee"))


def within(talks: QuerySet[Any], wanted: Filter) -> QuerySet[Any]:
    if wanted.department:
        name = "review__employee__department__full_name"
        talks = talks.filter(
            Q(**{name: wanted.department}) | Q(**{f"{name}__startswith": f"{wanted.department}/"})
        )
    if wanted.name:
        talks = talks.filter(
            Q(review__employee__name__icontains=wanted.name)
            | Q(review__employee__staff_number=wanted.name)
            | Q(review__employee__manager__name__icontains=wanted.name)
        )
    if wanted.stage is not None:
        talks = talks.filter(stage_number=wanted.stage)
    if wanted.late:
        talks = talks.filter(shared_late_once=True)
    return marked(talks, wanted.mark)


def _counted(talks: QuerySet[Conversation], at: datetime, *by: str) -> Iterable[tuple[Any, ...]]:
    """(by …, stage, late, how many), grouped by the database."""
    kept = (*by, "stage_number", "shared_late_once")
    return with_stage(talks, at).order_by().values(*kept).annotate(n=Count(F("pk"))).values_list(*kept, "n")


def _figures(counted: Iterable[tuple[int, bool, int]]) -> Figures:
    stages, late = [0] * len(WORDS), 0
    for number, is_late, n in counted:
        stages[number] += n
        late += n if is_late else 0
    return Figures(tuple(stages), late)


def depth_of(names: list[str], department: str) -> int:
    """The deepest level below `department` that still makes at most GROUPS groups, at least one level down."""
    depth = len(department.split("/")) + 1 if department else 1
    deepest = max((name.count("/") + 1 for name in names), default=depth)
    while depth < deepest and len({"/".join(name.split("/")[: depth + 1]) for name in names}) <= GROUPS:
        depth += 1
    return depth
