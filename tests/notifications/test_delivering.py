"""At least once and never a flood: a real mail server that refuses and accepts, a worker that dies, a long outage."""

from __future__ import annotations

from datetime import UTC, date, timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone
from tests import walk
from tests.cast import SYSTEM, at
from tests.notifications.receivers import mail_server

from huitan.cli import duties
from huitan.conversations.actions import opening, preparation, voice
from huitan.conversations.actions.record import remind_signing
from huitan.core import events
from huitan.core.models import Event
from huitan.notifications import timing
from huitan.notifications.actions import delivering
from huitan.notifications.actions.listening import listen
from huitan.notifications.models import Delivery, Message, Preference

NOW = walk.SHARED_AT + timedelta(minutes=1)
SECRETS = ("会签", "ECN", "71.4", "2.8", "六西格玛", "催过三次", "提前 4 天")


@pytest.fixture
def shared(mailed, talk):
    """林晓岚's pack is shared; only what is told from here on counts."""
    walk.prepare(mailed, talk)
    listen(walk.SHARED_AT - timedelta(minutes=1))
    Message.objects.all().delete()
    walk.share(mailed, talk)
    return talk


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for delivery in Delivery.objects.all():
        found[delivery.state] = found.get(delivery.state, 0) + 1
    return found


def test_a_mail_in_the_readers_language_with_a_link_and_nothing_of_the_talk(mailed, shared, settings) -> None:
    settings.HUITAN_URL = "https://huitan.jingtian.example"
    with mail_server(settings) as box:
        assert duties.tell_and_send(NOW) == {"told": 1, "sent": 1, "failed": 0}
    [letter] = box.mails
    assert box.recipients == ["lin@jingtian.example"]
    assert letter["subject"].strip() == "你的面谈资料包可以看了"
    assert letter["auto-submitted"] == "auto-generated"
    text = letter.get_body(("plain",)).get_content()
    html = letter.get_body(("html",)).get_content()
    for part in (text, html):
        assert f"https://huitan.jingtian.example/talks/{shared.pk}/pack/" in part
        assert "沈立文共享了资料包" in part
        assert not [secret for secret in SECRETS if secret in part]


def test_english_and_another_time_zone(mailed, shared, settings) -> None:
    account = mailed.account("lin")
    account.language, account.time_zone = "en", "Europe/Berlin"
    account.save(update_fields=["language", "time_zone"])
    preparation.schedule(shared, at(7, 17, 15), minutes=60, place="B-3", actor=mailed.actor("shen"), at=NOW)
    with mail_server(settings) as box:
        duties.tell_and_send(NOW)
    moved = next(
        m
        for m in box.mails
        if m.get_body(("plain",)).get_content().count("B-3") and m["to"].endswith("lin@jingtian.example>")
    )
    assert "Fri 17 Jul 09:00 (Europe/Berlin)" in moved["subject"]
    assert not [
        c for c in moved.get_body(("plain",)).get_content() if "一" <= c <= "鿿" and c not in "林晓岚沈立文"
    ]


@pytest.mark.parametrize("address", ["林晓岚@jingtian.example", "lin＠jingtian.example"])
def test_an_address_nobody_can_write_to_holds_up_nobody_else(mailed, shared, settings, address) -> None:
    account = mailed.account("lin")
    account.email = address
    account.save(update_fields=["email"])
    opening.cancel(shared, "组织调整", actor=mailed.actor("gu"), at=NOW)
    with mail_server(settings) as box:
        sent = duties.tell_and_send(NOW)
    assert sent["sent"] and sent["failed"] and "shen@jingtian.example" in box.recipients
    assert Delivery.objects.filter(message__account=account).exclude(error="").exists()


def both_told(mailed, shared) -> None:
    """Mails for 沈立文 and 林晓岚 are due, his first."""
    preparation.schedule(shared, at(7, 17, 15), minutes=60, place="B-3", actor=mailed.actor("shen"), at=NOW)


def test_a_server_that_hangs_up_on_one_address_gets_the_others(mailed, shared, settings) -> None:
    both_told(mailed, shared)
    with mail_server(settings) as box:
        box.hangs_up_on = "shen@"
        sent = duties.tell_and_send(NOW)
    assert sent["failed"] == 1 and "lin@jingtian.example" in box.recipients
    his = Delivery.objects.get(message__account=mailed.account("shen"))
    assert (his.state, his.attempts) == ("planned", 1)


def test_a_server_that_falls_silent_keeps_the_rest_for_the_next_round(mailed, shared, settings) -> None:
    both_told(mailed, shared)
    with mail_server(settings) as box:
        box.hangs_up_on = "@"
        sent = duties.tell_and_send(NOW)
        rows = Delivery.objects.count()
        assert (sent["sent"], sent["failed"]) == (0, 2) and rows > 2 and box.calls == 2
        assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [*[0] * (rows - 2), 1, 1]
        box.hangs_up_on = ""
        assert delivering.deliver(NOW + timedelta(minutes=1)) == {"sent": rows, "failed": 0}
    assert len({m["message-id"] for m in box.mails}) == len(box.mails) == rows


def test_a_round_slower_than_its_lease_sends_nothing_twice(mailed, shared, settings) -> None:
    both_told(mailed, shared)
    listen(NOW)
    with mail_server(settings) as box:
        slow = delivering.claim(NOW)
        assert delivering.deliver(NOW + timing.LEASE)["sent"] == len(slow)
        counts = {"sent": 0, "failed": 0}
        delivering._send_mails(slow, NOW, counts)
    assert counts == {"sent": 0, "failed": 0} and len(box.mails) == len(slow)


def test_a_refusing_server_is_tried_again_later_and_later_until_it_accepts(mailed, shared, settings) -> None:
    with mail_server(settings) as box:
        box.answer = "451 try again later"
        now = NOW
        assert duties.tell_and_send(now) == {"told": 1, "sent": 0, "failed": 1}
        waits = []
        for _round in range(4):
            delivery = Delivery.objects.get()
            waits.append(delivery.next_at - now)
            assert delivering.deliver(delivery.next_at - timedelta(seconds=1)) == {"sent": 0, "failed": 0}
            now = delivery.next_at
            assert delivering.deliver(now) == {"sent": 0, "failed": 1}
        assert waits == [timedelta(minutes=m) for m in (1, 2, 4, 8)]
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.attempts) == ("planned", 5)
        assert "451" in delivery.error
        box.answer = "250 OK"
        assert delivering.deliver(delivery.next_at) == {"sent": 1, "failed": 0}
        assert delivering.deliver(delivery.next_at + timedelta(days=1)) == {"sent": 0, "failed": 0}
    assert len(box.mails) == 1
    assert box.tries == 6


def test_nobody_there_is_one_try_for_all_and_loses_nothing(mailed, shared, settings) -> None:
    with mail_server(settings):
        pass  # the port is free again: nothing listens there
    assert duties.tell_and_send(NOW)["failed"] == 1
    assert "Refused" in Delivery.objects.get().error
    with mail_server(settings) as box:
        delivering.deliver(NOW + timedelta(minutes=1))
    assert len(box.mails) == 1


def test_what_the_server_will_never_take_is_given_up_and_hr_can_send_it_again(
    mailed, shared, settings
) -> None:
    from huitan.core.moves import Refused
    from huitan.notifications.actions.choosing import send_again
    from huitan.notifications.queries import delivery_log

    with mail_server(settings) as box:
        box.answer = "550 no such mailbox"
        duties.tell_and_send(NOW)
        row = Delivery.objects.get()
        assert (row.state, row.attempts) == ("failed", 1)
        log = delivery_log(mailed.actor("he"), "failed")
        assert [(r.to, r.address, r.about) for r in log.rows] == [
            ("林晓岚", "lin@jingtian.example", "资料包和预调研")
        ]
        assert "550" in log.rows[0].error
        with pytest.raises(Refused):
            delivery_log(mailed.actor("shen"))
        with pytest.raises(Refused):
            send_again(row, actor=mailed.actor("gu"), at=NOW)
        box.answer = "250 OK"
        send_again(row, actor=mailed.actor("he"), at=NOW)
        assert delivering.deliver(NOW)["sent"] == 1


def test_after_three_days_of_trying_it_is_given_up(mailed, shared, settings) -> None:
    with mail_server(settings):
        pass
    now, started = NOW, NOW
    duties.tell_and_send(now)
    while Delivery.objects.get().state == "planned":
        now = Delivery.objects.get().next_at
        delivering.deliver(now)
        assert now - started < timedelta(days=5)
    assert now - started > timedelta(days=2)
    assert Delivery.objects.get().attempts == timing.ATTEMPTS


def test_a_worker_killed_between_claim_and_sending_loses_nothing(mailed, shared, settings) -> None:
    listen(NOW)
    assert len(delivering.claim(NOW)) == 1  # and here it dies
    with mail_server(settings) as box:
        assert delivering.deliver(NOW + timedelta(minutes=1)) == {"sent": 0, "failed": 0}
        assert delivering.deliver(NOW + timing.LEASE) == {"sent": 1, "failed": 0}
    assert len(box.mails) == 1


def test_a_worker_killed_after_sending_sends_the_same_mail_not_another(
    mailed, shared, settings, monkeypatch
) -> None:
    with mail_server(settings) as box:
        listen(NOW)
        with monkeypatch.context() as dying:
            dying.setattr(delivering, "_went_well", _dies)
            with pytest.raises(SystemExit):
                delivering.deliver(NOW)
        delivering.deliver(NOW + timing.LEASE)
    first, second = box.mails
    assert first["message-id"] == second["message-id"]
    assert states() == {"sent": 1}


def _dies(*_args: object) -> None:
    raise SystemExit


def test_a_worker_killed_while_reading_tells_all_or_nothing(mailed, shared, monkeypatch) -> None:
    from huitan.notifications.actions import listening
    from huitan.notifications.models import Cursor

    before = Cursor.objects.get(reader="notifications").event_id
    with monkeypatch.context() as dying:
        dying.setattr(listening, "_planned", _dies)
        with pytest.raises(SystemExit):
            listen(NOW)
    assert Cursor.objects.get(reader="notifications").event_id == before
    assert not Message.objects.exists()
    assert listen(NOW) == 1


def test_after_an_outage_comes_one_mail_and_the_inbox_has_everything(mailed, shared, settings) -> None:
    lin, shen = mailed.actor("lin"), mailed.actor("shen")
    walk.answer_survey(mailed, shared)
    for n in range(30):
        asked = voice.ask(shared, f"会签的第 {n} 个问题", actor=lin, at=at(7, 8, 21))
        voice.answer(asked, "会签我来谈", actor=shen, at=at(7, 8, 22))
    back = at(7, 10, 9)
    with mail_server(settings) as box:
        duties.tell_and_send(back)
        duties.tell_and_send(back + timedelta(minutes=1))
    by_person = {recipient: box.recipients.count(recipient) for recipient in set(box.recipients)}
    assert by_person == {"lin@jingtian.example": 1, "shen@jingtian.example": 1}
    digest = next(m for m in box.mails if m["to"].endswith("<shen@jingtian.example>"))
    assert digest["subject"].strip() == "会谈：30 条消息"
    text = digest.get_body(("plain",)).get_content()
    assert text.count("林晓岚提了一个问题") == 30
    assert not [secret for secret in SECRETS if secret in text]
    assert Message.objects.visible_to(shen).count() == 31
    assert states()["folded"] == 30 + 31


def test_many_at_once_are_one_mail(mailed, shared, settings) -> None:
    for n in range(5):
        voice.ask(shared, f"问题 {n}", actor=mailed.actor("lin"), at=NOW)
    with mail_server(settings) as box:
        duties.tell_and_send(NOW)
    assert box.recipients.count("shen@jingtian.example") == 1


def test_a_digest_waits_for_its_hour_and_leaves_out_what_was_read(mailed, shared, settings) -> None:
    from huitan.notifications.actions.choosing import choose, mark_read

    choose(
        mailed.account("shen"),
        {"questions": {"mail": "digest", "inbox": True}},
        quiet_from=None, quiet_until=None, digest_at=timing.DIGEST_AT,
    )  # fmt: skip
    for n in range(3):
        voice.ask(shared, f"问题 {n}", actor=mailed.actor("lin"), at=NOW)
    with mail_server(settings) as box:
        duties.tell_and_send(NOW)
        assert box.recipients.count("shen@jingtian.example") == 0
        read = Message.objects.filter(account=mailed.shen.account).first()
        mark_read(read, actor=mailed.actor("shen"), at=NOW)
        delivering.deliver(at(7, 7, 8, 59))
        assert box.recipients.count("shen@jingtian.example") == 0
        delivering.deliver(at(7, 7, 9))
    letter = next(m for m in box.mails if m["to"].endswith("<shen@jingtian.example>"))
    assert letter["subject"].strip() == "会谈：2 条消息"


def test_quiet_hours_end_in_one_mail(mailed, shared, settings) -> None:
    from datetime import time

    Preference.objects.create(account=mailed.account("shen"), quiet_from=time(20), quiet_until=time(8))
    night = at(7, 7, 21)
    for n in range(3):
        voice.ask(shared, f"问题 {n}", actor=mailed.actor("lin"), at=night + timedelta(hours=n))
    with mail_server(settings) as box:
        for hour in range(11):
            duties.tell_and_send(night + timedelta(hours=hour))
            assert box.recipients.count("shen@jingtian.example") == 0
        duties.tell_and_send(at(7, 8, 8))
    assert box.recipients.count("shen@jingtian.example") == 1


def test_what_is_tried_again_or_left_lying_does_not_fall_into_the_night(mailed, shared, settings) -> None:
    from datetime import time

    Preference.objects.create(account=mailed.account("shen"), quiet_from=time(22), quiet_until=time(8))
    evening = at(7, 7, 21)
    voice.ask(shared, "会签？", actor=mailed.actor("lin"), at=evening)
    with mail_server(settings) as box:
        box.answer = "451 try again later"
        for minutes in range(0, 60, 5):
            duties.tell_and_send(evening + timedelta(minutes=minutes))
        box.answer = "250 OK"
        his = Delivery.objects.get(message__account=mailed.account("shen"))
        tried = his.attempts
        for hour in range(1, 11):
            duties.tell_and_send(evening + timedelta(hours=hour))
            assert "shen@jingtian.example" not in box.recipients
        his.refresh_from_db()
        assert his.attempts == tried and "lin@jingtian.example" in box.recipients
        duties.tell_and_send(at(7, 8, 8))
    assert box.recipients.count("shen@jingtian.example") == 1


def test_the_log_says_that_a_digest_was_read_before(mailed, shared, settings) -> None:
    from huitan.notifications.actions.choosing import mark_all_read

    for n in range(5):
        voice.ask(shared, f"问题 {n}", actor=mailed.actor("lin"), at=NOW)
    with mail_server(settings) as box:
        box.answer = "451 try again later"
        duties.tell_and_send(NOW)
        mark_all_read(actor=mailed.actor("shen"), at=NOW)
        box.answer = "250 OK"
        delivering.deliver(NOW + timedelta(minutes=5))
    assert "shen@jingtian.example" not in box.recipients
    digest = Delivery.objects.get(message__account=mailed.account("shen"), message__kind="digest")
    assert (digest.state, digest.error) == ("withheld", delivering.READ_BEFORE)


def test_who_left_or_may_no_longer_see_it_gets_nothing(mailed, shared, settings) -> None:
    voice.ask(shared, "会签？", actor=mailed.actor("lin"), at=NOW)
    listen(NOW)
    mailed.lin.status = "left"
    mailed.lin.manager = mailed.zhao
    mailed.lin.save(update_fields=["status", "manager"])
    with mail_server(settings) as box:
        delivering.deliver(NOW)
    assert box.mails == []
    assert states() == {"withheld": 2}
    assert not Message.objects.visible_to(mailed.actor("shen")).exists()


def test_without_a_mail_server_every_mail_is_a_readable_file(mailed, shared, settings, tmp_path) -> None:
    from email import message_from_bytes, policy

    settings.HUITAN_HOME = tmp_path
    settings.EMAIL_BACKEND = "huitan.notifications.outbox.EmlFolder"
    duties.tell_and_send(NOW)
    [path] = (tmp_path / "mail").iterdir()
    assert path.suffix == ".eml"
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert letter["subject"].strip() == "你的面谈资料包可以看了"
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ((21, 0), (8, 0)),
        ((7, 59), (8, 0)),
        ((8, 0), (8, 0)),
        ((12, 0), (12, 0)),
        ((20, 0), (8, 0)),
    ],
)
def test_quiet_hours_by_the_persons_own_clock(now, expected) -> None:
    from datetime import time

    when = at(7, 7, *now)
    after = timing.after_quiet(when, time(20), time(8), "Asia/Shanghai")
    here = after.astimezone(walk.TALK_AT.astimezone().tzinfo or UTC)
    shanghai = after.astimezone(at(7, 7).tzinfo).timestamp()
    assert here.timestamp() == shanghai
    local = (after + timedelta(hours=8)).astimezone(UTC)
    assert (local.hour, local.minute) == expected
    assert after >= when


def test_backoff_grows_to_four_hours() -> None:
    waits = [timing.retry_after(n) for n in range(1, timing.ATTEMPTS)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert waits[-1] == timedelta(hours=4)
    assert timedelta(days=2) < sum(waits, timedelta()) < timedelta(days=4)


def test_a_week_of_time_brings_exactly_these_messages(mailed, talk, settings) -> None:
    """From sharing to the talk, hour by hour: what the two hear, in order, once."""
    walk.prepare(mailed, talk)
    duties.tell_and_send(walk.PREPARED_AT + timedelta(minutes=30))
    Message.objects.all().delete()
    mail.outbox.clear()
    script = {
        walk.SHARED_AT: lambda: walk.share(mailed, talk),
        walk.ANSWERED_AT: lambda: walk.answer_survey(mailed, talk),
        at(7, 13, 9): lambda: preparation.schedule(
            talk, at(7, 17, 14), minutes=60, place="3 号会客室", actor=mailed.actor("shen"), at=at(7, 13, 9)
        ),
        at(7, 14, 9): lambda: opening.cancel(talk, "组织调整", actor=mailed.actor("he"), at=at(7, 14, 9)),
    }
    now = walk.SHARED_AT
    while now < walk.SHARED_AT + timedelta(days=11):
        if now in script:
            script[now]()
        duties.tell_and_send(now)
        now += timedelta(hours=1)
    heard = {
        name: list(
            Message.objects.filter(account=mailed.account(name), kind__in=_KINDS)
            .order_by("id")
            .values_list("kind", flat=True)
        )
        for name in ("lin", "shen", "gu", "he", "zhao", "wang", "sun", "qian", "tao", "chen")
    }
    assert {name: kinds for name, kinds in heard.items() if kinds} == {
        "lin": ["pack_shared", "talk_moved", "talk_cancelled"],
        "shen": ["survey_in", "talk_moved", "talk_cancelled"],
    }
    sent = [(m.to[0].split("<")[1].rstrip(">").split("@")[0], m.subject) for m in mail.outbox]
    assert sorted(who for who, _subject in sent) == ["lin", "lin", "lin", "shen", "shen", "shen"]
    assert not Delivery.objects.filter(state="planned").exists()


_KINDS = ("pack_shared", "talk_moved", "talk_cancelled", "survey_in", "survey_due", "talk_tomorrow")


def test_reminders_come_once_and_only_for_what_is_still_open(mailed, talk, settings) -> None:
    """R19: both sides are reminded of check-ins; promises and actions before they are due; signing before it lapses."""
    walk.to_signed(mailed, talk)
    promise = talk.plan.items.get(kind="support")
    assert promise.due_on == date(2026, 7, 24)
    now = at(7, 21, 10)
    while now < at(8, 20):
        duties.tell_and_send(now)
        now += timedelta(hours=6)
    due = {
        (name, m.kind)
        for name in ("lin", "shen", "zhao", "gu")
        for m in Message.objects.filter(account=mailed.account(name), key__regex="^(item|check_in|talk):")
    }
    assert due == {
        ("shen", "item_due"), ("shen", "item_overdue"), ("lin", "check_in_due"), ("shen", "check_in_due"),
        ("lin", "check_in_late"), ("shen", "check_in_late"),
    }  # fmt: skip
    for key in Message.objects.values_list("key", "account"):
        assert Message.objects.filter(key=key[0], account=key[1]).count() == 1


def test_signing_is_reminded_of_before_it_lapses_and_never_called_agreement(mailed, talk) -> None:
    walk.prepare(mailed, talk)
    walk.share(mailed, talk)
    walk.answer_survey(mailed, talk)
    walk.begin(mailed, talk)
    walk.highlight(mailed, talk)
    walk.improvement(mailed, talk)
    walk.complete(mailed, talk)
    walk.sign(mailed, talk, "shen", when=walk.DONE_AT + timedelta(minutes=20))
    talk.refresh_from_db()
    hour = walk.DONE_AT
    while hour < at(7, 28):
        remind_signing(actor=SYSTEM, at=hour)
        duties.tell_and_send(hour)
        hour += timedelta(hours=6)
    reminded = Message.objects.filter(kind="signing_soon").order_by("at")
    assert [m.account.employee for m in reminded] == [mailed.lin] * 2, (
        "at half time, and the day before the end"
    )
    assert all(8 <= timezone.localtime(m.at).hour < 20 for m in reminded)
    history = Event.objects.filter(verb="conversation.signing_reminded").order_by("id")
    assert [e.payload["kind"] for e in history] == ["half", "last"], (
        "who is said to be reminded was written to"
    )


def test_digests_of_a_whole_company_go_out_in_one_round(mailed, shared, settings, monkeypatch) -> None:
    """Everybody's digest is due at 09:00; one part of the people a round made the last ones wait for hours."""
    monkeypatch.setattr(delivering, "PEOPLE_AT_ONCE", 2)
    for name in ("lin", "shen", "gu", "zhao", "he", "tao"):
        account = mailed.account(name)
        message = Message.objects.create(
            account=account,
            kind="second_factor_reset",
            key=name,
            subject="account",
            subject_id=account.pk,
            at=NOW,
        )
        Delivery.objects.create(message=message, channel="mail", next_at=NOW)
    with mail_server(settings) as box:
        assert delivering.deliver(NOW)["sent"] == 6 == len(box.mails)
        Delivery.objects.update(state="planned", next_at=NOW, attempts=0)
        box.answer = "451 try again later"
        assert delivering.deliver(NOW)["failed"] == 2, "a server that refuses is not asked for all at once"


def test_what_midnight_brings_about_is_said_in_the_morning(mailed, shared, settings) -> None:
    """The period to sign ends at midnight; nobody's phone has to say so then."""
    listen(NOW)
    Message.objects.all().delete()
    account = mailed.account("lin")
    account.time_zone = "Europe/Berlin"
    account.save(update_fields=["time_zone"])
    midnight = at(7, 24, 0)
    with transaction.atomic():
        events.append(shared.stream, "conversation.signing_lapsed", actor=SYSTEM, at=midnight, payload={})
    told_at: dict[str, int] = {}
    with mail_server(settings) as box:
        for half_hours in range(40):
            duties.tell_and_send(midnight + timedelta(minutes=30 * half_hours))
            for who in box.recipients:
                told_at.setdefault(who.split("@")[0], half_hours)
    assert told_at["shen"] == 17 and told_at["gu"] == 17
    assert told_at["lin"] == 0, "where it is six in the evening, nobody waits"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("Silent: feishu: ReadTimeout", "机器人没有应答。"),
        ("Unreachable: wecombot: 93000", "机器人没有收下。"),
        ("SSLCertVerificationError: self-signed", "和邮件服务器的加密连接没有建立，请管理员检查设置。"),
        ("OSError: [Errno 113] No route to host", "连不上邮件服务器。"),
    ],
)
def test_hr_reads_in_words_what_went_wrong(error, words) -> None:
    from huitan.notifications.queries import in_words

    assert in_words(error) == words
