"""The words of messages beside those of the pages."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation
from tests.cast import at

from huitan.notifications import mail, words
from huitan.web import formats


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("on", [date(2026, 9, 30), date(2026, 6, 1), date(2028, 2, 29)])
def test_a_day_reads_in_a_message_as_on_a_page(language, on) -> None:
    with translation.override(language):
        assert words.day(on, at(9, 1)) == formats.day(on, date(2026, 9, 1))


@pytest.mark.parametrize(
    ("language", "word"), [("zh-hans", "改收消息的方式"), ("en", "Change how you are told")]
)
def test_a_mail_in_plain_text_says_what_each_address_is_for(language, word) -> None:
    with translation.override(language):
        body = mail.email_to(
            "林晓岚", "lin@x.example", mail.Letter("题", "", "打开", "https://h/a"), "k", "注", "https://h/p"
        ).body
    lines = body.splitlines()
    assert "打开: https://h/a" in lines
    assert any(line.startswith(word) and line.endswith(": https://h/p") for line in lines)
