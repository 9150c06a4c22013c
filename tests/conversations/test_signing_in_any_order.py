"""Record, versions and signatures under whatever anybody tries, in any order: the invariants of R18 hold after each step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests import walk
from tests.cast import SYSTEM, Cast

from huitan.conversations.actions import handover, record, room
from huitan.conversations.models import Conversation
from huitan.conversations.queries.verification import verify
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.people.actions import Proof

CAST = ("shen", "lin", "zhao", "gu", "he", "tao", "sun", "chen")
WHO = st.sampled_from(("shen", "lin", *CAST))
SIDES = {"employee": "lin", "manager": "shen"}


class Signing(RuleBasedStateMachine):
    """One talk from its first record on. `answers` is what really was accepted, kept beside the product's own tables."""

    cast: Cast
    talk_id: int

    def __init__(self) -> None:
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.now = walk.DONE_AT + timedelta(minutes=1)
        self.actors = {name: self.cast.actor(name) for name in CAST}
        self.answers: list[tuple[int, str, str, str]] = []
        self.frozen = {r.version: (r.hash, r.content) for r in self.talk.records.all()}
        self.lapses = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.rollback.__exit__(None, None, None)

    @property
    def talk(self) -> Conversation:
        return Conversation.objects.select_related("plan").get(pk=self.talk_id)

    def attempt(self, act) -> bool:
        try:
            with transaction.atomic():
                act()
        except Refused as refusal:
            assert str(refusal).strip()
            return False
        return True

    @rule(days=st.sampled_from((0, 0, 1, 3, 8)), minutes=st.integers(1, 200))
    def time_passes(self, days: int, minutes: int) -> None:
        self.now += timedelta(days=days, minutes=minutes)

    @rule(
        who=WHO,
        side=st.sampled_from(tuple(SIDES)),
        choice=st.sampled_from(("agree", "reserve", "decline", "refuse")),
        statement=st.sampled_from(("", "口径不同")),
        stale=st.sampled_from((False, False, False, True)),
        proof_of=st.sampled_from((None, None, None, "shen", "lin")),
        age=st.sampled_from((0, 0, 4, 6)),
        taken_by=st.sampled_from(("", "", "pin")),
    )
    def sign(self, who, side, choice, statement, stale, proof_of, age, taken_by) -> None:
        current = self.talk.current_record()
        owner = self.actors[proof_of or who]
        proof = Proof(owner.account_id, "password", self.now - timedelta(minutes=age), taken_by)
        accepted = self.attempt(
            lambda: record.sign(
                self.talk,
                side=side,
                choice=choice,
                statement=statement,
                seen_hash="0" * 64 if stale else current.hash,
                proof=proof,
                actor=self.actors[who],
                at=self.now,
            )
        )
        if accepted:
            assert SIDES[side] == who, "somebody signed for another"
            assert owner is self.actors[who] and age <= 5 and not stale
            assert choice != "refuse" and not (choice == "reserve" and not statement)
            assert (side, choice) in record.SENTENCES
            self.answers.append((current.version, side, choice, taken_by))

    @rule(
        who=WHO,
        ways=st.sampled_from((["email"], ["email", "in_person"], ["email", "pigeon"])),
        reason=st.sampled_from(("", "不认可口径")),
        states_attempt=st.booleans(),
    )
    def witness(self, who, ways, reason, states_attempt) -> None:
        before = self.talk
        current = before.current_record()
        ground = record.ground_to_witness(before, current, self.now)
        attempt = record.Attempt(self.now.date(), "当面递交", "王工") if states_attempt else None
        accepted = self.attempt(
            lambda: record.witness_refusal(
                self.talk, reason, ways, attempt=attempt, actor=self.actors[who], at=self.now
            )
        )
        if accepted:
            assert who in ("gu", "he") and reason and ways == ["email", "in_person"]
            assert ground or attempt
            assert before.state == "recorded" and not current.signed_by("employee")

    @rule(who=WHO, note=st.sampled_from(("", "补一句")))
    def revise(self, who, note) -> None:
        before = self.talk.state
        if self.attempt(lambda: record.revise(self.talk, note, actor=self.actors[who], at=self.now)):
            assert (who, before) == ("shen", "recorded") and note

    @precondition(lambda self: self.talk.state == "talking")
    @rule(who=WHO, words=st.text("改补写新", min_size=1, max_size=6))
    def complete_again(self, who, words) -> None:
        topic = self.talk.topics.get(kind="improvement")
        self.attempt(lambda: room.write(topic, "issue", words, actor=self.actors["shen"], at=self.now))
        if self.attempt(lambda: room.complete(self.talk, actor=self.actors[who], at=self.now)):
            assert who == "shen"
            made = self.talk.current_record()
            self.frozen[made.version] = (made.hash, made.content)

    @rule(who=st.sampled_from((*CAST, "system")))
    def lapse_and_remind(self, who) -> None:
        actor = SYSTEM if who == "system" else self.actors[who]
        for duty in (record.lapse_signing, record.remind_signing):
            self.attempt(lambda duty=duty: duty(actor=actor, at=self.now))

    @rule(who=WHO)
    def hand_over(self, who) -> None:
        accepted = self.attempt(lambda: handover.hand_over(self.talk, actor=self.actors[who], at=self.now))
        assert not accepted or who == "shen"

    @invariant()
    def what_was_frozen_and_signed_stays(self) -> None:
        kept = {r.version: (r.hash, r.content) for r in self.talk.records.all()}
        assert kept == self.frozen
        rows = [
            (s.record.version, s.side, s.choice, s.taken_by)
            for r in self.talk.records.all()
            for s in r.signatures.order_by("id")
        ]
        assert sorted(rows) == sorted(self.answers)

    @invariant()
    def the_state_says_what_the_signatures_say(self) -> None:
        talk = self.talk
        current = talk.current_record()
        manager, employee = current.signed_by("manager"), current.signed_by("employee")
        known = manager and (employee or current.refusals.exists())
        if talk.state == "signed":
            assert known and talk.plan.state == "active"
        else:
            assert talk.state in ("recorded", "talking") and talk.plan.state == "draft"
            assert talk.state == "talking" or not known
        for old in talk.records.all():
            for side in SIDES:
                assert sum(s.side == side and s.choice != "decline" for s in old.signatures.all()) <= 1

    @invariant()
    def silence_is_no_agreement(self) -> None:
        agreed = {
            version for version, side, choice, _ in self.answers if side == "employee" and choice == "agree"
        }
        told = Event.objects.filter(
            verb="conversation.signed", payload__side="employee", payload__choice="agree"
        )
        assert {event.payload["version"] for event in told} == agreed

    @invariant()
    def the_history_holds(self) -> None:
        assert verify(self.talk.stream, at=self.now).holds


@pytest.mark.django_db
def test_r18_any_order_of_answers_keeps_record_versions_and_signatures_true(cast, talk) -> None:
    walk.to_recorded(cast, talk)

    class Ours(Signing):
        pass

    Ours.cast, Ours.talk_id = cast, talk.pk
    run_state_machine_as_test(
        Ours,
        settings=settings(
            max_examples=15, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
