"""Where findings point: whole words, every place, and never two marks of one code on the same words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huitan.wording import FIELDS, lint
from huitan.wording.training.corpus_files import load


def _marked(text: str, code: str, field: str = "feedback.issue") -> list[str]:
    return [text[f.start : f.end] for f in lint(text, field=field) if f.code == code]


@pytest.mark.parametrize(
    ("text", "code", "field", "places"),
    [
        ("整体执行力差。", "vague-judgement", "feedback.issue", ["执行力差"]),
        ("执行力差，沟通能力弱。", "vague-judgement", "feedback.issue", ["执行力差", "沟通能力弱"]),
        ("人太懒，也很自私。", "personal-trait", "feedback.issue", ["人太懒", "自私"]),
        ("尽快完成培训，后续逐步推广。", "vague-deadline", "plan.item", ["尽快", "后续", "逐步"]),
        ("周报老是拖，会议总是迟到。", "absolute", "feedback.issue", ["老是", "总是"]),
    ],
)
def test_r05_every_place_is_marked_with_whole_words(
    text: str, code: str, field: str, places: list[str]
) -> None:
    assert _marked(text, code, field) == places


def test_the_judgement_is_marked_not_the_work_it_is_about() -> None:
    for text in ("客户催对账单时不够主动。", "催收回款的时候不够主动，响应也慢。"):
        places = [text[f.start : f.end] for f in lint(text, field="feedback.issue") if f.start is not None]
        assert any("不够主动" in words for words in places)
        assert "催" not in places


def test_evidence_beside_a_verdict_keeps_the_mark_away() -> None:
    text = "响应慢：上周三个工单都超过48小时。态度差。"
    assert _marked(text, "vague-judgement") == ["态度差"]


def test_marks_of_one_code_never_overlap_and_stay_few() -> None:
    for item in load(("train", "dev")):
        ends: dict[str, int] = {}
        findings = lint(item["text"], lang=item["lang"], field=item["field"])
        for found in findings:
            if found.start is not None and found.end is not None:
                assert found.start >= ends.get(found.code, 0), item["text"]
                ends[found.code] = found.end
        assert len(findings) <= 12, item["text"]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "你总是拖",
                "执行力差",
                "太懒",
                "不如老李",
                "尽快",
                "weak",
                "always late",
                "，",
                "。",
                "🙂",
                "​",
                "Ａ",
            ]
        ),
        max_size=60,
    ).map("".join),
    st.sampled_from(FIELDS),
)
def test_marks_never_overlap_in_any_text(text: str, field: str) -> None:
    ends: dict[str, int] = {}
    for found in lint(text, field=field):
        if found.start is not None and found.end is not None:
            assert ends.get(found.code, 0) <= found.start < found.end <= len(text)
            ends[found.code] = found.end
