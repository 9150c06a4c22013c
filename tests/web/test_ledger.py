"""改进计划台账 (R21): what is listed, filtered, counted, paged and exported."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.urls import reverse
from tests import walk
from tests.cast import at

from huitan.plans import actions as plans
from huitan.plans.models import PlanItem
from huitan.plans.queries import ledger as queries

BACKEND = "huitan.people.backend.Accounts"


@pytest.fixture
def signed(cast, talk, client, settings):
    """林晓岚's plan alive: her action due on 30 September, his promise on 24 July."""
    settings.HUITAN_SCRIPTED_NOW = "2026-07-20T10:00:00+08:00"
    walk.to_signed(cast, talk)
    client.force_login(cast.account("shen"), backend=BACKEND)
    return talk


def rows(answer) -> list[str]:
    page = answer.content.decode()
    return [
        part.split('"')[0]
        for part in page.split('<tr role="row" data-row class="')[1:]
        for part in [part.split('id="item-')[1]]
    ]


def more_items(talk, count: int) -> list[PlanItem]:
    return PlanItem.objects.bulk_create(
        PlanItem(
            plan=talk.plan,
            what=f"第 {n} 件",
            owner=talk.review.employee,
            due_on=date(2026, 10, 1) + timedelta(days=n // 2),
            criterion="看得见",
            state="active",
        )
        for n in range(count)
    )


def test_r21_actions_and_promises_stand_in_one_list_by_due_date(signed, client) -> None:
    answer = client.get(reverse("ledger"))
    action, promise = signed.plan.items.get(kind="action"), signed.plan.items.get(kind="support")
    assert rows(answer) == [promise.ref, action.ref]
    page = answer.content.decode()
    assert "每周五更新 ECN 台账并通报超期" in page
    assert "答应林晓岚的" in page


def test_an_update_is_seen_on_the_next_look(cast, signed, client) -> None:
    action = signed.plan.items.get(kind="action")
    plans.update_progress(action, 40, "前两周按时", actor=cast.actor("lin"), at=at(7, 20, 9, 58))
    page = client.get(reverse("ledger")).content.decode()
    assert "40% · 前两周按时" in page
    assert page.count('class=" fresh"') == 1


def test_overdue_is_computed_by_the_day_of_the_place(signed, client, settings) -> None:
    promise = signed.plan.items.get(kind="support")
    settings.HUITAN_SCRIPTED_NOW = "2026-07-24T23:30:00+08:00"
    assert rows(client.get(reverse("ledger"), {"due": "overdue"})) == []
    settings.HUITAN_SCRIPTED_NOW = "2026-07-25T00:30:00+08:00"
    answer = client.get(reverse("ledger"), {"due": "overdue"})
    assert rows(answer) == [promise.ref]
    assert "1 项逾期" in answer.content.decode()
    promise.refresh_from_db()
    assert promise.state == "active"


def test_each_filter_narrows_and_stands_in_the_address(cast, signed, client) -> None:
    action, promise = signed.plan.items.get(kind="action"), signed.plan.items.get(kind="support")
    department = cast.lin.department
    cases = [
        ({"kind": "support"}, [promise.ref]),
        ({"owner": cast.lin.pk}, [action.ref]),
        ({"department": department.pk}, [promise.ref, action.ref]),
        ({"department": department.parent_id}, [promise.ref, action.ref]),
        ({"department": cast.sun.department_id}, []),
        ({"department": "x"}, [promise.ref, action.ref]),
        ({"manager": cast.shen.pk}, [promise.ref, action.ref]),
        ({"manager": cast.zhao.pk}, []),
        ({"mine": "support"}, [promise.ref]),
        ({"mine": "own"}, [promise.ref]),
        ({"mine": "accept"}, []),
        ({"order": "person"}, [promise.ref, action.ref]),
        ({"cycle": "2026h1"}, [promise.ref, action.ref]),
        ({"cause": "process"}, [promise.ref, action.ref]),
        ({"cause": "external"}, []),
        ({"due": "7"}, [promise.ref]),
        ({"due": "30"}, [promise.ref]),
        ({"state": "accepted"}, []),
        ({"state": "running"}, [promise.ref, action.ref]),
        ({"state": "nonsense", "kind": "action"}, [action.ref]),
        ({"q": "台账"}, [action.ref]),
        ({"q": "台账　林晓岚"}, [action.ref]),
        ({"q": "林晓岚"}, [promise.ref, action.ref]),
        ({"q": action.ref.lower()}, [action.ref]),
        ({"q": f"S-{action.pk}"}, []),
        ({"q": "没有这样的"}, []),
    ]
    for query, expected in cases:
        if "cause" in query:
            PlanItem.objects.filter(pk=promise.pk).update(causes=["process", "skills"])
        assert rows(client.get(reverse("ledger"), query)) == expected, query


def test_the_figures_are_links_that_lead_to_as_many_rows(cast, signed, client) -> None:
    action, promise = signed.plan.items.get(kind="action"), signed.plan.items.get(kind="support")
    plans.submit(action, "四周台账", actor=cast.actor("lin"), at=at(7, 20))
    page = client.get(reverse("ledger")).content.decode()
    assert "1 项等你验收" in page
    found = {
        "?state=running": [promise.ref],
        "?due=7": [promise.ref],
        "?due=overdue": [],
        "?state=submitted": [action.ref],
        "?kind=support": [promise.ref],
    }
    for query, expected in found.items():
        assert f'href="{reverse("ledger")}{query}"' in page
        answer = client.get(reverse("ledger") + query)
        assert rows(answer) == expected
        strip = page[page.index('class="kps"') :]
        figure = strip[strip.index(query) :]
        assert f">{len(expected)}</b>" in figure[: figure.index("</a>")]


def test_pages_by_key_and_neither_skips_nor_repeats(signed, client) -> None:
    more_items(signed, 120)
    seen: list[str] = []
    url = reverse("ledger")
    pages = 0
    while url:
        answer = client.get(url)
        seen += rows(answer)
        pages += 1
        url = answer.context["next_url"] if answer.context else _next(answer)
    assert pages == 3
    assert len(seen) == len(set(seen)) == 122


def _next(answer) -> str:
    import html
    import re

    found = re.search(r'href="([^"]*after=[^"]*)"[^>]*>往后看', answer.content.decode())
    return html.unescape(found[1]) if found else ""


@pytest.mark.parametrize(
    "after", ["x", "2026-13-40.1", "2026-07-24.", ".", "2026-07-24.99999999999999999999"]
)
def test_a_broken_key_starts_from_the_beginning(signed, client, after) -> None:
    assert len(rows(client.get(reverse("ledger"), {"after": after}))) == 2


@pytest.mark.parametrize(
    ("who", "count"),
    [("lin", 2), ("shen", 2), ("zhao", 2), ("gu", 2), ("he", 2), ("tao", 2), ("chen", 0), ("sun", 0)],
)
def test_who_sees_which_items(cast, signed, client, who, count) -> None:
    client.force_login(cast.account(who), backend=BACKEND)
    assert len(rows(client.get(reverse("ledger"), {"state": "all"}))) == count


def test_an_empty_ledger_says_what_will_stand_here(cast, client) -> None:
    client.force_login(cast.account("sun"), backend=BACKEND)
    assert "行动项和支持承诺会自己出现在这里" in client.get(reverse("ledger")).content.decode()
    assert "没有符合条件的事项" in client.get(reverse("ledger"), {"kind": "support"}).content.decode()


def test_hostile_words_stay_words(signed, client) -> None:
    PlanItem.objects.filter(kind="action").update(
        what='<img src=x onerror="alert(1)">', latest_note="<i>x</i>"
    )
    page = client.get(reverse("ledger"), {"q": '"><script>alert(2)</script>'}).content.decode()
    assert "<script>alert(2)" not in page
    page = client.get(reverse("ledger")).content.decode()
    assert "<img src=x" not in page
    assert "<i>x</i>" not in page


def test_r21_the_filtered_list_leaves_as_a_workbook(signed, client) -> None:
    promise = signed.plan.items.get(kind="support")
    answer = client.get(reverse("ledger-export"), {"kind": "support"})
    assert answer["Content-Disposition"].startswith("attachment")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = book["台账"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [promise.ref]
    conditions = {row[0].value: row[1].value for row in book["说明"].iter_rows()}
    assert conditions["类型"] == "支持"
    assert conditions["导出人"] == "沈立文"


def test_the_list_asks_the_same_for_one_row_and_for_many(signed, client, django_assert_num_queries) -> None:
    url = reverse("ledger")
    client.get(url)
    with django_assert_num_queries(QUERIES):
        client.get(url)
    more_items(signed, 45)
    with django_assert_num_queries(QUERIES):
        client.get(url)


def test_the_export_reads_in_pieces(cast, signed, django_assert_num_queries) -> None:
    actor = cast.actor("shen")
    more_items(signed, 30)
    with django_assert_num_queries(1):
        assert len(list(queries.ledger_rows(queries.LedgerFilter(), actor, at(7, 20), columns=()))) == 32


QUERIES = 12
