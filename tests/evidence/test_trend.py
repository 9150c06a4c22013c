"""A result over the cycles: which results belong together and what the line says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests import cast as the_cast
from tests.cast import START, SYSTEM

from huitan.evidence import actions
from huitan.evidence.models import Evidence
from huitan.evidence.trend import Point, finding, trends
from huitan.web.trend_chart import HEIGHT, WIDTH, draw


def points(*reached: str | None) -> tuple[Point, ...]:
    return tuple(
        Point(
            f"第 {n} 期",
            Decimal(100),
            Decimal(c) if c else None,
            Decimal(c) if c else None,
            n == len(reached),
        )
        for n, c in enumerate(reached, 1)
    )


@pytest.mark.parametrize(
    ("reached", "said"),
    [
        (["80"], "第一次有这个指标"),
        (["80", None], "这一期还没有数据"),
        (["120", "80", "90"], "连续 2 期没有达到目标"),
        (["80", "101", "120"], "连续 2 期达到目标"),
        (["80", "110"], "完成率比上一期高 30 个百分点"),
        (["110", "80"], "完成率比上一期低 30 个百分点"),
        (["99.5", "100"], "和上一期差不多"),
        (["80", None, "110"], "完成率比上一期高 30 个百分点"),
    ],
)
def test_the_finding_in_one_sentence(reached, said) -> None:
    assert str(finding(points(*reached))) == said


@pytest.fixture
def three_cycles(cast):
    made = []
    for key, year, half, actual in (("a", 2024, 2, "88"), ("b", 2025, 1, "80"), ("c", 2025, 2, "71.4")):
        cycle = the_cast.draft_cycle(
            key,
            name=f"{year} 第 {half} 期",
            starts_on=date(year, 1 if half == 1 else 7, 1),
            ends_on=date(year, 6 if half == 1 else 12, 30),
            talks_from=date(2026, 7, 1),
            talks_until=date(2026, 7, 31),
        )
        entry = actions.KpiEntry(cast.lin, "按期率", Decimal(90), Decimal(actual), unit="%")
        actions.enter_kpis(cycle, [entry], actor=SYSTEM, at=START)
        made.append(cycle)
    return made


def test_r04_results_of_one_name_stand_in_the_order_of_their_cycles(cast, three_cycles) -> None:
    rows = list(Evidence.objects.select_related("cycle"))
    (trend,) = trends(rows, three_cycles[2]).values()
    assert [p.actual for p in trend.points] == [Decimal(88), Decimal(80), Decimal("71.4")]
    assert [p.is_current for p in trend.points] == [False, False, True]
    assert str(trend.finding) == "连续 3 期没有达到目标"
    (middle,) = trends(rows, three_cycles[1]).values()
    assert len(middle.points) == 2


def test_another_unit_is_another_result(cast, three_cycles) -> None:
    Evidence.objects.filter(cycle=three_cycles[0]).update(unit="天")
    (trend,) = trends(Evidence.objects.select_related("cycle"), three_cycles[2]).values()
    assert len(trend.points) == 2


@pytest.mark.parametrize(
    "values", [["80", "80"], ["0", "0", "0"], ["80", None, "95"], ["1"] * 8, ["-5", "1000000"]]
)
def test_every_mark_lies_inside_the_drawing(values) -> None:
    from huitan.evidence.trend import Trend

    some = points(*values)
    drawing = draw(Trend(1, "按期率", "%", "up", some, finding(some)))
    for mark in drawing.marks:
        assert 0 <= mark.x <= WIDTH
        assert mark.y is None or 0 <= mark.y <= HEIGHT
    assert len(drawing.lines) == (2 if None in values else 1)
