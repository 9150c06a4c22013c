"""改进计划台账: views of one's own, columns, and reminding owners, as a browser sees them."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from tests.plans.items import NOW, item, several

from huitan.core.models import Event
from huitan.notifications.actions.listening import listen
from huitan.notifications.models import Message
from huitan.plans.models.ledger import LedgerView
from huitan.plans.queries import ledger_scope

BACKEND = "huitan.people.backend.Accounts"


@pytest.fixture
def items(cast, cycle, client, settings):
    settings.HUITAN_SCRIPTED_NOW = "2026-07-20T10:00:00+08:00"
    client.force_login(cast.account("shen"), backend=BACKEND)
    return several(cast, cycle)


def words(answer) -> str:
    return answer.content.decode()


def rows(answer) -> list[str]:
    return re.findall(r'id="item-([AS]-\d+)"', words(answer))


def heads(answer) -> list[str]:
    return re.findall(r'scope="col" class="c-(\w+)"', words(answer))


def keep(client, name: str, **query: str) -> LedgerView:
    answer = client.post(reverse("ledger-views"), {"name": name, **query})
    assert answer.status_code == 302, words(answer)
    return LedgerView.objects.get(name=name)


def test_r21_a_list_is_kept_under_a_name_and_opened_again(items, client) -> None:
    view = keep(client, "我的团队逾期", due="overdue", order="person")
    assert view.query == {"due": "overdue", "order": "person"}
    page = client.get(reverse("ledger"), {**view.query, "view": view.pk})
    assert rows(page) == [items["late"].ref] and "我的团队逾期" in words(page)
    changed = client.get(reverse("ledger"), {"due": "7", "view": view.pk})
    assert "我的团队逾期（改过）" in words(changed)
    client.post(reverse("ledger-view", args=[view.pk]), {"change": "1", "due": "7", "view": view.pk})
    view.refresh_from_db()
    assert view.query == {"due": "7"}


def test_one_view_opens_with_the_ledger_and_everything_else_has_an_address(items, client) -> None:
    view = keep(client, "待我看", mine="accept", is_default="on")
    opened = client.get(reverse("ledger"))
    assert opened.status_code == 302 and opened.url == f"{reverse('ledger')}?mine=accept&view={view.pk}"
    page = client.get(opened.url)
    assert rows(page) == [items["handed_in"].ref]
    assert f'href="{reverse("ledger")}?view=all"' in words(page)
    everything = client.get(reverse("ledger"), {"view": "all"})
    assert len(rows(everything)) == 5
    # Taking the last filter away again in the form leads there, too, not back to the view.
    assert '<input type="hidden" name="view" value="all">' in words(everything)
    client.post(reverse("ledger-view", args=[view.pk]), {"not_first": "1"})
    assert client.get(reverse("ledger")).status_code == 200


def test_views_are_renamed_and_deleted_and_a_refusal_keeps_what_was_typed(items, client) -> None:
    view, other = keep(client, "甲", due="7"), keep(client, "乙", due="30")
    taken = client.post(reverse("ledger-view", args=[view.pk]), {"rename": "1", "name": "乙"})
    assert taken.status_code == 422 and "已经有一个视图叫「乙」" in words(taken)
    nameless = client.post(reverse("ledger-views"), {"name": " ", "due": "overdue", "order": "person"})
    assert nameless.status_code == 422 and "给这个视图起个名字" in words(nameless)
    assert '<input type="hidden" name="due" value="overdue">' in words(nameless)
    hostile = "<script>alert(1)</script>"
    client.post(reverse("ledger-view", args=[view.pk]), {"rename": "1", "name": hostile})
    for url in (reverse("ledger-views"), reverse("ledger")):
        assert "<script>alert" not in words(client.get(url))
    assert client.post(reverse("ledger-view", args=[other.pk]), {"forget": "1"}).status_code == 302
    assert list(LedgerView.objects.values_list("name", flat=True)) == [hostile]


def test_somebody_elses_view_is_not_there(cast, items, client) -> None:
    view = keep(client, "沈立文的", due="overdue")
    client = Client()
    client.force_login(cast.account("zhao"), backend=BACKEND)
    for sent in ({"rename": "1", "name": "x"}, {"forget": "1"}, {"first": "1"}, {"change": "1"}):
        assert client.post(reverse("ledger-view", args=[view.pk]), sent).status_code == 404
    page = words(client.get(reverse("ledger"), {"view": view.pk}))
    assert "沈立文的" not in page and "沈立文的" not in words(client.get(reverse("ledger-views")))
    view.refresh_from_db()
    assert view.name == "沈立文的"


def test_a_view_over_people_one_no_longer_sees_shows_less(cast, items, client) -> None:
    view = keep(client, "我的人", manager=str(cast.shen.pk))
    cast.lin.manager = cast.chen.manager = cast.qian
    for person in (cast.lin, cast.chen):
        person.line = f"{cast.qian.line}{person.pk}/"
        person.save()
    page = client.get(reverse("ledger"), {**view.query, "view": view.pk})
    assert rows(page) == [] and "不在你能看到的里面" in words(page)
    assert rows(client.get(reverse("ledger"))) == [items["promise"].ref]


def test_r21_the_columns_one_chooses_are_those_of_page_and_workbook(items, client) -> None:
    assert heads(client.get(reverse("ledger"))) == [
        "pick",
        "ref",
        "item",
        "owner",
        "cause",
        "progress",
        "due",
        "state",
    ]
    sent = {"columns": ["due", "person", "manager"], "kind": "action"}
    answer = client.post(reverse("ledger-columns"), sent)
    assert answer.url == f"{reverse('ledger')}?kind=action"
    page = client.get(answer.url)
    assert heads(page) == ["pick", "item", "person", "manager", "due"] and "沈立文" in words(page)
    html = page.content.decode()
    [least] = re.findall(r"--least:(\d+)px", html)
    beside = [int(width) for width in re.findall(r'<th [^>]*style="width:(\d+)px"', html)]
    assert len(beside) == 3 and int(least) - sum(beside) == 40 + 180, (
        "boxes to pick, and room for what is to be done"
    )
    book = client.get(reverse("ledger-export"), {"kind": "action", "order": "person"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(book.streaming_content)))
    sheet = [[cell.value for cell in row] for row in book["台账"].iter_rows()]
    assert sheet[0] == ["事项", "验收标准", "员工", "直接上级", "截止日期"]
    assert [(row[0], row[3]) for row in sheet[1:]] == [
        (items[name].what, "沈立文") for name in ("late", "handed_in", "elsewhere", "chen")
    ]
    said = {row[0].value: row[1].value for row in book["说明"].iter_rows()}
    assert said["列"] == "事项、验收标准、员工、直接上级、截止日期"
    assert (said["排序"], said["类型"]) == ("按员工工号", "行动")
    view = keep(client, "窄的", due="7")
    client.post(reverse("ledger-columns"), {"columns": ["state"], "view": view.pk})
    assert heads(client.get(reverse("ledger"), {"view": view.pk})) == ["pick", "item", "state"]
    assert heads(client.get(reverse("ledger"))) == ["pick", "item", "person", "manager", "due"]
    none = client.post(reverse("ledger-columns"), {"due": "7"})
    assert none.status_code == 422 and "至少选一列" in words(none) and 'value="7"' in words(none)


def picked(client, *things, **query):
    return client.get(reverse("ledger-remind"), {"item": [thing.pk for thing in things], **query})


def sent_items(answer) -> str:
    return re.findall(r'name="items" value="([^"]*)"', words(answer))[0]


def test_r21_reminding_shows_who_will_hear_and_two_tabs_send_it_once(cast, items, client) -> None:
    preview = words(picked(client, items["late"], items["chen"], items["promise"], kind="action"))
    assert "提醒 2 位负责人，共 2 项" in preview and "由你自己负责" in preview
    assert not Event.objects.filter(verb="item.reminded").exists()
    tabs = [picked(client, items["late"], items["chen"], due="30") for _tab in range(2)]
    numbers = [sent_items(tab) for tab in tabs]
    first = client.post(reverse("ledger-remind"), {"items": numbers[0], "due": "30"})
    assert first.url == f"{reverse('ledger')}?due=30"
    assert "已提醒 2 位负责人，共 2 项。" in words(client.get(first.url))
    second = client.post(reverse("ledger-remind"), {"items": numbers[1]})
    assert second.status_code == 409 and "今天已经提醒过了" in words(second)
    assert Event.objects.filter(verb="item.reminded").count() == 2
    listen(NOW)
    told = Message.objects.filter(kind="item_reminded").values_list("account__employee__name", flat=True)
    assert sorted(told) == ["林晓岚", "陈思远"]


def test_what_one_may_not_see_is_neither_previewed_nor_reminded(items, client) -> None:
    page = words(picked(client, items["sun"]))
    assert "拜访五家" not in page and "没有选到可以提醒的事项" in page
    answer = client.post(reverse("ledger-remind"), {"items": f"{items['sun'].pk},999999,x,²"})
    assert answer.status_code == 409 and not Event.objects.filter(verb="item.reminded").exists()
    assert client.post(reverse("ledger-remind"), {}).status_code == 422
    numbers = ",".join(str(n) for n in range(1000, 1500))
    assert client.post(reverse("ledger-remind"), {"items": numbers}).status_code == 422


def test_all_found_means_what_the_filters_find(items, client) -> None:
    answer = client.get(reverse("ledger-remind"), {"all": "1", "due": "overdue"})
    assert sent_items(answer) == str(items["late"].pk)


def test_rows_can_be_picked_only_by_who_may_remind(cast, items, client) -> None:
    page = words(client.get(reverse("ledger")))
    assert re.findall(r'name="item" value="(\d+)"', page) == [
        str(items[name].pk) for name in ("late", "chen", "elsewhere")
    ]
    for who in ("lin", "sun", "tao"):
        client.force_login(cast.account(who), backend=BACKEND)
        assert 'name="item"' not in words(client.get(reverse("ledger"))), who


@pytest.mark.parametrize(("who", "few", "queries"), [("shen", 300, 13), ("shen", 0, 13), ("he", 300, 12)])
def test_the_page_asks_a_fixed_number_of_queries(
    cast, cycle, items, client, monkeypatch, django_assert_max_num_queries, who, few, queries
) -> None:
    """With every column, for few people and for many; as many rows as there are ask no more."""
    monkeypatch.setattr(ledger_scope, "FEW", few)
    client.force_login(cast.account(who), backend=BACKEND)
    client.post(reverse("ledger-columns"), {"columns": ["ref", "manager", "owner", "state"]})
    client.get(reverse("ledger"))
    counted = []
    for more in (0, 3):
        for n in range(more):
            item(cast, cycle, "chen", f"再一项 {n}")
        with django_assert_max_num_queries(queries) as asked:
            client.get(reverse("ledger"), {"kind": ""})
        counted.append(len(asked.captured_queries))
    assert counted == [queries, queries]
