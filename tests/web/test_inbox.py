"""The inbox, how one wants to be told, and HR's log."""

from __future__ import annotations

import re
from datetime import time, timedelta

import pytest
from django.urls import reverse
from tests import walk
from tests.reading import main_of

from huitan.cli import duties
from huitan.conversations.actions import voice
from huitan.notifications.actions.listening import listen
from huitan.notifications.kinds import GROUPS
from huitan.notifications.models import Delivery, Message, Preference
from huitan.notifications.queries import groups_for
from huitan.people.actions import actor_for
from huitan.people.models import Account

BACKEND = "huitan.people.backend.Accounts"
NOW = walk.SHARED_AT + timedelta(hours=1)
QUERIES = 4


@pytest.fixture
def shared(cast, talk, settings):
    settings.HUITAN_SCRIPTED_NOW = "2026-07-06T12:00:00+08:00"
    walk.prepare(cast, talk)
    listen(walk.SHARED_AT - timedelta(minutes=1))
    Message.objects.all().delete()
    walk.share(cast, talk)
    listen(NOW)
    return talk


def test_a_message_leads_to_its_page_and_is_read_by_opening_it(shared, as_) -> None:
    client = as_("lin")
    page = client.get(reverse("inbox")).content.decode()
    assert "通知，1 条未读" in page
    assert "你的面谈资料包可以看了" in page
    message = Message.objects.get()
    answer = client.get(reverse("inbox-open", args=[message.pk]))
    assert answer.status_code == 302
    assert answer.url == reverse("pack", args=[shared.pk])
    message.refresh_from_db()
    assert message.read_at is not None
    assert "1 条未读" not in client.get(reverse("inbox")).content.decode()


def test_every_page_shows_the_count_and_asks_nothing_more_for_it(
    cast, shared, as_, django_assert_num_queries
) -> None:
    client, url = as_("shen"), reverse("preferences")
    assert "条未读" not in client.get(url).content.decode()
    with django_assert_num_queries(3):  # session, person with duties, the frame
        client.get(url)
    for n in range(7):
        voice.ask(shared, f"问题 {n}", actor=cast.actor("lin"), at=NOW)
    listen(NOW)
    with django_assert_num_queries(3):
        assert "通知，7 条未读" in client.get(url).content.decode()


def test_all_are_marked_read_at_once(cast, shared, as_) -> None:
    for n in range(3):
        voice.ask(shared, f"问题 {n}", actor=cast.actor("lin"), at=NOW)
    listen(NOW)
    answer = as_("shen").post(reverse("inbox-read"), follow=True)
    assert "3 条记为已读" in answer.content.decode()
    assert Message.objects.filter(read_at__isnull=True).count() == 1  # 林晓岚's own is untouched


def test_what_came_after_the_page_was_opened_stays_unread(cast, shared, as_) -> None:
    """Marked with the rest, nobody would have seen it, and the digest would leave it out too."""
    client, shen = as_("shen"), cast.account("shen")
    for n in range(55):
        voice.ask(shared, f"问题 {n}", actor=cast.actor("lin"), at=NOW)
    listen(NOW)
    first = main_of(client.get(reverse("inbox")))
    older = re.search(r"\?before=\d+&(?:amp;)?until=\d+", first)
    voice.ask(shared, "刚刚才问的", actor=cast.actor("lin"), at=NOW)
    listen(NOW)
    for page in (first, main_of(client.get(reverse("inbox") + older[0].replace("&amp;", "&")))):
        until = re.search(r'name="until" value="(\d+)"', page)
        client.post(reverse("inbox-read"), {"until": until[1]})
        assert Message.objects.filter(account=shen, read_at__isnull=True).count() == 1
    assert "1 条未读" in client.get(reverse("inbox")).content.decode()


@pytest.mark.parametrize("who", ["shen", "gu", "he", "zhao", "sun", "tao"])
def test_nobody_opens_or_reads_somebody_elses_messages(cast, shared, as_, who) -> None:
    message = Message.objects.get()
    assert as_(who).get(reverse("inbox-open", args=[message.pk])).status_code == 404
    assert "你的面谈资料包可以看了" not in main_of(as_(who).get(reverse("inbox")))
    message.refresh_from_db()
    assert message.read_at is None


def test_messages_about_what_one_may_no_longer_see_are_gone(cast, shared, as_) -> None:
    voice.ask(shared, "问题", actor=cast.actor("lin"), at=NOW)
    listen(NOW)
    assert "林晓岚提了一个问题" in main_of(as_("shen").get(reverse("inbox")))
    cast.lin.manager = cast.zhao
    cast.lin.save(update_fields=["manager"])
    page = as_("shen").get(reverse("inbox")).content.decode()
    assert "林晓岚提了一个问题" not in page
    assert "条未读" not in page
    opened = Message.objects.get(account=cast.shen.account, kind="question_asked")
    told = as_("shen").get(reverse("inbox-open", args=[opened.pk]), follow=True)
    assert told.status_code == 404 and "已经交给现在的直接上级" in main_of(told)


def test_the_inbox_asks_the_same_for_one_and_three(cast, shared, as_, django_assert_num_queries) -> None:
    client, url = as_("shen"), reverse("inbox")
    for n in (1, 2):
        for _more in range(n):
            voice.ask(shared, "问题", actor=cast.actor("lin"), at=NOW)
        listen(NOW)
        with django_assert_num_queries(4):
            client.get(url)


def test_pages_of_fifty(cast, shared, as_) -> None:
    account = cast.account("lin")
    Message.objects.bulk_create(
        Message(
            account=account, kind="pack_renewed", key=f"x:{n}", subject="talk", subject_id=shared.pk, at=NOW
        )
        for n in range(60)
    )
    client = as_("lin")
    first = client.get(reverse("inbox"))
    assert main_of(first).count("data-row-link") == 50
    older = first.context_data if hasattr(first, "context_data") else None
    assert older is None
    before = re.search(r"\?before=(\d+)", main_of(first))
    assert before is not None
    assert main_of(client.get(reverse("inbox") + before[0])).count("data-row-link") == 11


def preferences(**changes) -> dict[str, str]:
    sent = {"digest_at": "09:00", "quiet_from": "", "quiet_until": ""}
    for name in GROUPS:
        sent[f"{name}-mail"] = "usual"
        sent[f"{name}-inbox"] = "on"
    return {**sent, **changes}


def test_choosing_how_to_be_told(cast, shared, as_) -> None:
    client, url = as_("shen"), reverse("message-preferences")
    assert "哪类消息怎么收" in main_of(client.get(url))
    sent = preferences(**{"questions-mail": "off", "quiet_from": "22:00", "quiet_until": "08:00"})
    del sent["questions-inbox"]
    del sent["record-inbox"]
    answer = client.post(url, sent, follow=True)
    assert "已保存" in answer.content.decode()
    wish = Preference.objects.get(account=cast.account("shen"))
    assert (wish.quiet_from, wish.quiet_until) == (time(22), time(8))
    assert wish.groups["questions"] == {"mail": "off", "inbox": False}
    assert wish.groups["record"]["inbox"] is True  # the period to sign runs, whoever switches what off
    voice.ask(shared, "问题", actor=cast.actor("lin"), at=NOW)
    listen(NOW)
    assert "林晓岚提了一个问题" not in main_of(client.get(reverse("inbox")))


def test_each_is_offered_the_groups_that_can_reach_them(cast, shared, as_) -> None:
    everybody = tuple(name for name in GROUPS if name != "hr")
    for who in ("lin", "shen", "zhao", "tao"):
        assert groups_for(cast.actor(who)) == everybody
    for who in ("gu", "he"):
        assert groups_for(cast.actor(who)) == tuple(GROUPS)
    alone = Account.objects.create(login_name="root-admin", password="x")
    assert groups_for(actor_for(alone)) == ("account",)
    assert "需要 HR 处理的" not in main_of(as_("lin").get(reverse("message-preferences")))


def test_a_group_that_is_not_offered_stays_as_it_was(cast, shared, as_) -> None:
    Preference.objects.create(account=cast.account("lin"), groups={"hr": {"mail": "off"}})
    as_("lin").post(reverse("message-preferences"), preferences(**{"hr-mail": "now"}))
    assert Preference.objects.get().groups["hr"] == {"mail": "off"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quiet_from": "22:00"}, "要写开始和结束"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "是同一个时间"),
        ({"quiet_from": "十点", "quiet_until": "08:00"}, "时间写成 22:00 这样"),
        ({"digest_at": ""}, "选一个时间"),
    ],
)
def test_refused_preferences_keep_what_was_typed(shared, as_, changes, sentence) -> None:
    answer = as_("shen").post(reverse("message-preferences"), preferences(**{"items-mail": "off", **changes}))
    assert answer.status_code == 422
    page = main_of(answer)
    assert sentence in page
    assert '<option value="off" selected>' in page
    assert not Preference.objects.exists()


def test_a_robot_of_ones_own_only_where_the_company_allows_it(cast, shared, as_, settings) -> None:
    url = reverse("message-preferences")
    assert "机器人地址" not in main_of(as_("shen").get(url))
    as_("shen").post(url, preferences(robot="feishu://aaaa-bbbb-cccc"))
    assert Preference.objects.get().robot == ""
    settings.HUITAN_IM_SCHEMES = ["feishu"]
    refused = as_("shen").post(url, preferences(robot="http://169.254.169.254/latest"))
    assert refused.status_code == 422
    assert "公司没有开放这种机器人" in main_of(refused)
    assert "169.254.169.254" in main_of(refused)
    as_("shen").post(url, preferences(robot="https://open.feishu.cn/open-apis/bot/v2/hook/aaaa-bbbb-cccc"))
    assert Preference.objects.get().robot == "feishu://aaaa-bbbb-cccc"


def test_what_was_saved_before_there_were_robots_does_not_switch_them_off(
    cast, shared, as_, settings
) -> None:
    url = reverse("message-preferences")
    as_("shen").post(url, preferences(quiet_from="22:00", quiet_until="08:00"))
    settings.HUITAN_IM_SCHEMES = ["feishu"]
    page = main_of(as_("shen").get(url))
    assert re.search(r'name="schedule-im"[^>]*checked', page)
    assert not re.search(r'name="questions-im"[^>]*checked', page)
    as_("shen").post(url, preferences(robot="feishu://aaaa-bbbb-cccc"))
    settings.HUITAN_IM_SCHEMES = []
    as_("shen").post(url, preferences())
    wish = Preference.objects.get()
    assert wish.groups["schedule"]["im"] is False and wish.robot == "feishu://aaaa-bbbb-cccc", "was asked"


def test_hrs_log_and_sending_again(cast, shared, as_) -> None:
    Account.objects.filter(pk=cast.lin.account_id).update(email="lin@jingtian.example")
    voice.ask(shared, "会签？", actor=cast.actor("lin"), at=NOW)
    Message.objects.all().delete()
    from huitan.notifications.models import Cursor

    Cursor.objects.update(event_id=0)
    duties.tell_and_send(NOW)
    row = Delivery.objects.filter(state="sent").first()
    Delivery.objects.filter(pk=row.pk).update(state="failed", error="550 no such mailbox")
    client, url = as_("he"), reverse("deliveries")
    page = main_of(client.get(url + "?state=failed"))
    assert "lin@jingtian.example" in page
    assert "550 no such mailbox" in page
    for secret in ("会签", "沈立文", "ECN"):
        assert secret not in page
    again = client.post(reverse("delivery-again", args=[row.pk]), {"state": "failed"}, follow=True)
    assert "已重新排队" in again.content.decode() and again.request["QUERY_STRING"] == "state=failed"
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("planned", 0, "")
    assert client.post(reverse("delivery-again", args=[row.pk])).status_code == 409


@pytest.mark.parametrize("who", ["lin", "shen", "gu", "tao", "sun"])
def test_the_log_is_hr_admins_alone(cast, shared, as_, who) -> None:
    Account.objects.update(email="")
    assert as_(who).get(reverse("deliveries")).status_code == 403
    message = Message.objects.first()
    row = Delivery.objects.create(message=message, channel="mail", state="failed", next_at=NOW)
    assert as_(who).post(reverse("delivery-again", args=[row.pk])).status_code == 404


def test_the_log_asks_the_same_for_one_and_three(cast, shared, as_, django_assert_num_queries) -> None:
    client, url = as_("he"), reverse("deliveries")
    message = Message.objects.first()
    Delivery.objects.create(message=message, channel="mail", next_at=NOW)
    with django_assert_num_queries(5):
        client.get(url)
    for n in range(2):
        other = Message.objects.create(
            account=cast.account("shen"), kind="pack_renewed", key=f"k{n}", subject="talk",
            subject_id=shared.pk, at=NOW,
        )  # fmt: skip
        Delivery.objects.create(message=other, channel="mail", next_at=NOW)
    with django_assert_num_queries(5):
        client.get(url)


def test_an_account_without_an_employee_has_an_inbox_too(cast, shared, client) -> None:
    admin = Account.objects.create(login_name="root-admin", password="x")
    client.force_login(admin, backend=BACKEND)
    assert client.get(reverse("inbox")).status_code == 200
    assert "还没有消息" in main_of(client.get(reverse("inbox")))


def failed_rows(cast, shared) -> None:
    for name in ("lin", "shen", "zhao"):
        message = Message.objects.create(
            account=cast.account(name),
            kind="pack_renewed",
            key="k",
            subject="talk",
            subject_id=shared.pk,
            at=NOW,
        )
        Delivery.objects.create(message=message, channel="mail", state="failed", attempts=25, next_at=NOW)


def test_hr_finds_in_the_log_what_went_to_one_person(cast, shared, as_) -> None:
    failed_rows(cast, shared)
    client, url = as_("he"), reverse("deliveries")
    for name in ("晓岚", cast.lin.staff_number, " 林晓岚 "):
        page = main_of(client.get(url, {"name": name, "state": "failed"}))
        assert "林晓岚" in page and "沈立文" not in page and "没发出去的全部重新发" not in page
        assert "state=sent&amp;name=" in page, "another state, the same person"
    assert "没有发送记录" in main_of(client.get(url, {"name": "没有这个人"}))


def test_after_days_without_a_mail_server_hr_sends_everything_again_at_once(cast, shared, as_) -> None:
    failed_rows(cast, shared)
    Delivery.objects.filter(message__account=cast.account("zhao")).update(state="sent")
    client = as_("he")
    assert "没发出去的全部重新发" in main_of(client.get(reverse("deliveries"), {"state": "failed"}))
    answer = client.post(reverse("deliveries-again"), follow=True)
    assert "2 条已重新排队" in answer.content.decode()
    assert sorted(Delivery.objects.values_list("state", "attempts")) == [
        ("planned", 0), ("planned", 0), ("sent", 25),
    ]  # fmt: skip
    for who in ("gu", "shen", "lin"):
        assert as_(who).post(reverse("deliveries-again")).status_code == 403
