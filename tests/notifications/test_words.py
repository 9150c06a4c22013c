"""The words of messages beside those of the pages."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation
from tests.cast import at

from huitan.notifications import words
from huitan.web import formats


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("on", [date(2026, 9, 30), date(2026, 6, 1), date(2028, 2, 29)])
def test_a_day_reads_in_a_message_as_on_a_page(language, on) -> None:
    with translation.override(language):
        assert words.day(on, at(9, 1)) == formats.day(on, date(2026, 9, 1))
