"""Who an audience is: from events to the people who hear of them, in a number of queries that does not grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from huitan.conversations.models import Conversation
from huitan.core.models import Event
from huitan.core.moves import plain
from huitan.disputes.models import Dispute
from huitan.notifications import who_hears as table
from huitan.notifications.who_hears import Hears
from huitan.people.models import Account, Duty, Employee
from huitan.plans.models import Blocker, CheckIn, DateChange, PlanItem, SupportRequest

# What stands beside an item, by the noun of its verbs.
BESIDE: Mapping[str, type[models.Model]] = {
    "date_change": DateChange,
    "blocker": Blocker,
    "support_request": SupportRequest,
}
PERSON = ("department", "account", "manager__account", "manager__manager__account")


@dataclass(frozen=True)
class Told:
    """One message to be: to whom, of which kind, about what."""

    account: Account
    kind: str
    subject: str
    subject_id: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Offices:
    """Who HR is, as deciding an audience needs it."""

    hrbps: tuple[tuple[str, Account], ...] = ()
    admins: tuple[Account, ...] = ()

    @classmethod
    def now(cls) -> Offices:
        duties = Duty.objects.filter(kind__in=["hrbp", "hr_admin"]).select_related(
            "department", "account__employee"
        )
        found = list(duties.order_by("pk"))
        return cls(
            tuple((d.department.path, d.account) for d in found if d.kind == "hrbp" and d.department),
            tuple(d.account for d in found if d.kind == "hr_admin"),
        )

    def of(self, employee: Employee) -> list[Account]:
        """The HRBPs of the person's unit, else the HR admins; never the person or the manager whose case it is."""
        party = {employee.account_id, employee.manager.account_id if employee.manager else None}
        serving = [a for path, a in self.hrbps if employee.department.path.startswith(path)]
        neutral = [a for a in dict.fromkeys(serving) if a.pk not in party]
        return neutral or self.assigning(employee)

    def assigning(self, employee: Employee) -> list[Account]:
        """The HR admins who are no party to the case."""
        party = {employee.account_id, employee.manager.account_id if employee.manager else None}
        return [a for a in self.admins if a.pk not in party]


@dataclass
class Things:
    """What a batch of events is about, loaded once."""

    talks: dict[int, Conversation] = field(default_factory=dict)
    items: dict[int, PlanItem] = field(default_factory=dict)
    check_ins: dict[int, CheckIn] = field(default_factory=dict)
    beside: dict[tuple[str, int], Any] = field(default_factory=dict)
    plans: dict[int, Conversation] = field(default_factory=dict)
    disputes: dict[int, Dispute] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    formers: dict[int, Employee] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    offices: Offices = field(default_factory=Offices)

    @classmethod
    def of(cls, events: Iterable[Event]) -> Things:
        events = list(events)
        talks = {int(e.stream.split(":")[1]) for e in events if e.stream.startswith("conversation:")}
        disputes = {int(e.stream.split(":")[1]) for e in events if e.stream.startswith("dispute:")}
        owners = {int(e.stream.split(":")[1]) for e in events if e.stream.startswith("account:")}
        by_noun: dict[str, set[int]] = {noun: set() for noun in ("item", "check_in", "plan", *BESIDE)}
        for event in events:
            noun = event.verb.split(".")[0]
            if noun == "plan":
                by_noun[noun].add(int(event.stream.split(":")[1]))
            elif noun in by_noun:
                by_noun[noun].add(event.payload["id"])
        formers = {e.payload["from"] for e in events if e.verb == "conversation.handed_on"}
        accounts = {int(e.actor.split(":")[1]) for e in events if e.actor.startswith("account:")}
        beside = {
            (noun, row.pk): row
            for noun, model in BESIDE.items()
            if by_noun[noun]
            for row in model._default_manager.filter(pk__in=by_noun[noun]).select_related(
                *_person("item__plan__review__employee"),
                "item__owner__account",
                *(["asked_of__account"] if model is SupportRequest else []),
            )
        }
        return cls(
            _by_id(
                Conversation.objects.filter(pk__in=talks).select_related(
                    "review__cycle", "held_by__account", *_person("review__employee")
                )
            ),
            _by_id(
                PlanItem.objects.filter(pk__in=by_noun["item"]).select_related(
                    "owner__account", *_person("plan__review__employee")
                )
            ),
            _by_id(
                CheckIn.objects.filter(pk__in=by_noun["check_in"]).select_related(
                    *_person("plan__review__employee")
                )
            ),
            beside,
            {
                talk.plan_id: talk
                for talk in Conversation.objects.filter(plan__in=by_noun["plan"]).select_related(
                    "review__cycle", "held_by__account", *_person("review__employee")
                )
                if talk.plan_id is not None
            },
            _by_id(
                Dispute.objects.filter(pk__in=disputes).select_related(
                    "handler__account",
                    "conversation__review__cycle",
                    "conversation__held_by__account",
                    *_person("conversation__review__employee"),
                )
            ),
            _by_id(Account.objects.filter(pk__in=owners).select_related("employee")),
            _by_id(Employee.objects.filter(pk__in=formers - {None}).select_related("account")),
            {
                f"account:{account}": name
                for account, name in Employee.objects.filter(account__in=accounts).values_list(
                    "account", "name"
                )
            },
            Offices.now(),
        )


def _by_id(rows: Iterable[Any]) -> dict[int, Any]:
    return {row.pk: row for row in rows}


def _person(path: str) -> list[str]:
    return [f"{path}__{name}" for name in PERSON]


def told_by(event: Event, things: Things) -> Iterator[Told]:
    """The messages an event makes. An event whose thing is gone tells nobody."""
    found = _about(event, things)
    if found is None:
        return
    thing, subject, subject_id, values = found
    who = things.names.get(event.actor)
    values = {**values, **({"who": who} if who else {}), **_of_event(event)}
    told: set[tuple[int, str]] = set()
    for row in table.hears(event.verb, event.payload):
        reached = (
            _former(event, things) if row.audience == table.FORMER else people(row, thing, things.offices)
        )
        for account in reached:
            own = event.actor == f"account:{account.pk}"
            if (own and not row.actor_too) or (account.pk, row.kind) in told:
                continue
            told.add((account.pk, row.kind))
            yield Told(account, row.kind, subject, subject_id, values)


def _former(event: Event, things: Things) -> list[Account]:
    person = things.formers.get(event.payload.get("from") or 0)
    return [person.account] if person and person.account and is_reachable(person.account) else []


def _about(event: Event, things: Things) -> tuple[Any, str, int, dict[str, Any]] | None:
    """The thing whose people hear of it, and the page the message leads to."""
    noun, key = event.verb.split(".")[0], event.payload.get("id")
    if noun == "item" and key in things.items:
        return things.items[key], "item", key, values_of_item(things.items[key])
    if (noun, key) in things.beside:
        return _about_beside(event, things.beside[noun, key])
    if noun == "check_in" and key in things.check_ins:
        return things.check_ins[key], "check_in", key, values_of_check_in(things.check_ins[key])
    kind, _, number = event.stream.partition(":")
    if kind == "dispute":
        dispute = things.disputes.get(int(number))
        return (dispute, "dispute", dispute.pk, values_of_talk(dispute.conversation)) if dispute else None
    if kind == "account":
        account = things.accounts.get(int(number))
        return (account, "account", account.pk, {}) if account else None
    talk = {"conversation": things.talks, "plan": things.plans}.get(kind, {}).get(int(number))
    return (talk, "talk", talk.pk, values_of_talk(talk)) if talk else None


def _about_beside(event: Event, row: Any) -> tuple[Any, str, int, dict[str, Any]]:
    """What stands beside an item leads to the item; a request made through a promise, to whoever owes that promise."""
    values = values_of_item(row.item)
    if isinstance(row, SupportRequest):
        asked = event.verb == "support_request.asked"
        return row, "item", (row.linked_id if asked else None) or row.item_id, values
    if isinstance(row, DateChange):
        values["to_day"] = plain(row.to_on)
    return row.item, "item", row.item_id, values


def _of_event(event: Event) -> dict[str, Any]:
    """What the event itself says better than the thing as it stands by now."""
    if event.verb == "conversation.scheduled":
        return {"when": event.payload.get("to")}
    if event.verb == "item.date_requested":
        return {"to_day": event.payload.get("to")}
    return {}


def values_of_talk(talk: Conversation) -> dict[str, Any]:
    person = talk.review.employee
    manager = talk.held_by or person.manager
    return {
        "employee": person.name,
        "employee_account": person.account_id,
        "manager": manager.name if manager else "",
        "cycle": talk.review.cycle.name,
        "when": plain(talk.scheduled_at),
        "minutes": talk.minutes,
        "place": talk.place,
        "day": plain(talk.signing_due_on),
    }


def values_of_item(item: PlanItem) -> dict[str, Any]:
    person = item.plan.review.employee
    owes = item.owner if item.kind == "support" else None
    return {
        "employee": person.name,
        "employee_account": person.account_id,
        "supporter_account": owes.account_id if owes else None,
        "ref": item.ref,
        "day": plain(item.due_on),
    }


def values_of_check_in(check_in: CheckIn) -> dict[str, Any]:
    person = check_in.plan.review.employee
    manager = person.manager_at_work
    return {
        "employee": person.name,
        "employee_account": person.account_id,
        "manager": manager.name if manager else "",
        "day": plain(check_in.due_on),
    }


def people(row: Hears, thing: Any, offices: Offices) -> list[Account]:
    """The accounts of an audience: people at work who can log in."""
    if isinstance(thing, Account):
        return [thing] if is_reachable(thing) else []
    employee = employee_of(thing)
    if row.audience == table.HR:
        accounts = offices.of(employee)
    elif row.audience == table.ADMINS:
        accounts = offices.assigning(employee)
    else:
        accounts = [p.account for p in _persons(row.audience, thing, employee) if p and p.account]
    return [a for a in accounts if is_reachable(a)]


def is_reachable(account: Account) -> bool:
    person = getattr(account, "employee", None)
    return account.is_active and (person is None or person.status != "left")


def employee_of(thing: Any) -> Employee:
    if isinstance(thing, Dispute):
        thing = thing.conversation
    if isinstance(thing, SupportRequest):
        thing = thing.item
    found: Employee = thing.employee if isinstance(thing, Conversation) else thing.plan.review.employee
    return found


def _persons(audience: str, thing: Any, employee: Employee) -> list[Employee | None]:
    manager = employee.manager
    if audience == table.EMPLOYEE:
        return [employee]
    if audience == table.MANAGER:
        return [manager]
    if audience == table.HANDLER:
        return [thing.handler]
    if audience == table.KEEPER:
        talk = thing.conversation if isinstance(thing, Dispute) else thing
        return [talk.held_by or manager]
    if audience == table.LINE:
        return [manager.manager if manager else None]
    if audience == table.ASKED:
        return [thing.asked_of]
    owner = thing.item.owner if isinstance(thing, SupportRequest) else thing.owner
    if audience == table.OWNER:
        return [owner]
    sides = [side for side in (employee, manager) if side is not None]
    if audience == table.THIRD_OWNER:
        return [owner] if owner not in sides else []
    return [side for side in sides if side != owner]
