"""During the talk: what is written per topic, actions, questions, the section clock, completing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from huitan.conversations import agenda
from huitan.conversations.actions import templates
from huitan.conversations.actions.choosing import check_choice
from huitan.conversations.actions.citing import check_in_period, judge_first_raised, rest_on
from huitan.conversations.actions.limits import check_field, check_when, on_the_list
from huitan.conversations.actions.opening import locked_talk, open_follow_up, set_sections
from huitan.conversations.actions.record import freeze_record
from huitan.conversations.lifecycle import has_highlight
from huitan.conversations.models import Conversation, Record, Topic, TopicAction
from huitan.conversations.models.conversation import SECTIONS
from huitan.conversations.queries.wording import counted, left_over
from huitan.core import events
from huitan.core.moves import Refused, locked, move, plain, require
from huitan.core.sentences import say
from huitan.cycles.working_days import after, own_days
from huitan.evidence import actions as evidence_actions
from huitan.evidence.models import Evidence
from huitan.people.relations import Actor
from huitan.plans import actions as plan_actions
from huitan.plans.models import PlanItem

# Who writes what in a topic; everything else is chosen, not typed.
MANAGER_TEXTS = (
    "title",
    "issue",
    "direction",
    "support",
    "support_criterion",
    "cause_note",
    "manager_statement",
)
EMPLOYEE_TEXTS = ("words",)
TALK_TEXTS = ("highlight_skip_reason", "silence_note")
WRITABLE = ("preparing", "shared", "talking")


def begin(talk: Conversation, *, actor: Actor, at: datetime) -> Conversation:
    """Start the talk; the first section's clock runs, and support prepared with date and criterion is a promise."""
    with transaction.atomic():
        holder = talk.review.employee.manager
        stored = move(talk, "begin", actor=actor, at=at, began_at=at, held_by=holder)
        templates.fit(stored, actor=actor, at=at)
        _run(stored, next(iter(SECTIONS)), at)
        for topic in stored.live_topics():
            _keep_promise(topic, actor=actor, at=at)
    return stored


def enter_section(talk: Conversation, key: str, *, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        stored = locked_talk(talk, "talking")
        require(stored, "write", actor)
        if key not in SECTIONS:
            raise Refused("invalid", say("没有这一段。"))
        _run(stored, key, at)
        events.append(
            stored.stream, "conversation.section_entered", actor=actor, at=at, payload={"section": key}
        )


def pause(talk: Conversation, *, actor: Actor, at: datetime) -> None:
    """Stop the clock; entering a section starts it again."""
    with transaction.atomic():
        stored = locked_talk(talk, "talking")
        require(stored, "write", actor)
        _stop(stored, at)
        events.append(stored.stream, "conversation.paused", actor=actor, at=at)


def borrow_minutes(
    talk: Conversation, key: str, wanted: int, *, actor: Actor, at: datetime
) -> dict[str, int]:
    """R16: minutes move between sections, never out of the employee's part. Returns the new minutes."""
    with transaction.atomic():
        stored = locked_talk(talk, "talking")
        require(stored, "write", actor)
        current = {s.key: s.minutes for s in stored.sections.order_by("id")}
        if key not in current or not 1 <= wanted <= 10:
            raise Refused("invalid", say("一次借 1 到 10 分钟。"))
        changed = agenda.borrow(current, key, wanted)
        if changed == current:
            raise Refused("not_now", say("后面的部分没有分钟可借了。谈不完的话题可以留到后续面谈。"))
        set_sections(stored, changed)
        events.append(
            stored.stream, "conversation.minutes_borrowed", actor=actor, at=at, payload={"minutes": changed}
        )
    return changed


def write(
    topic: Topic, field: str, text: str, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> int:
    """Save one text of a topic as typed; returns the field's new version.

    `seen_version` is the version the writer started from. If somebody saved a different text since, nothing is
    overwritten: `Refused` (stale) carries the stored text as `current`.
    """
    with transaction.atomic():
        talk = locked_talk(topic.conversation, *WRITABLE)
        if field in EMPLOYEE_TEXTS:
            require(talk, "speak", actor)
        elif field in MANAGER_TEXTS:
            require(talk, "write", actor)
        else:
            raise Refused("invalid", say("没有这一栏。"))
        stored = on_the_list(topic)
        version = stored.versions.get(field, 0)
        before = getattr(stored, field)
        if before == text:
            return version
        if seen_version is not None and seen_version != version:
            raise Refused(
                "stale", say("这一栏刚刚在别处改过。看看两边的文字，选一份保留。"), current=(before, version)
            )
        check_field(Topic, field, text)
        setattr(stored, field, text)
        stored.versions[field] = version + 1
        stored.save(update_fields=[field, "versions"])
        events.append(
            talk.stream,
            "topic.written",
            actor=actor,
            at=at,
            payload={"id": stored.pk, "field": field, "version": version + 1, "text": text},
        )
        if field in ("support", "support_criterion"):
            _keep_promise(stored, actor=actor, at=at)
        return version + 1


def write_on_talk(
    talk: Conversation, field: str, text: str, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> int:
    """The same for texts of the whole talk: why no highlight, why no words, who else is present."""
    with transaction.atomic():
        stored = locked_talk(talk, *WRITABLE)
        require(stored, "write", actor)
        if field not in TALK_TEXTS:
            raise Refused("invalid", say("没有这一栏。"))
        version = stored.versions.get(field, 0)
        if getattr(stored, field) == text:
            return version
        if seen_version is not None and seen_version != version:
            raise Refused(
                "stale",
                say("这一栏刚刚在别处改过。看看两边的文字，选一份保留。"),
                current=(getattr(stored, field), version),
            )
        check_field(Conversation, field, text)
        setattr(stored, field, text)
        stored.versions[field] = version + 1
        stored.save(update_fields=[field, "versions"])
        events.append(
            stored.stream, "conversation.written", actor=actor, at=at, payload={"field": field, "text": text}
        )
        return version + 1


def choose(
    topic: Topic, *, actor: Actor, at: datetime, seen_version: int | None = None, **chosen: Any
) -> Topic:
    """Set what is chosen rather than typed: causes, consensus, first_raised, support_due_on.

    `seen_version` is the version of that choice on the chooser's screen; another choice made since is not overwritten.
    """
    with transaction.atomic():
        talk = locked_talk(topic.conversation, *WRITABLE)
        require(talk, "write", actor)
        stored = on_the_list(topic)
        check_choice(stored, chosen, seen_version, at)
        if chosen.get("consensus") and stored.kind == "improvement":
            _affirm_first(talk)
        for name, value in chosen.items():
            if getattr(stored, name) != value:
                setattr(stored, name, value)
                stored.versions[name] = stored.versions.get(name, 0) + 1
        stored.save(update_fields=[*chosen, "versions"])
        events.append(
            talk.stream, "topic.chosen", actor=actor, at=at, payload={"id": stored.pk, **plain(chosen)}
        )
        if "support_due_on" in chosen:
            _keep_promise(stored, actor=actor, at=at)
        if "causes" in chosen:
            for item in stored.items.exclude(causes=stored.causes):
                plan_actions.put_item(_plan(talk), {"causes": stored.causes}, actor=actor, at=at, item=item)
    return stored


def cite(topic: Topic, evidence: Evidence, *, actor: Actor, at: datetime, remove: bool = False) -> None:
    """Tie a fact to a topic (R11), or untie it. Only what belongs to this cycle can be cited."""
    with transaction.atomic():
        talk = locked_talk(topic.conversation, *WRITABLE)
        require(talk, "add_evidence", actor)
        stored = on_the_list(topic)
        if remove:
            require(talk, "write", actor)
            stored.evidence.remove(evidence)
            judge_first_raised(stored, talk)
        else:
            rest_on(stored, [evidence], talk, at)
        verb = "topic.uncited" if remove else "topic.cited"
        events.append(
            talk.stream, verb, actor=actor, at=at, payload={"id": topic.pk, "evidence": evidence.ref}
        )


def add_fact(
    topic: Topic,
    *,
    kind: str,
    occurred_on: date,
    statement: str,
    source: str = "",
    actor: Actor,
    at: datetime,
) -> Evidence:
    """Add a fact on the spot and cite it; both sides see it at once."""
    with transaction.atomic():
        talk = locked_talk(topic.conversation, *WRITABLE)
        require(talk, "add_evidence", actor)
        stored = on_the_list(topic)
        check_in_period(occurred_on, talk.review.cycle)
        fact = evidence_actions.add(
            talk.review.employee,
            kind=kind,
            occurred_on=occurred_on,
            statement=statement,
            source=source,
            cycle=talk.review.cycle,
            shared=talk.state != "preparing",
            actor=actor,
            at=at,
        )
        rest_on(stored, [fact], talk, at)
        events.append(
            talk.stream, "topic.cited", actor=actor, at=at, payload={"id": topic.pk, "evidence": fact.ref}
        )
    return fact


def put_action(
    talk: Conversation,
    fields: dict[str, Any],
    *,
    actor: Actor,
    at: datetime,
    topic: Topic | None = None,
    item: PlanItem | None = None,
) -> PlanItem:
    """R20: what was agreed becomes an item of the plan, tied to its topic; nothing is typed twice."""
    with transaction.atomic():
        stored = locked_talk(talk, "talking")
        require(stored, "write", actor)
        if topic is not None and topic.conversation_id != stored.pk:
            raise Refused("invalid", say("这个话题不属于这次面谈。"))
        if topic is not None:
            fields = {"causes": list(locked(topic).causes), **fields}
        kept = plan_actions.put_item(_plan(stored), fields, actor=actor, at=at, item=item)
        if topic is not None:
            TopicAction.objects.get_or_create(topic=topic, item=kept)
    return kept


def remove_action(item: PlanItem, talk: Conversation, *, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        stored = locked_talk(talk, "talking")
        if item.plan_id != stored.plan_id:
            raise Refused("invalid", say("这一项不属于这份计划。"))
        plan_actions.remove_draft(item, actor=actor, at=at)


def no_action(talk: Conversation, reason: str, *, actor: Actor, at: datetime) -> None:
    """R01: the stated reason for no action."""
    with transaction.atomic():
        stored = locked_talk(talk, "talking")
        require(stored, "write", actor)
        plan_actions.state_no_action(_plan(stored), reason.strip(), actor=actor, at=at)


def carry_over(topic: Topic, *, actor: Actor, at: datetime, back: bool = False) -> Topic:
    """R16: a topic not reached goes to the follow-up talk (or back onto today's list)."""
    with transaction.atomic():
        talk = locked_talk(topic.conversation, "talking")
        require(talk, "write", actor)
        stored = on_the_list(topic)
        wanted = "active" if back else "carried_over"
        if stored.state == wanted:
            return stored
        stored.state = wanted
        stored.save(update_fields=["state"])
        verb = "topic.taken_back" if back else "topic.carried_over"
        events.append(talk.stream, verb, actor=actor, at=at, payload={"id": stored.pk})
        _keep_promise(stored, actor=actor, at=at)
    return stored


def set_follow_up(talk: Conversation, when: datetime, *, actor: Actor, at: datetime) -> Conversation:
    with transaction.atomic():
        stored = locked_talk(talk, "talking")
        require(stored, "write", actor)
        if when <= at:
            raise Refused("invalid", say("后续面谈要在今天之后。"))
        check_when(when, at)
        stored.follow_up_at = when
        stored.save(update_fields=["follow_up_at"])
        events.append(
            stored.stream, "conversation.follow_up_set", actor=actor, at=at, payload={"at": plain(when)}
        )
    return stored


def complete(talk: Conversation, *, actor: Actor, at: datetime) -> Record:
    """End the talk and freeze the record. Everything METHOD asks for must be there; what is missing is named.

    Wording that could be more specific never stops it; how much is left is counted (R05)."""
    with transaction.atomic():
        stored = locked_talk(talk, "talking")
        due = after(timezone.localdate(at), stored.review.cycle.signing_days, own_days())
        for topic in stored.live_topics():
            _keep_promise(topic, actor=actor, at=at)
        stored = move(
            stored,
            "complete",
            actor=actor,
            at=at,
            completed_at=at,
            signing_due_on=due,
            signing_lapsed_at=None,
            ended_at=stored.ended_at or at,
        )
        _stop(stored, at)
        open_follow_up(stored, actor=actor, at=at)
        return freeze_record(stored, actor=actor, at=at, wording=counted(left_over(stored)))


def _affirm_first(talk: Conversation) -> None:
    """R10: no improvement topic is settled before a highlight with evidence stands (or its absence is explained)."""
    missing = list(has_highlight(talk, talk.opened_at))
    if missing:
        raise Refused("incomplete", *missing)


def _keep_promise(topic: Topic, *, actor: Actor, at: datetime) -> None:
    """R19, R20: support with a date and a criterion is the manager's promise in the plan; kept in step with the text.
    A topic left for the follow-up talk takes its promise along."""
    talk = topic.conversation
    if talk.state != "talking":
        return
    existing = topic.items.filter(kind="support").first()
    whole = topic.support.strip() and topic.support_due_on and topic.support_criterion.strip()
    if topic.state != "active" or not whole:
        if existing is not None:
            plan_actions.remove_draft(existing, actor=actor, at=at)
        return
    fields: dict[str, Any] = {
        "kind": "support",
        "what": topic.support.strip(),
        "owner": existing.owner if existing else talk.held_by,
        "due_on": topic.support_due_on,
        "criterion": topic.support_criterion.strip(),
        "causes": list(topic.causes),
    }
    item = plan_actions.put_item(_plan(talk), fields, actor=actor, at=at, item=existing)
    TopicAction.objects.get_or_create(topic=topic, item=item)


def _plan(talk: Conversation) -> Any:
    if talk.plan is None:
        raise Refused("invalid", say("这次面谈没有计划。"))
    return talk.plan


def _run(talk: Conversation, key: str, at: datetime) -> None:
    _stop(talk, at)
    section = talk.sections.get(key=key)
    section.running_since = at
    section.save(update_fields=["running_since"])


def _stop(talk: Conversation, at: datetime) -> None:
    for section in talk.sections.filter(running_since__isnull=False):
        section.spent_seconds, section.running_since = section.seconds_at(at), None
        section.save(update_fields=["spent_seconds", "running_since"])
