from __future__ import annotations

from datetime import date
from decimal import Decimal

from huitan.conversations.focus import (
    HIGHLIGHTS_AT_MOST,
    IMPROVEMENTS_AT_MOST,
    Material,
    OpenItem,
    Proposal,
    propose,
)
from huitan.conversations.perception_gap import Gap
from huitan.conversations.told_before import Signal
from huitan.core.sentences import Sentence, say
from huitan.evidence.models import completion
from huitan.evidence.queries import EvidenceRow


def kpi(pk: int, name: str, target: str, actual: str | None, *, weight: str = "30", direction: str = "up"):
    goal, reached = Decimal(target), Decimal(actual) if actual is not None else None
    return EvidenceRow(
        pk, f"E-{pk:04d}", "kpi", name, date(2026, 6, 30), "ERP", "", name, Decimal(weight), goal, reached, "%",
        direction, completion(goal, reached, direction),
    )  # fmt: skip


def fact(pk: int, kind: str, statement: str) -> EvidenceRow:
    day = date(2026, 2, 14)
    return EvidenceRow(
        pk, f"E-{pk:04d}", kind, statement, day, "MES", statement, "", None, None, None, "", "up", None
    )  # fmt: skip


def of_kind(found: list[Proposal], kind: str) -> list[Proposal]:
    return [p for p in found if p.kind == kind]


def words(proposal: Proposal) -> str:
    return "；".join(str(why) for why in proposal.why)


SHORT = kpi(1, "ECN 按期关闭率", "90", "71.4", weight="40")
SURPLUS = kpi(2, "新品导入周期", "45", "41", direction="down")
CLOSE = kpi(3, "一次交检合格率", "98.5", "98.1")


def test_r09_a_shortfall_becomes_an_improvement_and_a_surplus_a_highlight():
    found = propose(Material(kpis=[SHORT, SURPLUS, CLOSE]))
    assert [p.title for p in of_kind(found, "highlight")] == ["新品导入周期"]
    assert [p.title for p in of_kind(found, "improvement")] == ["ECN 按期关闭率"]
    assert words(of_kind(found, "improvement")[0]) == "完成率 79%"


def test_r10_highlights_come_first():
    found = propose(Material(kpis=[SHORT, SURPLUS], growth="想考绿带"))
    assert [p.kind for p in found] == ["highlight", "improvement", "growth"]


def test_r09_each_mark_of_either_side_adds_a_reason_and_pull():
    plain = of_kind(propose(Material(kpis=[SHORT])), "improvement")[0]
    gaps = [Gap(1, SHORT.name, Decimal("4.0"), Decimal("2.8"))]
    marked = Material(kpis=[SHORT], gaps=gaps, asked={1: 2}, contested=frozenset({1}))
    loud = of_kind(propose(marked), "improvement")[0]
    assert loud.key == plain.key
    assert loud.pull > plain.pull
    assert words(loud) == "认知差 1.2；完成率 79%；员工对这个数字有疑问；员工有 2 个提问"
    assert loud.from_employee and not plain.from_employee


def test_r09_a_gap_alone_is_worth_talking_about():
    gaps = [Gap(3, CLOSE.name, Decimal("5.0"), Decimal("3.5"))]
    found = of_kind(propose(Material(kpis=[CLOSE], gaps=gaps)), "improvement")
    assert [words(p) for p in found] == ["认知差 1.5"]
    assert not found[0].first_raised


def test_r11_a_point_never_signalled_before_is_marked():
    fresh = of_kind(propose(Material(kpis=[SHORT])), "improvement")[0]
    told = Signal(date(2026, 3, 3), say("3 月提醒过"), frozenset({SHORT.name}))
    known = of_kind(propose(Material(kpis=[SHORT], signals=[told])), "improvement")[0]
    assert [str(s) for s in known.signals] == ["3 月提醒过"]
    assert (fresh.first_raised, known.first_raised) == (True, False)


def test_r03_open_items_of_the_last_plan_come_back():
    found = propose(Material(open_items=[OpenItem("A-0007", "换型前一天更新工艺文件")]))
    assert [(p.key, p.kind) for p in found] == [("item:A-0007", "improvement")]
    assert "A-0007" in words(found[0])


def test_r09_the_employees_difficulties_growth_and_loose_questions_are_proposed():
    voiced = propose(Material(difficulties="会签要等，平均 6 天。我催过三次。", growth="想考绿带"))
    assert [(p.kind, p.title, p.from_employee) for p in voiced] == [
        ("improvement", "会签要等，平均 6 天", True),
        ("growth", "想考绿带", True),
    ]
    asked = propose(Material(loose_questions=["明年能报绿带吗？", "另一个"]))
    assert [(p.kind, p.title) for p in asked] == [("growth", "明年能报绿带吗")]


def test_incidents_and_achievements_carry_their_day_and_their_evidence():
    found = propose(Material(events=[fact(8, "incident", "返工 10 台"), fact(9, "achievement", "提前 4 天")]))
    assert [(p.kind, p.evidence_ids) for p in found] == [("highlight", (9,)), ("improvement", (8,))]
    assert all("2026 年 2 月 14 日" in words(p) for p in found)


def test_long_lists_are_cut_to_what_one_talk_can_hold_the_strongest_first():
    shorts = [kpi(i, f"指标{i}", "100", str(90 - i), weight="20") for i in range(1, 9)]
    surpluses = [kpi(i, f"超额{i}", "100", str(100 + i)) for i in range(20, 26)]
    found = propose(Material(kpis=[*shorts, *surpluses]))
    assert len(of_kind(found, "highlight")) == HIGHLIGHTS_AT_MOST
    improvements = of_kind(found, "improvement")
    assert [p.title for p in improvements] == ["指标8", "指标7", "指标6", "指标5"]
    assert len(improvements) == IMPROVEMENTS_AT_MOST


def test_the_same_material_gives_the_same_keys_so_that_adopting_twice_makes_one_topic():
    material = Material(kpis=[SHORT, SURPLUS], events=[fact(8, "incident", "返工")], growth="绿带")
    assert [p.key for p in propose(material)] == [p.key for p in propose(material)]
    assert len({p.key for p in propose(material)}) == 4


def test_nothing_known_proposes_nothing_and_results_without_a_number_neither():
    assert propose(Material()) == []
    assert propose(Material(kpis=[kpi(1, "还没出数", "90", None)])) == []


def test_reasons_are_sentences_that_another_language_can_say():
    for proposal in propose(Material(kpis=[SHORT, SURPLUS], growth="绿带")):
        assert proposal.why
        assert all(
            isinstance(why, Sentence) and why == Sentence.from_json(why.as_json()) for why in proposal.why
        )
