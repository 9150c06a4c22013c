"""周期管理: a draft is written, previewed, opened and closed; what is refused keeps what was typed."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests import cast as the_cast

from huitan.conversations.models import Conversation
from huitan.cycles.models import CalendarDay, Cycle
from huitan.people.actions import department_named
from huitan.people.models import Department, Employee

BACKEND = "huitan.people.backend.Accounts"


@pytest.fixture(autouse=True)
def now(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-08T10:00:00+08:00"


@pytest.fixture
def he(cast, client):
    client.force_login(cast.account("he"), backend=BACKEND)
    return client


def sent(**changes: object) -> dict[str, object]:
    return {
        "name": "2026 下半年",
        "key": "2026h2",
        "starts_on": "2026-07-01",
        "ends_on": "2026-12-31",
        "talks_from": "2026-12-01",
        "talks_until": "2026-12-18",
        "notice_days": "7",
        "notice_rule": "enforce",
        "record_days": "3",
        "signing_days": "5",
        "dispute_days": "5",
        "dispute_accept_days": "2",
        "dispute_answer_days": "10",
        "dispute_further_days": "5",
        "check_in_rhythm": "quarterly",
        "check_in_grace_days": "3",
        "talk_minutes": "60",
        "departments": [Department.objects.get(full_name="制造中心").pk],
        "label": ["好", "中", "", ""],
        "meaning": ["超出了目标", "达到了目标", "", ""],
        **changes,
    }


def test_a_new_cycle_from_form_to_open(he, cast) -> None:
    page = he.get(reverse("cycle-new")).content.decode()
    assert "远超目标" in page and "智能产线部" in page
    saved = he.post(reverse("cycle-new"), sent(), follow=True)
    made = Cycle.objects.get(key="2026h2")
    assert (made.state, made.talk_minutes, made.notice_rule) == ("draft", 60, "enforce")
    assert list(made.levels.values_list("label", "meaning")) == [("好", "超出了目标"), ("中", "达到了目标")]
    page = saved.content.decode()
    assert "会有 4 场面谈" in page
    answer = he.post(reverse("cycle-open", args=["2026h2"]), follow=True)
    assert "已开启「2026 下半年」，4 场面谈。" in answer.content.decode()
    assert Conversation.objects.filter(review__cycle=made).count() == 4
    assert "规则不再变" in he.get(reverse("cycle", args=["2026h2"])).content.decode()


def test_what_is_typed_and_not_saved_is_not_opened_over(he, cast) -> None:
    """Opening cannot be taken back, and would open the stored rules."""
    he.post(reverse("cycle-new"), sent())
    page = he.get(reverse("cycle", args=["2026h2"])).content.decode()
    open_url = reverse("cycle-open", args=["2026h2"])
    assert f'form="cycle-form" formaction="{open_url}"' in page
    for change in ({"notice_days": "12"}, {"label": ["好", "差", "", ""]}, {"departments": []}):
        answer = he.post(open_url, sent(**change))
        assert answer.status_code == 409 and "有改动还没保存" in answer.content.decode()
        assert Cycle.objects.get().state == "draft" and Cycle.objects.get().notice_days == 7
    assert 'value="12"' in he.post(open_url, sent(notice_days="12")).content.decode()
    assert he.post(open_url, sent()).status_code == 302
    assert Cycle.objects.get().state == "open"


def test_enter_in_a_field_saves_and_drops_no_level(he, cast) -> None:
    """A browser presses the first button of the form."""
    he.post(reverse("cycle-new"), sent())
    form = he.get(reverse("cycle", args=["2026h2"])).content.decode().split('id="cycle-form"')[1]
    assert 'name="rows"' not in form[form.index("<button") :].partition(">")[0]


def test_people_without_a_manager_are_named_before_opening(he, cast) -> None:
    Employee.objects.filter(pk=cast.chen.pk).update(manager=None)
    he.post(reverse("cycle-new"), sent())
    page = he.get(reverse("cycle", args=["2026h2"])).content.decode()
    assert "1 人没有直接上级，不会列入" in page
    assert "陈思远" in page
    answer = he.post(reverse("cycle-open", args=["2026h2"]), follow=True)
    assert "3 场面谈。1 人没有直接上级，没有列入。" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "写上名称"),
        ({"key": "2026 h2"}, "只用字母、数字和短横"),
        ({"key": "new"}, "系统自己要用"),
        ({"ends_on": "2026-06-30"}, "考核期的结束日期在开始日期之前"),
        ({"talks_until": "2026-11-30"}, "面谈的截止日期在开始日期之前"),
        ({"notice_days": "900"}, "最多 60"),
        ({"talks_from": "昨天"}, "日期写成"),
        ({"departments": []}, "至少选一个部门"),
        ({"label": ["好"], "meaning": ["行"]}, "至少要有两档"),
        ({"label": ["好", "中"], "meaning": ["行", ""]}, "评级「中」还没有写含义"),
        ({"label": ["好", "好"], "meaning": ["行", "也行"]}, "评级「好」写了两次"),
        ({"label": ["好" * 17, "中"], "meaning": ["行", "也行"]}, "超过 16 个字"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(he, cast, changes, said) -> None:
    answer = he.post(reverse("cycle-new"), sent(**changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert 'value="2026-12-01"' in page or "talks_from" in changes
    assert not Cycle.objects.exists()


def test_a_short_name_is_used_once(he, cast) -> None:
    he.post(reverse("cycle-new"), sent())
    answer = he.post(reverse("cycle-new"), sent(key="2026H2"))
    assert answer.status_code == 422
    assert "已经有一个周期叫这个短名" in answer.content.decode()
    assert he.post(reverse("cycle", args=["2026h2"]), sent(name="改名")).status_code == 302
    assert Cycle.objects.get().name == "改名"


def test_levels_grow_and_shrink_without_javascript(he, cast) -> None:
    five = {"label": list("ABCDE"), "meaning": ["一", "二", "三", "四", "五"]}
    more = he.post(reverse("cycle-new"), sent(**five, rows="add", name="")).content.decode()
    assert more.count('name="label"') == 6
    assert "写上名称" not in more
    assert f'value="{Department.objects.get(full_name="制造中心").pk}" checked' in more
    less = he.post(reverse("cycle-new"), sent(**five, rows="drop-1")).content.decode()
    assert less.count('name="label"') == 5
    assert 'value="B"' not in less and 'value="C"' in less
    assert not Cycle.objects.exists()


def test_the_live_preview_tells_what_the_rules_mean(he, cast) -> None:
    page = he.post(reverse("cycle-preview"), sent()).content.decode()
    assert "12 月 18 日面谈的人，最晚 12 月 11 日要看到资料包。晚于这一天就不能共享" in page
    assert 'id="means-notice_days" hx-swap-oob="true"' in page
    assert "2026 年 12 月" in page
    unfinished = he.post(reverse("cycle-preview"), {"talks_from": "2026-12-01"})
    assert "写好面谈的起止日期" in unfinished.content.decode()
    unknown = he.post(reverse("cycle-preview"), sent(talks_from="2027-01-11", talks_until="2027-02-10"))
    assert "2027 年的法定假日还没有录入" in unknown.content.decode()
    endless = he.post(reverse("cycle-preview"), sent(talks_until="2126-12-01"))
    assert endless.status_code == 200
    assert not Cycle.objects.exists()


def test_closing_over_unsigned_talks_needs_a_reason(he, cast, cycle) -> None:
    address = reverse("cycle-close", args=[cycle.key])
    refused = he.post(address, {"reason": ""})
    assert refused.status_code == 422
    assert "还有 6 场面谈没有签字" in refused.content.decode()
    done = he.post(address, {"reason": "并入下一周期"}, follow=True).content.decode()
    assert "已关闭「2026 上半年」" in done and "并入下一周期" in done
    late = he.post(address, {"reason": "另一个窗口里写的原因"})
    page = late.content.decode()
    assert late.status_code == 409 and "你刚写的，没有存下" in page and "另一个窗口里写的原因" in page
    cycle.refresh_from_db()
    assert cycle.close_reason == "并入下一周期"


def test_an_opened_cycle_is_not_rewritten(he, cast, cycle) -> None:
    answer = he.post(reverse("cycle", args=[cycle.key]), sent(key=cycle.key))
    assert answer.status_code == 409
    assert "规则不能再改" in answer.content.decode()
    cycle.refresh_from_db()
    assert cycle.name == "2026 上半年"


def test_opening_nobody_is_refused_in_place(he, cast) -> None:
    empty = department_named("空部门")
    he.post(reverse("cycle-new"), sent(departments=[empty.pk]))
    answer = he.post(reverse("cycle-open", args=["2026h2"]))
    assert answer.status_code == 422
    assert "没有可以参加的人" in answer.content.decode()
    assert Cycle.objects.get().state == "draft"


def test_days_of_our_own(he, cast) -> None:
    address = reverse("cycle-days")
    assert "还没有写下日子" in he.get(address).content.decode()
    done = he.post(address, {"on": "2027-02-08", "is_working": "free", "note": "2027 春节"}, follow=True)
    assert "2027 春节" in done.content.decode()
    he.post(address, {"on": "2027-02-08", "is_working": "working", "note": ""})
    assert CalendarDay.objects.get(on=date(2027, 2, 8)).is_working
    bad = he.post(address, {"on": "", "is_working": "free"})
    assert bad.status_code == 422


def test_a_year_whose_holidays_nobody_knows_is_said_until_they_are_entered(he, settings) -> None:
    address = reverse("cycle-days")
    settings.HUITAN_SCRIPTED_NOW = "2026-11-22T10:00:00+08:00"
    page = he.get(address).content.decode()
    assert "2027 年的法定假日和调休还没有录入" in page and "2026 年的法定假日和调休还没有录入" not in page
    he.post(address, {"on": "2027-02-08", "is_working": "free", "note": "春节"})
    assert "2027 年已写下 1 个放假的日子" in he.get(address).content.decode()


@pytest.mark.parametrize("who", ["shen", "lin", "tao"])
def test_others_do_not_manage_cycles(cast, client, cycle, who: str) -> None:
    client.force_login(cast.account(who), backend=BACKEND)
    for name, args in (("cycles", []), ("cycle-new", []), ("cycle-days", []), ("cycle", [cycle.key])):
        assert client.get(reverse(name, args=args)).status_code == 403
    assert client.post(reverse("cycle-new"), sent()).status_code == 403
    assert client.post(reverse("cycle-close", args=[cycle.key]), {"reason": "x"}).status_code == 403
    cycle.refresh_from_db()
    assert cycle.state == "open"


def test_an_hrbp_reads_opened_cycles_only(cast, client, cycle) -> None:
    the_cast.draft_cycle("2026x")
    client.force_login(cast.account("gu"), backend=BACKEND)
    page = client.get(reverse("cycles")).content.decode()
    assert "2026h1" in page and "2026x" not in page
    assert client.get(reverse("cycle", args=["2026x"])).status_code == 404
    read = client.get(reverse("cycle", args=[cycle.key])).content.decode()
    assert "关闭周期" not in read
    assert client.post(reverse("cycle-open", args=["2026h1"])).status_code == 403


def test_one_cycle_and_three_cost_the_same(he, cast, cycle, django_assert_num_queries) -> None:
    with CaptureQueriesContext(connection) as one:
        he.get(reverse("cycles"))
    the_cast.draft_cycle("2026x")
    the_cast.draft_cycle("2026y")
    with django_assert_num_queries(len(one)):
        he.get(reverse("cycles"))
