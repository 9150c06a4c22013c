"""What helps an item on, on its page: support, blockers, measures, promises that change hands, and its evidence (R19, R22, S7)."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests import walk
from tests.cast import SYSTEM, at
from tests.reading import main_of

from huitan.conversations.actions.handing_on import hand_on
from huitan.plans import actions as plans


@pytest.fixture
def signed(cast, talk, settings):
    settings.HUITAN_SCRIPTED_NOW = "2026-07-20T10:00:00+08:00"
    walk.to_signed(cast, talk)
    return talk


@pytest.fixture
def action(signed):
    return signed.plan.items.get(kind="action")


def test_a_request_for_support_is_asked_and_answered_on_the_page(cast, signed, action, as_) -> None:
    """Yes asks for all three parts of a promise and keeps what was typed; who asked reads the answer on their item."""
    as_("lin").post(reverse("item-support", args=[action.pk]), {"request": "约采购经理谈一次"})
    asked = action.support_requests.get()
    through = reverse("item", args=[signed.plan.items.get(kind="support").pk])
    for page in (through, reverse("item", args=[action.pk])):
        assert "林晓岚请求支持，等你答复" in main_of(as_("shen").get(page))
    url = reverse("item-support-answer", args=[action.pk, asked.pk])
    part = as_("shen").post(url, {"grant": "1", "promised": "约采购经理", "support_reply": "先谈时限"})
    assert part.status_code == 422
    for words in ("定一个日期", "写明凭什么算做到", "约采购经理", "先谈时限"):
        assert words in main_of(part)
    assert as_("shen").post(url, {"refuse": "1"}).status_code == 422
    assert as_("lin").post(url, {"refuse": "1", "support_reply": "x"}).status_code == 403
    assert as_("sun").post(url, {"refuse": "1", "support_reply": "x"}).status_code == 404
    promised = {"promised": "约采购经理", "promised_on": "2026-08-20", "promised_criterion": "纪要双方签字"}
    done = as_("shen").post(url, {"grant": "1", **promised}, follow=True)
    asked.refresh_from_db()
    assert asked.promise is not None and asked.promise.ref in done.content.decode()
    assert asked.promise.ref in main_of(as_("lin").get(reverse("item", args=[action.pk])))
    made = main_of(as_("lin").get(reverse("item", args=[asked.promise.pk])))
    assert "约采购经理谈一次" in made and "纪要双方签字" in made


def test_a_blocker_is_written_down_and_resolved_on_the_page(cast, action, as_) -> None:
    block = reverse("item-block", args=[action.pk])
    bare = as_("lin").post(block, {"blocker": "采购没人会签", "since": ""})
    assert bare.status_code == 422 and "采购没人会签" in main_of(bare)
    as_("lin").post(block, {"blocker": "采购没人会签", "since": "2026-07-18"})
    page = main_of(as_("shen").get(reverse("item", args=[action.pk])))
    assert "林晓岚卡住了，看看能帮什么" in page and "卡了 2 天" in page
    url = reverse("item-resolve", args=[action.pk, action.blockers.get().pk])
    assert as_("gu").post(url, {"resolution": "x"}).status_code == 403
    assert as_("shen").post(url, {"resolution": " "}).status_code == 422
    as_("shen").post(url, {"resolution": "采购指定了会签人"})
    assert "怎么解决的：采购指定了会签人" in main_of(as_("lin").get(reverse("item", args=[action.pk])))


def test_a_measure_is_drawn_with_its_finding_and_a_table(cast, action, as_) -> None:
    stated = {"name": "按期率", "unit": "%", "start": "71.4", "target": "90"}
    url = reverse("item-measure", args=[action.pk])
    wrong = as_("lin").post(url, {**stated, "target": "九十"})
    assert wrong.status_code == 422 and "九十" in main_of(wrong)
    as_("lin").post(url, stated)
    page = main_of(as_("shen").get(reverse("item", args=[action.pk])))
    assert "还没有填过数" in page and "<svg viewBox=" not in page
    as_("lin").post(
        reverse("item-progress", args=[action.pk]), {"percent": "50", "value": "80.7", "note": "过半"}
    )
    page = main_of(as_("shen").get(reverse("item", args=[action.pk])))
    figure = page[page.index("<figure") : page.index("</figure>")]
    assert "从起点到目标走了 50%" in figure and "<svg viewBox=" in figure and "80.7%" in figure
    assert as_("lin").post(url, stated).status_code == 409


def test_s7_the_new_manager_is_offered_the_promise_of_the_one_before(cast, signed, as_) -> None:
    promise = signed.plan.items.get(kind="support")
    type(cast.lin).objects.filter(pk=cast.lin.pk).update(manager=cast.chen)
    assert hand_on(actor=SYSTEM, at=at(7, 20)) == 1
    client = as_("chen")
    assert "前任上级答应林晓岚的" in client.get("/").content.decode()
    page = main_of(client.get(reverse("item", args=[promise.pk])))
    assert "接下它，或写明原因取消" in page and "取消这一项" in page
    assert as_("shen").post(reverse("item-take-over", args=[promise.pk])).status_code == 403
    as_("chen").post(reverse("item-take-over", args=[promise.pk]))
    promise.refresh_from_db()
    assert promise.owner == cast.chen
    assert "接下了这项承诺" in main_of(as_("lin").get(reverse("item", args=[promise.pk])))


def test_an_accepted_action_leads_to_its_evidence_and_back(cast, action, as_) -> None:
    plans.submit(action, "四周齐了", actor=cast.actor("lin"), at=at(7, 19))
    plans.accept(action, "看过台账", actor=cast.actor("shen"), at=at(7, 20))
    action.refresh_from_db()
    there = reverse("evidence-person", args=[cast.lin.pk])
    page = main_of(as_("shen").get(reverse("item", args=[action.pk])))
    assert f"{there}#note-{action.evidence_id}" in page
    assert there not in main_of(as_("zhao").get(reverse("item", args=[action.pk])))
    log = main_of(as_("lin").get(there))
    assert reverse("item", args=[action.pk]) in log and f"来自 {action.ref}" in log
