"""Which cycles the demo company has, seen from today: three closed, one being followed up, one in talks, a draft."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Round:
    """One cycle of the demo. `stage`: closed, following, talking, draft. `departments` are path names."""

    key: str
    name: str
    starts_on: date
    ends_on: date
    talks_from: date
    talks_until: date
    stage: str
    departments: tuple[str, ...]
    rhythm: str = "monthly"
    notice_rule: str = "warn"


# Who took part in the closed cycles, newest first: the company began small.
PILOTS = (
    ("制造中心",),
    ("制造中心/智能产线部", "研发中心/控制软件部", "研发中心/结构设计部"),
    ("制造中心/智能产线部", "制造中心/装配一部"),
)
EVERYBODY = ("制造中心", "研发中心", "营销中心", "供应链中心", "职能中心")


def rounds(today: date) -> list[Round]:
    """Oldest first. Half years, and the last finished quarter for the talks of these weeks."""
    half = (today.year, 1 if today.month <= 6 else 2)
    current = half
    past: list[tuple[int, int]] = []
    while len(past) < 5:
        half = (half[0], 1) if half[1] == 2 else (half[0] - 1, 2)
        past.append(half)
    following = next(h for h in past if (today - _half_end(*h)).days > 95)
    closed = [h for h in past if _half_end(*h) < _half_end(*following)][:3]
    made = [_half_round(h, "closed", scope) for h, scope in reversed(list(zip(closed, PILOTS, strict=True)))]
    made.append(_half_round(following, "following", EVERYBODY))
    quarter_end = _last_quarter_end(today)
    quarter = (quarter_end.month + 2) // 3
    made.append(
        Round(
            f"{quarter_end.year}q{quarter}",
            f"{quarter_end.year} 年第{'一二三四'[quarter - 1]}季度",
            date(quarter_end.year, quarter * 3 - 2, 1),
            quarter_end,
            today - timedelta(days=18),
            today + timedelta(days=20),
            "talking",
            EVERYBODY,
            "monthly",
            "warn",
        )
    )
    made.append(_half_round(current, "draft", EVERYBODY))
    return made


def _half_round(half: tuple[int, int], stage: str, departments: tuple[str, ...]) -> Round:
    year, number = half
    end = _half_end(year, number)
    word = "上半年" if number == 1 else "下半年"
    start = date(year, 1 if number == 1 else 7, 1)
    return Round(
        f"{year}h{number}",
        f"{year} 年{word}",
        start,
        end,
        end + timedelta(days=6),
        end + timedelta(days=40),
        stage,
        departments,
        "quarterly" if stage == "closed" else "monthly",
    )


def _half_end(year: int, number: int) -> date:
    return date(year, 6, 30) if number == 1 else date(year, 12, 31)


def _last_quarter_end(today: date) -> date:
    first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    return first - timedelta(days=1)
