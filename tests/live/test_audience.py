"""Who hears is who sees: the audience in memory and `visible_to` in the database give one answer for everybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests import walk
from tests.cast import NAMES

from huitan.conversations import audience as talks
from huitan.conversations.models import Conversation
from huitan.core.events import Told
from huitan.plans import audience as plans
from huitan.plans.models import Blocker, Plan, PlanItem, SupportRequest


def agree(cast, talk) -> None:
    talk.refresh_from_db()
    stored = talks.talks_heard([talk.pk])[talk.pk]
    plan = plans.plans_heard([talk.plan_id])[talk.plan_id]
    for who in NAMES:
        actor = cast.actor(who)
        assert (
            talks.sees(stored, actor) == Conversation.objects.visible_to(actor).filter(pk=talk.pk).exists()
        ), (
            who,
            stored.state,
        )
        if plan.state != "draft":
            seen = (
                Plan.objects.visible_to(actor).filter(pk=plan.pk).exists()
                or PlanItem.objects.visible_to(actor).filter(plan=plan).exists()
            )
            assert plans.sees(plan, actor) == seen, (who, plan.state)


def test_through_the_whole_life_of_a_talk(cast, talk) -> None:
    agree(cast, talk)
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    agree(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    agree(cast, talk)
    walk.complete(cast, talk)
    agree(cast, talk)
    walk.sign(cast, talk, "shen", when=walk.DONE_AT + timedelta(minutes=20))
    walk.sign(cast, talk, "lin", when=walk.DONE_AT + timedelta(minutes=30))
    talk.refresh_from_db()
    assert talk.state == "signed"
    agree(cast, talk)


def told(verb: str, by: str = "account:0", thing: int | None = None) -> Told:
    return Told(1, "", verb, by, thing)


@pytest.mark.parametrize(
    ("verb", "hear"),
    [
        ("conversation.share", {"lin", "shen", "gu", "he"}),
        ("survey.submitted", {"lin", "shen", "gu", "he"}),
        ("topic.written", {"shen"}),
        ("conversation.purpose_chosen", {"shen"}),
        ("wording.dismissed", set()),
    ],
)
def test_a_draft_is_heard_of_by_its_writer_alone(cast, talk, verb, hear) -> None:
    stored = talks.talks_heard([talk.pk])[talk.pk]
    assert {who for who in NAMES if talks.hears(stored, told(verb), cast.actor(who))} == hear


def test_ones_own_change_is_always_heard_on_ones_other_screen(cast, talk) -> None:
    stored, lin = talks.talks_heard([talk.pk])[talk.pk], cast.actor("lin")
    assert talks.hears(stored, told("wording.dismissed", lin.key), lin)
    assert not talks.hears(stored, told("topic.written", cast.actor("sun").key), cast.actor("sun"))


def test_who_owns_one_item_of_a_foreign_plan_hears_of_that_item_only(cast, talk) -> None:
    walk.to_signed(cast, talk)
    talk.refresh_from_db()
    first, second = talk.plan.items.order_by("pk")[:2]
    PlanItem.objects.filter(pk=first.pk).update(owner=cast.sun)
    common = {"what": "没人会签", "by": cast.sun, "at": walk.DONE_AT, "since": walk.DONE_AT.date()}
    own, other = (Blocker.objects.create(item=item, **common) for item in (first, second))
    through = SupportRequest.objects.create(
        item=second, linked=first, asked_of=cast.sun, what="约人", asked_at=walk.DONE_AT
    )
    plan, sun = plans.plans_heard([talk.plan_id])[talk.plan_id], cast.actor("sun")
    assert plans.hears(plan, told("blocker.raised", thing=own.pk), sun)
    assert not plans.hears(plan, told("blocker.raised", thing=other.pk), sun)
    assert plans.hears(plan, told("support_request.asked", thing=through.pk), sun)
    assert plans.hears(plan, told("item.progressed", thing=first.pk), sun)
    assert not plans.hears(plan, told("item.progressed", thing=second.pk), sun)
    assert not plans.hears(plan, told("check_in.hold", thing=first.pk), sun)
    assert not plans.hears(plan, told("item.progressed", thing=first.pk), cast.actor("qian"))
