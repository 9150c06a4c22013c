"""A fresh data folder filled with the cast up to a stage: `python -m tests.browser.company STAGE`.

Runs as a process of its own, with HUITAN_HOME naming the folder, so that the tests themselves never touch a database.
Prints the numbers the tests need for addresses as one JSON object. While filling, passwords are hashed cheaply; at the
end everybody gets `tests.cast.PASSWORD` under the product's own hasher, so that logging in works as in an installation.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huitan.config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.management import call_command  # noqa: E402
from tests import cast as the_cast  # noqa: E402
from tests import walk  # noqa: E402
from tests.cast import Cast, at  # noqa: E402
from tests.disputes import steps  # noqa: E402

from huitan.conversations.actions import preparation, voice  # noqa: E402
from huitan.conversations.models import Conversation, Topic  # noqa: E402
from huitan.disputes.actions import drafting  # noqa: E402
from huitan.evidence import actions as evidence_actions  # noqa: E402
from huitan.insights.actions.keeping import keep  # noqa: E402
from huitan.people.actions import RosterEntry, enrol  # noqa: E402
from huitan.people.models import Account  # noqa: E402
from huitan.people.pin import set_pin  # noqa: E402

Numbers = dict[str, int]
WHILE_FILLING = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def talk_in(cast: Cast, key: str = "2026h1", **changes: object) -> Conversation:
    """林晓岚's talk of a cycle opened for her, with her results."""
    cycle = the_cast.open_cycle(key, **changes)
    the_cast.bring_results(cast, cycle)
    return the_cast.talk_of(cast.lin, cycle)


def opened(cast: Cast) -> Numbers:
    """HR has opened the cycle and brought the results; nobody has begun."""
    talk = talk_in(cast)
    return {"talk": talk.pk, "ecn": walk.kpi(talk, "ECN 按期关闭率").pk}


def scored(cast: Cast) -> Numbers:
    """The manager has chosen purpose and time and given scores; the pack is not shared."""
    talk = talk_in(cast)
    walk.prepare(cast, talk)
    return {"talk": talk.pk, "ecn": walk.kpi(talk, "ECN 按期关闭率").pk}


def half_hour(cast: Cast) -> Numbers:
    """Thirty minutes: one highlight and one improvement are settled, a second improvement waits for its turn."""
    talk = talk_in(cast)
    walk.prepare(cast, talk)
    shen = cast.actor("shen")
    preparation.schedule(talk, walk.TALK_AT, minutes=30, place="3 号会客室", actor=shen, at=at(7, 3))
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    return {"talk": talk.pk, "second": second_improvement(cast, talk).pk}


def second_improvement(cast: Cast, talk: Conversation) -> Topic:
    return preparation.add_topic(
        talk,
        "improvement",
        "一次交检合格率",
        evidence=[walk.kpi(talk, "一次交检合格率")],
        actor=cast.actor("shen"),
        at=walk.TALK_AT,
    )


def talking(cast: Cast) -> Numbers:
    """In the middle of the talk, with both topics settled."""
    talk = talk_in(cast)
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    topic = walk.improvement(cast, talk)
    return {"talk": talk.pk, "topic": topic.pk}


def completed(cast: Cast) -> Numbers:
    """The talk is over and its record waits for both signatures."""
    talk = talk_in(cast)
    walk.to_recorded(cast, talk)
    return {"talk": talk.pk}


def hard_cycle(cast: Cast) -> Numbers:
    """Most of the weighted results lie short; purpose and time are set, nothing is shared."""
    talk = talk_in(cast)
    late = evidence_actions.KpiEntry(
        cast.lin, "按期交付率", Decimal(95), Decimal(70), Decimal(60), "%", "up", "ERP"
    )
    evidence_actions.enter_kpis(talk.review.cycle, [late], actor=the_cast.SYSTEM, at=the_cast.START)
    walk.prepare(cast, talk)
    return {"talk": talk.pk}


def handed_on(cast: Cast) -> Numbers:
    """The record is signed, the plan runs, and 陈思远 has become 林晓岚's manager."""
    talk = talk_in(cast)
    preparation.keep_private_note(talk, "先肯定她再谈会签", actor=cast.actor("shen"), at=at(7, 3))
    walk.to_signed(cast, talk)
    moved = RosterEntry("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", "00005")
    enrol([moved], actor=the_cast.SYSTEM, at=at(8, 1))
    plan = talk.plan
    assert plan is not None
    return {
        "talk": talk.pk,
        "item": plan.items.get(kind="action").pk,
        "check_in": plan.check_ins.order_by("due_on")[0].pk,
    }


def one_device(cast: Cast) -> Numbers:
    """Two talks in the middle, one for each size of screen, with a private note and 林晓岚's PIN set."""
    lin, shen = cast.actor("lin"), cast.actor("shen")
    set_pin(cast.account("lin"), "305917", actor=lin, at=walk.TALK_AT)
    numbers = {"talk": talking(cast)["talk"]}
    other = talk_in(cast, "2026q2", name="2026 第二季度")
    walk.prepare(cast, other)
    walk.share(cast, other)
    walk.begin(cast, other)
    walk.highlight(cast, other)
    walk.improvement(cast, other)
    for pk in (numbers["talk"], other.pk):
        talk = Conversation.objects.get(pk=pk)
        preparation.keep_private_note(talk, "她可能想转岗，别先提", actor=shen, at=walk.TALK_AT)
    return {**numbers, "phone_talk": other.pk}


def disputable(cast: Cast) -> Numbers:
    """林晓岚 is rated and both have signed; she may dispute until 23 July."""
    talk = talk_in(cast)
    steps.rated_and_signed(cast, talk)
    return {"talk": talk.pk}


def every_stage(cast: Cast) -> Numbers:
    """The same two people in five cycles: one talk in each state of its life."""
    preparing = talk_in(cast, "2026a", name="2026 第一期")
    shared = talk_in(cast, "2026b", name="2026 第二期")
    begun = talk_in(cast, "2026c", name="2026 第三期")
    recorded = talk_in(cast, "2026d", name="2026 第四期")
    signed = talk_in(cast, "2026e", name="2026 第五期")
    walk.prepare(cast, preparing)
    for talk in (shared, begun, recorded):
        walk.prepare(cast, talk)
        walk.share(cast, talk)
    lin = cast.actor("lin")
    voice.ask(
        shared,
        "按期率是怎么算的？",
        evidence=walk.kpi(shared, "ECN 按期关闭率"),
        actor=lin,
        at=at(7, 7),
    )
    contest = voice.contest(
        shared,
        walk.kpi(shared, "ECN 按期关闭率"),
        "我自己的台账是 78.6%",
        claim="78.6",
        actor=lin,
        at=at(7, 7),
    )
    for talk in (begun, recorded):
        walk.begin(cast, talk)
        walk.highlight(cast, talk)
        walk.improvement(cast, talk)
    second_improvement(cast, begun)
    walk.complete(cast, recorded)
    walk.sign(cast, recorded, "shen", when=walk.DONE_AT + timedelta(minutes=20))
    disputed = steps.accepted(cast, steps.rated_and_signed(cast, signed))
    draft_dispute = drafting.begin(recorded, actor=lin, at=walk.DONE_AT)
    topic = recorded.topics.get(kind="improvement")
    drafting.add_point(draft_dispute, "topic", topic.pk, actor=lin, at=walk.DONE_AT)
    plan = signed.plan
    assert plan is not None
    draft = the_cast.draft_cycle(
        "2026h2",
        name="2026 下半年",
        starts_on=date(2026, 7, 1),
        ends_on=date(2026, 12, 31),
        talks_from=date(2027, 1, 4),
        talks_until=date(2027, 1, 29),
    )
    keep(walk.DONE_AT)
    return {
        "preparing": preparing.pk,
        "shared": shared.pk,
        "contest": contest.pk,
        "talking": begun.pk,
        "recorded": recorded.pk,
        "signed": signed.pk,
        "dispute": disputed.pk,
        "item": plan.items.get(kind="action").pk,
        "promise": plan.items.get(kind="support").pk,
        "check_in": plan.check_ins.order_by("due_on")[0].pk,
        "draft": draft.pk,
        "cycle": preparing.review.cycle_id,
    }


STAGES: dict[str, Callable[[Cast], Numbers]] = {
    stage.__name__: stage
    for stage in (
        opened,
        scored,
        half_hour,
        talking,
        completed,
        hard_cycle,
        handed_on,
        one_device,
        disputable,
        every_stage,
    )
}


def fill(stage: str) -> Numbers:
    """ "nothing" makes the tables alone."""
    call_command("migrate", verbosity=0, interactive=False)
    if stage == "nothing":
        return {}
    own = settings.PASSWORD_HASHERS
    settings.PASSWORD_HASHERS = [*own, *WHILE_FILLING]
    numbers = STAGES[stage](the_cast.enrol())
    Account.objects.update(password=make_password(the_cast.PASSWORD))
    return numbers


if __name__ == "__main__":
    sys.stdout.write(json.dumps(fill(sys.argv[1])))
