"""No value in any field or address is a server error, and nobody's words are executed, formatted or lost."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook
from tests import walk
from tests.attack import doors
from tests.attack.doors import browser, undone
from tests.cast import PASSWORD, at

from huitan.conversations.actions import room, voice
from huitan.conversations.models import Signature
from huitan.plans import actions as plans

DIGITS = "9" * 5000
DIRTY = "=1+1\u202e{{7*7}}%(x)s%s %<script>alert(1)</script>'\"><b>\U0001f600\r\n\x0b终"
BY_KIND = {
    "number": ("²", DIGITS, "NaN", "1e999", "0E+99999999"),
    "date": ("0001-01-01", "9999-12-31", "2026-02-30"),
    "time": ("0001-01-01T00:00", "9999-12-31T23:59", "2026-07-30T25:61"),
    "text": (DIRTY, "a\x00b", "字" * 20_001),
}
STAGES = {
    "before": (doors.before_the_talk, "2026-07-09T10:00:00+08:00"),
    "during": (doors.during_the_talk, "2026-07-16T14:20:00+08:00"),
    "after": (doors.after_the_talk, "2026-07-16T16:00:00+08:00"),
    "following": (doors.while_following_up, "2026-07-20T10:00:00+08:00"),
}
BY_SCRIPT = ("room-text", "room-talk-text", "room-note", "survey-save", "prepare-note")


def kind_of(value: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return "date"
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value):
        return "time"
    return "number" if re.fullmatch(r"[\d.]+", value) else "text"


@pytest.mark.parametrize("stage", STAGES)
def test_a_hostile_value_in_any_field_is_never_a_server_error(cast, talk, settings, stage) -> None:
    build, settings.HUITAN_SCRIPTED_NOW = STAGES[stage]
    sent = 0
    for form in build(cast, talk):
        client = browser(cast, form.who)
        headers = {"X-Requested-With": "fetch"} if form.route in BY_SCRIPT else {}
        for field, usual in form.fields.items():
            for value in BY_KIND[kind_of(usual[0] if isinstance(usual, list) else usual)]:
                changed = [value] if isinstance(usual, list) else value
                with undone():
                    answer = client.post(form.url, {**form.fields, field: changed}, headers=headers)
                assert answer.status_code < 500, f"{form.url} {field}={value[:20]!r}"
                sent += 1
    assert sent > 15


def test_the_forms_themselves_are_accepted(cast, talk, settings) -> None:
    """Otherwise the test above would stop at the first field."""
    for build, now in STAGES.values():
        settings.HUITAN_SCRIPTED_NOW = now
        with undone():
            for form in build(cast, talk):
                with undone():
                    headers = {"X-Requested-With": "fetch"} if form.route in BY_SCRIPT else {}
                    answer = browser(cast, form.who).post(form.url, form.fields, headers=headers)
                # No proposal has the key of the form, and an open question keeps the talk from ending.
                if form.route not in ("prepare-topics-adopt", "room-complete"):
                    assert answer.status_code < 400, f"{form.url}: {answer.status_code}"
        talk.refresh_from_db()


@pytest.mark.parametrize(
    "value", ["²", DIGITS, str(2**70), "-1", "a\x00b", DIRTY, "0", "E-²", f"E-{DIGITS}", "9999-12-31.²"]
)
def test_no_value_in_an_address_is_a_server_error(cast, talk, settings, value) -> None:
    walk.to_signed(cast, talk)
    settings.HUITAN_SCRIPTED_NOW = "2026-07-20T10:00:00+08:00"
    pk, topic = talk.pk, talk.topics.get(kind="improvement")
    asked = [
        ("shen", "talks", (), ("cycle", "state", "name", "before")),
        (
            "shen",
            "ledger",
            (),
            ("department", "owner", "state", "due", "cause", "cycle", "kind", "q", "after"),
        ),
        ("shen", "search", (), ("q",)),
        ("shen", "record", (pk,), ("version", "compare")),
        ("lin", "pack", (pk,), ("version",)),
        ("lin", "room", (pk,), ("topic",)),
        ("lin", "room-changes", (pk,), ("topic", "since", "there", "shape", "marks")),
        ("lin", "room-facts", (pk, topic.pk), ("topic",)),
        ("lin", "login", (), ("next", "lang")),
        ("lin", "home", (), ("lang",)),
    ]
    for who, route, args, names in asked:
        client = browser(cast, who)
        for name in names:
            answer = client.get(reverse(route, args=args), {name: value})
            assert answer.status_code < 500, f"{route}?{name}={value[:20]!r}"
    for route in ("talk", "record", "room", "prepare", "item", "check-in"):
        assert browser(cast, "shen").get(reverse(route, args=[2**70])).status_code == 404


def test_marks_of_any_depth_are_no_marks(cast, talk, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T14:20:00+08:00"
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    url = reverse("room-clock", args=[talk.pk])
    for marks in ("[" * 100_000, '{"room-clock": [[1]]}', "[1]", DIGITS):
        answer = browser(cast, "shen").post(
            url, {"enter": "plan", "marks": marks}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200


def test_words_in_the_room_never_become_the_security_token(cast, talk, settings) -> None:
    """What stands for the token while a region is drawn is nothing a person could write."""
    from huitan.web.room import regions

    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T14:20:00+08:00"
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    topic = walk.improvement(cast, talk)
    lin = browser(cast, "lin")
    room.write(topic, "words", "token-goes-here", actor=cast.actor("lin"), at=walk.TALK_AT)
    page = lin.get(reverse("room", args=[talk.pk]) + f"?topic={topic.pk}").content.decode()
    assert "token-goes-here" in page and regions.TOKEN not in page
    assert re.fullmatch(r"[0-9a-f]{40,}", regions.TOKEN)


def test_hostile_words_are_kept_to_the_letter_and_shown_as_words(cast, talk, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T14:20:00+08:00"
    shen, lin = cast.actor("shen"), cast.actor("lin")
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    voice.save_survey(talk, {"own_view": DIRTY}, {}, actor=lin, at=walk.SHARED_AT)
    voice.submit_survey(talk, actor=lin, at=walk.SHARED_AT)
    question = voice.ask(talk, DIRTY, actor=lin, at=walk.SHARED_AT)
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    voice.contest(talk, ecn, DIRTY, claim="%(x)s", actor=lin, at=walk.SHARED_AT)
    pages = [
        browser(cast, who).get(reverse(name, args=[talk.pk]))
        for who, name in (
            ("shen", "prepare"),
            ("shen", "share"),
            ("lin", "pack"),
            ("lin", "survey"),
            ("gu", "prepare"),
            ("gu", "pack"),
        )
    ]
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    topic = walk.improvement(cast, talk)
    for field in ("issue", "direction", "support", "support_criterion", "cause_note", "manager_statement"):
        room.write(topic, field, DIRTY, actor=shen, at=walk.TALK_AT)
    room.write(topic, "title", DIRTY, actor=shen, at=walk.TALK_AT)
    url = reverse("room-text", args=[talk.pk, topic.pk, "words"])
    saved = browser(cast, "lin").post(
        url, {"words": DIRTY, "version": "1"}, headers={"X-Requested-With": "fetch"}
    )
    assert saved.status_code == 200
    topic.refresh_from_db()
    assert topic.words == DIRTY
    room.put_action(
        talk,
        {"what": DIRTY, "owner": cast.lin, "due_on": date(2026, 9, 1), "criterion": DIRTY},
        actor=shen,
        at=walk.TALK_AT,
    )
    pages += [
        browser(cast, who).get(reverse("room", args=[talk.pk]) + f"?topic={topic.pk}")
        for who in ("lin", "shen")
    ]
    finish = browser(cast, "shen").get(reverse("room-complete", args=[talk.pk]))
    assert "{{7*7}}" in finish.content.decode()
    voice.answer(question, DIRTY, actor=shen, at=walk.TALK_AT)
    walk.complete(cast, talk)
    walk.sign(cast, talk, "shen", when=walk.DONE_AT)
    walk.sign(cast, talk, "lin", "reserve", DIRTY, when=walk.DONE_AT)
    now = walk.DONE_AT + timedelta(days=2)
    settings.HUITAN_SCRIPTED_NOW = now.isoformat()
    item = talk.plan.items.filter(kind="action").last()
    plans.update_progress(item, 30, DIRTY, actor=lin, at=now)
    plans.request_date(item, date(2026, 9, 20), DIRTY, actor=lin, at=now)
    plans.submit(item, DIRTY, actor=lin, at=now)
    for language in ("zh-hans", "en"):
        for who in ("shen", "lin", "he"):
            account = cast.account(who)
            account.language = language
            account.save()
            client = browser(cast, who)
            for name, args in (
                ("home", ()),
                ("talks", ()),
                ("ledger", ()),
                ("record", (talk.pk,)),
                ("item", (item.pk,)),
                ("talk-close", (talk.pk,)),
                ("check-in", (talk.plan.check_ins.first().pk,)),
            ):
                pages.append(client.get(reverse(name, args=args)))
            pages.append(client.get(reverse("search"), {"q": DIRTY}))
    assert talk.current_record().content["topics"][-1]["words"] == DIRTY
    for answer in pages:
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "<script>alert" not in page and "'\"><b>" not in page and ">49<" not in page
    export = browser(cast, "shen").get(reverse("ledger-export"), {"state": "all"})
    sheet = load_workbook(io.BytesIO(b"".join(export))).worksheets[0]
    found = [row[2] for row in sheet.iter_rows(min_row=2) if str(row[2].value).startswith("=1+1")]
    assert len(found) == 2 and all(cell.data_type == "s" for cell in found)


def test_r18_words_typed_with_a_signature_outlive_ten_wrong_passwords(cast, talk, settings) -> None:
    doors.after_the_talk(cast, talk)
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T16:00:00+08:00"
    lin, url = browser(cast, "lin"), reverse("sign", args=[talk.pk])
    form = {"choice": "reserve", "statement": "口径应从收到变更起算", "seen_hash": talk.current_record().hash}
    for _try in range(12):
        answer = lin.post(url, {**form, "password": "not-the-password"})
        assert "口径应从收到变更起算" in answer.content.decode(), answer.status_code
    locked = lin.post(url, {**form, "password": PASSWORD})
    assert locked.status_code in (403, 429) and "15 分钟" in locked.content.decode()
    assert "口径应从收到变更起算" in locked.content.decode() and not Signature.objects.exists()


@pytest.mark.parametrize("field", ["silence_note", "highlight_skip_reason"])
def test_a_text_too_long_is_refused_in_words_and_the_stored_one_stays(cast, talk, settings, field) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T14:20:00+08:00"
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    client, url = browser(cast, "shen"), reverse("room-talk-text", args=[talk.pk, field])
    fetch = {"X-Requested-With": "fetch"}
    assert client.post(url, {field: "王工", "version": "0"}, headers=fetch).json()["version"] == 1
    answer = client.post(url, {field: "字" * 10_001, "version": "1"}, headers=fetch)
    assert answer.status_code == 422 and "个字" in answer.json()["said"]
    pasted = client.post(url, {field: "x" * 10_000_000, "version": "1"}, headers=fetch)
    assert pasted.status_code == 422
    talk.refresh_from_db()
    assert getattr(talk, field) == "王工"


def test_a_stale_or_nonsense_version_overwrites_nothing(cast, talk, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T14:20:00+08:00"
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    topic = walk.improvement(cast, talk)
    client, url = browser(cast, "lin"), reverse("room-text", args=[talk.pk, topic.pk, "words"])
    for version in ("0", "²", "-1", "99", DIGITS, "x"):
        answer = client.post(
            url, {"words": "盖掉它", "version": version}, headers={"X-Requested-With": "fetch"}
        )
        assert answer.status_code == 412 and "会签平均要等" in answer.json()["values"]["words"]
    topic.refresh_from_db()
    assert topic.words.startswith("会签平均要等")


@pytest.mark.parametrize(
    "name",
    [
        'a"\r\nX-Evil: 1.txt',
        "../../../etc/passwd.txt",
        "=cmd|'x'!A1.txt",
        "\u202etxt.exe.txt",
        "终" * 300 + ".txt",
    ],
)
def test_a_file_name_stays_a_name(cast, talk, settings, name) -> None:
    walk.to_signed(cast, talk)
    settings.HUITAN_SCRIPTED_NOW = (walk.DONE_AT + timedelta(days=1)).isoformat()
    item = talk.plan.items.get(kind="action")
    lin = browser(cast, "lin")
    upload = SimpleUploadedFile("x.txt", b"words")
    upload._name = name
    answer = lin.post(reverse("item-file", args=[item.pk]), {"file": upload})
    assert answer.status_code in (302, 422)
    for kept in item.files.all():
        assert "/" not in kept.name and "\n" not in kept.name and len(kept.name) <= 255
        download = lin.get(reverse("item-download", args=[item.pk, kept.pk]))
        assert b"".join(download) == b"words" and "X-Evil" not in download.headers
        assert download.headers["Content-Disposition"].startswith("attachment")


def test_the_clock_of_another_continent_is_no_server_error(cast, talk, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = at(7, 16, 14, 20).isoformat()
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    account = cast.account("shen")
    for zone in ("America/New_York", "Asia/Tokyo", "UTC"):
        account.time_zone = zone
        account.save()
        client = browser(cast, "shen")
        for when in ("0001-01-01T00:00", "9999-12-31T23:59", "2026-11-01T01:30", "2026-03-08T02:30"):
            with undone():
                answer = client.post(reverse("room-follow-up", args=[talk.pk]), {"follow_up_at": when})
            assert answer.status_code in (302, 422)
            day, _t, start = when.partition("T")
            form = {"day": day, "start": start, "minutes": "60", "place": ""}
            assert client.post(reverse("prepare-schedule", args=[talk.pk]), form).status_code < 500


def test_a_cycle_outside_any_calendar_or_department_is_refused_in_words(cast) -> None:
    from huitan.cycles.models import Cycle
    from huitan.people.models import Department

    rules = {
        "notice_days": "60",
        "notice_rule": "warn",
        "record_days": "3",
        "signing_days": "5",
        "dispute_days": "5",
        "dispute_accept_days": "2",
        "dispute_answer_days": "10",
        "dispute_further_days": "5",
    }
    rest = {"check_in_rhythm": "monthly", "check_in_grace_days": "3", "talk_minutes": "45"}
    scale = {"label": ["A", "B"], "meaning": ["好", "差"]}
    dates = ("starts_on", "ends_on", "talks_from", "talks_until")
    usual = {
        "name": "新周期",
        "key": "new1",
        **dict.fromkeys(dates, "2026-07-01"),
        **rules,
        **rest,
        **scale,
        "departments": [str(Department.objects.earliest("pk").pk)],
    }
    he, url = browser(cast, "he"), reverse("cycle-new")
    for day in ("0001-01-01", "9999-12-31"):
        assert he.post(url, {**usual, **dict.fromkeys(dates, day)}).status_code == 422
        assert he.post(reverse("cycle-days"), {"on": day, "is_working": "free"}).status_code == 422
    for key in (str(2**70), "²", "-1", "x"):
        assert he.post(url, {**usual, "departments": [key]}).status_code == 422
    assert not Cycle.objects.exists()
    assert he.post(url, usual).status_code == 302


def test_no_way_of_writing_it_brings_nul_into_an_address(cast, cycle) -> None:
    for query in ("%00", "%0%0000", "%0%0%000000", "%2500", "a%00%00b"):
        answer = browser(cast, "he").get(reverse("search") + f"?q={query}")
        assert answer.status_code == 200 and "\x00" not in answer.wsgi_request.GET["q"], query


def test_whatever_a_key_is_said_to_answer_is_refused_in_words(cast, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T14:20:00+08:00"
    lin, fields = browser(cast, "lin"), {"name": "电脑"}
    session = lin.session
    session["proved_at"] = settings.HUITAN_SCRIPTED_NOW
    session.save()
    lin.post(reverse("security-passkey-options"))
    for said in ("null", "[]", "1", '"x"', "{}", '{"response": 5}', "[" * 100_000):
        answer = lin.post(reverse("security-passkey"), {**fields, "passkey": said})
        assert answer.status_code == 422, said


def test_more_than_the_server_takes_is_refused_in_words_of_ours(cast) -> None:
    url, lin = reverse("evidence-person", args=[cast.lin.pk]), browser(cast, "lin")
    for sent in ({"statement": "x" * 13_000_000}, {f"f{n}": "" for n in range(4001)}):
        answer = lin.post(url, sent)
        assert answer.status_code == 400 and "什么也没有存" in answer.content.decode()
    assert lin.get(reverse("home"), headers={"host": "evil.example"}).status_code == 400
