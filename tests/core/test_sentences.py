"""Sentences in the reader's language, down to the punctuation between their values."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from huitan.core.days import day_words, minute_words, near_day
from huitan.core.sentences import Sentence, listed, say
from huitan.imports import report
from huitan.imports.reconcile import some
from huitan.web import formats


@pytest.mark.parametrize(
    ("language", "list_", "colon"), [("zh-hans", "甲、乙", "："), ("en", "甲, 乙", ": ")]
)
def test_what_stands_between_words_is_the_readers(language, list_, colon) -> None:
    with translation.override(language):
        assert listed(["甲", "乙"]) == list_
        assert str(say("%(names)s", names=["甲", "乙"])) == list_
        assert translation.gettext("：") == colon


@pytest.mark.parametrize(("language", "day"), [("zh-hans", "2026 年 11 月 19 日"), ("en", "19 Nov 2026")])
def test_a_day_inside_a_sentence_reads_as_its_reader_writes_it_also_once_kept(language, day) -> None:
    kept = Sentence.from_json(json.loads(json.dumps(say("%(d)s", d=day_words(date(2026, 11, 19))).as_json())))
    with translation.override(language):
        assert str(kept) == day
        assert str(minute_words(datetime(2026, 11, 19, 6, 20, tzinfo=UTC))) == f"{day} 14:20"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("on", [date(2026, 9, 30), date(2026, 6, 1), date(2028, 2, 29), date(2027, 1, 3)])
def test_a_day_in_a_sentence_of_now_reads_as_on_a_page(language, on) -> None:
    with translation.override(language):
        assert str(near_day(on, datetime(2026, 9, 1, tzinfo=UTC))) == formats.day(on, date(2026, 9, 1))


@pytest.mark.parametrize(("language", "shown"), [("zh-hans", "name、email"), ("en", "name, email")])
def test_a_list_kept_with_an_import_reads_in_the_language_of_its_reader(language, shown) -> None:
    stored = {"text": "可用的字段：%(fields)s。", "params": {"fields": ["name", "email"]}}
    with translation.override(language):
        assert shown in report.words(stored)


def test_many_names_are_cut_with_an_ellipsis_in_either_language() -> None:
    names = say("新部门 %(n)s 个：%(names)s。", n=6, names=some(list("甲乙丙丁戊己")))
    stored = names.from_json(names.as_json())
    assert "甲、乙、丙、丁、戊……" in str(stored)
    with translation.override("en"):
        assert "甲, 乙, 丙, 丁, 戊…" in str(stored)
