"""Robots: a real HTTP receiver, what a group may hear, and which addresses the server never calls."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from tests import walk
from tests.cast import at
from tests.notifications.receivers import robot

from huitan.cli import duties
from huitan.conversations.actions import voice
from huitan.core.moves import Refused
from huitan.notifications import im
from huitan.notifications.actions import delivering
from huitan.notifications.actions.choosing import choose
from huitan.notifications.actions.listening import listen
from huitan.notifications.models import Delivery, Message, Preference

NOW = at(7, 8, 10)
# apprise asks for a module of the standard library that later Pythons drop, and brings its own then.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture
def shared(cast, talk):
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.answer_survey(cast, talk, when=at(7, 7))
    listen(NOW)
    Message.objects.all().delete()
    return talk


def test_a_personal_robot_says_who_and_where_and_nothing_else(cast, shared, settings) -> None:
    with robot() as receiver:
        settings.HUITAN_IM_SCHEMES, settings.HUITAN_IM_HOSTS = ["json"], [receiver.address]
        choose(
            cast.account("shen"), {"questions": {"mail": "off", "inbox": True, "im": True}},
            quiet_from=None, quiet_until=None, digest_at=time(9), robot=f"json://{receiver.address}/shen",
        )  # fmt: skip
        voice.ask(shared, "会签时限怎么定？", actor=cast.actor("lin"), at=NOW)
        assert duties.tell_and_send(NOW)["sent"] == 1
    [post] = receiver.posts
    assert post["title"] == "林晓岚提了一个问题"
    assert f"/talks/{shared.pk}/prepare/" in post["message"]
    assert "会签" not in str(post)


def test_a_robot_that_fails_is_tried_again_and_its_token_stays_out_of_the_log(cast, shared, settings) -> None:
    with robot() as receiver:
        settings.HUITAN_IM_SCHEMES, settings.HUITAN_IM_HOSTS = ["json"], [receiver.address]
        Preference.objects.create(
            account=cast.account("shen"), robot=f"json://{receiver.address}/token-of-shen",
            groups={"questions": {"mail": "off", "im": True}},
        )  # fmt: skip
        receiver.status = 500
        voice.ask(shared, "会签？", actor=cast.actor("lin"), at=NOW)
        assert duties.tell_and_send(NOW)["failed"] == 1
        row = Delivery.objects.get()
        assert (row.state, row.attempts) == ("planned", 1)
        assert "token-of-shen" not in row.error
        receiver.status = 200
        assert delivering.deliver(row.next_at)["sent"] == 1
    assert len(receiver.posts) == 1


def test_hrs_group_hears_counts_once_a_working_day_and_no_names(cast, shared, settings) -> None:
    from tests.cast import NAMES

    voice.contest(shared, walk.kpi(shared, "ECN 按期关闭率"), "我这里是 80%", actor=cast.actor("lin"), at=NOW)
    with robot() as receiver:
        settings.HUITAN_IM_HR = [f"json://{receiver.address}/hr"]
        now = NOW
        while now < NOW + timedelta(days=3):
            duties.tell_and_send(now)
            now += timedelta(hours=2)
        duties.tell_and_send(at(7, 11, 10))  # a Saturday
    assert [p["message"].split("\n")[0] for p in receiver.posts] == ["待核对的数字 1"] * 3
    for post in receiver.posts:
        assert not [cast.people[n].name for n in NAMES if cast.people[n].name in str(post)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa",
         "wecombot://693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/aaaa-bbbb-cccc", "feishu://aaaa-bbbb-cccc"),
        ("https://oapi.dingtalk.com/robot/send?access_token=abcdef0123456789", "dingtalk://abcdef0123456789"),
        ("feishu://aaaa-bbbb-cccc/", "feishu://aaaa-bbbb-cccc"),
        ("  ", ""),
    ],
)  # fmt: skip
def test_addresses_as_people_paste_them(settings, typed, kept) -> None:
    settings.HUITAN_IM_SCHEMES = ["wecombot", "feishu", "dingtalk"]
    assert im.robot_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "json://127.0.0.1:8000/", "jsons://169.254.169.254/latest/meta-data", "http://localhost/",
        "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=693axxx6aoc4bc4",
        "https://user@open.feishu.cn/open-apis/bot/v2/hook/aaaa-bbbb-cccc",
        "feishu://aaaa-bbbb-cccc/?redirect=http://127.0.0.1", "feishu://../../admin", "feishu://127.0.0.1:80/x",
        "wecombot://token12345@127.0.0.1/", "mailto://a:b@smtp.example", "file:///etc/passwd", "lark://aaaa-bbbb-cccc",
        "json://gateway.jingtian.example:8443@127.0.0.1/", "json://[::1", "://", "feishu://", "syslog://localhost",
        "dingtalk://aaaa-bbbb-cccc",
    ],
)  # fmt: skip
def test_addresses_the_server_never_calls(settings, typed) -> None:
    settings.HUITAN_IM_SCHEMES = ["wecombot", "feishu", "dingtalk", "json"]
    settings.HUITAN_IM_HOSTS = ["gateway.jingtian.example:8443"]
    with pytest.raises(Refused):
        im.robot_address(typed)


def test_a_robot_the_company_no_longer_allows_is_not_called(cast, shared, settings) -> None:
    with robot() as receiver:
        settings.HUITAN_IM_SCHEMES, settings.HUITAN_IM_HOSTS = ["json"], [receiver.address]
        Preference.objects.create(
            account=cast.account("shen"),
            robot=f"json://{receiver.address}/",
            groups={"questions": {"im": True}},
        )
        voice.ask(shared, "会签？", actor=cast.actor("lin"), at=NOW)
        listen(NOW)
        settings.HUITAN_IM_HOSTS = []
        delivering.deliver(NOW)
        assert receiver.posts == []
    assert Delivery.objects.get(channel="im").state == "withheld"


OK = {"wecombot": {"errcode": 0, "errmsg": "ok"}, "dingtalk": {"errcode": 0, "errmsg": "ok"},
      "feishu": {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"},
      "lark": {"code": 0, "msg": "success"}}  # fmt: skip
NOT_OK = {"wecombot": {"errcode": 93000, "errmsg": "invalid webhook url"}, "lark": {"code": 19001, "msg": "param invalid"},
          "dingtalk": {"errcode": 310000, "errmsg": "keywords not in content"},
          "feishu": {"code": 11232, "data": {}, "msg": "create message trigger system frequency limit"}}  # fmt: skip


@pytest.fixture
def vendors(monkeypatch):
    """The four vendors, here."""
    with robot() as receiver:
        for scheme in im.VENDORS:
            monkeypatch.setitem(im.VENDORS, scheme, f"http://{receiver.address}/{scheme}/")
        yield receiver


@pytest.mark.parametrize("scheme", list(OK))
def test_a_vendor_that_refuses_with_status_200_has_not_taken_the_message(
    cast, shared, settings, vendors, scheme
) -> None:
    settings.HUITAN_IM_SCHEMES = list(OK)
    Preference.objects.create(
        account=cast.account("shen"), robot=f"{scheme}://tokenofshen", groups={"questions": {"im": True}}
    )
    vendors.answer = NOT_OK[scheme]
    voice.ask(shared, "会签？", actor=cast.actor("lin"), at=NOW)
    assert duties.tell_and_send(NOW)["failed"] == 1
    row = Delivery.objects.get(channel="im")
    assert (row.state, row.attempts) == ("planned", 1)
    code = NOT_OK[scheme].get("errcode") or NOT_OK[scheme]["code"]
    assert row.error == f"Unreachable: {scheme}: {code}"
    vendors.answer = OK[scheme]
    assert delivering.deliver(row.next_at)["sent"] == 1
    assert vendors.paths == [f"/{scheme}/tokenofshen"] * 2
    said = vendors.posts[-1].get("text", vendors.posts[-1].get("content"))
    text = said.get("content", said.get("text"))
    assert text.startswith("林晓岚提了一个问题\n") and text.endswith(f"/talks/{shared.pk}/prepare/")


def test_a_signed_dingtalk_robot_gets_a_signature_it_can_read(vendors) -> None:
    vendors.answer = OK["dingtalk"]
    im.post("dingtalk://SEC0123456789@abcdef0123456789", "会谈", "今天")
    asked = parse_qs(urlsplit(vendors.paths[0]).query)
    stamp, [sign] = asked["timestamp"][0], asked["sign"]
    digest = hmac.new(b"SEC0123456789", f"{stamp}\nSEC0123456789".encode(), hashlib.sha256).digest()
    assert base64.b64decode(sign) == digest


def test_a_group_that_does_not_answer_lets_no_other_hear_it_again(cast, shared, settings) -> None:
    voice.contest(shared, walk.kpi(shared, "ECN 按期关闭率"), "我这里是 80%", actor=cast.actor("lin"), at=NOW)
    with robot() as receiver:
        settings.HUITAN_IM_HR = [f"json://{receiver.address}/{group}" for group in ("broken", "fine")]
        receiver.refuses = "broken"
        for minutes in range(0, 60, 10):
            duties.tell_and_send(NOW + timedelta(minutes=minutes))
        assert receiver.paths.count("/fine") == 1 and receiver.paths.count("/broken") > 2
        receiver.refuses = ""
        duties.tell_and_send(NOW + timedelta(hours=2))
    assert len(receiver.posts) == 2
    assert not Delivery.objects.filter(message__account=None).exclude(state="sent").exists()


def test_a_messenger_that_falls_silent_is_not_asked_for_everybody(cast, shared, settings, vendors) -> None:
    settings.HUITAN_IM_SCHEMES = ["feishu", "wecombot"]
    vendors.refuses = "feishu"
    vendors.answer = OK["wecombot"]
    message = Message(kind="question_asked", subject="talk", subject_id=shared.pk, at=NOW, values={})
    for name, scheme in (
        ("lin", "feishu"), ("shen", "feishu"), ("zhao", "feishu"), ("gu", "feishu"), ("he", "wecombot"),
    ):  # fmt: skip
        account = cast.account(name)
        Preference.objects.create(account=account, robot=f"{scheme}://token-of-{name}")
        message.pk, message.account, message.key = None, account, name
        message.save()
        Delivery.objects.create(message=message, channel="im", next_at=NOW)
    delivering.deliver(NOW)
    assert len([path for path in vendors.paths if "feishu" in path]) == im.LOST_AT_MOST
    waiting = Delivery.objects.filter(state="planned").values_list("attempts", flat=True)
    assert sorted(waiting) == [0, 1, 1] or sorted(waiting) == [0, 0, 1, 1]


def test_the_log_says_why_a_robot_was_not_called(cast, shared, settings) -> None:
    settings.HUITAN_IM_SCHEMES = ["feishu"]
    wish = Preference.objects.create(
        account=cast.account("shen"), robot="feishu://token-of-shen", groups={"questions": {"im": True}}
    )
    voice.ask(shared, "会签？", actor=cast.actor("lin"), at=NOW)
    listen(NOW)
    wish.robot = ""
    wish.save(update_fields=["robot"])
    delivering.deliver(NOW)
    assert Delivery.objects.get(channel="im").error == delivering.NO_ROBOT
