from __future__ import annotations

from decimal import Decimal

import pytest

from huitan.conversations.perception_gap import Gap, headline, widest


def gap(name: str, own: str | None, manager: str | None) -> Gap:
    return Gap(
        1, name, Decimal(own) if own is not None else None, Decimal(manager) if manager is not None else None
    )


@pytest.mark.parametrize(
    ("own", "manager", "size", "is_wide"),
    [
        ("4.0", "2.8", Decimal("1.2"), True),
        ("2.8", "4.0", Decimal("1.2"), True),
        ("4.0", "3.0", Decimal("1.0"), True),
        ("4.0", "3.1", Decimal("0.9"), False),
        ("4.5", "4.5", Decimal("0.0"), False),
        (None, "3.0", None, False),
        ("3.0", None, None, False),
        (None, None, None, False),
    ],
)
def test_r09_a_gap_is_the_distance_of_two_scores_and_wide_from_one_point_on(own, manager, size, is_wide):
    found = gap("ECN", own, manager)
    assert (found.size, found.is_wide) == (size, is_wide)


def test_the_widest_gap_is_found_whoever_scored_higher():
    gaps = [gap("甲", "4.0", "3.6"), gap("乙", "2.0", "3.5"), gap("丙", "5.0", None)]
    found = widest(gaps)
    assert found is not None and found.name == "乙"
    assert widest([gap("甲", "4", "4"), gap("乙", None, "3")]) is None


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        ([gap("ECN 按期关闭", "4.0", "2.8"), gap("导入", "4.5", "4.5")], "「ECN 按期关闭」上看法差得最远"),
        ([gap("导入", "4.5", "4.5")], "双方的看法一致"),
        ([gap("导入", "4.5", None)], "给出你的评分后"),
        ([gap("导入", None, "4.5")], "等员工交了调研"),
        ([], "等员工交了调研"),
    ],
)
def test_the_headline_says_the_finding_or_what_is_missing(gaps, words):
    assert words in str(headline(gaps))


def test_a_name_with_percent_signs_stays_as_written():
    assert "「100%(s) 达成」" in str(headline([gap("100%(s) 达成", "4", "2")]))
