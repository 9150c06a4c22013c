"""措辞检查的说明: open to everybody who is logged in, in their language, with the texts the check itself uses."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import NAMES
from tests.web.test_wording import browser

from huitan.wording import CODES
from huitan.wording.guide import INTRO, entries

GUIDE = "/guide/wording/"


@pytest.fixture(autouse=True)
def _scripted(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T14:22:00+08:00"


@pytest.mark.parametrize("who", NAMES)
def test_r05_everybody_reads_what_a_hint_means(cast, who):
    page = browser(cast, who).get(GUIDE).content.decode()
    assert INTRO["zh"] in page
    for entry in entries("zh"):
        assert f'id="{entry.code}"' in page
        assert entry.name in page
        for text in (entry.short, *entry.flagged, *entry.better, entry.fix):
            assert text in page


def test_the_guide_speaks_the_readers_language(cast):
    account = cast.account("lin")
    account.language = "en"
    account.save(update_fields=["language"])
    page = browser(cast, "lin").get(GUIDE).content.decode()
    assert INTRO["en"] in page
    assert INTRO["zh"] not in page
    assert "A verdict with nothing observable behind it." in page


def test_a_stranger_logs_in_first(db):
    answer = Client().get(GUIDE)
    assert answer.status_code == 302
    assert reverse("login") in answer["Location"]


def test_it_can_only_be_read(cast):
    assert browser(cast, "he").post(GUIDE).status_code == 405


def test_the_editor_and_the_page_of_words_lead_to_it(cast):
    page = browser(cast, "he").get(reverse("wording-words")).content.decode()
    assert f'data-guide-url="{GUIDE}"' in page
    for code in CODES:
        assert f'href="{GUIDE}#{code}"' in page


def test_the_guide_asks_the_database_nothing_of_its_own(cast, django_assert_max_num_queries):
    reader = browser(cast, "lin")
    reader.get(GUIDE)
    with django_assert_max_num_queries(5):
        reader.get(GUIDE)
