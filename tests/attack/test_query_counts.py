"""A page costs as many queries for thirty people, topics or items as for one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests import walk
from tests.attack.doors import browser
from tests.cast import SYSTEM, at

from huitan.conversations.actions import opening, preparation, room, voice
from huitan.cycles.actions import enter_reviews
from huitan.evidence import actions as evidence_actions
from huitan.people import actions as people
from huitan.people.models import Employee
from huitan.plans import actions as plans

MANY = 30


def cost(client: Any, route: str, *args: object, **query: str) -> int:
    url = reverse(route, args=args)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(url, query)
        if answer.streaming:
            b"".join(answer)
    assert answer.status_code == 200, f"{url}: {answer.status_code}"
    return len(asked)


def more_people(cast, cycle, number: int) -> list[Employee]:
    """New reports of 沈立文 with a talk of this cycle, a result and an item waiting for him."""
    start = Employee.objects.count()
    entries = [
        people.RosterEntry(
            f"1{start + i:04d}", f"新人{start + i}", "制造中心/智能产线部", "技术员", cast.shen.staff_number
        )
        for i in range(number)
    ]
    people.enrol(entries, actor=SYSTEM, at=at(7, 1))
    fresh = list(Employee.objects.filter(staff_number__in=[e.staff_number for e in entries]).order_by("id"))
    opening.open_conversations(enter_reviews(cycle, fresh), actor=SYSTEM, at=at(7, 1))
    shen = cast.actor("shen")
    for person in fresh:
        evidence_actions.add(
            person, kind="note", occurred_on=date(2026, 5, 1), statement="一件事", actor=SYSTEM, at=at(7, 1)
        )
        talk = walk.Conversation.objects.get(review__employee=person, review__cycle=cycle, kind="main")
        preparation.choose_purpose(talk, "growth", actor=shen, at=at(7, 2))
        preparation.schedule(talk, walk.TALK_AT, minutes=30, place="", actor=shen, at=at(7, 2))
        preparation.share(talk, actor=shen, at=at(7, 3))
        item = plans.put_item(
            talk.plan,
            {"what": "一项", "owner": person, "due_on": date(2026, 9, 1), "criterion": "有"},
            actor=shen,
            at=at(7, 3),
        )
        plans.activate(talk.plan, actor=SYSTEM, at=at(7, 3))
        item.refresh_from_db()
    return fresh


def test_lists_of_people_talks_and_items_ask_no_more_for_thirty_than_for_one(cast, cycle, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = at(7, 10).isoformat()
    pages = [
        (who, name)
        for who in ("shen", "he", "gu", "zhao", "wang")
        for name in ("home", "talks", "team", "ledger", "ledger-export")
    ]
    pages += [(who, name) for who in ("he", "gu") for name in ("progress", "cycles")]

    def measured() -> dict[tuple[str, str], int]:
        costs = {}
        for who, name in pages:
            client = browser(cast, who)
            client.get(reverse("preferences"))
            costs[who, name] = cost(client, name)
        return costs

    # Two of each, so that everything that is asked once at all is asked in the first measure.
    more_people(cast, cycle, 2)
    before = measured()
    more_people(cast, cycle, MANY)
    after = measured()
    grown = {page: (before[page], after[page]) for page in before if after[page] > before[page]}
    assert not grown


def test_a_talk_with_thirty_topics_questions_facts_and_items_asks_no_more(cast, talk, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = (walk.TALK_AT + timedelta(minutes=5)).isoformat()
    shen, lin = cast.actor("shen"), cast.actor("lin")
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    ecn = walk.kpi(talk, "ECN 按期关闭率")

    def fill(number: int, label: str) -> None:
        for i in range(number):
            fact = evidence_actions.add(
                cast.lin,
                kind="note",
                occurred_on=date(2026, 5, 1),
                statement=f"{label}{i}",
                actor=SYSTEM,
                at=at(7, 4),
            )
            voice.ask(talk, f"{label}问{i}", actor=lin, at=at(7, 7), evidence=ecn)
            topic = preparation.add_topic(
                talk,
                ("improvement", "highlight", "growth")[i % 3],
                f"{label}{i}",
                actor=shen,
                at=at(7, 7),
                evidence=[fact, ecn],
            )
            room.choose(
                topic, causes=["process"] if topic.kind == "improvement" else [], actor=shen, at=at(7, 7)
            )

    def acts(number: int) -> None:
        for i in range(number):
            room.put_action(
                talk,
                {"what": f"行动{i}", "owner": cast.lin, "due_on": date(2026, 9, 1), "criterion": "有"},
                topic=talk.topics.filter(kind="improvement").first(),
                actor=shen,
                at=walk.TALK_AT,
            )

    before_pages = [
        ("shen", "prepare"),
        ("shen", "share"),
        ("lin", "pack"),
        ("lin", "survey"),
        ("gu", "prepare"),
    ]
    fill(3, "一")

    def measured(pages: list[tuple[str, str]], query: str = "") -> dict[tuple[str, str], int]:
        costs = {}
        for who, name in pages:
            client = browser(cast, who)
            client.get(reverse(name, args=[talk.pk]))
            costs[who, name] = cost(client, name, talk.pk)
        return costs

    before = measured(before_pages)
    fill(MANY, "二")
    after = measured(before_pages)
    assert {p: (before[p], after[p]) for p in before if after[p] > before[p]} == {}

    talk.topics.filter(title__startswith="二").update(state="removed")
    walk.begin(cast, talk)
    acts(2)
    room_pages = [("shen", "room"), ("lin", "room"), ("shen", "room-complete")]
    before = measured(room_pages)
    talk.topics.filter(title__startswith="二").update(state="active")
    fill(MANY, "三")
    acts(MANY)
    after = measured(room_pages)
    assert {p: (before[p], after[p]) for p in before if after[p] > before[p]} == {}


@pytest.mark.parametrize("route", ["record", "sign"])
def test_a_record_of_thirty_topics_asks_no_more(cast, talk, settings, route) -> None:
    settings.HUITAN_SCRIPTED_NOW = (walk.DONE_AT + timedelta(minutes=5)).isoformat()
    shen = cast.actor("shen")
    walk.to_recorded(cast, talk)
    client = browser(cast, "lin")
    client.get(reverse(route, args=[talk.pk]))
    before = cost(client, route, talk.pk)
    from huitan.conversations.actions import record

    record.revise(talk, "再加", actor=shen, at=walk.DONE_AT)
    for i in range(MANY):
        topic = preparation.add_topic(talk, "growth", f"话题{i}", actor=shen, at=walk.DONE_AT)
        room.write(topic, "direction", "谈定的方向", actor=shen, at=walk.DONE_AT)
        room.choose(topic, consensus="agreed", actor=shen, at=walk.DONE_AT)
    walk.complete(cast, talk)
    client.get(reverse(route, args=[talk.pk]))
    assert cost(client, route, talk.pk) <= before


def test_an_item_with_thirty_updates_asks_no_more(cast, talk, settings) -> None:
    walk.to_signed(cast, talk)
    now = walk.DONE_AT + timedelta(days=1)
    settings.HUITAN_SCRIPTED_NOW = now.isoformat()
    item, lin = talk.plan.items.get(kind="action"), cast.actor("lin")
    client = browser(cast, "shen")
    plans.update_progress(item, 1, "一", actor=lin, at=now)
    plans.attach(item, "a.txt", b"a", actor=lin, at=now)
    before = [cost(client, "item", item.pk), cost(client, "talk-close", talk.pk)]
    for i in range(MANY):
        plans.update_progress(item, i, f"第 {i} 次", actor=lin, at=now)
        plans.attach(item, f"{i}.txt", f"{i}".encode(), actor=lin, at=now)
    assert [cost(client, "item", item.pk), cost(client, "talk-close", talk.pk)] == before


def test_the_preview_of_an_import_asks_no_more_for_thirty_rows(cast) -> None:
    from huitan.imports import actions as imports

    he = cast.actor("he")

    def page(rows: int) -> int:
        lines = [f"2{i:04d},人{i},制造中心/装配部,工人,00003" for i in range(rows)] + [
            ",缺工号,公司,,"
        ] * rows
        data = "\n".join(["工号,姓名,部门,岗位,直接上级工号", *lines]).encode()
        run = imports.preview("roster", data, f"{rows}.csv", actor=he, at=at(7, 2))
        client = browser(cast, "he")
        client.get(reverse("imports"))
        return cost(client, "import", run.pk)

    assert page(MANY) <= page(1)
