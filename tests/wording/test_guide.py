from pathlib import Path

from huitan.wording import CODES, lint
from huitan.wording.advice import advice
from huitan.wording.guide import PAGE, entries, page

_ROOT = Path(__file__).parents[2]


def test_the_guide_is_generated_and_up_to_date() -> None:
    assert (_ROOT / PAGE).read_text(encoding="utf-8") == page()


def test_the_guide_names_every_code_in_both_languages() -> None:
    written = page()
    for code in CODES:
        assert written.count(f"`{code}`") == 2


def test_page_and_product_tell_the_same() -> None:
    written = page()
    for language in ("zh", "en"):
        told = entries(language)
        assert [entry.code for entry in told] == list(CODES)
        for entry in told:
            assert entry.places
            for text in (entry.short, *entry.flagged, *entry.better, entry.fix):
                assert text in written


def _field_for(code: str) -> str:
    fields = {
        "empty-praise": "highlight",
        "no-direction": "feedback.direction",
        "vague-direction": "feedback.direction",
        "no-support": "feedback.support",
        "unverifiable-goal": "plan.item",
        "vague-deadline": "plan.item",
    }
    return fields.get(code, "feedback.issue")


def test_the_examples_behave_as_the_guide_says() -> None:
    for code in CODES:
        for language in ("zh", "en"):
            texts = advice()[code][language]
            for bad in texts["bad"]:
                fields = [_field_for(code), "whole"]
                assert any(
                    code in {f.code for f in lint(bad, lang=language, field=field)} for field in fields
                ), bad
            for good in texts["good"]:
                found = {f.code for f in lint(good, lang=language, field=_field_for(code))}
                assert code not in found, good
