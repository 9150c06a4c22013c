"""Builds the demo company: roster, accounts, duties, six cycles, and everything that happened in them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from huitan.cli.demo import company, content, line_team
from huitan.cli.demo.calendar import Round, rounds
from huitan.cli.demo.disputes import raise_disputes
from huitan.cli.demo.follow_up import write_follow_up
from huitan.cli.demo.scenes import set_scenes
from huitan.cli.demo.story import Teller, moment
from huitan.conversations.actions import opening
from huitan.conversations.models import Conversation
from huitan.core import seals
from huitan.cycles import actions as cycle_actions
from huitan.cycles.models import Cycle
from huitan.cycles.working_days import on_or_after
from huitan.evidence import actions as evidence_actions
from huitan.insights.actions.keeping import keep
from huitan.people import actions as people_actions
from huitan.people.models import Department, Employee
from huitan.people.relations import system

PASSWORD = "huitan-demo-2026"  # noqa: S105 shown on the demo's log-in page
ACTOR = system("demo")


def build(*, people: int, seed: int, now: datetime, progress: Callable[[str], object]) -> None:
    """Make the whole company as of `now`; `progress` is told each step."""
    rng = random.Random(seed)
    today = timezone.localdate(now)
    with quick_writes():
        progress(f"→ {people} 人的花名册、账号和职责")
        employees = hire(people, rng, today, now)
        teller = Teller(rng, now)
        for plan in rounds(today):
            progress(f"→ {plan.name}({plan.key})")
            with transaction.atomic():
                run(plan, teller, employees, now)
        with transaction.atomic():
            progress("→ 沈立文团队这几周的面谈")
            set_scenes(teller, now)
            raise_disputes(teller, employees["何静"], now)
        progress("→ 驾驶舱的数字")
        keep(now)
        while seals.seal(now, settle=timedelta(0)) is not None:
            pass
    progress("→ 演示公司已建好")


class quick_writes:
    """A demo can be built again; until it is, no disk is asked to confirm each step. Nothing changes inside a transaction."""

    def __enter__(self) -> None:
        self._set("OFF")

    def __exit__(self, *_: object) -> None:
        self._set("FULL")

    def _set(self, mode: str) -> None:
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA synchronous={mode}")


def hire(size: int, rng: random.Random, today: date, now: datetime) -> dict[str, Employee]:
    """Everybody with an account; returns people by name (the first of a name)."""
    recruited = company.recruit(size, rng, today)
    began = now - timedelta(days=900)
    encoded = make_password(PASSWORD)
    with transaction.atomic():
        people_actions.enrol(recruited.entries, actor=ACTOR, at=began)
        by_name: dict[str, Employee] = {}
        for person in Employee.objects.select_related("department", "manager").order_by("staff_number"):
            people_actions.open_account(person, actor=ACTOR, at=began, encoded=encoded)
            by_name.setdefault(person.name, person)
        grant = people_actions.grant
        grant(by_name["何静"].account, "hr_admin", actor=ACTOR, at=began)
        for unit in ("制造中心", "研发中心"):
            serves = Department.objects.get(full_name=unit)
            grant(by_name["顾清和"].account, "hrbp", department=serves, actor=ACTOR, at=began)
        grant(by_name["陶然"].account, "auditor", actor=ACTOR, at=began)
    return by_name


def run(plan: Round, teller: Teller, employees: dict[str, Employee], now: datetime) -> None:
    """One cycle with its data, brought to the stage of its life."""
    before = moment(plan.talks_from, 9) - timedelta(days=12)
    cycle = set_up(plan, min(before, now - timedelta(days=1)))
    if plan.stage == "draft":
        return
    bring_data(cycle, teller, before - timedelta(hours=1))
    opened_at = before
    opening.open_cycle(cycle, actor=ACTOR, at=opened_at)
    talks = Conversation.objects.filter(review__cycle=cycle).select_related(
        "review__cycle", "review__employee__manager", "review__employee__department", "plan", "previous_plan"
    )
    days = (plan.talks_until - plan.talks_from).days
    for number, talk in enumerate(talks.order_by("review__employee__staff_number")):
        on = plan.talks_from + timedelta(days=(number * 7 + teller.rng.randrange(3)) % max(1, days - 4))
        hour = 9 + number % 8
        if plan.stage == "closed":
            teller.tell(talk, "closed", on, late=teller.rng.random() < 0.12, hour=hour)
        elif plan.stage == "following":
            to_today = (timezone.localdate(now) - on).days
            late = teller.rng.random() < 0.08
            teller.tell(talk, "signed", on, late=late, hour=hour, due=(to_today - 12, to_today + 50))
            teller.follow(talk)
            write_follow_up(teller, talk)
        elif talk.review.employee.department.full_name != company.LINE_UNIT:
            teller.tell(talk, *talking_point(on_or_after(on, {}), teller, now), hour=hour)
    if plan.stage == "closed":
        opening.close_cycle(
            cycle, actor=ACTOR, at=moment(plan.talks_until, 18) + timedelta(days=150), reason="归档"
        )


def talking_point(on: date, teller: Teller, now: datetime) -> tuple[str, date]:
    """In the cycle of these weeks: talks of past days are mostly signed, those to come are at every stage before."""
    away = (on - timezone.localdate(now)).days
    if away < -3:
        return teller.rng.choices(["signed", "recorded", "scheduled"], [8, 2, 0])[0], on
    if away < 0:
        return teller.rng.choices(["signed", "recorded"], [4, 6])[0], on
    if away < 5:
        return teller.rng.choices(["surveyed", "shared", "scheduled"], [6, 3, 1])[0], on + timedelta(days=1)
    if away < 10:
        return teller.rng.choices(["surveyed", "shared", "scheduled"], [2, 4, 4])[0], on
    return teller.rng.choices(["scheduled", "opened"], [5, 5])[0], on


def set_up(plan: Round, at: datetime) -> Cycle:
    fields = {
        "key": plan.key,
        "name": plan.name,
        "starts_on": plan.starts_on,
        "ends_on": plan.ends_on,
        "talks_from": plan.talks_from,
        "talks_until": plan.talks_until,
        "check_in_rhythm": plan.rhythm,
        "notice_rule": plan.notice_rule,
        "talk_minutes": 60 if plan.stage != "talking" else 45,
    }
    departments = Department.objects.filter(full_name__in=plan.departments)
    return cycle_actions.set_up(
        fields, departments=departments, levels=cycle_actions.DEFAULT_LEVELS, actor=ACTOR, at=at
    )


def bring_data(cycle: Cycle, teller: Teller, at: datetime) -> None:
    """KPI results and dated facts for everybody who takes part."""
    rng = teller.rng
    people, _without = cycle_actions.participants(cycle)
    results: list[evidence_actions.KpiEntry] = []
    facts: list[evidence_actions.EventEntry] = []
    span = (cycle.ends_on - cycle.starts_on).days
    for person in people:
        centre = person.department.full_name.split("/")[0]
        results += _results(person, content.KPIS.get(centre) or content.KPIS["职能中心"], rng)
        good = rng.choice(content.ACHIEVEMENTS.get(centre) or content.ACHIEVEMENTS["职能中心"])
        facts.append(
            _fact(person, "achievement", cycle.starts_on + timedelta(days=rng.randrange(span)), good)
        )
        fallback = rng.choice(content.STORIES.get(centre) or content.STORIES["职能中心"])
        story = line_team.STORIES.get(person.name, fallback)
        on = cycle.starts_on + timedelta(days=rng.randrange(span))
        facts.append(_fact(person, "incident", on, story.incident))
    evidence_actions.enter_kpis(cycle, results, actor=ACTOR, at=at)
    evidence_actions.enter_events(facts, cycle=cycle, actor=ACTOR, at=at)


def _results(
    person: Employee, catalogue: tuple[tuple[str, str, str, str, str, float], ...], rng: random.Random
) -> list[evidence_actions.KpiEntry]:
    chosen = catalogue[:4] if len(catalogue) < 4 else rng.sample(catalogue, 3)
    weights = {2: (60, 40), 3: (40, 30, 30), 4: (40, 25, 20, 15)}[len(chosen)]
    made = []
    for (name, target, unit, direction, source, stray), weight in zip(chosen, weights, strict=True):
        goal = Decimal(target)
        swing = Decimal(str(round(rng.gauss(-0.02, stray / 1.6), 4)))
        actual = goal * (1 + swing if direction == "up" else 1 - swing)
        if unit == "%":
            actual = min(actual, Decimal(100))
        step = Decimal(1) if goal >= 1000 or unit in ("个", "家", "起") else Decimal("0.1")
        made.append(
            evidence_actions.KpiEntry(
                person,
                name,
                goal,
                max(Decimal(0), actual.quantize(step)),
                Decimal(weight),
                unit,
                direction,
                source,
            )
        )
    return made


def _fact(person: Employee, kind: str, on: date, text: str) -> evidence_actions.EventEntry:
    source = {"achievement": "项目系统", "incident": "质量月报"}[kind]
    return evidence_actions.EventEntry(person, kind, on, text, source)
