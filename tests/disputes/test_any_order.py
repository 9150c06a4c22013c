"""Whatever anybody tries with a dispute, in whatever order: no illegal state, no open rating without a dispute, no
answer by somebody with a part, and a history that holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import SYSTEM, at
from tests.disputes import steps

from huitan.core import events
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.cycles.models import Rating, Review
from huitan.disputes.actions import drafting, handling, outcome
from huitan.disputes.lifecycle import DISPUTE, OPEN
from huitan.disputes.models import Answer, Dispute
from huitan.disputes.queries.verification import dispute_breaks

PEOPLE = ("lin", "shen", "zhao", "gu", "he", "wang", "tao", "sun")


class Play:
    """One signed talk and everything anybody may try about it."""

    def __init__(self, cast, talk) -> None:
        self.cast, self.talk, self.now = cast, talk, at(7, 17, 9)
        self.actors = {name: cast.actor(name) for name in PEOPLE}

    @property
    def dispute(self) -> Dispute | None:
        return Dispute.objects.order_by("-pk").first()

    def attempt(self, name: str, who: str) -> None:
        self.now += timedelta(minutes=11)
        if name != "begin" and self.dispute is None:
            return
        try:
            getattr(self, name)(self.actors[who], who)
        except Refused as refusal:
            assert str(refusal).strip()

    def begin(self, actor, who):
        drafting.begin(self.talk, actor=actor, at=self.now)

    def write(self, actor, who):
        for kind in ("rating", "other"):
            drafting.add_point(self.dispute, kind, None, actor=actor, at=self.now)
        texts = {p.pk: drafting.PointText(steps.CLAIM, "B") for p in self.dispute.points.all()}
        drafting.save_draft(self.dispute, texts, seen=None, actor=actor, at=self.now)

    def submit(self, actor, who):
        drafting.submit(self.dispute, actor=actor, at=self.now)

    def assign(self, actor, who):
        for person in ("shen", "zhao", "gu"):
            try:
                handling.assign(self.dispute, self.cast.people[person].pk, actor=actor, at=self.now)
            except Refused as refusal:
                if refusal.kind != "invalid":
                    raise

    def assign_the_admin(self, actor, who):
        handling.assign(self.dispute, self.cast.he.pk, actor=actor, at=self.now)

    def reassign(self, actor, who):
        handling.reassign(self.dispute, self.cast.wang.pk, "休假", actor=actor, at=self.now)

    def recuse(self, actor, who):
        handling.recuse(self.dispute, "有关", actor=actor, at=self.now)

    def accept(self, actor, who):
        handling.accept(self.dispute, actor=actor, at=self.now)

    def state(self, actor, who):
        for box in self.dispute.statements.all():
            handling.state(box, "我的说明", actor=actor, at=self.now)

    def ask(self, actor, who):
        handling.ask(self.dispute, "rater", "哪四份？", actor=actor, at=self.now)

    def answer(self, actor, who):
        level = self.talk.review.cycle.levels.get(label="B")
        for point in self.dispute.points.all():
            corrected = handling.AnswerText("corrected", "核对过", new_level=level.pk, new_text="改为")
            handling.answer(point, corrected, seen=None, actor=actor, at=self.now)

    def explain(self, actor, who):
        topic = self.talk.topics.get(kind="improvement").pk
        for point in self.dispute.points.all():
            text = handling.AnswerText("explained", "那一次是这样的", paragraphs=(topic,))
            handling.answer(point, text, seen=None, actor=actor, at=self.now)

    def send(self, actor, who):
        seen = steps.seen_hash(self.dispute)
        outcome.decide(self.dispute, seen_hash=seen, actor=actor, at=self.now)

    def acknowledge(self, actor, who):
        outcome.acknowledge(self.dispute, actor=actor, at=self.now)

    def raise_further(self, actor, who):
        outcome.raise_further(self.dispute, "还有不同意见", actor=actor, at=self.now)

    def finish(self, actor, who):
        outcome.finish(self.dispute, actor=actor, at=self.now)

    def withdraw(self, actor, who):
        outcome.withdraw(self.dispute, "先不提了", actor=actor, at=self.now)

    def wait_a_week(self, actor, who):
        self.now += timedelta(days=7)
        outcome.lapse_further(actor=SYSTEM, at=self.now)


STEPS = tuple(name for name in vars(Play) if not name.startswith("_") and name not in ("attempt", "dispute"))
# Most attempts come from those who may get somewhere, so that sequences reach the far states, too.
TRIES = st.lists(
    st.tuples(
        st.sampled_from(STEPS), st.sampled_from(("lin", "lin", "gu", "gu", "he", "he", "wang", *PEOPLE))
    ),
    min_size=4,
    max_size=16,
)
FORWARD = [
    ("begin", "lin"),
    ("write", "lin"),
    ("submit", "lin"),
    ("assign", "he"),
    ("accept", "gu"),
    ("answer", "gu"),
    ("send", "gu"),
    ("raise_further", "lin"),
    ("assign_the_admin", "he"),
    ("accept", "he"),
]


@pytest.mark.parametrize("head_start", [0, 3, 5, 7, 10])
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(tries=TRIES)
def test_no_sequence_reaches_an_illegal_state_or_breaks_the_history(cast, talk, head_start, tries) -> None:
    with transaction.atomic():
        play = Play(cast, steps.rated_and_signed(cast, talk))
        for name, who in FORWARD[:head_start]:
            play.attempt(name, who)
        for name, who in tries:
            play.attempt(name, who)
        check(play)
        transaction.set_rollback(True)


def check(play: Play) -> None:
    legal = {(source, move.target) for move in DISPUTE.moves for source in move.sources}
    assert not list(events.breaks()) and not dispute_breaks()
    for dispute in Dispute.objects.select_related(*Dispute.judged_with):
        state = "draft"
        for event in Event.objects.filter(stream=dispute.stream).order_by("seq"):
            if event.verb.split(".")[1] in DISPUTE.by_name:
                assert event.payload["from"] == state and (state, event.payload["to"]) in legal
                state = event.payload["to"]
        assert state == dispute.state
        sent = Answer.objects.filter(point__dispute=dispute, sent_at__isnull=False)
        assert not sent.filter(by__in=[play.cast.lin, play.cast.shen, play.cast.zhao]).exists()
        levels = {(a.level, a.by_id) for a in sent}
        assert len({by for _level, by in levels}) == len(levels) <= 2
        if dispute.state in ("decided", "concluded"):
            assert {a.point_id for a in sent} == set(dispute.points.values_list("pk", flat=True))
    review = Review.objects.get(pk=play.talk.review_id)
    assert review.is_disputed == Dispute.objects.filter(state__in=OPEN).exists()
    ratings = list(Rating.objects.filter(review=review).select_related("level"))
    assert ratings[0].level.label == "C" and ratings[0].given_by_id == play.cast.shen.pk
    assert play.talk.current_record().version == 1
