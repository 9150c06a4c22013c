"""The facts of some talks, read from their rows and their history; a fixed number of queries for any number of talks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from huitan.conversations.models import (
    Conversation,
    Pack,
    PackOpening,
    Record,
    Refusal,
    Signature,
    Survey,
    Topic,
)
from huitan.core.days import local_day
from huitan.core.models import Event
from huitan.disputes.lifecycle import CORRECTED
from huitan.disputes.models import Answer, Dispute
from huitan.insights.facts import ItemEvent, ItemFacts, TalkFacts, TopicFacts
from huitan.plans.models import CheckIn, DateChange, PlanItem

STEPS = {
    "item.activate": "activate",
    "item.submit": "submit",
    "item.return": "return",
    "item.accept": "accept",
    "item.drop": "drop",
}
MOVED, MISSED, FROZEN = "date_change.consent", "check_in.miss", "record.frozen"


def facts_of(ids: Sequence[int]) -> list[TalkFacts]:
    """The talks with these ids that are there. Sixteen queries at most."""
    talks = list(
        Conversation.objects.filter(pk__in=ids)
        .order_by("pk")
        .values(
            "id",
            "kind",
            "state",
            "ended_at",
            "signed_at",
            "plan_id",
            "plan__outcome",
            cycle=F("review__cycle_id"),
            path=F("review__employee__department__path"),
        )
    )
    here = Q(conversation__in=ids)
    packs = dict(Pack.objects.filter(here, version=1).values_list("conversation_id", "is_late"))
    opened = set(
        PackOpening.objects.filter(
            pack__conversation__in=ids, by=F("pack__conversation__review__employee")
        ).values_list("pack__conversation_id", flat=True)
    )
    surveys = set(
        Survey.objects.filter(here, submitted_at__isnull=False).values_list("conversation_id", flat=True)
    )
    first_records, versions = _records(here)
    answers = _answers(ids, versions)
    topics = _topics(here)
    wording = _wording(ids)
    plans = {talk["plan_id"]: talk["id"] for talk in talks if talk["plan_id"]}
    items, check_ins = _plans(plans)
    disputes = _disputes(here)
    found = []
    for talk in talks:
        pk = talk["id"]
        frozen_on, record_late = first_records.get(pk, (None, False))
        found.append(
            TalkFacts(
                id=pk,
                cycle=talk["cycle"],
                path=talk["path"],
                kind=talk["kind"],
                state=talk["state"],
                is_shared=pk in packs,
                is_late=packs.get(pk, False),
                pack_opened=pk in opened,
                survey_in=pk in surveys,
                ended_on=_day(talk["ended_at"]),
                frozen_on=frozen_on,
                record_late=record_late,
                signed_on=_day(talk["signed_at"]),
                employee_answer=answers.get(pk, ""),
                topics=tuple(topics[pk]),
                wording=wording.get(pk, {}),
                items=tuple(items[pk]),
                outcome=talk["plan__outcome"] or "",
                first_check_in=check_ins.get(pk, ""),
                disputes=tuple(disputes[pk]),
            )
        )
    return found


def _records(here: Q) -> tuple[dict[int, tuple[date, bool]], dict[int, int]]:
    """({talk: when its first version was frozen and whether late}, {talk: newest version})."""
    first: dict[int, tuple[date, bool]] = {}
    newest: dict[int, int] = {}
    rows = Record.objects.filter(here).order_by("version")
    for talk, version, composed_at, is_late in rows.values_list(
        "conversation_id", "version", "composed_at", "is_late"
    ):
        first.setdefault(talk, (local_day(composed_at), is_late))
        newest[talk] = version
    return first, newest


def _answers(ids: Sequence[int], versions: dict[int, int]) -> dict[int, str]:
    """The employee's answer to the newest version. A signature outweighs a refusal, whichever came first."""
    found: dict[int, str] = {}
    signed = Signature.objects.filter(record__conversation__in=ids, side="employee").order_by("at", "id")
    for talk, version, choice in signed.values_list("record__conversation_id", "record__version", "choice"):
        if version == versions[talk] and (choice != "decline" or talk not in found):
            found[talk] = choice
    refused = Refusal.objects.filter(record__conversation__in=ids)
    for talk, version in refused.values_list("record__conversation_id", "record__version"):
        if version == versions[talk] and found.get(talk, "decline") == "decline":
            found[talk] = "refused"
    return found


def _topics(here: Q) -> dict[int, list[TopicFacts]]:
    cited = Topic.evidence.through.objects.filter(topic=OuterRef("pk"))
    written = ~Q(issue="") & ~Q(direction="") & ~Q(support="")
    rows = (
        Topic.objects.filter(here, state="active")
        .annotate(is_cited=Exists(cited), is_whole=Q(written))
        .order_by("pk")
        .values_list("conversation_id", "kind", "consensus", "causes", "is_cited", "is_whole")
    )
    found: dict[int, list[TopicFacts]] = defaultdict(list)
    for talk, kind, consensus, causes, is_cited, is_whole in rows:
        found[talk].append(TopicFacts(kind, consensus, tuple(causes), is_cited, bool(is_whole)))
    return found


def _wording(ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """What the wording check had left to say when the newest version was frozen."""
    frozen = Event.objects.filter(stream__in=[f"conversation:{pk}" for pk in ids], verb=FROZEN)
    return {
        int(stream.partition(":")[2]): payload.get("wording", {})
        for stream, payload in frozen.order_by("stream", "seq").values_list("stream", "payload")
    }


def _plans(plans: dict[int, int]) -> tuple[dict[int, list[ItemFacts]], dict[int, str]]:
    """Items, and how the first check-in went, by talk."""
    history, missed = _history(plans)
    # Newest first, so that the date as signed is the one that stays.
    changes = DateChange.objects.filter(item__plan__in=plans, state="consented").order_by(
        "-answered_at", "-id"
    )
    first_dates = dict(changes.values_list("item_id", "from_on"))
    items: dict[int, list[ItemFacts]] = defaultdict(list)
    planned_items = PlanItem.objects.filter(plan__in=plans).order_by("pk")
    for plan, pk, kind, state, due_on, submitted_at, criterion in planned_items.values_list(
        "plan_id", "id", "kind", "state", "due_on", "submitted_at", "criterion"
    ):
        items[plans[plan]].append(
            ItemFacts(
                kind=kind,
                state=state,
                due_on=due_on,
                first_due_on=first_dates.get(pk, due_on),
                submitted_on=_day(submitted_at),
                has_criterion=bool(criterion.strip()),
                history=tuple(history[pk]),
            )
        )
    check_ins: dict[int, str] = {}
    planned = CheckIn.objects.filter(plan__in=plans).order_by("due_on", "id")
    for plan, pk, state in planned.values_list("plan_id", "id", "state"):
        talk = plans[plan]
        if talk not in check_ins:
            held = "on_time" if state == "held" else "waiting" if state == "planned" else ""
            check_ins[talk] = "late" if pk in missed else held
    return items, check_ins


def _history(plans: Iterable[int]) -> tuple[dict[int, list[ItemEvent]], set[int]]:
    """({item: its steps}, the check-ins that were once marked missed), from the plans' own history."""
    rows = Event.objects.filter(
        stream__in=[f"plan:{pk}" for pk in plans], verb__in=[*STEPS, MOVED, MISSED]
    ).order_by("stream", "seq")
    steps: dict[int, list[ItemEvent]] = defaultdict(list)
    missed: set[int] = set()
    events = list(rows.values_list("verb", "at", "payload__id"))
    asked = [thing for verb, _at, thing in events if verb == MOVED]
    moved = {
        pk: (item, to_on)
        for pk, item, to_on in DateChange.objects.filter(pk__in=asked).values_list("id", "item_id", "to_on")
    }
    for verb, at, thing in events:
        if verb == MISSED:
            missed.add(thing)
        elif verb == MOVED:
            item, to_on = moved[thing]
            steps[item].append(ItemEvent(local_day(at), "move", to_on))
        else:
            steps[thing].append(ItemEvent(local_day(at), STEPS[verb]))
    return steps, missed


def _disputes(here: Q) -> dict[int, list[str]]:
    """How each submitted dispute stands; drafts are the employee's alone, withdrawn ones are taken back."""
    corrected = Answer.objects.filter(point__dispute=OuterRef("pk"), verdict=CORRECTED, sent_at__isnull=False)
    rows = (
        Dispute.objects.filter(here)
        .exclude(state__in=["draft", "withdrawn"])
        .annotate(was_corrected=Exists(corrected))
        .order_by("pk")
    )
    found: dict[int, list[str]] = defaultdict(list)
    for talk, decided_at, was_corrected in rows.values_list("conversation_id", "decided_at", "was_corrected"):
        verdict = "open" if decided_at is None else "corrected" if was_corrected else "explained"
        found[talk].append(verdict)
    return found


def _day(at: Any) -> date | None:
    return local_day(at) if at is not None else None
