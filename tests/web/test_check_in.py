"""A check-in: two voices, the progress of one's own items, what is carried over, and the end of it (R01, R19)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from tests import walk
from tests.cast import SYSTEM, at
from tests.reading import main_of

from huitan.conversations.actions import supporting
from huitan.conversations.queries.home import home
from huitan.people.actions import RosterEntry, enrol
from huitan.plans import actions as plans
from huitan.plans.models import CheckIn, NextTime, Progress
from huitan.plans.queries.check_in import check_in_page

NOW = at(8, 14)


@pytest.fixture
def signed(cast, talk, settings):
    settings.HUITAN_SCRIPTED_NOW = "2026-08-14T10:00:00+08:00"
    walk.to_signed(cast, talk)
    return talk


def url(name: str, *args: object) -> str:
    return reverse(f"check-in{'-' if name else ''}{name}", args=args)


def test_r19_both_say_their_part_and_the_manager_ends_it(cast, signed, as_) -> None:
    first, second = signed.plan.check_ins.all()
    action = signed.plan.items.get(kind="action")
    assert "五分钟：写下你的部分" in main_of(as_("lin").get(url("", first.pk)))
    said = {
        "went_well": "台账两周按时",
        "blocks": "会签",
        f"percent_{action.pk}": "50",
        f"note_{action.pk}": "过半",
    }
    answer = as_("lin").post(url("say", first.pk), said, follow=True)
    assert "沈立文马上就能看到" in answer.content.decode()
    action.refresh_from_db()
    assert (action.progress, action.latest_note) == (50, "过半")
    as_("lin").post(url("say", first.pk), {**said, f"note_{action.pk}": "", "needs": "两天时限"})
    assert Progress.objects.count() == 1, "what was not said anew is no update"
    older = {"went_well": "台账三周按时", f"percent_{action.pk}": "0", f"was_{action.pk}": "0"}
    as_("lin").post(url("say", first.pk), {**said, "needs": "两天时限", **older, f"note_{action.pk}": ""})
    assert Progress.objects.count() == 1, "an older page takes nothing back"

    page = main_of(as_("shen").get(url("", first.pk)))
    assert "台账三周按时" in page and "两天时限" in page
    early = as_("shen").post(url("hold", first.pk), {"note": "继续按周更新"})
    assert early.status_code == 422
    assert "直接上级还没有说" in main_of(early) and "继续按周更新" in main_of(early)
    as_("shen").post(url("say", first.pk), {"saw": "会签快了", "will_do": "约质量部"})
    bare = as_("shen").post(url("hold", first.pk), {"note": " "})
    assert bare.status_code == 422
    later = as_("shen").post(url("hold", first.pk), {"note": "继续", "next_on": "2026-09-30"})
    assert later.status_code == 422 and "计划里 9 月 16 日 周三就有一次跟进" in main_of(later)
    done = as_("shen").post(url("hold", first.pk), {"note": "继续按周更新"}, follow=True)
    assert "下一次在9 月 16 日 周三" in done.content.decode()
    first.refresh_from_db()
    assert (first.state, first.held_by, first.next_on) == ("held", cast.shen, second.due_on)
    page = main_of(as_("zhao").get(url("", first.pk)))
    for words in ("台账三周按时", "会签快了", "约质量部", "继续按周更新"):
        assert words in page
    assert as_("shen").post(url("hold", first.pk), {"note": "再写一次"}).status_code == 409
    late = as_("lin").post(url("say", first.pk), {"went_well": "晚到的话"})
    assert late.status_code == 409 and "晚到的话" in main_of(late)


def test_one_voice_is_enough_with_the_reason_why(cast, signed, as_) -> None:
    first = signed.plan.check_ins.first()
    as_("shen").post(url("say", first.pk), {"saw": "进展正常"})
    answer = as_("shen").post(
        url("hold", first.pk), {"note": "按计划", "missing_reason": "她在休假", "next_on": "2026-08-29"}
    )
    assert answer.status_code == 302
    first.refresh_from_db()
    # 29 August 2026 is a Saturday: the next working day is the Monday.
    assert first.next_on == date(2026, 8, 31)
    assert CheckIn.objects.filter(plan=signed.plan, due_on=date(2026, 8, 31), state="planned").exists()
    assert "只有一方说了，原因：她在休假" in main_of(as_("lin").get(url("", first.pk)))


@pytest.mark.parametrize(
    ("who", "read", "speak", "hold"),
    [("lin", 200, 302, 403), ("zhao", 200, 403, 403), ("gu", 200, 403, 403), ("sun", 404, 404, 404)],
)
def test_who_speaks_and_who_ends_it(signed, as_, who, read, speak, hold) -> None:
    pk = signed.plan.check_ins.first().pk
    client = as_(who)
    assert client.get(url("", pk)).status_code == read
    assert client.post(url("say", pk), {"went_well": "好", "saw": "好"}).status_code == speak
    assert client.post(url("leave", pk), {"left": "x"}).status_code == speak
    assert client.post(url("hold", pk), {"note": "x", "missing_reason": "x"}).status_code == hold


def test_the_next_one_carries_what_is_open_by_itself(cast, signed, as_) -> None:
    first, second = signed.plan.check_ins.all()
    action = signed.plan.items.get(kind="action")
    lin, shen, now = cast.actor("lin"), cast.actor("shen"), at(8, 14)
    gone = plans.block(action, "夹具没到", date(2026, 8, 3), actor=lin, at=now)
    plans.block(action, "采购不签", date(2026, 8, 10), actor=lin, at=now)
    supporting.ask(action, "请约采购", actor=lin, at=now)
    as_("lin").post(url("leave", first.pk), {"left": "绿带报名"})
    as_("shen").post(url("leave", first.pk), {"left": "带教时间"})
    walk.check_in(cast, first, when=now)
    first.refresh_from_db()
    assert [(row["kind"], row["what"]) for row in first.carried] == [
        ("blocker", "夹具没到"), ("blocker", "采购不签"), ("request", "请约采购"),
        ("point", "绿带报名"), ("point", "带教时间"),
    ]  # fmt: skip
    plans.resolve(gone, "到了", actor=shen, at=at(8, 15))
    page = main_of(as_("lin").get(url("", second.pk)))
    for words in ("采购不签", "请约采购", "绿带报名", "带教时间"):
        assert words in page
    assert "夹具没到" not in page
    assert "夹具没到" in main_of(as_("lin").get(url("", first.pk))), "what was open then stays as it was"

    point = NextTime.objects.get(what="绿带报名")
    settle = url("point", second.pk, point.pk)
    assert as_("gu").post(settle, {"result": "x"}).status_code == 403
    assert as_("lin").post(settle, {"result": " "}).status_code == 422
    as_("lin").post(settle, {"result": "十月开班"})
    page = main_of(as_("shen").get(url("", second.pk)))
    assert "谈过了：十月开班" in page
    point.refresh_from_db()
    assert (point.state, point.settled_in, point.settled_by) == ("settled", second, cast.lin)


def test_s7_the_manager_before_keeps_their_words(cast, signed, as_) -> None:
    """Nothing the former manager said stands in the new one's form or under the new one's name."""
    first = signed.plan.check_ins.first()
    plans.say_part(first, {"went_well": "两周按时"}, actor=cast.actor("lin"), at=at(8, 13))
    plans.say_part(first, {"saw": "我看到会签快了"}, actor=cast.actor("shen"), at=at(8, 13))
    enrol(
        [RosterEntry("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", "00005")], actor=SYSTEM, at=NOW
    )

    def said_by_managers(who: str) -> list[tuple[str, str, bool]]:
        seen = check_in_page(first.pk, cast.actor(who), NOW)
        assert seen is not None
        return [(part.name, dict(part.words).get("saw", ""), part.is_own) for part in seen.parts[1:]]

    def own_words(page) -> str:
        return re.search(r'<textarea name="saw"[^>]*>([^<]*)</textarea>', page.content.decode())[1].strip()

    page = as_("chen").get(url("", first.pk))
    assert "沈立文交接前写过了。写下你看到的，或直接写结论。" in main_of(page)
    assert "我看到会签快了" in main_of(page) and own_words(page) == ""
    assert said_by_managers("chen") == [("沈立文", "我看到会签快了", False), ("陈思远", "", True)]

    as_("chen").post(url("say", first.pk), {"saw": "我看到会签快了"})
    first.refresh_from_db()
    assert first.manager_said_by == cast.chen, "the same words are his own now"
    as_("chen").post(url("say", first.pk), {"saw": "接手后再看两周"})
    own = as_("chen").get(url("", first.pk))
    assert own_words(own) == "接手后再看两周" and "双方都说了" in main_of(own)
    for who in ("chen", "lin", "zhao"):
        before, now = said_by_managers(who)
        assert before == ("沈立文", "我看到会签快了", False)
        assert now == ("陈思远", "接手后再看两周", who == "chen")
    done = as_("chen").post(url("hold", first.pk), {"note": "继续"}, follow=True)
    assert "沈立文说" in main_of(done) and "我看到会签快了" in main_of(done)


@pytest.mark.parametrize("gone", [{"pk": "lin", "manager": None}, {"pk": "shen", "status": "left"}])
def test_without_a_manager_at_work_nobody_is_waited_for(cast, signed, as_, gone) -> None:
    first = signed.plan.check_ins.first()
    who = cast.people[gone["pk"]]
    type(who).objects.filter(pk=who.pk).update(
        **{name: value for name, value in gone.items() if name != "pk"}
    )
    titles = [str(todo.title) for todo in home(cast.actor("lin"), NOW).todos]
    assert "跟进一次改进计划" in titles
    said = as_("lin").post(url("say", first.pk), {"went_well": "两周按时"}, follow=True).content.decode()
    assert "写下了。还没有直接上级，接手的人会看到。" in said
    assert "你的部分写下了。还没有直接上级，请联系 HR。" in said


@pytest.mark.parametrize(
    ("instant", "heading"),
    [("2026-08-16T23:30:00+00:00", "今天跟进一次"), ("2026-08-16T15:30:00+00:00", "明天前跟进一次")],
)
def test_today_is_the_day_where_the_reader_is(signed, as_, settings, instant, heading) -> None:
    """The real clock runs in UTC: at 07:30 in Shanghai the day there is the next one already."""
    settings.HUITAN_SCRIPTED_NOW = instant
    assert heading in main_of(as_("lin").get(url("", signed.plan.check_ins.first().pk)))


def test_after_the_last_planned_one_a_date_is_asked_for(cast, signed, as_) -> None:
    first, second = signed.plan.check_ins.all()
    walk.check_in(cast, first, when=at(8, 14))
    plans.say_part(second, {"went_well": "好"}, actor=cast.actor("lin"), at=at(8, 14))
    plans.say_part(second, {"saw": "好"}, actor=cast.actor("shen"), at=at(8, 14))
    bare = as_("shen").post(url("hold", second.pk), {"note": "继续"})
    assert bare.status_code == 422
    assert "定下一次跟进的日期" in main_of(bare)
    assert (
        as_("shen").post(url("hold", second.pk), {"note": "继续", "next_on": "2026-10-14"}).status_code == 302
    )
    assert CheckIn.objects.get(plan=signed.plan, state="planned").due_on == date(2026, 10, 14)


def test_the_page_asks_the_same_for_one_and_for_three(
    cast, signed, as_, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    first = signed.plan.check_ins.first()
    action = signed.plan.items.get(kind="action")
    lin = cast.actor("lin")
    plans.set_measure(
        action, name="按期率", unit="%", start=Decimal(70), target=Decimal(90), actor=lin, at=at(8, 1)
    )

    def once(n: int) -> None:
        plans.block(action, f"卡点 {n}", date(2026, 8, 3), actor=lin, at=at(8, 14))
        plans.leave_for_next(first, f"下次 {n}", actor=lin, at=at(8, 14))

    once(0)
    supporting.ask(action, "请约采购", actor=lin, at=at(8, 14))
    client = as_("lin")
    with django_assert_max_num_queries(15) as counted:
        client.get(url("", first.pk))
    once(1)
    once(2)
    with django_assert_num_queries(len(counted)):
        client.get(url("", first.pk))
