"""Sentences in the reader's language, down to the punctuation between their values."""

from __future__ import annotations

import pytest
from django.utils import translation

from huitan.core.sentences import listed, say
from huitan.imports import report
from huitan.imports.reconcile import some


@pytest.mark.parametrize(
    ("language", "list_", "colon"), [("zh-hans", "甲、乙", "："), ("en", "甲, 乙", ": ")]
)
def test_what_stands_between_words_is_the_readers(language, list_, colon) -> None:
    with translation.override(language):
        assert listed(["甲", "乙"]) == list_
        assert str(say("%(names)s", names=["甲", "乙"])) == list_
        assert translation.gettext("：") == colon


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
