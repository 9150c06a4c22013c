"""职责: HR admins name HR admins, HRBPs and auditors, and take a duty away; somebody is always left to do so."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import PASSWORD, at

from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.people import actions
from huitan.people.models import Department, Duty

URL = "/duties/"


@pytest.fixture(autouse=True)
def now(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-08T10:00:00+08:00"


@pytest.fixture
def he(cast) -> Client:
    """Logged in just now, so the proof is fresh."""
    client = Client()
    client.post(reverse("login"), {"login_name": cast.account("he").login_name, "password": PASSWORD})
    return client


def held_by(cast, who: str) -> list[tuple[str, str]]:
    duties = Duty.objects.filter(account=cast.account(who)).select_related("department")
    return [(d.kind, d.department.full_name if d.department else "") for d in duties]


def test_a_duty_is_given_and_taken_away(he, cast) -> None:
    plant = Department.objects.get(full_name="制造中心")
    asked = {"staff_number": cast.sun.staff_number, "kind": "hrbp", "department": plant.pk}
    for _twice in range(2):
        answer = he.post(URL, asked, follow=True).content.decode()
        assert "孙雨现在是制造中心 HRBP。" in answer
    assert held_by(cast, "sun") == [("hrbp", "制造中心")]
    assert actions.actor_for(cast.account("sun")).served == (plant.path,)
    duty = Duty.objects.get(account=cast.account("sun"))
    gone = he.post(reverse("duty-end", args=[duty.pk]), follow=True).content.decode()
    assert "孙雨不再是制造中心 HRBP。" in gone and held_by(cast, "sun") == []
    assert he.post(reverse("duty-end", args=[duty.pk])).status_code == 404
    stream = f"account:{cast.account('sun').pk}"
    told = Event.objects.filter(stream=stream).order_by("seq").values_list("verb", "payload")
    payload = {"kind": "hrbp", "department": "制造中心"}
    assert list(told)[-2:] == [("account.duty_granted", payload), ("account.duty_ended", payload)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "hrbp"}, "选 HRBP 服务的部门"),
        ({"staff_number": "99999"}, "工号 99999 不在花名册里"),
        ({"staff_number": ""}, "写上工号"),
        ({"kind": "data_owner"}, "选一项职责"),
        ({"department": "plant"}, "别的职责不选部门"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_given(he, cast, changes, said) -> None:
    if changes.get("department"):
        changes = {"department": Department.objects.get(full_name="制造中心").pk}
    before = Duty.objects.count()
    answer = he.post(URL, {"staff_number": cast.sun.staff_number, "kind": "auditor", **changes})
    assert answer.status_code == 422 and said in answer.content.decode()
    assert Duty.objects.count() == before


def test_the_last_hr_admin_stays(he, cast) -> None:
    own = Duty.objects.get(account=cast.account("he"), kind="hr_admin")
    refused = he.post(reverse("duty-end", args=[own.pk]))
    assert refused.status_code == 409 and "最后一个 HR 管理员" in refused.content.decode()
    he.post(URL, {"staff_number": cast.sun.staff_number, "kind": "hr_admin"})
    gone = he.post(reverse("duty-end", args=[own.pk]))
    assert gone.headers["Location"] == reverse("home") and held_by(cast, "he") == []
    assert he.get(URL).status_code == 403


def test_power_is_given_only_after_a_fresh_proof(cast, client) -> None:
    client.force_login(cast.account("he"), backend="huitan.people.backend.Accounts")
    asked = {"staff_number": cast.sun.staff_number, "kind": "auditor"}
    answer = client.post(URL, asked)
    assert answer.headers["Location"].startswith(reverse("security-confirm")) and held_by(cast, "sun") == []
    page = client.get(URL, asked).content.decode()
    assert f'value="{cast.sun.staff_number}"' in page and 'value="auditor" selected' in page
    own = Duty.objects.get(account=cast.account("tao"))
    assert client.post(reverse("duty-end", args=[own.pk])).status_code == 302
    assert held_by(cast, "tao") == [("auditor", "")]


def test_nobody_else_names_anybody(cast) -> None:
    for who in ("gu", "tao", "shen"):
        with pytest.raises(Refused):
            actions.grant(cast.account("sun"), "auditor", actor=cast.actor(who), at=at(7, 8))
        with pytest.raises(Refused):
            actions.take_away(Duty.objects.first(), actor=cast.actor(who), at=at(7, 8))
