import random
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huitan.wording import CODES, FIELDS, CompanyWords, lint
from huitan.wording.normalise import normalise
from huitan.wording.reading import read
from huitan.wording.rubric import ALLOWED

_AWKWARD = "​‌‍﻿🙂👩‍🔧１２％，。「」總是懶İßﬁ①Ⅷ\n\t\x00\ud7ff"
_PIECES = [
    "总是",
    "每次",
    "你",
    "比",
    "老李",
    "never",
    "than you",
    "3月2日",
    "加强",
    "。",
    "，",
    "“",
    "”",
    "\n",
    "??",
    " ",
]
_texts = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=_AWKWARD + string.printable, max_size=120),
    st.lists(st.sampled_from(_PIECES), max_size=40).map("".join),
)


@settings(max_examples=150, deadline=None)
@given(_texts, st.sampled_from(FIELDS), st.sampled_from([None, "zh", "en"]))
def test_any_text_gives_valid_findings(text: str, field: str, lang: str | None) -> None:
    findings = lint(text, lang=lang, field=field)
    assert findings == lint(text, lang=lang, field=field)
    for finding in findings:
        assert finding.code in ALLOWED[field]
        assert finding.message
        assert finding.hint
        assert finding.explain()
        if finding.start is None:
            assert finding.end is None
        else:
            assert finding.end is not None
            assert 0 <= finding.start < finding.end <= len(text)


@settings(max_examples=200, deadline=None)
@given(_texts)
def test_offsets_lead_back_to_the_original(text: str) -> None:
    norm = normalise(text)
    assert len(norm.cased) == len(norm.text)
    if norm.offsets is not None:
        assert len(norm.offsets) == len(norm.text)
        assert norm.offsets == sorted(norm.offsets)
    for place in range(len(norm.text)):
        start, end = norm.span(place, place + 1)
        assert 0 <= start < end <= len(text)


def test_spelling_does_not_change_the_verdict() -> None:
    plain = lint("周报总是拖,态度不够认真", field="feedback.issue")
    odd = lint("週報總​是拖，態度不夠認真", field="feedback.issue")
    assert {f.code for f in plain} == {f.code for f in odd}
    absolute = next(f for f in odd if f.code == "absolute")
    assert absolute.start is not None
    assert "總" in "週報總​是拖，態度不夠認真"[absolute.start : absolute.end]


@pytest.mark.parametrize(
    "piece",
    ["每次", "a", "1", "“", "老李比小王强，", "do you ", "(", "..", " ", "​", "you are so very ", "从", "\n"],
)
def test_work_grows_with_length_not_faster(piece: str) -> None:
    """Counts what a reading keeps, for a text and for the same text eight times as long."""

    def kept(times: int) -> int:
        reading = read(piece * times)
        return 1 + sum(1 + len(clause.found) for clause in reading.clauses())

    assert kept(4000) <= 10 * kept(500)


_LONG = [
    "每次都",
    "a",
    "7",
    "“甲",
    "do you even ",
    "你总是不如老李，",
    "執行力差，",
    "ＡＢ１２",
    "👩‍🔧",
    "​",
    "别人都，你还",
    "the trainee did, you ",
]


# Bytes; a whole megabyte of what finds much, less of the others.
_WHOLE, _LESS = 1_000_000, 150_000


@pytest.mark.parametrize(
    ("piece", "size"),
    [(piece, _WHOLE if piece in ("你总是不如老李，", "do you even ") else _LESS) for piece in _LONG],
)
def test_very_long_texts_are_read(piece: str, size: int) -> None:
    text = piece * (size // len(piece.encode()) + 1)
    for finding in lint(text):
        assert finding.start is None or 0 <= finding.start < len(text)


@pytest.mark.parametrize(
    "piece", ["你总是不如老李，", "别人都会，你还不会。", "as lazy as a you are ", "像你似的"]
)
def test_time_grows_with_length_not_faster(piece: str) -> None:
    """CPU time of a text and of one four times as long; the best of three keeps other work out."""

    def spent(times: int) -> float:
        text = piece * times
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            lint(text, field="whole")
            best = min(best, time.process_time() - start)
        return best

    assert spent(4000) < 4 * 2.5 * spent(1000) + 0.05


_TRADITIONAL = [
    ("总", "總"),
    ("这", "這"),
    ("说", "說"),
    ("对", "對"),
    ("时", "時"),
    ("会", "會"),
    ("报", "報"),
]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["周报总是拖", "这个人说话不算话", "对账时会出错，执行力差", "报表总是错"]),
    st.integers(0, 40),
)
def test_width_script_and_invisible_marks_change_no_code(text: str, place: int) -> None:
    odd = text
    for simple, traditional in _TRADITIONAL:
        odd = odd.replace(simple, traditional)
    place %= len(odd)
    odd = odd[:place] + "\u200b" + odd[place:].replace("，", ",")
    plain = {f.code for f in lint(text, lang="zh", field="feedback.issue")}
    found = lint(odd, lang="zh", field="feedback.issue")
    assert {f.code for f in found} == plain
    for finding in found:
        assert finding.start is None or odd[finding.start : finding.end].strip("\u200b")


def test_random_unicode_never_fails() -> None:
    source = random.Random(5)
    for _ in range(150):
        text = "".join(
            chr(source.choice([source.randrange(0xD800), source.randrange(0xE000, 0x110000)]))
            for _ in range(80)
        )
        for finding in lint(text):
            assert finding.code in CODES


def test_unknown_field_or_language_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown field"):
        lint("好", field="title")
    with pytest.raises(ValueError, match="unknown language"):
        lint("好", lang="fr")


def test_company_words_allow_and_forbid() -> None:
    text = "周报老是拖到最后一刻。"
    assert any(f.code == "absolute" for f in lint(text, field="feedback.issue"))
    allowed = CompanyWords(allow=frozenset({"老是"}))
    assert all(f.code != "absolute" for f in lint(text, field="feedback.issue", custom=allowed))
    forbidden = CompanyWords(forbid={"狼性": ("personal-trait", "公司不用这个词。")})
    text = "3月2日例会上你提到狼性文化，记录员写进了纪要。"
    found = lint(text, field="feedback.issue", custom=forbidden)
    word = next(f for f in found if f.rule == "company-word")
    assert (text[word.start : word.end], word.code, word.hint) == (
        "狼性",
        "personal-trait",
        "公司不用这个词。",
    )
    with pytest.raises(ValueError, match="unknown codes"):
        CompanyWords(forbid={"x": ("rude", "")})
