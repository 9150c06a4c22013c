"""What is a draft stays one, what is taken back is taken back, what is too large is refused in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from tests import walk
from tests.cast import PASSWORD, at

from huitan.conversations.actions import preparation, record, room
from huitan.conversations.models import Conversation, RecordView
from huitan.core.moves import Refused
from huitan.evidence import actions as evidence_actions
from huitan.plans.models import PlanItem
from huitan.plans.queries.ledger import LedgerFilter, ledger_rows

BACKEND = "huitan.people.backend.Accounts"
LONG = "9" * 5000


def test_topics_are_the_managers_draft_until_the_pack_is_shared(cast, talk, client) -> None:
    walk.prepare(cast, talk)
    topic = preparation.add_topic(
        talk, "improvement", "只是草稿的话题", actor=cast.actor("shen"), at=at(7, 3)
    )
    client.force_login(cast.account("lin"), backend=BACKEND)
    waiting, facts = reverse("room", args=[talk.pk]), reverse("room-facts", args=[talk.pk, topic.pk])
    assert "只是草稿的话题" not in client.get(waiting).content.decode()
    assert client.get(facts).status_code == 404
    walk.share(cast, talk)
    assert "只是草稿的话题" in client.get(waiting).content.decode()


@pytest.mark.parametrize("reached_again", [True, False])
def test_r16_a_revision_keeps_the_follow_up_in_step(cast, talk, reached_again) -> None:
    shen = cast.actor("shen")
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    fact = walk.kpi(talk, "一次交检合格率")
    late = preparation.add_topic(talk, "improvement", "合格率", evidence=[fact], actor=shen, at=walk.TALK_AT)
    room.carry_over(late, actor=shen, at=walk.TALK_AT)
    room.set_follow_up(talk, at(7, 23, 10), actor=shen, at=walk.TALK_AT)
    walk.complete(cast, talk)
    follow_up = Conversation.objects.get(follows=talk)
    later = walk.DONE_AT + timedelta(hours=1)
    record.revise(talk, "补谈", actor=shen, at=later)
    if reached_again:
        room.carry_over(late, back=True, actor=shen, at=later)
        preparation.remove_topic(late, "并到话题一", actor=shen, at=later)
    else:
        room.set_follow_up(talk, at(7, 24, 15), actor=shen, at=later)
    room.complete(talk, actor=shen, at=later)
    follow_up.refresh_from_db()
    if reached_again:
        assert follow_up.state == "cancelled"
        assert not follow_up.topics.filter(state="active").exists()
    else:
        assert (follow_up.state, follow_up.scheduled_at) == ("preparing", at(7, 24, 15))
        assert follow_up.topics.filter(state="active").count() == 1


def test_who_only_owns_an_item_does_not_read_its_causes(cast, talk) -> None:
    walk.to_signed(cast, talk)
    item = PlanItem.objects.get(plan=talk.plan, kind="support")
    PlanItem.objects.filter(pk=item.pk).update(owner=cast.sun)
    theirs = list(ledger_rows(LedgerFilter(), cast.actor("sun"), at(7, 20)))
    assert [(row.pk, row.causes) for row in theirs] == [(item.pk, ())]
    ours = next(
        row for row in ledger_rows(LedgerFilter(), cast.actor("shen"), at(7, 20)) if row.pk == item.pk
    )
    assert set(ours.causes) == {"process", "skills"}


def test_a_fact_too_long_for_the_index_is_refused_in_words(cast) -> None:
    with pytest.raises(Refused) as refused:
        evidence_actions.add(
            cast.lin,
            kind="note",
            occurred_on=date(2026, 3, 1),
            statement="事" * 801,
            actor=cast.actor("shen"),
            at=at(7, 1),
        )
    assert "800" in str(refused.value)
    kept = evidence_actions.add(
        cast.lin,
        kind="note",
        occurred_on=date(2026, 3, 1),
        statement="".join(chr(0x4E00 + n) for n in range(800)),
        actor=cast.actor("shen"),
        at=at(7, 1),
    )
    assert len(kept.statement) == 800


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("imports", {"before": LONG}),
        ("verify", {"before": LONG}),
        ("progress", {"stage": LONG}),
        ("progress", {"stage": "²"}),
        ("cycle-new", {"departments": LONG}),
    ],
)
def test_numbers_of_any_length_in_an_address_are_no_error(cast, cycle, client, name, query) -> None:
    client.force_login(cast.account("he"), backend=BACKEND)
    assert client.get(reverse(name), query).status_code == 200


def test_r18_after_a_newer_version_appeared_the_signer_has_read_that_one(
    cast, talk, client, settings
) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    old = walk.complete(cast, talk)
    settings.HUITAN_SCRIPTED_NOW = (walk.DONE_AT + timedelta(hours=2)).isoformat()
    shen, later = cast.actor("shen"), walk.DONE_AT + timedelta(hours=1)
    record.revise(talk, "改一处", actor=shen, at=later)
    new = room.complete(talk, actor=shen, at=later)
    client.force_login(cast.account("lin"), backend=BACKEND)
    answer = client.post(
        reverse("sign", args=[talk.pk]),
        {"choice": "agree", "password": PASSWORD, "seen_hash": old.hash, "statement": ""},
    )
    assert answer.status_code == 412
    assert RecordView.objects.filter(record=new, viewer=cast.lin).exists()
