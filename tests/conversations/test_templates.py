"""R25: the library of templates, pure and with the talk that uses one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests import walk
from tests.cast import START

from huitan.conversations import agenda, situation, template_library
from huitan.conversations.actions import preparation, templates
from huitan.conversations.models import Conversation, Template
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.wording import lint

COMBINATIONS = [
    (purpose, kind, length)
    for purpose in agenda.WEIGHTS
    for kind in template_library.SITUATIONS
    for length in Conversation.LENGTHS
]


@pytest.mark.parametrize(("purpose", "kind", "length"), COMBINATIONS)
def test_r25_every_ready_made_template_is_complete_in_both_languages(purpose, kind, length) -> None:
    content = template_library.ready_made(purpose, kind, length)
    assert not list(template_library.problems(content, length))
    for language in template_library.LANGUAGES:
        words = content[language]
        assert template_library.is_filled(words)
        assert all(
            len(part[lines]) == min(template_library.LINES[length], 3 if kind == "usual" else 4)
            for part in words["parts"].values()
            for lines in ("prompts", "questions")
        )


def test_r25_the_templates_differ_by_purpose_situation_and_length() -> None:
    seen = [repr(template_library.ready_made(*combination)) for combination in COMBINATIONS]
    assert len(set(seen)) == len(COMBINATIONS) == 54


def test_r24_for_a_hard_cycle_causes_and_support_come_first() -> None:
    content = template_library.ready_made("improvement", "low", 45)
    assert content["zh"]["opening"][0].startswith("「这半年不顺")
    assert (
        content["minutes"]["support"]
        > template_library.ready_made("improvement", "usual", 45)["minutes"]["support"]
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_library_says_nothing_the_wording_check_would_mark(language) -> None:
    spoken = {
        line
        for combination in COMBINATIONS
        for line in template_library.ready_made(*combination)[language]["opening"]
    }
    hard = {"personal-trait", "blame-or-threat", "protected-attribute", "absolute"}
    assert not {(line, f.code) for line in spoken for f in lint(line, lang=language) if f.code in hard}


def test_an_edited_template_is_held_to_the_same_rules() -> None:
    content = template_library.ready_made("growth", "usual", 30)
    content["minutes"]["plan"] += 2
    content["zh"]["opening"] = []
    content["en"]["survey"]["growth"]["label"] = ""
    places = [p.anchor for p in template_library.problems(content, 30)]
    assert places == ["minutes-highlights", "zh-opening", "en-opening"]


def test_chinese_stands_in_where_english_was_left_empty() -> None:
    content = template_library.ready_made("growth", "usual", 30)
    assert template_library.script(content, "en").opening[0].startswith("“Today")
    content["en"]["opening"] = []
    assert template_library.script(content, "en") == template_library.script(content, "zh-hans")


def reached(*pairs: tuple[int, int]) -> list[situation.Reached]:
    return [situation.Reached(Decimal(weight), Decimal(done)) for weight, done in pairs]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"status": "probation"}, "probation"),
        ({"hired_on": date(2026, 3, 1)}, "new"),
        ({"hired_on": date(2025, 11, 1)}, "usual"),
        ({"results": reached((60, 80), (40, 120))}, "low"),
        ({"results": reached((50, 80), (50, 120))}, "usual"),
        ({"results": reached((60, 112), (40, 120))}, "high"),
        ({"results": reached((60, 99), (40, 150))}, "usual"),
        ({"ratings": ["良好", "合格"]}, "changed"),
        ({"ratings": ["良好", "良好"]}, "usual"),
        ({"ratings": ["良好"]}, "usual"),
        ({}, "usual"),
    ],
)
def test_the_situation_is_proposed_from_facts(facts, expected) -> None:
    given = {
        "status": "active",
        "hired_on": None,
        "ratings": [],
        "results": [],
        "on": date(2026, 7, 1),
        **facts,
    }
    proposed = situation.propose(**given)
    assert proposed.situation == expected
    assert str(proposed.why)


@pytest.fixture
def shen(cast):
    return cast.actor("shen")


def test_r25_the_purpose_brings_the_template_and_the_agenda(talk, shen) -> None:
    preparation.choose_purpose(talk, "growth", actor=shen, at=START)
    prepared = Conversation.objects.get(pk=talk.pk)
    chosen = prepared.template
    assert (chosen.purpose, chosen.situation, chosen.version) == ("growth", "usual", 1)
    assert {s.key: s.minutes for s in talk.sections.all()} == chosen.content["minutes"]
    assert Event.objects.filter(stream=talk.stream, verb="conversation.template_chosen").count() == 1


def test_r25_a_running_talk_keeps_its_version(cast, talk, shen) -> None:
    he = cast.actor("he")
    preparation.choose_purpose(talk, "improvement", actor=shen, at=START)
    minutes = talk.minutes
    content = template_library.ready_made("improvement", "usual", minutes)
    content["zh"]["opening"] = ["「我们先看做成的事。」"]
    made = templates.edit(
        "improvement", "usual", minutes, content, seen_version=1, note="更短", actor=he, at=START
    )
    assert made.version == 2
    kept = Conversation.objects.get(pk=talk.pk)
    assert kept.template.version == 1
    preparation.schedule(talk, walk.TALK_AT, minutes=minutes, place="", actor=shen, at=START)
    assert Conversation.objects.get(pk=talk.pk).template.version == 1
    # Chosen anew, a combination comes in its newest version.
    templates.choose_situation(talk, "high", actor=shen, at=START)
    templates.choose_situation(talk, "usual", actor=shen, at=START)
    assert Conversation.objects.get(pk=talk.pk).template.version == 2
    templates.edit(
        "improvement",
        "usual",
        minutes,
        template_library.ready_made("improvement", "usual", minutes),
        seen_version=2,
        actor=he,
        at=START,
    )
    assert Conversation.objects.get(pk=talk.pk).template.version == 2
    assert templates.renew(talk, actor=shen, at=START).template.version == 3


def test_a_begun_talk_changes_neither_situation_nor_version(cast, talk, shen) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    before = Conversation.objects.get(pk=talk.pk).template_id
    assert before is not None
    for change in (
        lambda: templates.choose_situation(talk, "low", actor=shen, at=walk.TALK_AT),
        lambda: templates.renew(talk, actor=shen, at=walk.TALK_AT),
    ):
        with pytest.raises(Refused) as refused:
            change()
        assert refused.value.kind == "not_now"
    assert Conversation.objects.get(pk=talk.pk).template_id == before


def test_only_hr_admins_edit_and_the_second_of_two_is_told(cast) -> None:
    content = template_library.ready_made("growth", "new", 30)
    content["zh"]["opening"] = ["「先说说你来了以后的感觉。」"]
    for name in ("shen", "lin", "gu", "tao"):
        with pytest.raises(Refused) as refused:
            templates.edit("growth", "new", 30, content, seen_version=0, actor=cast.actor(name), at=START)
        assert refused.value.kind == "forbidden"
    assert not Template.objects.filter(version__gt=1).exists()
    he = cast.actor("he")
    assert templates.edit("growth", "new", 30, content, seen_version=0, actor=he, at=START).version == 2
    content["zh"]["opening"] = ["「先听你说。」"]
    with pytest.raises(Refused) as refused:
        templates.edit("growth", "new", 30, content, seen_version=1, actor=he, at=START)
    assert refused.value.kind == "stale"


def test_saving_unchanged_content_makes_no_version(cast) -> None:
    content = template_library.ready_made("growth", "new", 30)
    for _ in range(2):
        templates.edit("growth", "new", 30, content, seen_version=0, actor=cast.actor("he"), at=START)
    assert Template.objects.filter(purpose="growth", situation="new").count() == 1
