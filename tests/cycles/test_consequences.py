"""What a cycle's rules mean: dates in working days, the calendar's phases, and warnings."""

from __future__ import annotations

from datetime import date

import pytest

from huitan.cycles.consequences import Policy, consequences, policy_of, preview
from huitan.cycles.forms import Scale
from huitan.cycles.models import Cycle

RULES = {
    "notice_days": 7,
    "notice_rule": "warn",
    "record_days": 3,
    "signing_days": 5,
    "dispute_days": 5,
    "check_in_rhythm": "monthly",
    "check_in_grace_days": 3,
    "talk_minutes": 45,
}
SEPTEMBER = Policy(
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 6, 30),
    talks_from=date(2026, 9, 14),
    talks_until=date(2026, 9, 28),
    **RULES,
)


def said(policy: Policy, own: dict[date, bool] | None = None) -> dict[str, str]:
    return {name: str(sentence) for name, sentence in consequences(policy, own or {}).items()}


def test_dates_are_counted_in_working_days_over_the_national_holiday() -> None:
    """Mid-autumn is 25 to 27 September, the national days 1 to 7 October; Sunday the 20th is worked."""
    words = said(SEPTEMBER)
    assert words["period"].startswith("这 181 天")
    assert words["talks"].startswith("11 个工作日")
    assert "最晚 9 月 21 日要看到资料包。晚了也能共享" in words["notice_days"]
    assert "9 月 28 日谈完，最晚 10 月 8 日形成记录" in words["record_days"]
    assert "最晚 10 月 14 日签字" in words["signing_days"]


def test_own_days_move_the_dates() -> None:
    own = {date(2026, 9, 29): False}
    assert "最晚 10 月 9 日形成记录" in said(SEPTEMBER, own)["record_days"]


def test_enforcing_the_notice_is_said_differently() -> None:
    strict = Policy(**{**SEPTEMBER.__dict__, "notice_rule": "enforce"})
    assert "不能共享" in said(strict)["notice_days"]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"talks_from": date(2026, 9, 1)},
        {"talks_from": date(2026, 9, 2), "talks_until": date(2026, 9, 1)},
    ],
)
def test_half_typed_dates_make_no_calendar(given: dict[str, date]) -> None:
    assert preview(Policy(**given), {}) is None


def test_the_calendar_marks_each_phase() -> None:
    shown = preview(SEPTEMBER, {date(2026, 9, 16): False})
    assert shown is not None
    assert [(m.phase, m.on) for m in shown.milestones] == [
        ("share", date(2026, 9, 7)),
        ("talks", date(2026, 9, 14)),
        ("record", date(2026, 10, 8)),
        ("sign", date(2026, 10, 14)),
        ("dispute", date(2026, 10, 21)),
    ]
    days = {day.on: day for month in shown.months for day in month.days}
    assert [(m.year, m.number, m.before) for m in shown.months] == [(2026, 9, 1), (2026, 10, 3)]
    assert days[date(2026, 9, 8)].phase == "share"
    assert days[date(2026, 9, 21)].phase == "talks"
    assert (days[date(2026, 9, 16)].is_working, days[date(2026, 9, 16)].is_own) == (False, True)
    assert days[date(2026, 10, 1)].is_working is False
    assert shown.warning is None


def test_a_year_the_calendar_does_not_know_is_warned_of_and_a_century_is_not_drawn() -> None:
    far = preview(Policy(**{**SEPTEMBER.__dict__, "talks_until": date(2126, 1, 1)}), {})
    assert far is not None
    assert far.months == ()
    assert "2027–2126" in str(far.warning)
    near = Policy(**{**SEPTEMBER.__dict__, "talks_until": date(2027, 1, 8)})
    unknown, entered = preview(near, {}), preview(near, {date(2027, 1, 1): False})
    assert unknown is not None and "2027 年的法定假日还没有录入" in str(unknown.warning)
    assert entered is not None and entered.warning is None


def test_a_saved_cycle_and_a_typed_form_mean_the_same() -> None:
    typed = {**SEPTEMBER.__dict__}
    assert policy_of(Cycle(**typed)) == policy_of(typed) == SEPTEMBER


def test_the_scale_drops_empty_rows_and_pads_for_writing() -> None:
    scale = Scale([("好", "超出"), ("中", "达到")])
    assert scale.check()
    assert len(scale.padded().rows) == 5
    full = Scale([(str(n), "含义") for n in range(12)])
    assert len(full.padded(1).rows) == 12
    assert not Scale([(str(n), "含义") for n in range(13)]).check()
