"""An item's part of its plan's history, in the words people read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from huitan.core.days import near_day
from huitan.core.models import Event
from huitan.core.numbers import amount
from huitan.core.sentences import N_, Sentence, say
from huitan.people.models import Employee
from huitan.people.queries import with_names
from huitan.plans.models import CheckIn, DateChange, PlanItem

VERBS = {
    "item.activate": N_("双方签字，计划生效"),
    "item.progressed": N_("更新进展"),
    "item.file_attached": N_("附上文件"),
    "item.measured": N_("定下怎么衡量"),
    "item.submit": N_("提交了验收"),
    "item.return": N_("退回"),
    "item.accept": N_("通过了验收"),
    "item.drop": N_("取消了这一项"),
    "item.taken_over": N_("接下了这项承诺"),
    "item.reminded": N_("提醒了负责人"),
    "item.date_requested": N_("申请改期"),
    "date_change.consent": N_("同意改期"),
    "date_change.decline": N_("没有同意改期"),
    "date_change.settle": N_("改期申请随事项了结"),
    "blocker.raised": N_("卡住了"),
    "blocker.resolve": N_("卡点解决了"),
    "blocker.settle": N_("卡点随事项了结"),
    "support_request.asked": N_("请求了支持"),
    "support_request.grant": N_("答应了支持"),
    "support_request.refuse": N_("没有答应支持"),
    "support_request.settle": N_("支持请求随事项了结"),
    "check_in.hold": N_("跟进"),
    "check_in.miss": N_("错过了跟进"),
    "plan.handed_on": N_("换了直接上级"),
    "plan.conclude": N_("计划结束，这一项接着做"),
}
HANDED_ON = frozenset({"conversation.handed_on", "plan.handed_on"})
# Which part of the payload somebody wrote.
WORDS = {
    "item.progressed": "note",
    "item.file_attached": "name",
    "item.measured": "name",
    "item.submit": "submitted_evidence",
    "item.return": "return_reason",
    "item.accept": "acceptance_note",
    "item.drop": "drop_reason",
    "item.date_requested": "reason",
    "date_change.decline": "reply",
    "blocker.raised": "what",
    "blocker.resolve": "resolution",
    "support_request.asked": "what",
    "support_request.grant": "reply",
    "support_request.refuse": "reply",
    "check_in.hold": "note",
}


@dataclass(frozen=True)
class Moment:
    """Something that happened, newest last. `voice` is emp, mgr or empty for the system."""

    at: datetime
    who: str
    voice: str
    label: Sentence
    text: str


@dataclass(frozen=True)
class Happened:
    """The moments, and what was counted on the way for the item's measure."""

    moments: tuple[Moment, ...]
    counted: tuple[tuple[datetime, Decimal], ...]


def happened(
    item: PlanItem,
    changes: Iterable[DateChange],
    check_ins: Iterable[CheckIn],
    concerned: Mapping[str, Collection[int]],
    at: datetime,
) -> Happened:
    """`concerned` are the ids of what stands beside the item, by the noun of their verbs. One more query where the
    manager changed."""
    days = {
        **{("date_change", change.pk): change.to_on for change in changes},
        **{("check_in", check_in.pk): check_in.due_on for check_in in check_ins},
    }
    beside = {**concerned, "item": {item.pk}}
    for noun in ("date_change", "check_in"):
        beside[noun] = {pk for kind, pk in days if kind == noun}
    happened = Event.objects.filter(stream=item.stream, verb__in=list(VERBS)).order_by("seq")
    events = [event for event in with_names(happened) if _is_about(event, item, beside)]
    names = names_of_managers(events)
    employee_id = item.plan.review.employee_id
    moments = []
    for event in events:
        pk, name = event.who_id, event.who_name or ""
        signed = event.verb == "item.activate"
        voice = "" if pk is None or signed else "emp" if pk == employee_id else "mgr"
        text = str(event.payload.get(WORDS.get(event.verb, "")) or "")
        moments.append(Moment(event.at, "" if signed else name, voice, _label(event, days, names, at), text))
    counted = tuple(
        (event.at, Decimal(event.payload["value"]))
        for event in events
        if event.verb == "item.progressed" and "value" in event.payload
    )
    return Happened(tuple(moments), counted)


def _is_about(event: Event, item: PlanItem, beside: Mapping[str, Collection[int]]) -> bool:
    if event.verb == "plan.handed_on":
        return item.pk in event.payload["offered"]
    if event.verb == "plan.conclude":
        return item.pk in event.payload["going_on"]
    return event.payload.get("id") in beside.get(event.verb.split(".")[0], ())


def names_of_managers(events: Iterable[Event]) -> dict[int, str]:
    """Who handed over and who took over. One query where somebody did, else none."""
    changed = [event.payload for event in events if event.verb in HANDED_ON]
    people = {pk for payload in changed for pk in (payload["from"], payload["to"]) if pk is not None}
    return dict(Employee.objects.filter(pk__in=people).values_list("pk", "name")) if people else {}


def change_of_manager(payload: Mapping[str, Any], names: Mapping[int, str]) -> Sentence:
    """「沈立文 → 陈思远」"""
    a, b = (names.get(payload[side]) or say("没有直接上级") for side in ("from", "to"))
    return say("%(a)s → %(b)s", a=a, b=b)


def _label(
    event: Event, days: Mapping[tuple[str, int], date], names: Mapping[int, str], at: datetime
) -> Sentence:
    payload = event.payload
    if event.verb in HANDED_ON:
        return say("换了直接上级：%(change)s", change=change_of_manager(payload, names))
    if event.verb == "item.progressed":
        return say("更新到 %(n)s%%", n=payload["percent"])
    if event.verb == "item.date_requested":
        return say("申请改期：%(a)s → %(b)s", a=_day(payload["from"], at), b=_day(payload["to"], at))
    if event.verb == "item.measured":
        a, b = (amount(payload[name], payload["unit"]) for name in ("start", "target"))
        if payload["before"]:
            return say("改了怎么衡量：%(a)s → %(b)s", a=a, b=b)
        return say("定下怎么衡量：%(a)s → %(b)s", a=a, b=b)
    if event.verb == "blocker.raised":
        return say("%(day)s起卡住了", day=_day(payload["since"], at))
    if event.verb == "date_change.consent":
        return say("同意改期到 %(b)s", b=near_day(days["date_change", payload["id"]], at))
    if event.verb == "check_in.miss":
        return say("错过了 %(day)s的跟进", day=near_day(days["check_in", payload["id"]], at))
    return Sentence(VERBS[event.verb])


def _day(written: str, at: datetime) -> Sentence:
    return near_day(date.fromisoformat(written), at)
