"""准备情况: who is held up by what over a cycle, with a reminder and an export; nothing of what is talked about."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests import walk
from tests.attack.test_query_counts import more_people

from huitan.conversations.models import Conversation
from huitan.core.models import Event


@pytest.fixture(autouse=True)
def now(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-08T10:00:00+08:00"


def text(client, **query: str) -> str:
    answer = client.get(reverse("ready"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def talk_of(person) -> Conversation:
    return Conversation.objects.get(review__employee=person)


def test_hr_sees_who_is_held_up_by_what(cast, talk, as_) -> None:
    page = text(as_("he"))
    for word in (
        "准备情况",
        "林晓岚",
        "没定时间",
        "没选目的",
        "资料包没共享",
        "等沈立文",
        "没有数据",
        "提醒上级",
    ):
        assert word in page
    only = text(as_("he"), step="data")
    assert "林晓岚" not in only.split('id="people"')[1]
    narrowed = text(as_("he"), department="营销中心")
    assert "林晓岚" not in narrowed and "孙雨" in narrowed
    by_manager = text(as_("he"), manager=str(cast.shen.pk)).split('id="people"')[1]
    assert "只看沈立文的下属" in by_manager and "孙雨" not in by_manager
    assert "林晓岚" in text(as_("he"), step="nonsense", manager="x", after="a,b")


def test_no_word_of_the_talk_is_shown(cast, talk, as_) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    page = text(as_("he"))
    for secret in ("ECN", "会签", "71.4"):
        assert secret not in page


def test_an_hrbp_sees_only_the_units_served(cast, talk, as_) -> None:
    page = text(as_("gu"))
    assert "林晓岚" in page and "孙雨" not in page and "营销中心" not in page


@pytest.mark.parametrize("who", ["lin", "shen", "tao", "wang"])
def test_nobody_else_gets_in(cast, talk, as_, who: str) -> None:
    client = as_(who)
    assert client.get(reverse("ready")).status_code == 403
    assert client.get(reverse("ready-export")).status_code == 403
    assert client.post(reverse("ready-remind", args=[talk.pk]), {"side": "manager"}).status_code == 403
    assert not Event.objects.filter(verb="conversation.reminded").exists()


def test_a_talk_outside_the_units_served_cannot_be_reminded(cast, talk, as_) -> None:
    sun = talk_of(cast.sun)
    assert as_("gu").post(reverse("ready-remind", args=[sun.pk]), {"side": "manager"}).status_code == 404


def test_one_reminder_a_person_and_working_day(cast, talk, as_, settings) -> None:
    url = reverse("ready-remind", args=[talk.pk])
    back = f"{reverse('ready')}?step=schedule"
    answer = as_("gu").post(url, {"side": "manager", "back": back})
    assert (answer.status_code, answer.url) == (302, back)
    event = Event.objects.get(verb="conversation.reminded")
    assert event.actor == cast.actor("gu").key
    assert (event.payload["to"], event.payload["side"]) == (cast.shen.pk, "manager")
    assert "schedule" in event.payload["steps"]
    assert "今天提醒过上级" in text(as_("gu"))
    again = as_("he").post(reverse("ready-remind", args=[talk_of(cast.chen).pk]), {"side": "manager"})
    assert again.status_code == 409
    assert "下一个工作日再提醒" in again.content.decode()
    settings.HUITAN_SCRIPTED_NOW = "2026-07-09T09:00:00+08:00"
    assert as_("he").post(url, {"side": "manager", "back": "https://evil.example/"}).url == reverse("ready")
    assert Event.objects.filter(verb="conversation.reminded").count() == 2


def test_over_a_holiday_the_last_working_day_still_counts(cast, talk, as_, settings) -> None:
    """30 September 2026 is a Wednesday, 1 to 7 October are the national holiday."""
    url = reverse("ready-remind", args=[talk.pk])
    settings.HUITAN_SCRIPTED_NOW = "2026-09-30T17:00:00+08:00"
    assert as_("he").post(url, {"side": "manager"}).status_code == 302
    settings.HUITAN_SCRIPTED_NOW = "2026-10-03T10:00:00+08:00"
    assert as_("he").post(url, {"side": "manager"}).status_code == 409
    settings.HUITAN_SCRIPTED_NOW = "2026-10-08T10:00:00+08:00"
    assert as_("he").post(url, {"side": "manager"}).status_code == 302


def test_a_side_that_has_nothing_to_do_is_not_reminded(cast, talk, as_) -> None:
    url = reverse("ready-remind", args=[talk.pk])
    assert as_("he").post(url, {"side": "employee"}).status_code == 409
    assert as_("he").post(url, {"side": "nobody"}).status_code == 422
    assert not Event.objects.filter(verb="conversation.reminded").exists()


def test_the_list_as_a_workbook(cast, talk, as_) -> None:
    answer = as_("he").get(reverse("ready-export"), {"step": "schedule"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:5] == ("员工", "部门", "上级", "缺什么", "等谁")
    assert ("林晓岚", "制造中心/智能产线部", "沈立文", "没定时间", "沈立文") in [row[:5] for row in rows]


def test_the_page_costs_the_same_for_three_and_three_hundred(cast, cycle, talk, as_) -> None:
    client = as_("he")

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("ready"))
        return len(asked)

    cost()
    few = cost()
    more_people(cast, cycle, 60)
    assert cost() == few <= 15


def test_the_employee_has_a_list_of_their_own(cast, talk, as_) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    page = as_("lin").get(reverse("pack", args=[talk.pk])).content.decode()
    assert "面谈前，你这边" in page
    assert "打开最新的资料包" in page and "交预调研" in page and "没有要问的" in page
    theirs = as_("shen").get(reverse("pack", args=[talk.pk])).content.decode()
    assert "面谈前，你这边" not in theirs
