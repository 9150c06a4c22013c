"""However the events come in, the figures are those of a count from scratch."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from tests import walk
from tests.cast import SYSTEM, at, talk_of
from tests.disputes import steps

from huitan.conversations.actions import opening
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.insights.actions import pulse
from huitan.insights.actions.keeping import keep, rebuild
from huitan.insights.models import COMPANY, Cursor, PulseCount, PulseGiven, Rollup, Share
from huitan.people import actions as people
from huitan.people.models import Department
from huitan.plans import actions as plans

YES = {"heard": "yes", "clear": "partly", "supported": "no"}


def figures() -> dict[tuple[int, int], dict[str, int]]:
    return {
        (cycle, node): counts for cycle, node, counts in Rollup.objects.values_list("cycle", "node", "counts")
    }


def company(cycle) -> dict[str, int]:
    return Rollup.objects.get(cycle=cycle, node=COMPANY).counts


def at_size(when, size: int) -> None:
    """Read the whole history anew, so many events at a time."""
    Rollup.objects.all().delete()
    Share.objects.all().delete()
    Cursor.objects.all().delete()
    Cursor.objects.create(pk=1, event_id=0, day=walk.DONE_AT.date(), as_of=walk.DONE_AT)
    keep(when, size=size)


@pytest.fixture
def eventful(cast, cycle, talk):
    """A cycle with nearly everything in it, the figures kept now and then on the way; ends on 15 October."""
    rng = random.Random(11)

    def sometimes(when) -> None:
        if rng.random() < 0.6:
            keep(when, size=rng.choice([1, 2, 5, 40, 500]))

    keep(at(7, 1, 12))
    steps.rated_and_signed(cast, talk)
    sometimes(walk.DONE_AT)
    talk.refresh_from_db()
    shen, lin = cast.actor("shen"), cast.actor("lin")
    pulse.give(talk, YES, actor=lin, at=at(7, 17, 9))
    steps.submitted(cast, talk)
    sometimes(at(7, 18))
    opening.cancel(talk_of(cast.chen, cycle), "长期休假", actor=cast.actor("he"), at=at(7, 20))
    sometimes(at(7, 20))
    promise = talk.plan.items.get(kind="support")
    action = talk.plan.items.get(kind="action")
    sometimes(at(7, 30))
    plans.submit(promise, "三方确认过了", actor=shen, at=at(7, 31))
    plans.send_back(promise, "缺采购的签名", actor=lin, at=at(8, 3))
    sometimes(at(8, 4))
    change = plans.request_date(action, date(2026, 10, 12), "系统八月停机", actor=lin, at=at(8, 5))
    plans.consent(change, actor=shen, at=at(8, 6))
    plans.submit(promise, "补齐了", actor=shen, at=at(8, 20))
    sometimes(at(8, 21))
    plans.accept(promise, actor=lin, at=at(8, 22))
    moved = people.RosterEntry("00004", "林晓岚", "研发中心/工艺部", "工艺工程师", "00003")
    people.enrol([moved], actor=SYSTEM, at=at(9, 1))
    plans.miss_check_ins(actor=SYSTEM, at=at(9, 10))
    sometimes(at(9, 10))
    keep(at(10, 15))
    return talk


def test_kept_on_the_way_read_anew_and_counted_from_scratch_agree(cast, cycle, eventful) -> None:
    kept = figures()
    counts = company(cycle)
    assert counts["people"] == 6 and counts["held"] == 1 and counts["stage:cancelled"] == 1
    assert counts["support:late"] == 1 and counts["action:overdue"] == 1 and counts["dispute:raised"] == 1
    assert counts["quality:check_in:of"] == 1 and "quality:check_in" not in counts
    rng = random.Random(5)
    for size in [3, 500, *rng.sample(range(7, 90), 2)]:
        at_size(at(10, 15), size)
        assert figures() == kept, f"{size} events at a time"
    rebuild(actor=cast.actor("he"), at=at(10, 15))
    assert figures() == kept


def test_events_read_twice_change_nothing(cycle, eventful) -> None:
    kept = figures()
    Cursor.objects.update(event_id=3)
    keep(at(10, 15), size=50)
    assert figures() == kept


def test_a_department_left_behind_keeps_nothing_of_the_person(cycle, eventful) -> None:
    old = Department.objects.get(full_name="制造中心/智能产线部")
    new = Department.objects.get(full_name="研发中心/工艺部")
    assert Rollup.objects.get(cycle=cycle, node=new.pk).counts["held"] == 1
    assert "held" not in Rollup.objects.get(cycle=cycle, node=old.pk).counts
    above = Rollup.objects.get(cycle=cycle, node=new.parent_id).counts
    assert above == Rollup.objects.get(cycle=cycle, node=new.pk).counts


def test_a_date_that_passes_is_counted_without_any_event(cast, cycle, talk) -> None:
    walk.to_signed(cast, talk)
    keep(at(9, 30))
    assert company(cycle)["action:running"] == 1
    keep(at(10, 1))
    assert company(cycle)["action:overdue"] == 1 and "action:running" not in company(cycle)
    rows = figures()
    rebuild(actor=SYSTEM, at=at(10, 1))
    assert figures() == rows


def test_a_rebuild_broken_off_is_finished_by_the_worker(cast, cycle, talk) -> None:
    keep(at(7, 1, 12))
    kept = figures()
    Rollup.objects.all().delete()
    Share.objects.all().delete()
    Cursor.objects.update(rebuilt_to=0)
    assert keep(at(7, 1, 12), size=2, steps=1) == 2 and Cursor.objects.get().rebuilt_to
    keep(at(7, 1, 12), size=2)
    assert figures() == kept and Cursor.objects.get().rebuilt_to is None


def test_only_hr_admins_count_anew(cast, cycle) -> None:
    for who in ("lin", "gu", "tao"):
        with pytest.raises(Refused) as refused:
            rebuild(actor=cast.actor(who), at=at(7, 1))
        assert refused.value.kind == "forbidden"


def test_the_pulse_is_counted_once_without_a_name_and_published_with_the_close(cast, cycle, talk) -> None:
    lin = cast.actor("lin")
    with pytest.raises(Refused) as early:
        pulse.give(talk, YES, actor=lin, at=at(7, 2))
    assert early.value.kind == "not_now"
    walk.to_signed(cast, talk)
    with pytest.raises(Refused) as other:
        pulse.give(talk, YES, actor=cast.actor("shen"), at=at(7, 17))
    assert other.value.kind == "forbidden"
    for wrong in ({"heard": "yes"}, {**YES, "heard": "perhaps"}):
        with pytest.raises(Refused):
            pulse.give(talk, wrong, actor=lin, at=at(7, 17))
    pulse.give(talk, YES, actor=lin, at=at(7, 17))
    with pytest.raises(Refused) as twice:
        pulse.give(talk, {**YES, "heard": "no"}, actor=lin, at=at(7, 18))
    assert twice.value.kind == "not_now" and PulseGiven.objects.count() == 1
    assert dict(PulseCount.objects.values_list("question", "answer")) == YES
    keep(at(7, 18))
    assert not [key for key in company(cycle) if key.startswith(("pulse", "answered"))]
    given = Event.objects.filter(verb="pulse.given", stream=cycle.stream)
    assert [event.payload for event in given] == [{}]
    opening.close_cycle(cycle, actor=cast.actor("he"), at=at(12, 1), reason="归档")
    keep(at(12, 1))
    assert company(cycle)["answered"] == company(cycle)["pulse:heard:yes"] == 1
    rows = figures()
    rebuild(actor=SYSTEM, at=at(12, 1))
    assert figures() == rows


def test_after_the_close_no_answer_is_added(cast, cycle, talk) -> None:
    walk.to_signed(cast, talk)
    opening.close_cycle(cycle, actor=cast.actor("he"), at=at(12, 1), reason="归档")
    with pytest.raises(Refused) as late:
        pulse.give(talk, YES, actor=cast.actor("lin"), at=at(12, 1) + timedelta(minutes=1))
    assert late.value.kind == "not_now" and not PulseCount.objects.exists()
