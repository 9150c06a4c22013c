"""What a topic rests on (R11): only facts of this cycle, fixed once cited, and with them whether the point was ever raised
before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from huitan.conversations.models import Conversation, Topic
from huitan.conversations.queries.told import told_before
from huitan.conversations.told_before import heard
from huitan.core.days import day_words
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.cycles.models import Cycle
from huitan.evidence import actions as evidence_actions
from huitan.evidence.models import Evidence


def rest_on(topic: Topic, facts: Iterable[Evidence], talk: Conversation, at: datetime) -> None:
    """Tie facts to a topic. Refused for whatever lies outside the cycle: it cannot be this talk's ground."""
    facts = list(facts)
    # Locked, so that nobody takes a note back while the talk comes to rest on it.
    mine = talk.pack_evidence().select_for_update(of=("self",)).filter(pk__in=[e.pk for e in facts])
    if {fact.pk for fact in facts} - {fact.pk for fact in mine}:
        raise Refused("invalid", say("这条事实不在本周期内，不能作为这次的依据。"))
    topic.evidence.add(*facts)
    # From the first pack on, the employee reads what a topic rests on.
    evidence_actions.cite(facts, at, shared=talk.state != "preparing")
    judge_first_raised(topic, talk)


def check_in_period(occurred_on: date, cycle: Cycle) -> None:
    if not cycle.starts_on <= occurred_on <= cycle.ends_on:
        raise Refused(
            "invalid",
            say(
                "日期不在本周期内（%(a)s到 %(b)s），不能作为这次的依据。",
                a=day_words(cycle.starts_on),
                b=day_words(cycle.ends_on),
            ),
        )


def judge_first_raised(topic: Topic, talk: Conversation) -> None:
    """An improvement point of the manager's is marked as first raised unless the employee was told of it before; the
    times they were told stand with it."""
    if topic.kind != "improvement":
        return
    facts = list(topic.evidence.all())
    names = {topic.title, *(fact.name or fact.about for fact in facts)}
    rows = Evidence.objects.standing().filter(employee=talk.review.employee_id).select_related("cycle")
    first_pack = talk.packs.order_by("version").first()
    signals = told_before(talk, rows, first_pack.shared_at if first_pack else None)
    said = [sentence.as_json() for sentence in heard(signals, names, {fact.pk for fact in facts})]
    if said != topic.signals or (not said and not topic.wanted_by_employee and not topic.first_raised):
        topic.signals = said
        topic.first_raised = not said and not topic.wanted_by_employee
        topic.save(update_fields=["signals", "first_raised"])


def check_first_raised(topic: Topic, wanted: bool) -> None:
    """The mark goes only where there is something to show that the employee was told."""
    if not wanted and topic.kind == "improvement" and not topic.signals and not topic.wanted_by_employee:
        raise Refused(
            "invalid",
            say("没有早先告知的记录，「首次提出」要留着。先前当面说过的，应当在事实记录里记过哪天告知。"),
        )
