"""Other people's ids in addresses and fields lead nowhere, and no page, fragment or file tells what is not theirs."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from tests import walk
from tests.attack.doors import browser
from tests.attack.test_illegal_states import transfer
from tests.cast import at, talk_of

from huitan.conversations.actions import preparation, room, voice
from huitan.conversations.models import Conversation
from huitan.evidence import actions as evidence_actions
from huitan.plans import actions as plans

OWN_WORDS = "心里话只写在这里"
DRAFT = "调研草稿还没有交"
SAID = "只在谈话里说过的一句"
SHEN_NOTE = "经理的私人笔记"


@pytest.fixture
def two_talks(cast, cycle, talk, settings) -> tuple[Conversation, Conversation]:
    """林晓岚's and 陈思远's talks both run; 林晓岚 has a note and a survey draft of her own."""
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T14:20:00+08:00"
    other = talk_of(cast.chen, cycle)
    shen = cast.actor("shen")
    walk.prepare(cast, talk)
    preparation.choose_purpose(other, "growth", actor=shen, at=at(7, 3))
    preparation.schedule(other, walk.TALK_AT, minutes=30, place="", actor=shen, at=at(7, 3))
    for one in (talk, other):
        walk.share(cast, one)
        room.begin(one, actor=shen, at=walk.TALK_AT)
    lin = cast.actor("lin")
    voice.save_survey(talk, {"own_view": DRAFT}, {}, actor=lin, at=walk.TALK_AT)
    preparation.keep_private_note(talk, OWN_WORDS, actor=lin, at=walk.TALK_AT)
    preparation.keep_private_note(talk, SHEN_NOTE, actor=shen, at=walk.TALK_AT)
    walk.highlight(cast, talk)
    topic = walk.improvement(cast, talk)
    room.write(topic, "words", SAID, actor=lin, at=walk.TALK_AT)
    talk.refresh_from_db()
    other.refresh_from_db()
    return talk, other


def test_one_talks_topics_facts_and_questions_are_not_reached_through_another(cast, two_talks) -> None:
    mine, other = two_talks
    shen, chen = cast.actor("shen"), cast.actor("chen")
    topic = preparation.add_topic(other, "growth", "陈的话题", actor=shen, at=walk.TALK_AT)
    asked = voice.ask(other, "陈的问题", actor=chen, at=walk.TALK_AT)
    fact = walk.Evidence.objects.get(employee=cast.chen, kind="kpi")
    doubt = voice.contest(other, fact, "陈的疑问", actor=chen, at=walk.TALK_AT)
    own = mine.topics.get(kind="improvement")
    pk = mine.pk
    steps = [
        ("shen", "room-text", (pk, topic.pk, "issue"), {"issue": "写错人"}),
        ("lin", "room-text", (pk, topic.pk, "words"), {"words": "写错人"}),
        ("shen", "room-choose", (pk, topic.pk), {"consensus": "agreed"}),
        ("shen", "room-carry", (pk, topic.pk), {}),
        ("shen", "room-topic-remove", (pk, topic.pk), {"reason": "写错人"}),
        ("lin", "room-facts", (pk, topic.pk), {}),
        ("shen", "room-cite", (pk, topic.pk), {"evidence": str(fact.pk)}),
        ("lin", "room-cite", (pk, own.pk), {"evidence": str(fact.pk)}),
        ("shen", "room-question", (pk, asked.pk), {"way": "answer", "text": "写错人"}),
        ("shen", "prepare-topic-remove", (pk, topic.pk), {"reason": "写错人"}),
        ("shen", "prepare-topic-cite", (pk, topic.pk), {"evidence": str(fact.pk)}),
        ("shen", "prepare-question", (pk, asked.pk), {"how": "answer", "text": "写错人"}),
        ("shen", "prepare-score", (pk, fact.pk), {"score": "1"}),
        ("gu", "contest-answer", (pk, doubt.pk), {"outcome": "confirm", "text": "写错人"}),
        ("lin", "pack-question", (pk,), {"evidence": str(fact.pk), "text": "写错人"}),
        ("lin", "pack-contest", (pk,), {"evidence": str(fact.pk), "reason": "写错人"}),
    ]
    for who, route, args, fields in steps:
        status = browser(cast, who).post(reverse(route, args=args), fields).status_code
        assert status == 404, f"{route} as {who}: {status}"
    crossed = browser(cast, "shen").post(reverse("room-cite", args=[pk, own.pk]), {"evidence": str(fact.pk)})
    assert crossed.status_code == 422
    for route, args in (
        ("room-fact", (pk, fact.pk)),
        ("prepare-evidence", (pk, fact.pk)),
        ("room-facts", (pk, topic.pk)),
        ("room-question", (pk, asked.pk)),
    ):
        who = "shen" if route == "prepare-evidence" else "lin"
        assert browser(cast, who).get(reverse(route, args=args)).status_code == 404
    order = browser(cast, "lin").post(reverse("prepare-topics-order", args=[pk]), {"topic": [str(topic.pk)]})
    topic.refresh_from_db()
    assert order.status_code == 302 and topic.position == 0 and not topic.issue


def test_a_survey_takes_no_score_for_anothers_result(cast, two_talks) -> None:
    mine, _other = two_talks
    fact = walk.Evidence.objects.get(employee=cast.chen, kind="kpi")
    url = reverse("survey-save", args=[mine.pk])
    browser(cast, "lin").post(url, {"own_view": DRAFT, f"score-{fact.pk}": "1.0"})
    assert not mine.self_scores.exists()


def test_files_and_dates_of_one_item_are_not_reached_through_another(cast, talk, settings) -> None:
    walk.to_signed(cast, talk)
    now = walk.DONE_AT + timedelta(days=2)
    settings.HUITAN_SCRIPTED_NOW = now.isoformat()
    hers, his = talk.plan.items.get(kind="action"), talk.plan.items.get(kind="support")
    file = plans.attach(his, "纪要.txt", "三方纪要".encode(), actor=cast.actor("shen"), at=now)
    change = plans.request_date(his, date(2026, 8, 30), "改期", actor=cast.actor("shen"), at=now)
    lin = browser(cast, "lin")
    download = lin.get(reverse("item-download", args=[his.pk, file.pk]))
    assert b"".join(download) == "三方纪要".encode()
    assert lin.get(reverse("item-download", args=[hers.pk, file.pk])).status_code == 404
    url = reverse("item-date-answer", args=[hers.pk, change.pk])
    assert lin.post(url, {"consent": "1"}).status_code == 404
    for who in ("sun", "qian", "chen"):
        client = browser(cast, who)
        for route, args in (
            ("item-download", (his.pk, file.pk)),
            ("item", (his.pk,)),
            ("check-in", (talk.plan.check_ins.first().pk,)),
            ("record", (talk.pk,)),
            ("talk-close", (talk.pk,)),
        ):
            assert client.get(reverse(route, args=args)).status_code == 404, f"{route} as {who}"


# Every address that answers about a running talk, with the fragments and the polls.
ADDRESSES = (
    "talk",
    "prepare",
    "share",
    "pack",
    "survey",
    "room",
    "room-changes",
    "room-complete",
    "record",
    "sign",
    "refusal",
    "revise",
    "talk-close",
    "progress-cancel",
    "verify-talk",
)


def everything_said(cast, who: str, talk: Conversation) -> str:
    client = browser(cast, who)
    pages = []
    for headers in ({}, {"HX-Request": "true"}):
        for name in ADDRESSES:
            answer = client.get(reverse(name, args=[talk.pk]), headers=headers)
            pages.append(answer.content.decode())
    for name in ("home", "talks", "team", "ledger", "progress", "verify", "cycles"):
        pages.append(client.get(reverse(name)).content.decode())
    for words in (OWN_WORDS, DRAFT, SAID, SHEN_NOTE):
        found = client.get(reverse("search"), {"q": words[:4]}).content.decode()
        pages.append(found.replace(words[:4], ""))
    topic = talk.topics.get(kind="improvement")
    for field in ("words", "issue"):
        sent = {field: "猜一猜", "version": "99"}
        url = reverse("room-text", args=[talk.pk, topic.pk, field])
        if who not in ("lin", "shen"):
            pages.append(client.post(url, sent, headers={"X-Requested-With": "fetch"}).content.decode())
    return "\n".join(pages)


def test_what_is_said_in_a_running_talk_stays_between_two(cast, two_talks) -> None:
    for who in ("gu", "he", "tao", "zhao", "chen", "sun"):
        told = everything_said(cast, who, two_talks[0])
        for words in (OWN_WORDS, DRAFT, SAID, SHEN_NOTE, "会签满 2 个工作日", "每周五更新 ECN"):
            assert words not in told, f"{who} reads {words}"


def test_private_notes_and_the_draft_survey_never_reach_the_other_side(cast, two_talks) -> None:
    hers, his = everything_said(cast, "lin", two_talks[0]), everything_said(cast, "shen", two_talks[0])
    assert OWN_WORDS in hers and DRAFT in hers and SHEN_NOTE not in hers
    assert SHEN_NOTE in his and OWN_WORDS not in his and DRAFT not in his


def test_notes_and_drafts_are_in_no_event_and_no_record(cast, two_talks) -> None:
    from huitan.core.models import Event

    talk, _other = two_talks
    record = walk.complete(cast, talk)
    kept = f"{record.content}" + "".join(f"{e.payload}" for e in Event.objects.all())
    for words in (OWN_WORDS, DRAFT, SHEN_NOTE):
        assert words not in kept


def test_s7_a_former_manager_no_longer_reads_or_writes_the_running_talk(cast, two_talks) -> None:
    talk, _other = two_talks
    transfer(cast, cast.lin, cast.zhao.staff_number)
    shen, topic = browser(cast, "shen"), talk.topics.get(kind="improvement")
    for name in ADDRESSES:
        status = shen.get(reverse(name, args=[talk.pk])).status_code
        assert status in (403, 404, 405), f"{name}: {status}"
    url = reverse("room-text", args=[talk.pk, topic.pk, "issue"])
    assert shen.post(url, {"issue": "还想改"}).status_code == 404
    zhao = browser(cast, "zhao")
    page = zhao.get(reverse("room", args=[talk.pk]) + f"?topic={topic.pk}").content.decode()
    assert SAID in page and SHEN_NOTE not in page and OWN_WORDS not in page


def test_s7_after_the_record_a_former_manager_reads_what_they_held_and_nothing_newer(
    cast, talk, settings
) -> None:
    walk.to_signed(cast, talk)
    transfer(cast, cast.lin, cast.zhao.staff_number)
    settings.HUITAN_SCRIPTED_NOW = (walk.DONE_AT + timedelta(days=2)).isoformat()
    cast.lin.refresh_from_db()
    evidence_actions.add(
        cast.lin,
        kind="incident",
        occurred_on=date(2026, 6, 1),
        statement="换了上级以后的事",
        actor=cast.actor("zhao"),
        at=walk.DONE_AT,
    )
    shen = browser(cast, "shen")
    assert shen.get(reverse("record", args=[talk.pk])).status_code == 200
    assert shen.get(reverse("pack", args=[talk.pk])).status_code == 403
    assert shen.get(reverse("talk-close", args=[talk.pk])).status_code == 200
    answer = shen.post(reverse("talk-close", args=[talk.pk]), {"outcome": "met", "outcome_reason": ""})
    assert answer.status_code == 403
    found = shen.get(reverse("search"), {"q": "换了上级"}).content.decode()
    assert "换了上级以后的事" not in found
    item = talk.plan.items.get(kind="action")
    assert shen.get(reverse("item", args=[item.pk])).status_code == 404


def test_whoever_only_owns_an_item_reads_the_item_and_not_the_talk(cast, talk, settings) -> None:
    """孙雨 of another department is asked to do something in 林晓岚's plan."""
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    topic = walk.improvement(cast, talk)
    room.put_action(
        talk,
        {"what": "给出销售预测", "owner": cast.sun, "due_on": date(2026, 9, 1), "criterion": "每月 5 日前"},
        topic=topic,
        actor=cast.actor("shen"),
        at=walk.TALK_AT,
    )
    walk.complete(cast, talk)
    walk.sign(cast, talk, "shen", when=walk.DONE_AT)
    walk.sign(cast, talk, "lin", when=walk.DONE_AT)
    now = walk.DONE_AT + timedelta(days=2)
    settings.HUITAN_SCRIPTED_NOW = now.isoformat()
    check_in = talk.plan.check_ins.first()
    walk.check_in(cast, check_in, "跟进里说的话", when=now)
    item = talk.plan.items.get(owner=cast.sun)
    sun = browser(cast, "sun")
    pages = [
        sun.get(reverse("item", args=[item.pk])).content.decode(),
        sun.get(
            reverse("item", args=[item.pk]) + "?panel=1", headers={"HX-Request": "true"}
        ).content.decode(),
        sun.get(reverse("ledger")).content.decode(),
        sun.get(reverse("home")).content.decode(),
    ]
    assert "给出销售预测" in pages[0] and "给出销售预测" in pages[2]
    export = sun.get(reverse("ledger-export"))
    sheet = load_workbook(io.BytesIO(b"".join(export))).worksheets[0]
    pages.append("\n".join(str(cell) for row in sheet.iter_rows(min_row=2, values_only=True) for cell in row))
    for page in pages:
        page = page.split('id="filter', 1)[0] if "<select" in page else page
        for words in ("会签平均要等", "四份", "跟进里说的话", "每周五更新", "ECN-2207"):
            assert words not in page, words
    for name in ("talk", "record", "room", "prepare", "pack"):
        assert sun.get(reverse(name, args=[talk.pk])).status_code == 404
    for other in talk.plan.items.exclude(pk=item.pk):
        assert sun.get(reverse("item", args=[other.pk])).status_code == 404
    assert sun.get(reverse("check-in", args=[check_in.pk])).status_code == 404


def test_pages_of_hr_alone_are_closed_to_everybody_else_by_id(cast, cycle) -> None:
    from huitan.imports import actions as imports

    run = imports.preview(
        "roster", "工号,姓名,部门\n00011,新人,公司\n".encode(), "a.csv", actor=cast.actor("he"), at=at(7, 2)
    )
    for who in ("lin", "shen", "gu", "tao", "sun"):
        client = browser(cast, who)
        for route, args in (
            ("import", (run.pk,)),
            ("import-rejected", (run.pk,)),
        ):
            assert client.get(reverse(route, args=args)).status_code in (403, 404), f"{route} as {who}"
        for route in ("import-confirm", "import-discard", "import-read"):
            assert client.post(reverse(route, args=[run.pk])).status_code in (403, 404), f"{route} as {who}"
        for route in ("cycle-open", "cycle-close"):
            assert client.post(reverse(route, args=[cycle.key]), {"reason": "关"}).status_code in (403, 404)
    run.refresh_from_db()
    cycle.refresh_from_db()
    assert (run.state, cycle.state) == ("previewed", "open")
