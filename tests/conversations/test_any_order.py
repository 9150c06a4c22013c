"""Whatever people try, in whatever order: no illegal state, no half signature, no broken chain."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import walk

from huitan.conversations.actions import opening, preparation, record, room, voice
from huitan.conversations.lifecycle import CONVERSATION
from huitan.core import events
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.plans import actions as plans
from huitan.plans.models import PlanItem

PEOPLE = ("shen", "lin", "zhao", "gu", "he", "tao", "sun")


class Play:
    """One talk and everything anybody may try with it."""

    def __init__(self, cast, talk) -> None:
        self.cast, self.talk, self.now = cast, talk, walk.at(7, 2)
        self.actors = {name: cast.actor(name) for name in PEOPLE}

    def attempt(self, name: str, who: str) -> None:
        self.now += timedelta(minutes=7)
        try:
            getattr(self, name)(self.actors[who], who)
        except Refused as refusal:
            assert str(refusal).strip()

    def schedule(self, actor, who):
        when = max(walk.TALK_AT, self.now + timedelta(days=9))
        preparation.schedule(self.talk, when, minutes=45, place="", actor=actor, at=self.now)

    def purpose(self, actor, who):
        preparation.choose_purpose(self.talk, "improvement", actor=actor, at=self.now)

    def share(self, actor, who):
        preparation.share(self.talk, actor=actor, at=self.now)

    def survey(self, actor, who):
        voice.save_survey(self.talk, {"own_view": "还可以"}, {}, actor=actor, at=self.now)
        voice.submit_survey(self.talk, actor=actor, at=self.now)

    def ask(self, actor, who):
        voice.ask(self.talk, "怎么算的？", actor=actor, at=self.now)

    def answer(self, actor, who):
        for question in self.talk.questions.all():
            voice.answer(question, "按总量", actor=actor, at=self.now)

    def begin(self, actor, who):
        room.begin(self.talk, actor=actor, at=self.now)

    def fill(self, actor, who):
        walk.highlight(self.cast, self.talk, when=self.now)
        walk.improvement(self.cast, self.talk, when=self.now)

    def speak(self, actor, who):
        for topic in self.talk.topics.all():
            room.write(topic, "words", "我的话", actor=actor, at=self.now)

    def complete(self, actor, who):
        room.complete(self.talk, actor=actor, at=self.now)

    def revise(self, actor, who):
        record.revise(self.talk, "改一处", actor=actor, at=self.now)

    def sign(self, actor, who):
        current = self.talk.current_record()
        if current is None:
            return
        side = "manager" if who == "shen" else "employee"
        proof = self.cast.prove(who, self.now)
        record.sign(
            self.talk,
            side=side,
            choice="agree",
            seen_hash=current.hash,
            proof=proof,
            actor=actor,
            at=self.now,
        )

    def refuse(self, actor, who):
        record.witness_refusal(
            self.talk,
            "未说明",
            ["email", "in_person"],
            attempt=walk.attempt(self.now),
            actor=actor,
            at=self.now,
        )

    def cancel(self, actor, who):
        opening.cancel(self.talk, "离职", actor=actor, at=self.now)

    def deliver(self, actor, who):
        for item in PlanItem.objects.filter(plan=self.talk.plan):
            plans.submit(item, "做完了", actor=actor, at=self.now)

    def accept(self, actor, who):
        for item in PlanItem.objects.filter(plan=self.talk.plan, state="submitted"):
            plans.accept(item, actor=actor, at=self.now)

    def close(self, actor, who):
        record.close(self.talk, "met", "", actor=actor, at=self.now)


STEPS = tuple(name for name in vars(Play) if not name.startswith("_") and name != "attempt")
# Most attempts come from the two who may get somewhere, so that sequences reach the far states, too.
TRIES = st.lists(
    st.tuples(st.sampled_from(STEPS), st.sampled_from(("shen", "shen", "shen", "lin", "lin", "gu", *PEOPLE))),
    min_size=4,
    max_size=18,
)
FORWARD = ["schedule", "purpose", "share", "begin", "fill", "complete", "sign", "deliver", "accept", "close"]


@pytest.mark.parametrize("head_start", [0, 4, 6])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(tries=TRIES)
def test_no_sequence_reaches_an_illegal_state_or_breaks_the_chain(cast, talk, head_start, tries) -> None:

    with transaction.atomic():
        play = Play(cast, talk)
        for name in FORWARD[:head_start]:
            play.attempt(name, "shen")
        for name, who in tries:
            play.attempt(name, who)
        check(play)
        transaction.set_rollback(True)


def check(play: Play) -> None:
    talk = type(play.talk).objects.get(pk=play.talk.pk)
    assert not list(events.breaks(talk.stream))
    legal = {(s, m.target) for m in CONVERSATION.moves for s in m.sources}
    state = "preparing"
    for event in Event.objects.filter(stream=talk.stream, verb__startswith="conversation.").order_by("seq"):
        if {"from", "to"} <= event.payload.keys() and event.verb.split(".")[1] in CONVERSATION.by_name:
            assert event.payload["from"] == state
            assert (state, event.payload["to"]) in legal
            state = event.payload["to"]
    assert state == talk.state
    current = talk.current_record()
    if talk.state in ("signed", "closed"):
        assert current is not None
        assert current.signed_by("manager")
        assert current.signed_by("employee") or current.refusals.exists()
        assert talk.plan.state in ("active", "concluded")
    else:
        assert talk.plan.state == "draft"
    for item in PlanItem.objects.filter(plan=talk.plan).exclude(state="draft"):
        assert item.owner_id
        assert item.due_on
        assert item.due_on >= date(2026, 1, 1)
    for made in talk.records.all():
        for signature in made.signatures.all():
            expected = play.cast.lin if signature.side == "employee" else play.cast.shen
            assert signature.signer_id == expected.pk
