"""The pack as shared (R08): one frozen version, what changed since the one before, who opened it, and what the
employee asked and doubted, item by item."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from huitan.conversations.actions.preparation import BEFORE, BEFORE_AND_DURING
from huitan.conversations.models import Contest, Conversation, Pack, PackOpening, Question, Topic
from huitan.conversations.queries.pack_rows import (
    FieldChange,
    LastPlanItem,
    NumberDoubt,
    Opening,
    PackItem,
    PackPage,
    TopicPlace,
    VersionRow,
    pinned,
)
from huitan.conversations.queries.prepare_rows import Check
from huitan.conversations.queries.readiness import own_checks
from huitan.conversations.record_text import short
from huitan.conversations.topic_order import order_words
from huitan.core import access
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.core.sentences import N_, Sentence, say
from huitan.evidence.models import Evidence
from huitan.evidence.trend import Trend, trends
from huitan.people.relations import HR_ADMIN, HRBP, MANAGER, SELF, Actor

CONTESTABLE = ("shared", "talking")
NUMBERS = ("target", "actual", "weight")
FIELD_WORDS = {
    "target": N_("目标"),
    "actual": N_("实际"),
    "weight": N_("权重"),
    "statement": N_("内容"),
    "source": N_("来源"),
    "occurred_on": N_("日期"),
    "name": N_("名称"),
    "unit": N_("单位"),
    "direction": N_("方向"),
}


def load_packs(talk: Conversation) -> None:
    """Every version with who opened it. Two queries, once a talk."""
    openings = PackOpening.objects.select_related("by")
    prefetch_related_objects([talk], "packs", Prefetch("packs__openings", openings))


def pack_page(talk: Conversation, actor: Actor, version: int | None = None) -> PackPage:
    """The newest version, or the one asked for. Refused for whoever has no part in the talk before its record."""
    relations = talk.relations_of(actor)
    if not relations & {SELF, MANAGER, HRBP, HR_ADMIN}:
        raise Refused("forbidden", say("资料包只给员工本人、直接上级和 HR 看。"))
    load_packs(talk)
    packs = sorted(talk.packs.all(), key=lambda pack: pack.version)
    chosen = _chosen(packs, version)
    between_two = bool(relations & {SELF, MANAGER})
    questions = list(talk.questions.all()) if between_two else []
    doubts = list(talk.contests.select_related("answered_by"))
    survey = getattr(talk, "survey", None)
    employee, cycle, by_system = talk.review.employee, talk.review.cycle, _by_system(talk)
    content = chosen.content if chosen else {}
    before = next((p.content for p in packs if chosen and p.version == chosen.version - 1), None)
    newest = chosen is not None and chosen is packs[-1]
    can_speak = bool(access.judge(talk, "speak", actor)) and newest and talk.state in BEFORE_AND_DURING
    contestable = can_speak and talk.state in CONTESTABLE
    items = {
        key: tuple(_item(raw, _known(before), questions, doubts, contestable) for raw in content.get(key, ()))
        for key in ("kpis", "events")
    }
    here = {item.id for item in items["kpis"] + items["events"]}
    live = [t for t in talk.topics.all() if t.state == "active"] if SELF in relations else []
    topics = _topics(live) if chosen else ()
    return PackPage(
        talk_id=talk.pk,
        state=talk.state,
        employee=employee.name,
        manager=employee.manager.name if employee.manager else "",
        cycle=cycle.name,
        talk_at=talk.scheduled_at,
        place=talk.place,
        share_by=_share_by(talk),
        is_own=SELF in relations,
        is_manager=MANAGER in relations,
        sees_questions=between_two,
        version=chosen.version if chosen else None,
        is_newest=newest,
        shared_at=chosen.shared_at if chosen else None,
        notice_days=chosen.notice_days if chosen else 0,
        notice_rule=cycle.notice_days,
        is_late=chosen.is_late if chosen else False,
        short_hash=short(chosen.hash) if chosen else "",
        hash=chosen.hash if chosen else "",
        versions=_versions(talk, packs, by_system),
        by_system=chosen is not None and chosen.version in by_system,
        openings=tuple(Opening(o.by.name, o.at, p.version) for p in packs for o in p.openings.all()),
        topics=topics,
        order_words=order_words(
            ((t.own_place, t.other_place) for t in topics),
            employee.manager.name if employee.manager else "",
        )
        if topics
        else None,
        can_order=newest
        and talk.state in BEFORE_AND_DURING
        and bool(access.judge(talk, "order_topics", actor)),
        trends=_trends(talk, content) if chosen else {},
        kpis=items["kpis"],
        facts=items["events"],
        removed=tuple(_title(raw) for pk, raw in _known(before).items() if pk not in here) if before else (),
        last_plan=tuple(
            LastPlanItem(i["ref"], i["what"], i["state"], i["progress"], _day(i["due_on"]))
            for i in content.get("previous_plan", ())
        ),
        loose_questions=tuple(pinned(q) for q in questions if q.evidence_id not in here),
        survey_at=survey.submitted_at if survey else None,
        can_speak=can_speak,
        silent_because=None if can_speak or SELF not in relations else _silent_because(talk, chosen, newest),
        own_list=_own_list(talk, packs, questions, live)
        if SELF in relations and talk.state in BEFORE
        else (),
    )


def _versions(talk: Conversation, packs: list[Pack], by_system: Collection[int]) -> tuple[VersionRow, ...]:
    employee = talk.review.employee_id
    found = []
    for place, pack in enumerate(packs):
        before = _known(packs[place - 1].content) if place else {}
        now = _known(pack.content)
        changed = ((_title(raw), tuple(_changes(before[pk], raw))) for pk, raw in now.items() if pk in before)
        found.append(
            VersionRow(
                version=pack.version,
                shared_at=pack.shared_at,
                by_system=pack.version in by_system,
                opened_at=next((o.at for o in pack.openings.all() if o.by_id == employee), None),
                added=tuple(_title(raw) for pk, raw in now.items() if pk not in before) if place else (),
                changed=tuple((title, changes) for title, changes in changed if changes),
                removed=tuple(_title(raw) for pk, raw in before.items() if pk not in now),
            )
        )
    return tuple(found)


def _by_system(talk: Conversation) -> frozenset[int]:
    """Versions the system shared, as the history has it."""
    shared = Event.objects.filter(stream=talk.stream, verb="pack.shared", actor__startswith="system:")
    return frozenset(payload["version"] for payload in shared.values_list("payload", flat=True))


def _own_list(
    talk: Conversation, packs: list[Pack], questions: list[Question], topics: list[Topic]
) -> tuple[Check, ...]:
    newest, employee = packs[-1] if packs else None, talk.review.employee_id
    survey = getattr(talk, "survey", None)
    return own_checks(
        talk,
        opened=newest is not None and any(o.by_id == employee for o in newest.openings.all()),
        newest=newest.version if newest else 0,
        asked=len(questions),
        answered=sum(q.state != "open" for q in questions),
        survey_at=survey.submitted_at if survey else None,
        wished=sum(t.wanted_by_employee for t in topics),
    )


def _topics(topics: list[Topic]) -> tuple[TopicPlace, ...]:
    return tuple(
        TopicPlace(
            t.pk,
            number,
            t.kind,
            t.title,
            tuple(Sentence.from_json(why) for why in t.why),
            t.employee_place,
            t.manager_place,
            t.wanted_by_employee,
        )
        for number, t in enumerate(topics, 1)
    )


def _trends(talk: Conversation, content: Mapping[str, Any]) -> dict[int, Trend]:
    """Each result of the pack beside the same result of earlier cycles, as far as the employee was shown those; this
    cycle's numbers are the pack's own, whatever became of them since. One query."""
    cycle = talk.review.cycle
    rows = list(
        Evidence.objects.standing()
        .filter(employee=talk.review.employee_id, kind="kpi", shared_at__isnull=False)
        .select_related("cycle")
    )
    frozen = {raw["id"]: raw for raw in content.get("kpis", ())}
    for row in rows:
        if row.pk in frozen:
            row.target, row.actual = _number(frozen[row.pk]["target"]), _number(frozen[row.pk]["actual"])
    current = [row for row in rows if row.cycle_id != cycle.pk or row.pk in frozen]
    return trends(current, cycle)


def _chosen(packs: list[Pack], version: int | None) -> Pack | None:
    if version is None:
        return packs[-1] if packs else None
    return next((p for p in packs if p.version == version), None)


def _share_by(talk: Conversation) -> date | None:
    if talk.scheduled_at is None:
        return None
    held_on = timezone.localdate(talk.scheduled_at)
    return date.fromordinal(held_on.toordinal() - talk.review.cycle.notice_days)


def _silent_because(talk: Conversation, chosen: Pack | None, newest: bool) -> Sentence | None:
    if chosen is None:
        return None
    if not newest:
        return say("这是旧版本，只能看。提问和数字疑问写在最新一版上。")
    if talk.state == "cancelled":
        return say("面谈已经取消，资料包留着给你看。")
    return say("面谈已经谈完，资料包留着给你看。对评价有异议，在记录里写明。")


def _known(content: Mapping[str, Any] | None) -> dict[int, dict[str, Any]]:
    """Items of a version by evidence id; nothing without one."""
    if content is None:
        return {}
    return {raw["id"]: raw for key in ("kpis", "events") for raw in content.get(key, ())}


def _item(
    raw: Mapping[str, Any],
    before: Mapping[int, Mapping[str, Any]],
    questions: list[Question],
    doubts: list[Contest],
    contestable: bool,
) -> PackItem:
    pk = raw["id"]
    own_doubts = tuple(_doubt(d) for d in doubts if d.evidence_id == pk)
    earlier = before.get(pk)
    return PackItem(
        id=pk,
        ref=raw["ref"],
        kind=raw["kind"],
        title=_title(raw),
        occurred_on=date.fromisoformat(raw["occurred_on"]),
        source=raw["source"],
        weight=_number(raw["weight"]),
        target=_number(raw["target"]),
        actual=_number(raw["actual"]),
        unit=raw["unit"],
        direction=raw["direction"],
        completion=_number(raw["completion"]),
        is_new=bool(before) and earlier is None,
        changes=tuple(_changes(earlier, raw)) if earlier else (),
        questions=tuple(pinned(q) for q in questions if q.evidence_id == pk),
        doubts=own_doubts,
        can_contest=contestable and raw["kind"] == "kpi" and not any(d.state == "open" for d in own_doubts),
        effect=raw.get("effect", ""),
        author=raw.get("author", ""),
        told_on=_day(raw.get("told_on")),
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    found = []
    for field, word in FIELD_WORDS.items():
        old, new = before.get(field), after.get(field)
        if field in NUMBERS:
            old, new = _number(old), _number(new)
        if old != new:
            unit = "%" if field == "weight" else after["unit"] if field in NUMBERS else ""
            found.append(FieldChange(word, old, new, unit))
    return found


def _title(raw: Mapping[str, Any]) -> str:
    return raw["name"] or raw["statement"]


def _doubt(c: Contest) -> NumberDoubt:
    return NumberDoubt(
        c.claim,
        c.reason,
        c.raised_at,
        c.state,
        c.value_before,
        c.value_after,
        c.answer,
        c.answered_at,
        c.answered_by.name if c.answered_by else "",
    )


def _number(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
