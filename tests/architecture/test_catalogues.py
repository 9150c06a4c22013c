"""Every sentence exists in both languages, with the same values in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
PO = ROOT / "src/huitan/locale/en/LC_MESSAGES/django.po"
KEYWORDS = {
    "_": None,
    "N_": None,
    "say": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "Sentence": None,
}
# Characters, and the punctuation that stands between them: a comma alone is a word that English writes otherwise.
CHINESE = re.compile(r"[\u3001-\u3011\u4e00-\u9fff\uff01-\uff5e]")
VALUES = re.compile(r"%\((\w+)\)")


def messages() -> dict[str, str]:
    """Every msgid in the source, with one place where it stands."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as settings:
        methods, options = parse_mapping_cfg(settings)
    found: dict[str, str] = {}
    for name, line, text, _comments, _context in extract_from_dir(
        str(ROOT), methods, options, KEYWORDS, directory_filter=lambda d: Path(d).name not in SKIPPED
    ):
        singular = text[0] if isinstance(text, tuple) else text
        if singular and CHINESE.search(singular):
            found.setdefault(singular, f"{name}:{line}")
    return found


SKIPPED = {
    ".venv",
    "node_modules",
    "var",
    ".git",
    "tests",
    "training",
    "demo",
    "frontend",
    "build",
    "dist",
    "bench",
}


@pytest.fixture(scope="module")
def catalogue():
    with PO.open("rb") as stored:
        return read_po(stored, locale="en")


def test_every_sentence_is_translated(catalogue) -> None:
    missing = [f"{place}: {text}" for text, place in messages().items() if not _english(catalogue, text)]
    assert not missing, f"{len(missing)} sentences have no English: " + "\n".join(missing[:40])


def test_nothing_is_fuzzy_or_left_in_chinese(catalogue) -> None:
    quoted = {m.id for m in catalogue if "huitan" in str(m.auto_comments)}
    for message in catalogue:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        for english in words:
            assert (
                not CHINESE.search(english) or message.id in quoted or "会谈" in english or "中文" in english
            ), f"{message.id} → {english}"


def test_values_are_the_same_in_both_languages(catalogue) -> None:
    for message in catalogue:
        if not message.id or not message.string:
            continue
        source = message.id if isinstance(message.id, tuple) else (message.id,)
        target = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set(VALUES.findall(source[-1]))
        for english in target:
            if english:
                assert set(VALUES.findall(english)) <= wanted, f"{message.id} → {english}"
        assert set().union(*(VALUES.findall(e) for e in target)) == wanted, message.id


def _english(catalogue, text: str) -> bool:
    message = catalogue.get(text)
    if message is None:
        return False
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)
