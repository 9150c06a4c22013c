"""首次提出 (R11): marked unless the employee was told before, and the times they were told stand with it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests import cast as the_cast
from tests import walk
from tests.cast import START, SYSTEM, at

from huitan.conversations.actions import preparation, room
from huitan.conversations.queries.prepare import proposals
from huitan.conversations.topic_order import order_words
from huitan.core.moves import Refused
from huitan.core.sentences import Sentence
from huitan.evidence import actions
from huitan.evidence.models import Evidence

ECN = "ECN 按期关闭率"


def told(cast, when=None, **changes) -> Evidence:
    fields = {
        "kind": "signal",
        "occurred_on": date(2026, 3, 3),
        "told_on": date(2026, 3, 3),
        "statement": "会签超两天要来找我",
        "about": ECN,
        **changes,
    }
    return actions.add(cast.lin, **fields, actor=cast.actor("shen"), at=when or at(3, 3, 18))


def proposed(talk, title: str = ECN):
    return next(p for p in proposals(talk) if p.kind == "improvement" and p.title == title)


def words(stored) -> list[str]:
    return [str(Sentence.from_json(one)) for one in stored]


def test_r11_a_shortfall_nobody_signalled_is_first_raised(cast, talk) -> None:
    assert proposed(talk).first_raised and not proposed(talk).signals
    (topic,) = preparation.adopt(talk, [proposed(talk)], actor=cast.actor("shen"), at=at(7, 2))
    assert topic.first_raised and topic.signals == []


def test_r11_a_told_note_about_the_result_takes_the_mark_and_is_the_reason(cast, talk) -> None:
    told(cast)
    found = proposed(talk)
    assert not found.first_raised
    (topic,) = preparation.adopt(talk, [found], actor=cast.actor("shen"), at=at(7, 2))
    assert words(topic.signals) == ["2026 年 3 月 3 日 当面告知：会签超两天要来找我"]


@pytest.mark.parametrize(
    "changes",
    [
        {"about": "一次交检合格率"},
        {"about": ""},
        {"kind": "achievement"},
        {"kind": "incident", "told_on": None},
    ],
)
def test_r11_what_is_about_something_else_praise_or_untold_is_no_signal(cast, talk, changes) -> None:
    told(cast, **changes)
    assert proposed(talk).first_raised


def test_r11_a_note_written_down_after_the_pack_is_no_earlier_signal(cast, talk) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    told(cast, when=at(7, 7))
    assert proposed(talk).first_raised


def test_r11_a_note_taken_back_is_no_signal(cast, talk) -> None:
    made = told(cast, kind="incident", told_on=None)
    actions.withdraw(made, "记错了", actor=cast.actor("shen"), at=at(3, 4))
    assert proposed(talk).first_raised


def test_r11_a_shortfall_in_an_earlier_shared_pack_counts_an_unshared_one_does_not(cast, talk) -> None:
    earlier = the_cast.draft_cycle(
        "2025h2",
        name="2025 下半年",
        starts_on=date(2025, 7, 1),
        ends_on=date(2025, 12, 31),
        talks_from=date(2026, 1, 10),
        talks_until=date(2026, 1, 31),
    )
    entry = actions.KpiEntry(cast.lin, ECN, Decimal(90), Decimal(80), unit="%")
    actions.enter_kpis(earlier, [entry], actor=SYSTEM, at=START)
    old = Evidence.objects.get(cycle=earlier)
    assert proposed(talk).first_raised
    actions.share([old], at(1, 12))
    assert [str(s) for s in proposed(talk).signals] == ["2025 下半年的资料包：完成率 89%"]


def test_r11_an_earlier_talk_and_its_check_ins_count(cast, talk) -> None:
    walk.to_signed(cast, talk)
    following = the_cast.open_cycle(
        "2026h2",
        name="2026 下半年",
        starts_on=date(2026, 7, 1),
        ends_on=date(2026, 12, 31),
        talks_from=date(2027, 1, 4),
        talks_until=date(2027, 1, 29),
    )
    entry = actions.KpiEntry(cast.lin, ECN, Decimal(90), Decimal(70), unit="%")
    actions.enter_kpis(following, [entry], actor=SYSTEM, at=at(7, 20))
    walk.check_in(cast, talk.plan.check_ins.first(), "还差一成", when=at(8, 17))
    second = the_cast.talk_of(cast.lin, following)
    found = next(p for p in proposals(second) if p.evidence_ids and p.title == ECN)
    assert not found.first_raised
    said = [str(s) for s in found.signals]
    assert "2026 年 7 月 16 日 面谈谈过（2026 上半年）" in said and "2026 年 8 月 17 日 跟进时谈过" in said


def test_r11_the_mark_follows_what_the_topic_cites_and_is_not_taken_off_by_hand(cast, talk) -> None:
    shen = cast.actor("shen")
    incident = Evidence.objects.get(statement__startswith="ECN-2207")
    topic = preparation.add_topic(talk, "improvement", "ECN 晚关", actor=shen, at=at(7, 2))
    assert topic.first_raised
    with pytest.raises(Refused) as refused:
        room.choose(topic, first_raised=False, actor=shen, at=at(7, 2))
    assert "首次提出" in str(refused.value)
    actions.tell(incident, date(2026, 2, 16), actor=shen, at=at(7, 2))
    room.cite(topic, incident, actor=shen, at=at(7, 2))
    topic.refresh_from_db()
    assert not topic.first_raised and len(topic.signals) == 1
    room.cite(topic, incident, actor=shen, at=at(7, 2), remove=True)
    topic.refresh_from_db()
    assert topic.first_raised and topic.signals == []


def test_r11_what_the_employee_raised_is_not_held_against_them(cast, talk) -> None:
    topic = preparation.add_topic(talk, "improvement", "会签慢", actor=cast.actor("lin"), at=at(7, 2))
    assert not topic.first_raised


def test_r09_each_sides_order_stays_and_the_last_one_holds(cast, talk) -> None:
    shen, lin = cast.actor("shen"), cast.actor("lin")
    a, b = (preparation.add_topic(talk, "growth", t, actor=shen, at=at(7, 2)) for t in ("甲", "乙"))
    preparation.order_topics(talk, [a.pk, b.pk], actor=shen, at=at(7, 2))
    preparation.order_topics(talk, [b.pk, a.pk], actor=lin, at=at(7, 3))
    rows = {t.title: (t.position, t.manager_place, t.employee_place) for t in talk.topics.all()}
    assert rows == {"乙": (0, 1, 0), "甲": (1, 0, 1)}


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([], "双方都能调整顺序"),
        ([(None, None)], "双方都能调整顺序"),
        ([(0, None), (1, None)], "现在按你排的顺序，林晓岚还没有排过"),
        ([(None, 0), (None, 1)], "现在按林晓岚排的顺序，你也可以调整"),
        ([(0, 0), (1, 1)], "双方排得一样"),
        ([(1, 0), (0, 1)], "现在按林晓岚最后排的顺序，你的排在旁边"),
        ([(0, 1), (1, 0)], "现在按你最后排的顺序，林晓岚的排在旁边"),
    ],
)
def test_r09_the_order_that_holds_is_said_in_words(places, said) -> None:
    assert str(order_words(places, "林晓岚")) == said
