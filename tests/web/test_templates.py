"""模板库 in the browser: HR reads and edits, the manager meets a template while preparing, the employee in the survey."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests import walk
from tests.cast import START

from huitan.conversations.actions import preparation, templates
from huitan.conversations.models import Conversation, Survey, Template
from huitan.conversations.template_library import ready_made

ONE = ("improvement", "usual", 45)


@pytest.fixture(autouse=True)
def present(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = walk.PREPARED_AT.isoformat()


def sent(content: dict, version: int, **changes: object) -> dict:
    """A template's content as the form sends it."""
    data: dict = {"version": version, "note": ""}
    for part, minutes in content["minutes"].items():
        data[f"minutes-{part}"] = minutes
    for language in ("zh", "en"):
        words = content[language]
        data[f"{language}-opening"] = "\n".join(words["opening"])
        for part, lists in words["parts"].items():
            for kind, lines in lists.items():
                data[f"{language}-{part}-{kind}"] = "\r\n".join(lines)
        for name, asked in words["survey"].items():
            for piece, text in asked.items():
                data[f"{language}-survey-{name}-{piece}"] = text
    return data | changes


def test_r25_hr_edits_a_template_and_the_versions_say_what_changed(as_) -> None:
    he = as_("he")
    where = reverse("template", args=ONE)
    data = sent(ready_made(*ONE), 0, note="换了开场")
    data["zh-opening"] = "「先听你说。」"
    answer = he.post(where, data)
    assert answer.status_code == 302
    page = he.get(where).content.decode()
    assert "第 2 版" in page and "换了开场" in page and "改了 1 处" in page and "「先听你说。」" in page
    assert "何静" in he.get(reverse("templates")).content.decode()
    he.post(reverse("template-restore", args=ONE))
    assert Template.objects.get(
        purpose=ONE[0], situation=ONE[1], minutes=ONE[2], version=3
    ).content == ready_made(*ONE)


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(as_) -> None:
    he = as_("he")
    data = sent(ready_made(*ONE), 0)
    data |= {"minutes-plan": 30, "zh-plan-questions": "", "zh-opening": "<b>你好</b>"}
    answer = he.post(reverse("template", args=ONE), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "要正好 45 分钟" in page and "每一段至少留一个可以问的问题" in page
    assert "&lt;b&gt;你好&lt;/b&gt;" in page and "<b>你好</b>" not in page
    assert not Template.objects.filter(version=2).exists()


def test_the_second_of_two_editors_keeps_the_typed_text(as_, cast) -> None:
    content = ready_made(*ONE)
    content["zh"]["opening"] = ["「第一个人改的。」"]
    templates.edit(*ONE, content, seen_version=0, actor=cast.actor("he"), at=START)
    late = sent(ready_made(*ONE), 1)
    late["zh-opening"] = "「第二个人改的。」"
    answer = as_("he").post(reverse("template", args=ONE), late)
    assert answer.status_code == 412
    assert "「第二个人改的。」" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "reads"), [("he", 200), ("gu", 200), ("shen", 403), ("lin", 403), ("tao", 403)]
)
def test_the_library_is_hrs(as_, name, reads) -> None:
    browser = as_(name)
    assert browser.get(reverse("templates")).status_code == reads
    assert browser.get(reverse("template", args=ONE)).status_code == reads
    if name != "he":
        assert browser.post(reverse("template-restore", args=ONE)).status_code == 403
        assert browser.post(reverse("template", args=ONE), sent(ready_made(*ONE), 0)).status_code == 403


@pytest.mark.parametrize(
    "combination", [("none", "usual", 45), ("growth", "none", 45), ("growth", "usual", 50)]
)
def test_an_unknown_template_is_not_there(as_, combination) -> None:
    assert as_("he").get(reverse("template", args=combination)).status_code == 404


def test_the_manager_sees_why_a_situation_is_proposed_and_takes_it(as_, cast, talk) -> None:
    cast.lin.status = "probation"
    cast.lin.save()
    preparation.choose_purpose(talk, "improvement", actor=cast.actor("shen"), at=START)
    shen = as_("shen")
    page = shen.get(reverse("prepare", args=[talk.pk])).content.decode()
    assert "建议按「试用期」：花名册里是试用" in page
    shen.post(reverse("prepare-situation", args=[talk.pk]), {"situation": "probation"})
    assert Conversation.objects.get(pk=talk.pk).template.situation == "probation"
    page = shen.get(reverse("prepare", args=[talk.pk])).content.decode()
    assert "今天把试用期的要求一条条对一遍" in page and "建议按" not in page
    wrong = shen.post(reverse("prepare-situation", args=[talk.pk]), {"situation": "lazy"})
    assert wrong.status_code == 422 and "从列出的情况里选一个" in wrong.content.decode()


def test_a_newer_version_is_offered_and_taken_only_on_request(as_, cast, talk) -> None:
    preparation.choose_purpose(talk, "improvement", actor=cast.actor("shen"), at=START)
    combination = ("improvement", "usual", talk.minutes)
    content = ready_made(*combination)
    content["zh"]["opening"] = ["「新的开场。」"]
    templates.edit(*combination, content, seen_version=1, actor=cast.actor("he"), at=START)
    shen = as_("shen")
    where = reverse("prepare", args=[talk.pk])
    page = shen.get(where).content.decode()
    assert "HR 更新了这份模板（第 2 版）" in page and "「新的开场。」" not in page
    shen.post(reverse("prepare-template", args=[talk.pk]))
    assert "「新的开场。」" in shen.get(where).content.decode()


def test_r07_the_survey_asks_by_the_template_and_keeps_what_was_asked(as_, cast, talk, settings) -> None:
    shen = cast.actor("shen")
    walk.prepare(cast, talk)
    templates.choose_situation(talk, "low", actor=shen, at=walk.PREPARED_AT)
    walk.share(cast, talk)
    settings.HUITAN_SCRIPTED_NOW = walk.ANSWERED_AT.isoformat()
    lin = as_("lin")
    where = reverse("survey", args=[talk.pk])
    page = lin.get(where).content.decode()
    assert "这个周期，最难的是哪一段？" in page
    assert "不顺" not in page.replace("一次不顺的", "") and "situation" not in page
    lin.post(where, {"difficulties": "夹具等了三周", "version": "0"})
    assert Survey.objects.get(conversation=talk).asked["difficulties"] == "这个周期，最难的是哪一段？"
    read = as_("shen").get(reverse("prepare", args=[talk.pk])).content.decode()
    assert "这个周期，最难的是哪一段？" in read


def test_the_room_offers_questions_to_the_manager_alone(as_, cast, talk, settings) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    settings.HUITAN_SCRIPTED_NOW = walk.TALK_AT.isoformat()
    question = Conversation.objects.get(pk=talk.pk).template.content["zh"]["parts"]["highlights"][
        "questions"
    ][0]
    where = reverse("room", args=[talk.pk])
    assert question in as_("shen").get(where).content.decode()
    assert question not in as_("lin").get(where).content.decode()


def test_reading_the_library_costs_the_same_with_many_versions(as_, cast, django_assert_num_queries) -> None:
    he = as_("he")
    he.get(reverse("templates"))
    with django_assert_num_queries(4):
        he.get(reverse("templates"))
    for n in range(3):
        content = ready_made(*ONE)
        content["zh"]["opening"] = [f"「第 {n} 次。」"]
        templates.edit(*ONE, content, seen_version=n + 1, actor=cast.actor("he"), at=START)
    with django_assert_num_queries(4):
        he.get(reverse("templates"))
    with django_assert_num_queries(4):
        he.get(reverse("template", args=ONE))
