"""The home page: what is to be done, computed from where things stand; nothing is stored, nothing can be forgotten.

A fixed number of queries for any team. `home` gathers; `home_todos` decides.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

from django.db.models import Avg, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone

from huitan.conversations.models import Contest, Conversation, Question, Signature, Topic
from huitan.conversations.models.conversation import SECTIONS
from huitan.conversations.queries.home_rows import CycleLine, Figure, Home, ItemLine, NextTalk, TeamLine, ToDo
from huitan.conversations.queries.home_todos import (
    SOON,
    change_todos,
    check_in_todos,
    coming,
    item_todos,
    notices,
    number_todos,
    request_todos,
    talk_todos,
)
from huitan.conversations.queries.numbers import open_numbers
from huitan.conversations.queries.talks import TalkRow, row_of, with_facts
from huitan.conversations.queries.templates import planned_minutes
from huitan.core.sentences import N_, say
from huitan.people.models import Employee
from huitan.people.prepared import prepared
from huitan.people.relations import HR_ADMIN, HRBP, LINE, MANAGER, Actor, related
from huitan.plans.lifecycle import RUNNING as RUNNING_ITEMS
from huitan.plans.lifecycle import UNSETTLED
from huitan.plans.models import CheckIn, DateChange, PlanItem, SupportRequest

HR_SHOWN = 20
UNDATED = ("preparing", "shared")
HELD = ("recorded", "signed", "closed")


def home(actor: Actor, at: datetime) -> Home:
    today = timezone.localdate(at)
    talks = _talks(actor, None)
    pairs = [(talk, row_of(talk, actor, at)) for talk in talks]
    items = _items(actor, None)
    check_ins = _check_ins(actor, None, today + SOON)
    changes = _date_changes(actor, None)
    team = [line(talk, row) for talk, row in pairs if row.side == "manager"]
    own = [row for _, row in pairs if row.side == "employee"]
    todos = [
        *talk_todos([row for _, row in pairs], at),
        *item_todos(items, actor, today),
        *check_in_todos(check_ins, actor, today),
        *change_todos(changes, at),
        *request_todos(_support_requests(actor, None)),
    ]
    cycle = cycle_line([t.row for t in team], talks, today)
    undated: list[TalkRow] = []
    late: list[TalkRow] = []
    if actor.is_hr_admin or actor.is_hrbp:
        hr_todos, undated, late = _hr_part(actor, at)
        todos += hr_todos
    if actor.answers_for:
        todos += number_todos(open_numbers(actor, at))
    todos.sort(key=ToDo.order)
    return Home(
        todos=tuple(todos),
        next_talk=_next_talk(pairs, today, actor),
        team=tuple(sorted(team, key=lambda t: t.row.urgency())),
        own=tuple(sorted(own, key=TalkRow.urgency)),
        items=tuple(item_line(i, today) for i in items if i.owner_id == actor.employee_id and _open(i)),
        promised_to_me=tuple(
            item_line(i, today)
            for i in items
            if i.plan.review.employee_id == actor.employee_id and i.owner_id != actor.employee_id and _open(i)
        ),
        figures=tuple(figures(team, talks, items, cycle, actor, today)),
        coming=tuple(coming([row for _, row in pairs], check_ins, actor, today)),
        notices=tuple(notices(team, items, actor, at)),
        cycle=cycle,
        undated=tuple(undated),
        late=tuple(late),
    )


def _team(me: int) -> QuerySet[Employee]:
    """Oneself and those one leads. What hangs on them is looked up from here: conditions joined by OR across tables would
    have the database read every row of the company."""
    return Employee.objects.filter(Q(pk=me) | Q(manager=me))


@prepared
def _talks(actor: Actor, _among: None) -> QuerySet[Conversation]:
    """One's own talks and those one leads: of open cycles, and what earlier ones left unfinished. Two queries."""
    if actor.employee_id is None:
        return Conversation.objects.none()
    me = actor.employee_id
    held = Conversation.objects.filter(held_by=me, state="recorded")
    mine = Q(
        pk__in=Conversation.objects.filter(review__employee__in=_team(me))
        .values("pk")
        .union(held.values("pk"))
    )
    alive = Q(review__cycle__state="open") | Q(state__in=["talking", "recorded", "signed"])
    talks = Conversation.objects.visible_to(actor).filter(mine & alive).exclude(state="cancelled")
    topics = Topic.objects.filter(state="active").only(
        "conversation_id", "title", "kind", "consensus", "position"
    )
    return (
        with_facts(talks)
        .select_related("template")
        .prefetch_related(Prefetch("topics", topics))
        .order_by("pk")
    )


@prepared
def _items(actor: Actor, _among: None) -> QuerySet[PlanItem]:
    if actor.employee_id is None:
        return PlanItem.objects.none()
    me = actor.employee_id
    owned = PlanItem.objects.filter(owner=me)
    mine = (
        PlanItem.objects.filter(plan__review__employee__in=_team(me)).values("pk").union(owned.values("pk"))
    )
    return (
        PlanItem.objects.visible_to(actor)
        .filter(Q(plan__state="active") | Q(state__in=UNSETTLED), pk__in=mine)
        .exclude(state="dropped")
        .select_related("owner", "plan__review__employee")
        .order_by("due_on", "pk")
    )


@prepared
def _check_ins(actor: Actor, _among: None, until: date) -> QuerySet[CheckIn]:
    if actor.employee_id is None:
        return CheckIn.objects.none()
    theirs = CheckIn.objects.filter(plan__review__employee__in=_team(actor.employee_id))
    return (
        CheckIn.objects.filter(pk__in=theirs.values("pk"), state__in=["planned", "missed"], due_on__lte=until)
        .select_related("plan__review__employee__manager")
        .order_by("due_on", "pk")
    )


@prepared
def _date_changes(actor: Actor, _among: None) -> QuerySet[DateChange]:
    if actor.employee_id is None:
        return DateChange.objects.none()
    me = actor.employee_id
    return (
        DateChange.objects.filter(
            Q(item__plan__review__employee=me) | Q(item__plan__review__employee__manager=me),
            state="requested",
            item__state__in=RUNNING_ITEMS,
        )
        .exclude(item__owner=me)
        .select_related("item__owner")
    )


@prepared
def _support_requests(actor: Actor, _among: None) -> QuerySet[SupportRequest]:
    """What others ask of this person, as long as the promise it is asked through is theirs or the plan is theirs to read;
    and of the manager of the day where nobody's promise goes with it, where that is theirs by now or offered to them (S7),
    and where whoever was asked has left."""
    if actor.employee_id is None:
        return SupportRequest.objects.none()
    me = actor.employee_id
    falls_to_me = (
        Q(linked__isnull=True) | Q(linked__owner=me) | Q(linked__offered_to=me) | Q(asked_of__status="left")
    )
    leads = Q(item__plan__review__employee__manager=me)
    reads = Q(linked__owner=me) | related(actor, {MANAGER, LINE}, "item__plan__review__employee")
    return (
        SupportRequest.objects.filter((Q(asked_of=me) & reads) | (leads & falls_to_me), state="asked")
        .exclude(item__owner=me)
        .select_related("item__owner")
    )


def _watched(actor: Actor) -> QuerySet[Conversation]:
    """Talks in one's care as HR; one that one holds oneself is not HR's to watch."""
    seen = related(actor, {HRBP, HR_ADMIN}, "review__employee")
    watched = Conversation.objects.visible_to(actor).filter(seen)
    me = actor.employee_id
    return watched if me is None else watched.exclude(review__employee__manager=me).exclude(held_by=me)


@prepared
def _doubted(actor: Actor, _among: None, at_most: int) -> QuerySet[Contest]:
    return (
        Contest.objects.filter(conversation__in=_watched(actor).order_by().values("pk"), state="open")
        .exclude(evidence__source__in=actor.answers_for)
        .select_related("conversation__review__employee", "evidence")
        .order_by("raised_at")[:at_most]
    )


@prepared
def _held_up(actor: Actor, _among: None, at_most: int) -> QuerySet[Conversation]:
    """Talks whose signing is stuck, talks without a date, talks with a pack shared late: some of each."""
    watched = _watched(actor).order_by()
    lapsed = Q(signing_lapsed_at__isnull=False)
    declined = Signature.objects.filter(side="employee", choice="decline").order_by()
    unsigned = with_facts(
        watched.filter(lapsed | Q(pk__in=declined.values("record__conversation")), state="recorded")
    ).filter(lapsed | Q(employee_declined=True))
    alive = watched.filter(review__cycle__state="open").exclude(state__in=["closed", "cancelled"])
    each = (
        unsigned.order_by("signing_due_on", "pk"),
        alive.filter(state__in=UNDATED, scheduled_at__isnull=True).order_by("pk"),
        alive.filter(packs__is_late=True, packs__version=1).order_by("pk"),
    )
    talks = Conversation.objects.order_by()
    stuck, *others = (talks.filter(pk__in=found.values("pk")[:at_most]).values("pk") for found in each)
    return with_facts(talks.filter(pk__in=stuck.union(*others))).order_by("pk")


def _hr_part(actor: Actor, at: datetime) -> tuple[list[ToDo], list[TalkRow], list[TalkRow]]:
    """What needs HR today. Two queries."""
    contests = _doubted(actor, None, HR_SHOWN)
    found = [
        ToDo(
            "number",
            say(
                "核对%(name)s有疑问的「%(kpi)s」",
                name=c.conversation.review.employee.name,
                kpi=c.evidence.title,
            ),
            say("%(name)s说：%(reason)s", name=c.conversation.review.employee.name, reason=c.reason),
            c.conversation.scheduled_at,
            "contest-answer",
            (c.conversation_id, c.pk),
            N_("去核对"),
        )
        for c in contests
    ]
    undated: list[TalkRow] = []
    late: list[TalkRow] = []
    for talk in _held_up(actor, None, HR_SHOWN + 1):
        row = row_of(talk, actor, at)
        if talk.review.cycle.state == "open":
            if row.scheduled_at is None and row.state in UNDATED:
                undated.append(row)
            if row.is_late and not row.is_over:
                late.append(row)
        if row.state == "recorded" and row.stage.hold:
            step = row.stage.next_for("hr")
            why = (
                say("记录要两种方式送达，由 HR 见证")
                if row.facts.declined
                else say("期限已过仍没有签字，沉默不等于同意")
            )
            found.append(ToDo("witness", step.text, why, step.by, step.page, (row.id,), step.button))
    return found, undated, late


def line(talk: Any, row: TalkRow) -> TeamLine:
    topics = [t for t in talk.topics.all() if t.kind != "highlight"] or list(talk.topics.all())
    return TeamLine(row, tuple(t.title for t in topics), overall([t.consensus for t in talk.topics.all()]))


def overall(found: list[str]) -> str:
    """The consensus of a talk as a whole: as far as its most contested topic; "" while nothing is settled."""
    settled = {c for c in found if c}
    return next((c for c in ("reserved", "partial", "agreed") if c in settled), "")


def item_line(item: PlanItem, today: date) -> ItemLine:
    kept = "kept" if item.kind == "support" else "accepted"
    words = {"active": "running", "accepted": kept, "submitted": "submitted", "returned": "returned"}
    return ItemLine(
        item.pk,
        item.ref,
        item.kind,
        item.what,
        item.criterion,
        item.owner.name if item.owner else "",
        item.plan.review.employee.name,
        item.due_on,
        item.progress,
        "overdue" if item.is_overdue(today) else words.get(item.state, "proposed"),
        item.latest_note,
    )


def figures(
    team: list[TeamLine],
    talks: list[Any],
    items: list[PlanItem],
    cycle: CycleLine | None,
    actor: Actor,
    today: date,
) -> list[Figure]:
    """The manager's own numbers of the cycle and of running plans; each says how many of how many."""
    team = [t for t in team if cycle is None or t.row.cycle_id == cycle.id]
    if not team:
        return []
    talked = sum(t.row.state in HELD for t in team)
    ids = {t.row.id for t in team}
    agreed = Counter(
        t.consensus for talk in talks if talk.pk in ids for t in talk.topics.all() if t.consensus
    )
    actions = [i for i in items if i.kind == "action" and i.plan.review.employee_id != actor.employee_id]
    promises = [i for i in items if i.kind == "support" and i.owner_id == actor.employee_id]
    on_time = sum(not i.is_overdue(today) for i in actions)
    kept = sum(i.state == "accepted" for i in promises)
    late = any(i.is_overdue(today) for i in promises)
    return [
        Figure(N_("已面谈"), talked, len(team), N_("人")),
        Figure(N_("达成共识的话题"), agreed["agreed"], sum(agreed.values()), N_("个")),
        Figure(N_("按期的改进项"), on_time, len(actions), N_("项"), on_time < len(actions)),
        Figure(N_("我承诺的支持"), kept, len(promises), N_("项兑现"), late),
    ]


def cycle_line(team: list[TalkRow], talks: list[Any], today: date) -> CycleLine | None:
    """The newest open cycle the team is in."""
    led = {row.cycle_id for row in team}
    open_ones = [c for c in {t.review.cycle for t in talks} if c.state == "open" and c.pk in led]
    if not open_ones:
        return None
    newest = max(open_ones, key=lambda c: (c.starts_on, c.pk))
    rows = [row for row in team if row.cycle_id == newest.pk]
    talked = sum(row.state in HELD for row in rows)
    return CycleLine(newest.pk, newest.name, max((newest.talks_until - today).days, 0), talked, len(rows))


def _next_talk(pairs: list[tuple[Any, TalkRow]], today: date, actor: Actor) -> NextTalk | None:
    """The talk one leads next, the running one first. One query when there is one."""
    ahead = [
        (talk, row)
        for talk, row in pairs
        if row.side == "manager"
        and (
            row.state == "talking"
            or (
                row.state in ("preparing", "shared")
                and row.scheduled_at is not None
                and timezone.localdate(row.scheduled_at) >= today
            )
        )
    ]
    if not ahead:
        return None
    talk, row = min(
        ahead,
        key=lambda p: (p[1].state != "talking", p[1].scheduled_at.timestamp() if p[1].scheduled_at else 0),
    )
    improvements = sum(topic.kind == "improvement" for topic in talk.topics.all())
    own, manager, question = next(iter(_brief(actor, (talk.pk,))), (None, None, None))
    parts = planned_minutes(talk).items()
    return NextTalk(
        row,
        tuple(
            (SECTIONS[key], minutes, improvements if key == "improvements" else 0) for key, minutes in parts
        ),
        own if row.facts.survey_in else None,
        manager,
        question or "",
    )


@prepared
def _brief(actor: Actor, talk: tuple[int]) -> QuerySet[Conversation, Any]:
    """The means of the employee's own scores and of the manager's, and the question that has waited longest."""
    asked = Question.objects.filter(conversation=OuterRef("pk"), state="open").order_by("asked_at", "pk")
    brief = {
        "own": Avg("self_scores__score"),
        "manager": Avg("manager_scores__score"),
        "question": Subquery(asked.values("text")[:1]),
    }
    talks = Conversation.objects.visible_to(actor).filter(pk__among=talk).order_by()
    return talks.values("pk").annotate(**brief).values_list(*brief)


def _open(item: PlanItem) -> bool:
    return item.state not in ("accepted", "dropped")
