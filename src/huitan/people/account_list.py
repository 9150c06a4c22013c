"""Who has an account, who was invited and how far that got: HR's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When

from huitan.core.sentences import N_
from huitan.people.actions import require_office
from huitan.people.models import Department, Employee
from huitan.people.relations import Actor

STATES = {
    "open": N_("已开通"),
    "none": N_("没有邀请"),
    "no_address": N_("没有邮箱"),
    "waiting": N_("待发"),
    "invited": N_("已邀请"),
    "opened": N_("打开过"),
    "expired": N_("已过期"),
    "failed": N_("没发出去"),
}
PAGE = 50
# Whom an invitation of many is for: whoever has a letter that is still good keeps it.
WAITING = ("none", "no_address", "expired", "failed")


@dataclass(frozen=True)
class AccountRow:
    id: int
    name: str
    staff_number: str
    department: str
    email: str
    state: str
    state_word: str
    at: datetime | None
    error: str
    account_id: int | None
    has_second_factor: bool


@dataclass(frozen=True)
class AccountList:
    rows: tuple[AccountRow, ...]
    counts: Mapping[str, int]
    departments: tuple[tuple[int, str], ...]
    next_key: str
    to_invite: int
    to_print: int
    printed: int


def account_list(
    actor: Actor,
    at: datetime,
    *,
    department: int | None = None,
    state: str = "",
    query: str = "",
    after: str = "",
) -> AccountList:
    """Three queries, and one for the department's path."""
    require_office(actor, "invite")
    people = _with_state(people_of(actor, department, query), at)
    reached = people.order_by().annotate(by_mail=Case(When(email="", then=Value(0)), default=Value(1)))
    counts: Counter[str] = Counter()
    to_do: Counter[int] = Counter()
    printed = 0
    for found, by_mail, n in reached.values_list("login_state", "by_mail").annotate(n=Count("pk")):
        counts[found] += n
        if found in WAITING:
            to_do[by_mail] += n
        elif found != "open" and not by_mail:
            printed += n
    if state in STATES:
        people = people.filter(login_state=state)
    if after:
        people = people.filter(staff_number__gt=after)
    has_factor = Exists(Authenticator.objects.filter(user=OuterRef("account")))
    rows = list(
        people.annotate(has_factor=has_factor)
        .select_related("department", "invitation")
        .order_by("staff_number")[: PAGE + 1]
    )
    units = Department.objects.visible_to(actor).order_by("full_name").values_list("pk", "full_name")
    shown = rows[:PAGE]
    return AccountList(
        tuple(_row(person) for person in shown),
        counts,
        tuple(units),
        shown[-1].staff_number if len(rows) > PAGE else "",
        to_invite=to_do[1],
        to_print=to_do[0],
        printed=printed,
    )


def people_of(actor: Actor, department: int | None = None, query: str = "") -> QuerySet[Employee]:
    """Everybody at work in the department and below it, or in the company; with a query, those it finds."""
    people: QuerySet[Employee] = Employee.objects.visible_to(actor).exclude(status="left")
    if department is not None:
        unit = Department.objects.filter(pk=department).first()
        people = people.filter(department__path__under=unit.path) if unit else people.none()
    if query:
        people = people.filter(Q(name__icontains=query) | Q(staff_number__icontains=query))
    return people


def waiting(actor: Actor, at: datetime, department: int | None = None, query: str = "") -> QuerySet[Employee]:
    """Those of them who have neither an account nor an invitation that is still good."""
    return _with_state(people_of(actor, department, query), at).filter(login_state__in=WAITING)


def _with_state(people: QuerySet[Employee], at: datetime) -> QuerySet[Employee]:
    return people.annotate(
        login_state=Case(
            When(account__isnull=False, then=Value("open")),
            When(invitation__isnull=True, email="", then=Value("no_address")),
            When(invitation__isnull=True, then=Value("none")),
            When(invitation__delivery="failed", then=Value("failed")),
            When(invitation__expires_at__lte=at, then=Value("expired")),
            When(invitation__delivery="planned", then=Value("waiting")),
            When(invitation__opened_at__isnull=False, then=Value("opened")),
            default=Value("invited"),
            output_field=CharField(),
        )
    )


def _row(person: Any) -> AccountRow:
    asked = getattr(person, "invitation", None)
    moments = {
        "opened": asked and asked.opened_at,
        "expired": asked and asked.expires_at,
        "open": asked and asked.accepted_at,
    }
    return AccountRow(
        person.pk,
        person.name,
        person.staff_number,
        person.department.full_name,
        person.email,
        person.login_state,
        STATES[person.login_state],
        moments.get(person.login_state)
        or (asked.asked_at if asked and person.login_state != "open" else None),
        asked.error if asked and person.login_state == "failed" else "",
        person.account_id,
        person.has_factor,
    )
