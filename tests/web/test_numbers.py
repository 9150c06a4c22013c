"""A doubted number goes to whoever answers for its source (R08): what they see, may do, and what they never see."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from tests import walk
from tests.cast import NAMES, SYSTEM, at

from huitan.conversations.actions import voice
from huitan.conversations.models import Contest
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.evidence.models import Evidence
from huitan.people import actions as people
from huitan.people.models import Duty

NOW = "2026-07-09T10:00:00+08:00"


@pytest.fixture(autouse=True)
def present(settings):
    settings.HUITAN_SCRIPTED_NOW = NOW
    return settings


@pytest.fixture
def contest(cast, talk) -> Contest:
    """林晓岚 doubts a number from ERP, for which 孙雨 answers."""
    people.name_data_owner("ERP", cast.account("sun"), actor=SYSTEM, at=at(7, 1))
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 3))
    return voice.contest(
        talk,
        walk.kpi(talk, "ECN 按期关闭率"),
        "有一份重复计入",
        claim="78.6%",
        actor=cast.actor("lin"),
        at=at(7, 8),
    )


def answer(client, contest: Contest, **fields):
    return client.post(reverse("number", args=[contest.pk]), fields)


def test_r08_the_owner_of_the_data_corrects_and_both_values_stay(as_, cast, talk, contest) -> None:
    sun = as_("sun")
    home = sun.get(reverse("home")).content.decode()
    assert "核对林晓岚有疑问的「ECN 按期关闭率」" in home and reverse("number", args=[contest.pk]) in home
    listed = sun.get(reverse("numbers")).content.decode()
    assert "有 1 个数字等你核对" in listed and "78.6%" in listed and "有一份重复计入" in listed
    empty = answer(sun, contest, outcome="correct", value="", text="写好的说明")
    assert empty.status_code == 422 and "写好的说明" in empty.content.decode()
    assert answer(sun, contest, outcome="correct", value="78", text="一份重复").status_code == 302
    contest.refresh_from_db()
    assert (contest.state, contest.value_before, contest.value_after) == (
        "corrected",
        Decimal("71.4"),
        Decimal("78"),
    )
    assert contest.answered_by_id == cast.sun.pk
    assert Event.objects.get(verb="evidence.kpi_changed").actor == cast.actor("sun").key
    pack = as_("lin").get(reverse("pack", args=[talk.pk])).content.decode()
    assert "71.4%" in pack and "78%" in pack and "一份重复" in pack and "孙雨" in pack


def test_the_owner_sees_the_number_and_nothing_of_the_talk(as_, talk, contest) -> None:
    sun = as_("sun")
    for name, args in (
        ("talk", [talk.pk]),
        ("pack", [talk.pk]),
        ("prepare", [talk.pk]),
        ("contest-answer", [talk.pk, contest.pk]),
        ("evidence-person", [talk.employee.pk]),
    ):
        assert sun.get(reverse(name, args=args)).status_code == 404
    assert not Evidence.objects.visible_to(_actor(sun)).filter(employee=talk.employee).exists()


def _actor(client):
    from huitan.people.models import Account

    return people.actor_for(Account.objects.get(pk=client.session["_auth_user_id"]))


@pytest.mark.parametrize("who", sorted(NAMES))
def test_r08_a_number_of_a_source_is_its_owners_and_hrs_alone(as_, cast, contest, who) -> None:
    client = as_(who)
    assert client.get(reverse("numbers")).status_code == (200 if who == "sun" else 404)
    got = client.get(reverse("number", args=[contest.pk]))
    assert got.status_code == (200 if who == "sun" else 404)
    if who not in ("sun", "he", "gu"):
        actor = cast.actor(who)
        with pytest.raises(Refused) as refused:
            voice.confirm_number(contest, "无误", actor=actor, at=at(7, 9))
        assert refused.value.kind == "forbidden"


@pytest.mark.parametrize("who", ["lin", "shen"])
def test_nobody_answers_about_themselves_or_a_report(as_, cast, contest, who) -> None:
    people.name_data_owner("ERP", cast.account(who), actor=SYSTEM, at=at(7, 9))
    client = as_(who)
    assert "没有数字等你核对" in client.get(reverse("numbers")).content.decode()
    assert client.get(reverse("number", args=[contest.pk])).status_code == 404
    with pytest.raises(Refused) as refused:
        voice.correct_number(contest, Decimal(99), "改高", actor=cast.actor(who), at=at(7, 9))
    assert refused.value.kind == "forbidden"


@pytest.mark.parametrize("act", ["confirm", "correct"])
def test_r08_once_the_record_is_frozen_the_number_goes_the_way_of_a_dispute(cast, talk, contest, act) -> None:
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    walk.complete(cast, talk)
    gu = cast.actor("gu")
    with pytest.raises(Refused) as refused:
        if act == "confirm":
            voice.confirm_number(contest, "无误", actor=gu, at=walk.DONE_AT)
        else:
            voice.correct_number(contest, Decimal(80), "更正", actor=gu, at=walk.DONE_AT)
    assert refused.value.kind == "not_now" and "走异议处理" in str(refused.value)
    contest.refresh_from_db()
    assert contest.state == "open"
    assert Evidence.objects.get(pk=contest.evidence_id).actual == Decimal("71.4")


def test_r08_only_a_number_is_contested_a_fact_is_asked_about(as_, cast, talk) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 3))
    incident = Evidence.objects.get(statement__startswith="ECN-2207")
    lin = as_("lin")
    html = lin.get(reverse("pack", args=[talk.pk])).content.decode()
    assert f'id="contest-{incident.pk}-reason"' not in html and f'id="ask-{incident.pk}-text"' in html
    refused = lin.post(
        reverse("pack-contest", args=[talk.pk]), {"evidence": incident.pk, "reason": "不是我的"}
    )
    assert refused.status_code == 422 and "用「提问」写下来" in refused.content.decode()
    assert not Contest.objects.exists()


def test_r08_a_number_somebody_entered_for_a_report_says_so_in_the_pack(as_, cast, talk) -> None:
    Evidence.objects.filter(pk=walk.kpi(talk, "ECN 按期关闭率").pk).update(added_by=cast.shen)
    Evidence.objects.filter(pk=walk.kpi(talk, "新品导入周期").pk).update(added_by=cast.he)
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 3))
    html = as_("lin").get(reverse("pack", args=[talk.pk])).content.decode()
    assert "由沈立文录入" in html and "由何静录入" not in html


def test_hr_names_the_owner_of_a_source_and_takes_the_duty_back(as_, cast, talk) -> None:
    he = as_("he")
    html = he.get(reverse("sources")).content.decode()
    for source in ("ERP", "MES", "CRM"):
        assert source in html
    wrong = he.post(reverse("sources"), {"source": "ERP", "staff_number": "99999"})
    assert wrong.status_code == 422 and "99999" in wrong.content.decode()
    assert he.post(reverse("sources"), {"source": "ERP", "staff_number": "00007"}).status_code == 302
    assert cast.actor("sun").answers_for == ("ERP",)
    he.post(reverse("sources"), {"source": "ERP", "staff_number": "00006"})
    assert cast.actor("sun").answers_for == () and cast.actor("qian").answers_for == ("ERP",)
    he.post(reverse("sources"), {"source": "ERP", "staff_number": ""})
    assert not Duty.objects.filter(kind="data_owner").exists()
    verbs = Event.objects.filter(payload__source="ERP").order_by("id").values_list("verb", flat=True)
    granted, ended = "account.duty_granted", "account.duty_ended"
    assert list(verbs) == [granted, ended, granted, ended]


@pytest.mark.parametrize("who", ["lin", "shen", "gu", "tao"])
def test_nobody_else_names_owners(as_, talk, who) -> None:
    client = as_(who)
    assert client.get(reverse("sources")).status_code == 403
    assert client.post(reverse("sources"), {"source": "ERP", "staff_number": "00007"}).status_code == 403
    assert not Duty.objects.filter(kind="data_owner").exists()


def test_a_fixed_number_of_queries(as_, cast, talk, contest, django_assert_num_queries) -> None:
    sun = as_("sun")
    sun.get(reverse("numbers"))
    with django_assert_num_queries(5):
        sun.get(reverse("numbers"))
    people.name_data_owner("项目系统", cast.account("sun"), actor=SYSTEM, at=at(7, 8))
    people.name_data_owner("MES", cast.account("sun"), actor=SYSTEM, at=at(7, 8))
    for name in ("新品导入周期", "一次交检合格率"):
        voice.contest(talk, walk.kpi(talk, name), "不对", actor=cast.actor("lin"), at=at(7, 8))
    with django_assert_num_queries(5):
        assert "有 3 个数字等你核对" in sun.get(reverse("numbers")).content.decode()
