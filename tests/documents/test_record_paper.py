"""Twenty different records on paper: each a tagged PDF/A-3a, each sealed, and every word shown as it was written."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from django.utils import translation
from pyhanko.pdf_utils.reader import PdfFileReader
from tests.documents import papers
from tests.documents.pdfa import problems

from huitan.documents import typesetting
from huitan.documents.certificate import known_certificates, sealing_key
from huitan.documents.checking import examine
from huitan.documents.glyphs import FONTS, covered, legible
from huitan.documents.page_text import page_texts
from huitan.documents.record_paper import record_paper
from huitan.documents.sealing import seal

AT = datetime(2026, 7, 17, 1, 0, 0, 123456, tzinfo=UTC)


ORDER = (
    "上次的计划",
    "成绩亮点",
    "待改进点",
    "改进计划",
    "发展支持",
    "对数字的疑问",
    "留到后续面谈",
    "评级",
    "封印与核对",
)


def typeset(copy) -> bytes:
    made = record_paper(copy, sealing_key(AT), AT)
    return typesetting.typeset(made.data, made.attached, at=AT)


def sealed(copy) -> bytes:
    return seal(typeset(copy), sealing_key(AT), reason="封存", label="封印", at=AT)


def text_of(pdf: bytes) -> str:
    return "".join(page_texts(PdfFileReader(io.BytesIO(pdf))))


def together(text: str) -> str:
    """Without white space: where lines break is the paper's business."""
    return "".join(text.split())


@pytest.mark.parametrize("case", papers.CASES)
def test_every_record_is_accessible_archival_and_sealed(case) -> None:
    pdf = sealed(papers.CASES[case])
    assert problems(pdf) == []
    found = examine(pdf, known_certificates())
    spoken = [str(f.sentence) for f in found.findings if f.holds is False]
    assert spoken == (["盖章的时候已经有第 2 版，这一版上的签字不再算数。"] if case == "superseded" else [])
    assert found.is_certain == (case != "superseded")
    assert found.facts["hash"] == papers.CASES[case].hash


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_sections_stand_in_the_methods_order(language) -> None:
    with translation.override(language):
        pdf = typeset(papers.CASES["everything"])
    text = text_of(pdf)
    with translation.override(language):
        heads = [translation.gettext(h) for h in ORDER]
    start = 0
    for head in heads:
        start = text.index(head, start) + len(head)
    for written in (
        "会签没有时限",
        "每周五更新 ECN 台账并通报超期",
        "两份是客户改的",
        "顾清和（HRBP）",
        "首次提出",
    ):
        if written != "首次提出" or language == "zh-hans":
            assert together(written) in together(text), written
    root = PdfFileReader(io.BytesIO(pdf)).root
    assert root["/Lang"] == ("zh-CN" if language == "zh-hans" else "en")


def test_every_page_carries_its_number_the_version_and_the_hash() -> None:
    case = papers.CASES["forty-topics-and-items"]
    pages = page_texts(PdfFileReader(io.BytesIO(typeset(case))))
    assert len(pages) > 5
    for number, page in enumerate(pages, 1):
        assert case.hash in page
        assert "第 1 版 · 校验值" in page
        assert f"第 {number} 页，共 {len(pages)} 页" in page


def test_what_people_wrote_is_never_markup() -> None:
    text = together(text_of(typeset(papers.CASES["hostile"])))
    assert text.count(together(papers.HOSTILE)) >= 3
    assert "root:" not in text
    assert '林"]#晓岚$' in text


@pytest.mark.parametrize(
    "evil",
    [
        '"); #panic("x")',
        "\\u{41}",
        '#import "data.json"',
        "{page}",
        "%(name)s",
        "$ sum_(i=0)^n $",
        "= Heading",
        "- list",
        "](x)[y]",
    ],
)
def test_hostile_words_come_out_as_they_went_in(evil) -> None:
    text = papers.content(topics=[papers.topic(issue=evil, words=evil)], place=evil)
    assert together(text_of(typeset(papers.copy(text)))).count(together(evil)) >= 3


def test_a_character_the_font_lacks_is_named_and_the_original_is_attached() -> None:
    case = papers.CASES["emoji-and-bidi"]
    pdf = sealed(case)
    text = together(text_of(pdf))
    assert "〔U+1F600GRINNINGFACE〕" in text
    assert "〔U+202ERIGHT-TO-LEFTOVERRIDE〕" in text
    assert "〔U+20BB7〕田" in text
    assert "①②③≥ΩЯé✓" in text
    names = PdfFileReader(io.BytesIO(pdf)).root["/Names"]["/EmbeddedFiles"]["/Names"]
    attached = {str(names[i]): names[i + 1]["/EF"]["/F"].data for i in range(0, len(names), 2)}
    assert json.loads(attached["record.json"])["topics"][0]["words"] == case.content["topics"][0]["words"]


def test_ten_thousand_characters_are_all_there() -> None:
    text = together(text_of(typeset(papers.CASES["ten-thousand-characters"])))
    assert (
        text.count("二月结算单错了五处，财务在三月例会上退回重做。") >= 3 * 440
    )  # the rest is cut by a page's head
    runs = together(text_of(typeset(papers.CASES["unbroken-runs"])))
    assert "x" * 500 in runs


def test_a_refusal_and_a_lapse_never_read_as_agreement() -> None:
    refused = text_of(typeset(papers.CASES["refused"]))
    assert "我见证员工没有签字，记录已送达" in refused
    assert "当面递交" in refused and "我已阅读全文，选择不签字" in refused
    assert "我已阅读全文并同意" not in refused
    lapsed = text_of(typeset(papers.CASES["lapsed"]))
    assert "没有回应不当作同意" in lapsed
    assert "我已阅读全文并同意" not in lapsed
    assert "已被第 2 版取代" in text_of(typeset(papers.CASES["superseded"]))


def test_in_english_the_sentence_signed_stands_beside_its_translation() -> None:
    with translation.override("en"):
        text = together(text_of(typeset(papers.CASES["signed"])))
    assert "我已阅读全文并同意" in text
    assert together("会签平均要等 6 天。") in text


def test_the_same_input_and_time_make_the_same_bytes() -> None:
    assert sealed(papers.CASES["everything"]) == sealed(papers.CASES["everything"])
    assert sealed(papers.CASES["signed"]) != sealed(papers.CASES["refused"])


def test_no_font_of_the_system_is_needed() -> None:
    assert all("pylopdf_fonts_zh_cn" in str(path) for path in FONTS)
    pdf = PdfFileReader(io.BytesIO(typeset(papers.CASES["signed"])))
    fonts = pdf.root["/Pages"]["/Kids"][0].get_object()["/Resources"]["/Font"]
    assert {str(f.get_object()["/BaseFont"])[8:12] for f in fonts.values()} == {"Noto"}


def test_legible_text_has_only_what_the_font_has() -> None:
    wild = "".join(map(chr, [*range(0, 0xD800, 7), *range(0xE000, 0x1F700, 13)]))
    assert all(c == "\n" or ord(c) in covered() or c == "\u200b" for c in legible(wild))
    assert legible("e\u0301") == "é"
    assert legible("a" * 64) == "a" * 64  # a hash is copied as it stands
    assert legible("g" * 64) != "g" * 64
