"""公司用词: HR's own words change the check at once, and nobody else's page."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests import walk
from tests.web.test_wording import JARGON, VAGUE, ask, browser, codes

from huitan.conversations.actions import wording as actions
from huitan.conversations.models import CompanyWord
from huitan.conversations.queries.wording import CODE_WORDS, FIELD_WORDS
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.wording import CODES, FIELDS

HOSTILE = '<script>alert(1)</script>"&'


@pytest.fixture(autouse=True)
def _scripted(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T14:22:00+08:00"


def test_r05_company_words_take_effect_with_the_next_check(cast):
    he, shen = browser(cast, "he"), browser(cast, "shen")
    assert codes(shen, JARGON) == []
    reason = "换成双方说定的口径"
    sent = {"word": "颗粒度", "kind": "forbid", "code": "vague-judgement", "reason": reason, "lang": ""}
    assert he.post(reverse("wording-words"), sent).status_code == 302
    (one,) = ask(shen, JARGON).json()["findings"]
    assert (one["words"], one["hint"]) == ("颗粒度", reason)
    word = CompanyWord.objects.get()
    assert he.post(reverse("wording-retire", args=[word.pk])).status_code == 302
    assert codes(shen, JARGON) == []
    assert he.post(reverse("wording-words"), {"word": VAGUE, "kind": "allow", "lang": ""}).status_code == 302
    assert codes(shen, VAGUE) == []
    verbs = Event.objects.filter(stream="wording").order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["wording.word_added", "wording.word_retired", "wording.word_added"]


def test_a_word_of_one_language_leaves_the_other_alone(cast):
    shen = browser(cast, "shen")
    actions.add_word(
        "OKR", "forbid", code="vague-judgement", lang="en", actor=cast.actor("he"), at=walk.TALK_AT
    )
    assert codes(shen, "5 月的 OKR 评审晚了两天，客户因此改期。") == []
    assert "vague-judgement" in codes(
        shen, "The OKR review of 5 May was two days late; the client moved the date."
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"word": "差"}, "至少两个字"),
        ({"word": ""}, "写下这个词"),
        ({"code": ""}, "选它按哪一种提示出现"),
        ({"kind": "maybe"}, "选「可以用」或「约定不用」"),
        ({"reason": "长" * 201}, "最多 200 个字"),
    ],
)
def test_a_word_that_cannot_be_added_keeps_what_was_typed(cast, changes, said):
    sent = {"word": "狼性", "kind": "forbid", "code": "personal-trait", "reason": "写行为", "lang": "zh"}
    answer = browser(cast, "he").post(reverse("wording-words"), {**sent, **changes})
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page
    assert 'value="写行为"' in page or "reason" in changes
    assert not CompanyWord.objects.exists()


def test_the_same_word_twice_is_said_and_a_retired_one_can_come_back(cast):
    he, when = cast.actor("he"), walk.TALK_AT
    first = actions.add_word("Synergy", "allow", actor=he, at=when)
    with pytest.raises(Refused, match="已经在列表里"):
        actions.add_word("synergy", "forbid", code="vague-judgement", actor=he, at=when)
    actions.retire_word(first, actor=he, at=when)
    actions.retire_word(first, actor=he, at=when)
    assert Event.objects.filter(verb="wording.word_retired").count() == 1
    assert actions.add_word("Synergy", "allow", actor=he, at=when).active


@pytest.mark.parametrize("who", ["lin", "shen", "gu", "tao"])
def test_company_words_are_edited_by_hr_admins_alone(cast, who):
    word = actions.add_word("闭环", "allow", actor=cast.actor("he"), at=walk.TALK_AT)
    client = browser(cast, who)
    answer = client.get(reverse("wording-words"))
    assert answer.status_code == 403 and "公司用词由 HR 管理员维护" in answer.content.decode()
    assert client.post(reverse("wording-words"), {"word": "抓手", "kind": "allow"}).status_code == 403
    assert client.post(reverse("wording-try"), {"text": VAGUE, "field": "whole"}).status_code == 403
    assert client.post(reverse("wording-retire", args=[word.pk])).status_code == 404
    assert reverse("wording-words") not in client.get(reverse("home")).content.decode()
    with pytest.raises(Refused):
        actions.retire_word(word, actor=cast.actor(who), at=walk.TALK_AT)


def test_hr_reads_the_list_and_tries_a_sentence_that_is_not_kept(cast):
    he = browser(cast, "he")
    empty = he.get(reverse("wording-words")).content.decode()
    assert "还没有公司用词" in empty and "措辞" in he.get("/").content.decode()
    actions.add_word(
        HOSTILE, "forbid", code="absolute", reason=HOSTILE, actor=cast.actor("he"), at=walk.TALK_AT
    )
    page = he.get(reverse("wording-words")).content.decode()
    assert HOSTILE not in page and "&lt;script&gt;" in page and "何静" in page
    before = Event.objects.count()
    tried = he.post(reverse("wording-try"), {"text": VAGUE, "field": "feedback.issue"}).content.decode()
    assert "笼统评价" in tried and "加一个词" in tried and VAGUE in tried
    part = he.post(
        reverse("wording-try"),
        {"text": "3 月 5 日晚了一天。", "field": "whole"},
        headers={"HX-Request": "true"},
    ).content.decode()
    assert 'id="tried"' in part and "加一个词" not in part
    missing = he.post(reverse("wording-try"), {"text": "", "field": "whole"})
    assert missing.status_code == 422 and "写一句话试试" in missing.content.decode()
    assert Event.objects.count() == before


def test_the_list_costs_the_same_with_one_word_and_with_many(cast, django_assert_num_queries):
    he = browser(cast, "he")
    actions.add_word("闭环", "allow", actor=cast.actor("he"), at=walk.TALK_AT)
    with CaptureQueriesContext(connection) as one:
        he.get(reverse("wording-words"))
    for word in ("抓手", "赋能", "对齐"):
        actions.add_word(word, "allow", actor=cast.actor("he"), at=walk.TALK_AT)
    with django_assert_num_queries(len(one)):
        he.get(reverse("wording-words"))


def test_every_code_and_field_has_words_for_people():
    assert set(CODE_WORDS) == set(CODES) and set(FIELD_WORDS) == set(FIELDS)
