"""One device for two: the manager hands over, the employee takes, puts down, and the manager has it back."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from tests import walk
from tests.attack.test_illegal_states import transfer
from tests.cast import PASSWORD, Cast, at
from tests.doors.test_every_route import parameters, routes

from huitan.conversations.actions import opening, preparation
from huitan.conversations.models import Conversation, Signature
from huitan.core import events
from huitan.core.models import Event
from huitan.people import drafts, pin
from huitan.web.device import FOR_BOTH, FOR_THE_EMPLOYEE

BACKEND = "huitan.people.backend.Accounts"
NOW = at(7, 16, 16)
PIN = "305917"
SECRET = "她可能想转岗，别先提"


@pytest.fixture(autouse=True)
def _now(settings):
    settings.HUITAN_SCRIPTED_NOW = NOW.isoformat()


@pytest.fixture
def begun(cast: Cast, talk: Conversation) -> Conversation:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    preparation.keep_private_note(talk, SECRET, actor=cast.actor("shen"), at=walk.TALK_AT)
    pin.set_pin(cast.account("lin"), PIN, actor=cast.actor("lin"), at=walk.TALK_AT)
    talk.refresh_from_db()
    return talk


@pytest.fixture
def recorded(cast: Cast, begun: Conversation) -> Conversation:
    walk.complete(cast, begun)
    begun.refresh_from_db()
    return begun


def log_in(who: str, cast: Cast) -> Client:
    client = Client()
    account = cast.account(who)
    client.post(reverse("login"), {"login_name": account.login_name, "password": PASSWORD})
    return client


def handed(cast: Cast, talk: Conversation) -> Client:
    client = log_in("shen", cast)
    answer = client.post(reverse("hand-over", args=[talk.pk]))
    assert answer.url == reverse("device") + "?who=employee"
    return client


def taken(cast: Cast, talk: Conversation) -> Client:
    client = handed(cast, talk)
    assert client.post(reverse("device-take"), {"by": "pin", "pin": PIN}).status_code == 302
    return client


def words(answer) -> str:
    return answer.content.decode()


def verbs(talk: Conversation) -> list[str]:
    return list(
        Event.objects.filter(stream=talk.stream, verb__startswith="device.")
        .order_by("id")
        .values_list("verb", flat=True)
    )


def test_the_manager_reads_what_will_happen_and_hands_over(cast, begun) -> None:
    client = log_in("shen", cast)
    assert reverse("hand-over", args=[begun.pk]) in words(client.get(reverse("room", args=[begun.pk])))
    page = words(client.get(reverse("hand-over", args=[begun.pk])))
    assert "把设备交给林晓岚" in page and "拿回设备要输入你的密码" in page
    before = client.session.session_key
    client.post(reverse("hand-over", args=[begun.pk]))
    assert client.session.session_key != before
    assert "_auth_user_id" not in client.session
    page = words(client.get(reverse("device") + "?who=employee"))
    assert "林晓岚，请确认是你本人" in page and 'name="pin"' in page
    assert verbs(begun) == ["device.handed_over"]


def test_the_record_page_offers_it_too_until_the_employee_has_signed(cast, recorded) -> None:
    link = reverse("hand-over", args=[recorded.pk])
    assert link in words(log_in("shen", cast).get(reverse("record", args=[recorded.pk])))
    assert link not in words(log_in("lin", cast).get(reverse("record", args=[recorded.pk])))
    assert link not in words(log_in("gu", cast).get(reverse("record", args=[recorded.pk])))
    walk.sign(cast, recorded, "lin", when=NOW)
    assert link not in words(log_in("shen", cast).get(reverse("record", args=[recorded.pk])))


@pytest.mark.parametrize("who", ["lin", "gu", "he", "zhao"])
def test_only_who_holds_the_talk_hands_over(cast, begun, who) -> None:
    answer = log_in(who, cast).post(reverse("hand-over", args=[begun.pk]))
    assert answer.status_code in (403, 404) and not verbs(begun)


# Stands for things this talk does not have: the addresses are shut whatever they point at.
_ROW = SimpleNamespace(pk=1)
_ROWS = SimpleNamespace(first=lambda: _ROW, get=lambda: _ROW)
ELSEWHERE = SimpleNamespace(pk=1, points=_ROWS, statements=_ROWS, files=_ROWS)


@pytest.mark.parametrize("state", ["locked", "taken"])
def test_nothing_else_answers_on_a_handed_over_device(cast, begun, state) -> None:
    """Every route of the product, reading and writing, from whichever tab or address."""
    company = {
        "cast": cast,
        "talk": begun,
        "item": begun.plan.items.get(kind="action"),
        "check_in": begun.plan.items.get(kind="action"),
        "dispute": ELSEWHERE,
        "note": ELSEWHERE,
        "view": ELSEWHERE,
        "message": ELSEWHERE,
    }
    client = handed(cast, begun) if state == "locked" else taken(cast, begun)
    length = Event.objects.count()
    shut = 0
    for name, wanted in sorted(routes().items()):
        if name in FOR_BOTH or (state == "taken" and name in FOR_THE_EMPLOYEE):
            continue
        url = reverse(name, kwargs=parameters(name, wanted, company))
        for answer in (client.get(url), client.post(url), client.post(url, headers={"HX-Request": "true"})):
            shut += 1
            expected = (302, 403) if state == "locked" else (403,)
            assert answer.status_code in expected, f"{name}: {answer.status_code}"
            if answer.status_code == 302:
                assert answer.url == reverse("device")
            assert SECRET not in words(answer) and "沈立文" not in words(answer)
            assert "no-store" in answer.headers["Cache-Control"]
    assert shut > 150 and Event.objects.count() == length
    assert get_resolver()


def test_the_old_session_is_gone_not_hidden(cast, begun) -> None:
    client = log_in("shen", cast)
    old = client.cookies["sessionid"].value
    client.post(reverse("hand-over", args=[begun.pk]))
    again = Client()
    again.cookies["sessionid"] = old
    assert again.get(reverse("home")).status_code == 302
    assert "login" in again.get(reverse("home")).url


def test_the_employee_sees_one_talk_and_nothing_of_the_managers(cast, begun) -> None:
    client = taken(cast, begun)
    for name in ("room", "pack"):
        page = words(client.get(reverse(name, args=[begun.pk])))
        assert "沈立文的设备，现在由林晓岚使用" in page
        assert SECRET not in page and "私人笔记" not in page and "coach" not in page
        for route in ("home", "talks", "ledger", "team", "search", "preferences", "logout", "prepare"):
            args = [begun.pk] if route == "prepare" else []
            assert f'"{reverse(route, args=args)}"' not in page, f"{name} links to {route}"
    assert client.get(reverse("room", args=[begun.pk])).headers["Cache-Control"] == "private, no-store"
    topic = begun.topics.get(kind="improvement")
    said = client.post(
        reverse("room-text", args=[begun.pk, topic.pk, "words"]),
        {"words": "时限定了我就能做到", "version": topic.versions.get("words", 0)},
        headers={"X-Requested-With": "fetch"},
    )
    assert said.status_code == 200
    topic.refresh_from_db()
    assert topic.words == "时限定了我就能做到"
    for field in ("issue", "direction"):
        url = reverse("room-text", args=[begun.pk, topic.pk, field])
        refused = client.post(url, {field: "改掉"}, headers={"X-Requested-With": "fetch"})
        assert refused.status_code == 403
    note = client.post(
        reverse("room-note", args=[begun.pk]), {"note": "x"}, headers={"X-Requested-With": "fetch"}
    )
    assert note.status_code == 403


def test_another_talk_of_the_same_person_is_shut(cast, cycle, begun) -> None:
    from tests import cast as the_cast

    other = the_cast.talk_of(cast.lin, the_cast.open_cycle("2026h2", name="下半年"))
    client = taken(cast, begun)
    assert client.get(reverse("pack", args=[other.pk])).status_code == 403


def test_an_office_of_the_employee_does_not_come_along(cast, begun) -> None:
    from tests.cast import SYSTEM

    from huitan.people import actions as people

    people.grant(cast.account("lin"), "hr_admin", actor=SYSTEM, at=NOW)
    client = taken(cast, begun)
    assert client.get(reverse("verify")).status_code == 403
    assert client.get(reverse("progress")).status_code == 403


def test_r18_signing_by_pin_says_so(cast, recorded) -> None:
    client = taken(cast, recorded)
    page = words(client.get(reverse("sign", args=[recorded.pk])))
    assert 'name="pin"' in page and 'name="password"' in page
    given = {"choice": "agree", "seen_hash": recorded.current_record().hash, "prove_by": "pin"}
    wrong = client.post(reverse("sign", args=[recorded.pk]), {**given, "pin": "111222"})
    assert wrong.status_code == 422 and "还能试 4 次" in words(wrong) and not Signature.objects.exists()
    assert client.post(reverse("sign", args=[recorded.pk]), {**given, "pin": PIN}).status_code == 302
    signature = Signature.objects.get()
    assert (signature.signer, signature.method, signature.device, signature.taken_by) == (
        cast.lin,
        "pin",
        "handed_over",
        "pin",
    )
    signed = Event.objects.get(stream=recorded.stream, verb="conversation.signed")
    assert signed.payload["device"] == "handed_over" and signed.payload["method"] == "pin"
    page = words(client.get(reverse("record", args=[recorded.pk])))
    assert "在面谈人的设备上" in page


def test_the_manager_cannot_sign_on_the_employees_turn(cast, recorded) -> None:
    client = taken(cast, recorded)
    given = {"choice": "agree", "seen_hash": recorded.current_record().hash, "password": "沈立文的密码"}
    assert (
        client.post(reverse("sign", args=[recorded.pk]), {**given, "prove_by": "password"}).status_code == 422
    )
    assert not Signature.objects.exists()


def test_wrong_pins_stop_the_pin_until_the_password_comes(cast, begun) -> None:
    client = handed(cast, begun)
    for left in (4, 3, 2, 1, 0):
        answer = client.post(reverse("device-take"), {"by": "pin", "pin": "111222"})
        assert answer.status_code == 422 and f"还能试 {left} 次" in words(answer)
        assert f'href="{reverse("device")}?who=employee&amp;by=password"' in words(answer)
    stopped = client.post(reverse("device-take"), {"by": "pin", "pin": PIN})
    assert stopped.status_code == 403 and "已停用" in words(stopped)
    taken_by_password = client.post(reverse("device-take"), {"by": "password", "password": PASSWORD})
    assert taken_by_password.status_code == 302
    client.post(reverse("device-leave"))
    assert client.post(reverse("device-take"), {"by": "pin", "pin": PIN}).status_code == 302
    methods = (
        Event.objects.filter(stream=begun.stream, verb="device.taken")
        .order_by("id")
        .values_list("payload__method", flat=True)
    )
    assert list(methods) == ["password", "pin"]


def test_the_pin_opens_nothing_else(cast, begun) -> None:
    client = Client()
    name = cast.account("lin").login_name
    assert client.post(reverse("login"), {"login_name": name, "password": PIN}).status_code == 422
    own = log_in("lin", cast)
    assert own.post(reverse("device-take"), {"by": "pin", "pin": PIN}).status_code == 404


def test_without_a_pin_the_password_is_asked(cast, begun) -> None:
    pin.remove_pin(cast.account("lin"), actor=cast.actor("lin"), at=NOW)
    page = words(handed(cast, begun).get(reverse("device") + "?who=employee"))
    assert 'name="password"' in page and 'name="pin"' not in page


def test_somebody_elses_password_does_not_take_the_device(cast, begun) -> None:
    client = handed(cast, begun)
    type(cast.account("lin")).objects.filter(pk=cast.account("lin").pk).update(password="!")
    answer = client.post(reverse("device-take"), {"by": "password", "password": PASSWORD})
    assert answer.status_code == 422 and "密码不对" in words(answer)
    assert verbs(begun) == ["device.handed_over"]


def test_handing_back_asks_the_managers_password(cast, begun) -> None:
    client = taken(cast, begun)
    assert client.post(reverse("device-back"), {"password": PASSWORD}).url == reverse("room", args=[begun.pk])
    assert verbs(begun)[-1] == "device.taken"
    assert client.post(reverse("device-leave")).url == reverse("device") + "?who=manager"
    assert client.get(reverse("room", args=[begun.pk])).url == reverse("device")
    wrong = client.post(reverse("device-back"), {"password": "falsch"})
    assert wrong.status_code == 422 and "密码不对" in words(wrong)
    back = client.post(reverse("device-back"), {"password": PASSWORD})
    assert back.url == reverse("talk", args=[begun.pk])
    assert SECRET in words(client.get(reverse("room", args=[begun.pk])))
    assert verbs(begun) == ["device.handed_over", "device.taken", "device.put_down", "device.handed_back"]
    assert not list(events.breaks(begun.stream))
    keys = (
        Event.objects.filter(stream=begun.stream, verb__startswith="device.")
        .order_by("id")
        .values_list("actor", flat=True)
    )
    shen, lin = (f"account:{cast.account(who).pk}" for who in ("shen", "lin"))
    assert list(keys) == [shen, lin, lin, shen]


def test_an_idle_device_locks_and_reading_counts(cast, begun, settings) -> None:
    client = taken(cast, begun)
    settings.HUITAN_SCRIPTED_NOW = (NOW + timedelta(minutes=6)).isoformat()
    assert client.post(reverse("device-here")).status_code == 204
    settings.HUITAN_SCRIPTED_NOW = (NOW + timedelta(minutes=12)).isoformat()
    assert client.get(reverse("room-changes", args=[begun.pk])).status_code == 200
    settings.HUITAN_SCRIPTED_NOW = (NOW + timedelta(minutes=17)).isoformat()
    assert client.get(reverse("room", args=[begun.pk])).url == reverse("device")
    page = words(client.get(reverse("device")))
    assert "我是林晓岚" in page and "我是沈立文" in page
    refused = client.post(
        reverse("room-text", args=[begun.pk, begun.topics.first().pk, "words"]),
        {"words": "x"},
        headers={"X-Requested-With": "fetch"},
    )
    assert refused.status_code == 403 and "没有做" in refused.json()["said"]


def test_unsent_words_are_kept_for_their_author_alone(cast, begun) -> None:
    shen, lin = cast.account("shen"), cast.account("lin")
    client = handed(cast, begun)
    mine = {"talk-1-note": {"at": 1, "values": {"note": SECRET}}}
    hers = {"topic-5-words": {"at": 2, "values": {"words": "我还没说完"}}}
    sent = client.post(reverse("device-drafts"), {"drafts": json.dumps({shen.pk: mine, "999": mine})})
    assert sent.json()["kept"] == sorted([str(shen.pk), str(lin.pk)])
    client.post(reverse("device-take"), {"by": "pin", "pin": PIN})
    assert client.get(reverse("drafts")).json() == {}
    assert SECRET not in words(client.get(reverse("room", args=[begun.pk])))
    client.post(reverse("device-leave"))
    forged = {"talk-1-note": {"at": 3, "values": {"note": "untergeschoben"}}}
    client.post(reverse("device-drafts"), {"drafts": json.dumps({lin.pk: hers, shen.pk: forged})})
    client.post(reverse("device-back"), {"password": PASSWORD})
    assert "data-drafts-url" in words(client.get(reverse("room", args=[begun.pk])))
    assert client.get(reverse("drafts")).json() == mine
    assert client.post(reverse("drafts"), {"kept": list(mine)}).status_code == 204
    assert "data-drafts-url" not in words(client.get(reverse("room", args=[begun.pk])))
    own = log_in("lin", cast)
    assert own.get(reverse("drafts")).json() == hers
    assert drafts.waiting_for(shen) == {}


def test_broken_drafts_are_no_server_error(cast, begun) -> None:
    client = handed(cast, begun)
    for junk in ("", "[]", "[" * 100_000, "{", '{"1": 5}', '{"1": {"k": "text"}}'):
        assert client.post(reverse("device-drafts"), {"drafts": junk}).status_code == 200


@pytest.mark.parametrize(
    ("unsent", "stays"),
    [
        ({"k": {"at": 1, "values": {"words": "半\ud83d个\0字"}}}, False),
        ({"k": {"at": float("nan"), "values": {"words": "没说完"}}}, False),
        ({f"k{n}": {"at": 1} for n in range(300)}, True),
        ({"k" * 200: {"at": 1}}, True),
    ],
)
def test_only_words_that_were_kept_leave_the_device(cast, begun, unsent, stays) -> None:
    lin = str(cast.account("lin").pk)
    answer = handed(cast, begun).post(reverse("device-drafts"), {"drafts": json.dumps({lin: unsent})})
    assert answer.status_code == 200 and (lin in answer.json()["kept"]) != stays


def test_an_older_draft_of_another_device_does_not_replace_a_newer_one(cast, begun) -> None:
    lin, client = cast.account("lin"), handed(cast, begun)
    for at_ms, text in ((2, "后写的"), (1, "先写的")):
        sent = {lin.pk: {"topic-5-words": {"at": at_ms, "values": {"words": text}}}}
        client.post(reverse("device-drafts"), {"drafts": json.dumps(sent)})
    assert drafts.waiting_for(lin)["topic-5-words"]["values"]["words"] == "后写的"


def test_a_talk_called_off_meanwhile_leaves_the_employee_what_was_shared(cast, begun) -> None:
    Conversation.objects.filter(pk=begun.pk).update(state="shared")
    client = taken(cast, begun)
    opening.cancel(begun, "离职", actor=cast.actor("gu"), at=NOW)
    for answer in (client.get(reverse("device")), client.post(reverse("device-take"), {"by": "pin"})):
        assert answer.url == reverse("pack", args=[begun.pk])
    client.post(reverse("device-leave"))
    assert client.post(reverse("device-back"), {"password": PASSWORD}).status_code == 302


def test_a_manager_of_before_has_their_device_back(cast, begun) -> None:
    client = handed(cast, begun)
    transfer(cast, cast.lin, cast.zhao.staff_number)
    assert client.post(reverse("device-back"), {"password": PASSWORD}).url == reverse("home")
    assert client.get(reverse("home")).status_code == 200


def test_a_closed_account_is_told_so_at_the_device(cast, begun) -> None:
    client = handed(cast, begun)
    for who, route in (("lin", "device-take"), ("shen", "device-back")):
        account = cast.account(who)
        account.is_active = False
        account.save()
        answer = client.post(reverse(route), {"by": "password", "password": PASSWORD})
        assert answer.status_code == 422 and "这个账号已经停用" in words(answer)


def test_messages_for_the_manager_do_not_wait_for_the_employee(cast, begun) -> None:
    client = log_in("shen", cast)
    client.post(
        reverse("room-talk-text", args=[begun.pk, "others_present"]),
        {"others_present": "王工", "version": "0"},
    )
    client.post(reverse("hand-over", args=[begun.pk]))
    assert 'class="message success' not in words(client.get(reverse("device")))


def test_the_managers_form_token_is_worth_nothing_afterwards(cast, begun) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get(reverse("login"))
    token = client.cookies["csrftoken"].value
    account = cast.account("shen")
    given = {"login_name": account.login_name, "password": PASSWORD, "csrfmiddlewaretoken": token}
    client.post(reverse("login"), given)
    token = client.cookies["csrftoken"].value
    assert page.status_code == 200
    assert (
        client.post(reverse("hand-over", args=[begun.pk]), {"csrfmiddlewaretoken": token}).status_code == 302
    )
    take = client.post(reverse("device-take"), {"by": "pin", "pin": PIN, "csrfmiddlewaretoken": token})
    assert take.status_code == 403


@pytest.mark.parametrize(
    "weak", ["12345", "1234567", "abcdef", "１２３４５６", "111111", "121212", "123456", "987654"]
)
def test_a_weak_pin_is_refused(cast, client, weak) -> None:
    client = log_in("lin", cast)
    answer = client.post(reverse("security-pin"), {"pin": weak, "again": weak})
    assert answer.status_code == 422 and weak not in words(answer)
    assert not type(cast.account("lin")).objects.get(pk=cast.account("lin").pk).pin


def test_a_pin_is_set_by_its_owner_after_a_proof(cast, client, settings) -> None:
    client = log_in("lin", cast)
    settings.HUITAN_SCRIPTED_NOW = (NOW + timedelta(minutes=11)).isoformat()
    asked = client.get(reverse("security-pin"))
    assert asked.status_code == 302 and asked.url.startswith(reverse("security-confirm"))
    assert client.post(asked.url, {"password": "falsch"}).status_code == 422
    assert client.post(asked.url, {"password": PASSWORD}).url == reverse("security-pin")
    answer = client.post(reverse("security-pin"), {"pin": PIN, "again": "305918"})
    assert answer.status_code == 422 and "不一样" in words(answer)
    assert client.post(reverse("security-pin"), {"pin": PIN, "again": PIN}).url == reverse("security")
    stored = type(cast.account("lin")).objects.get(pk=cast.account("lin").pk)
    assert stored.pin and PIN not in stored.pin
    assert client.post(reverse("security-pin"), {"remove": "1"}).url == reverse("security")
    assert list(
        Event.objects.filter(stream=f"account:{stored.pk}").order_by("id").values_list("verb", flat=True)
    ) == [
        "account.pin_set",
        "account.pin_removed",
    ]
