"""Slots from offer to appointment, what is said against a time, and the calendar entry in every state of a talk."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests import walk
from tests.cast import NAMES, at, open_cycle, talk_of

from huitan.conversations.actions import opening, preparation, record, room, scheduling
from huitan.conversations.models import Conversation, SlotOffer
from huitan.conversations.queries.slots import what_speaks_against
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.cycles.actions import declare_day
from huitan.cycles.working_days import out_of_the_ordinary

NOW = at(7, 2)
TIMES = (at(7, 14, 10), at(7, 15, 15), at(7, 16, 9))


def offer(cast, talk, times=TIMES, who="shen", when=NOW) -> SlotOffer:
    return scheduling.offer_slots(talk, times, minutes=45, place="3 号会客室", actor=cast.actor(who), at=when)


def test_picking_a_slot_schedules_the_talk(cast, talk) -> None:
    given = offer(cast, talk)
    slot = given.slots.get(starts_at=TIMES[1])
    scheduling.pick(given, slot, actor=cast.actor("lin"), at=NOW)
    talk.refresh_from_db()
    given.refresh_from_db()
    assert (talk.scheduled_at, talk.minutes, talk.place) == (TIMES[1], 45, "3 号会客室")
    assert (given.state, given.chosen) == ("accepted", slot)
    verbs = list(Event.objects.filter(stream=talk.stream).order_by("seq").values_list("verb", flat=True))
    assert verbs[-2:] == ["slots.accept", "conversation.scheduled"] or verbs[-3:-1] == [
        "slots.accept",
        "conversation.scheduled",
    ]
    moved = Event.objects.get(stream=talk.stream, verb="conversation.scheduled")
    assert moved.actor == cast.actor("lin").key


def test_asking_for_others_says_what_would_fit(cast, talk) -> None:
    given = offer(cast, talk)
    with pytest.raises(Refused) as silent:
        scheduling.ask_for_others(given, "  ", actor=cast.actor("lin"), at=NOW)
    assert silent.value.kind == "incomplete"
    scheduling.ask_for_others(given, "周三下午都行", actor=cast.actor("lin"), at=NOW)
    with pytest.raises(Refused) as late:
        scheduling.pick(given, given.slots.first(), actor=cast.actor("lin"), at=NOW)
    assert late.value.kind == "not_now"
    second = offer(cast, talk, [at(7, 15, 14)])
    scheduling.pick(second, second.slots.get(), actor=cast.actor("lin"), at=NOW)
    talk.refresh_from_db()
    assert talk.scheduled_at == at(7, 15, 14)
    assert [o.state for o in talk.slot_offers.all()] == ["turned_down", "accepted"]


@pytest.mark.parametrize("who", [name for name in NAMES if name != "shen"])
def test_only_the_manager_offers(cast, talk, who) -> None:
    with pytest.raises(Refused) as refusal:
        offer(cast, talk, who=who)
    assert refusal.value.kind == "forbidden"


def test_only_the_employee_picks_and_asks(cast, talk) -> None:
    given = offer(cast, talk)
    for who in NAMES:
        if who == "lin":
            continue
        for act in (
            lambda actor: scheduling.pick(given, given.slots.first(), actor=actor, at=NOW),
            lambda actor: scheduling.ask_for_others(given, "晚点", actor=actor, at=NOW),
        ):
            with pytest.raises(Refused) as refusal:
                act(cast.actor(who))
            assert refusal.value.kind == "forbidden", who
    given.refresh_from_db()
    assert given.state == "open"


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        ([], "至少给一个时间"),
        ([at(7, 14, h) for h in range(9, 15)], "最多给 5 个时间"),
        ([at(7, 1)], "已经过去"),
        ([at(7, 14, year=2029)], "太远"),
    ],
)
def test_offers_that_cannot_be(cast, talk, times, sentence) -> None:
    with pytest.raises(Refused) as refusal:
        offer(cast, talk, times)
    assert sentence in str(refusal.value)
    assert not SlotOffer.objects.exists()


def test_a_slot_that_has_passed_or_belongs_elsewhere_is_not_taken(cast, cycle, talk) -> None:
    given = offer(cast, talk)
    with pytest.raises(Refused) as past:
        scheduling.pick(given, given.slots.first(), actor=cast.actor("lin"), at=at(7, 14, 11))
    assert past.value.kind == "incomplete"
    other = offer(cast, talk_of(cast.chen, cycle))
    with pytest.raises(Refused):
        scheduling.pick(given, other.slots.first(), actor=cast.actor("lin"), at=NOW)


def test_a_time_set_directly_or_a_cancelled_talk_takes_the_offer_back(cast, talk) -> None:
    given = offer(cast, talk)
    preparation.schedule(talk, at(7, 17, 9), minutes=45, place="", actor=cast.actor("shen"), at=NOW)
    given.refresh_from_db()
    assert given.state == "withdrawn"
    again = offer(cast, talk)
    opening.cancel(talk, "组织调整", actor=cast.actor("he"), at=NOW)
    again.refresh_from_db()
    assert again.state == "withdrawn"


def test_r08_a_shared_pack_keeps_its_notice_for_slots_too(cast) -> None:
    from tests.cast import bring_results

    cycle = open_cycle(notice_rule="enforce")
    bring_results(cast, cycle)
    talk = talk_of(cast.lin, cycle)
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    with pytest.raises(Refused) as refusal:
        offer(cast, talk, [at(7, 10)], when=at(7, 7))
    assert "至少要留 7 天" in str(refusal.value)
    given = offer(cast, talk, [at(7, 15, 9)], when=at(7, 7))
    scheduling.pick(given, given.slots.get(), actor=cast.actor("lin"), at=at(7, 7))


def said(cast, talk, when, now=NOW) -> str:
    from django.utils import timezone

    with timezone.override(ZoneInfo("Asia/Shanghai")):
        return " ".join(str(w) for w in what_speaks_against(talk, [when], 45, now)[when])


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        (at(10, 1, 10), "这天放假：国庆节"),
        (at(7, 18, 10), "这天是周末。"),
        (at(9, 20, 10), "调休上班"),
        (at(7, 6, 10), "离面谈只有 4 天"),
        (at(7, 14, 22), "不在平常的上班时间"),
        (at(1, 12, 10, year=2028), "2028 年的法定假日还没有录入"),
    ],
)
def test_what_is_said_against_a_time(cast, talk, when, sentence) -> None:
    assert sentence in said(cast, talk, when)


def test_an_ordinary_time_has_nothing_against_it(cast, talk) -> None:
    assert said(cast, talk, at(7, 14, 10)) == ""


def test_hrs_own_days_count_and_silence_the_warning_about_an_unknown_year(cast, talk) -> None:
    he = cast.actor("he")
    declare_day(date(2026, 7, 14), False, "厂庆", actor=he, at=NOW)
    declare_day(date(2026, 7, 18), True, "补班", actor=he, at=NOW)
    declare_day(date(2028, 1, 26), False, "春节", actor=he, at=NOW)
    assert "这天公司放假" in said(cast, talk, at(7, 14, 10))
    assert "公司定为上班日" in said(cast, talk, at(7, 18, 10))
    assert "2028" not in said(cast, talk, at(1, 12, 10, year=2028))
    assert "这天公司放假" in said(cast, talk, at(1, 26, 10, year=2028))


def test_collisions_name_ones_own_and_only_hint_at_the_others(cast, cycle, talk) -> None:
    """沈立文 meets 陈思远 at ten and is himself met by 赵启明 at two; 林晓岚 has nothing else."""
    chen, shen = talk_of(cast.chen, cycle), talk_of(cast.shen, cycle)
    preparation.schedule(chen, at(7, 14, 10), minutes=45, place="", actor=cast.actor("shen"), at=NOW)
    preparation.schedule(shen, at(7, 14, 14), minutes=45, place="", actor=cast.actor("zhao"), at=NOW)
    assert said(cast, talk, at(7, 14, 10, 30)) == "你那时与陈思远有面谈。"
    assert said(cast, talk, at(7, 14, 14, 15)) == "你那时与赵启明有面谈。"
    assert said(cast, talk, at(7, 14, 11)) == ""
    assert said(cast, shen, at(7, 14, 10, 15)) == "沈立文那时有另一场面谈。"


def test_the_other_ones_clock_is_minded(cast, talk) -> None:
    account = cast.account("lin")
    account.time_zone = "America/New_York"
    account.save(update_fields=["time_zone"])
    talk.review.employee.refresh_from_db()
    fresh = Conversation.objects.get(pk=talk.pk)
    assert "林晓岚那里是 07-13 22:00" in said(cast, fresh, at(7, 14, 10))


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 2, 17), "春节"), (date(2026, 4, 5), "清明"), (date(2026, 5, 1), "劳动节"),
        (date(2026, 6, 19), "端午"), (date(2026, 9, 25), "中秋"), (date(2026, 1, 1), "元旦"),
        (date(2026, 7, 15), None),
    ],
)  # fmt: skip
def test_days_in_words(day, words) -> None:
    found = out_of_the_ordinary(day, {})
    assert (found is None) if words is None else (words in str(found))


def test_r16_a_follow_up_talk_is_agreed_on_the_same_way(cast, talk) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.answer_survey(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    extra = preparation.add_topic(talk, "growth", "绿带培训", actor=cast.actor("lin"), at=walk.TALK_AT)
    room.carry_over(extra, actor=cast.actor("shen"), at=walk.TALK_AT)
    room.set_follow_up(talk, at(7, 23, 10), actor=cast.actor("shen"), at=walk.TALK_AT)
    walk.complete(cast, talk)
    after = talk.follow_ups.get()
    given = offer(cast, after, [at(7, 24, 10)], when=walk.DONE_AT)
    assert "来不及" not in said(cast, after, at(7, 24, 10), walk.DONE_AT)
    scheduling.pick(given, given.slots.get(), actor=cast.actor("lin"), at=walk.DONE_AT + timedelta(hours=1))
    after.refresh_from_db()
    assert after.scheduled_at == at(7, 24, 10)
    pending = offer(cast, after, [at(7, 27, 10)], when=walk.DONE_AT + timedelta(hours=2))
    record.revise(talk, "补一句", actor=cast.actor("shen"), at=walk.DONE_AT + timedelta(hours=3))
    room.set_follow_up(talk, at(7, 28, 10), actor=cast.actor("shen"), at=walk.DONE_AT + timedelta(hours=3))
    walk.complete(cast, talk, when=walk.DONE_AT + timedelta(hours=4))
    pending.refresh_from_db()
    assert pending.state == "withdrawn"
