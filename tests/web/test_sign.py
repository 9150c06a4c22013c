from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests import walk
from tests.cast import PASSWORD, Cast, at

from huitan.conversations.actions import record, room
from huitan.conversations.models import Conversation, Signature

BACKEND = "huitan.people.backend.Accounts"


@pytest.fixture(autouse=True)
def _scripted(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T16:00:00+08:00"


def browser(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.account(who), backend=BACKEND)
    return client


def words(response) -> str:
    return response.content.decode()


@pytest.fixture
def recorded(cast, talk) -> Conversation:
    walk.to_recorded(cast, talk)
    talk.refresh_from_db()
    return talk


def sent(talk: Conversation, **given: str) -> dict[str, str]:
    current = talk.current_record()
    assert current is not None
    return {"choice": "agree", "password": PASSWORD, "seen_hash": current.hash, **given}


def test_r18_both_sign_with_full_sentences_and_the_plan_becomes_binding(cast, recorded):
    url = reverse("sign", args=[recorded.pk])
    manager, employee = browser(cast, "shen"), browser(cast, "lin")
    page = words(manager.get(url))
    assert "我已阅读全文并确认" in page and "保留异议</b>" not in page
    assert manager.post(url, sent(recorded)).url == reverse("record", args=[recorded.pk])
    page = words(employee.get(url))
    for text in (
        "我已阅读全文并同意",
        "我已阅读全文，对部分内容保留异议",
        "我已阅读全文，选择不签字",
        "签字只表示你读过",
    ):
        assert text in page
    assert "HR 顾清和会联系你" in page and "会签平均要等 6 天" in page and "还有 5 个工作日" in page
    assert employee.post(url, sent(recorded)).status_code == 302
    recorded.refresh_from_db()
    assert recorded.state == "signed"
    by_side = {s.side: s for s in Signature.objects.all()}
    assert by_side["employee"].sentence == "我已阅读全文并同意"
    assert by_side["employee"].record_hash == recorded.current_record().hash
    assert employee.get(url).url == reverse("record", args=[recorded.pk])
    assert employee.post(url, sent(recorded)).status_code == 409


def test_a_wrong_password_costs_no_word(cast, recorded):
    given = sent(recorded, choice="reserve", statement="口径应从收到变更起算", password="wrong-password")
    answer = browser(cast, "lin").post(reverse("sign", args=[recorded.pk]), given)
    page = words(answer)
    assert answer.status_code == 422 and "密码不对" in page
    assert "口径应从收到变更起算" in page and 'value="reserve" checked' in page
    assert "wrong-password" not in page
    assert not Signature.objects.exists()


def test_r18_a_reservation_needs_its_statement(cast, recorded):
    client, url = browser(cast, "lin"), reverse("sign", args=[recorded.pk])
    answer = client.post(url, sent(recorded, choice="reserve", statement="  "))
    assert answer.status_code == 422 and "写明对哪一处有异议" in words(answer)
    assert client.post(url, sent(recorded, choice="reserve", statement="口径不同")).status_code == 302
    page = words(client.get(reverse("record", args=[recorded.pk])))
    assert "我已阅读全文，对部分内容保留异议" in page and "口径不同" in page


def test_nothing_is_signed_without_a_choice_or_a_password(cast, recorded):
    client, url = browser(cast, "lin"), reverse("sign", args=[recorded.pk])
    answer = client.post(url, sent(recorded, choice="", password=""))
    assert answer.status_code == 422
    assert "选一句完整的意见" in words(answer) and "输入密码才能签字" in words(answer)
    forged = client.post(url, sent(recorded, choice="refuse"))
    assert forged.status_code == 422 and not Signature.objects.exists()


def test_a_statement_left_behind_by_another_choice_is_not_sent_along(cast, recorded):
    browser(cast, "lin").post(reverse("sign", args=[recorded.pk]), sent(recorded, statement="想了想还是同意"))
    assert Signature.objects.get().statement == ""


def test_a_version_not_read_is_not_signed(cast, recorded):
    before = sent(recorded)
    shen = cast.actor("shen")
    record.revise(recorded, "补一句", actor=shen, at=at(7, 16, 15, 30))
    room.write(recorded.topics.get(kind="improvement"), "issue", "补了一句", actor=shen, at=at(7, 16, 15, 30))
    walk.complete(cast, recorded, when=at(7, 16, 15, 40))
    client, url = browser(cast, "lin"), reverse("sign", args=[recorded.pk])
    stale = client.post(url, before)
    assert stale.status_code == 412 and "记录刚刚有了新版本" in words(stale)
    assert "补了一句" in words(stale) and not Signature.objects.exists()
    recorded.refresh_from_db()
    assert "看和上一版的差别" in words(client.get(url))
    assert client.post(url, sent(recorded)).status_code == 302


def test_not_signing_is_an_answer_too_and_signing_stays_possible(cast, recorded):
    client, url = browser(cast, "lin"), reverse("sign", args=[recorded.pk])
    assert client.post(url, sent(recorded, choice="decline", statement="想先看台账")).status_code == 302
    page = words(client.get(reverse("record", args=[recorded.pk])))
    assert "我已阅读全文，选择不签字" in page and "阅读并签字" in page
    assert client.post(url, sent(recorded)).status_code == 302
    assert Signature.objects.filter(side="employee").count() == 2


def test_r18_after_a_witnessed_refusal_the_employee_may_still_sign(cast, recorded):
    walk.sign(cast, recorded, "shen", when=walk.DONE_AT + timedelta(minutes=5))
    record.witness_refusal(
        recorded,
        "未说明",
        ["email", "in_person"],
        attempt=walk.attempt(at(7, 16, 15, 30)),
        actor=cast.actor("gu"),
        at=at(7, 16, 15, 30),
    )
    client, url = browser(cast, "lin"), reverse("sign", args=[recorded.pk])
    assert "选择不签字" not in words(client.get(url))
    assert client.post(url, sent(recorded)).status_code == 302
    assert Signature.objects.filter(side="employee", choice="agree").exists()


@pytest.mark.parametrize(
    ("who", "status"), [("gu", 302), ("he", 302), ("zhao", 404), ("tao", 404), ("sun", 404)]
)
def test_only_the_two_sides_sign(cast, recorded, who, status):
    client, url = browser(cast, who), reverse("sign", args=[recorded.pk])
    assert client.get(url).status_code == status
    assert client.post(url, sent(recorded)).status_code == (409 if status == 302 else 404)
    assert not Signature.objects.exists()
