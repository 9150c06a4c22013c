"""Robots: a real HTTP receiver, what a group may hear, and which addresses the server never calls."""

from __future__ import annotations

from datetime import time, timedelta

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
