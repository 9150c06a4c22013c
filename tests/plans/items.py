"""Binding items of the named cast without walking through their talks."""

from __future__ import annotations

from datetime import date, datetime

from tests.cast import Cast, at, talk_of

from huitan.cycles.models import Cycle
from huitan.plans.models import PlanItem

DAY = date(2026, 7, 20)
NOW = at(7, 20, 10)


def item(
    cast: Cast,
    cycle: Cycle,
    about: str,
    what: str,
    *,
    owner: str = "",
    due_on: date = date(2026, 7, 31),
    state: str = "active",
    kind: str = "action",
    updated_at: datetime | None = None,
) -> PlanItem:
    return PlanItem.objects.create(
        plan=talk_of(cast.people[about], cycle).plan,
        kind=kind,
        what=what,
        owner=cast.people[owner or about],
        due_on=due_on,
        criterion="看得见",
        causes=["process"],
        state=state,
        updated_at=updated_at,
    )


def several(cast: Cast, cycle: Cycle) -> dict[str, PlanItem]:
    """林晓岚: one late, one handed in, one of 沈立文's promises, one that 孙雨 owns; 陈思远: one; 孙雨: one and a draft."""
    return {
        "late": item(cast, cycle, "lin", "晚了的", due_on=date(2026, 7, 10), updated_at=at(7, 12)),
        "handed_in": item(cast, cycle, "lin", "交了的", due_on=date(2026, 7, 25), state="submitted"),
        "promise": item(cast, cycle, "lin", "约会签时限", owner="shen", kind="support", updated_at=at(7, 19)),
        "elsewhere": item(cast, cycle, "lin", "给销售预测", owner="sun", due_on=date(2026, 8, 9)),
        "chen": item(cast, cycle, "chen", "点检表", due_on=date(2026, 7, 22), updated_at=at(7, 18)),
        "sun": item(cast, cycle, "sun", "拜访五家", due_on=date(2026, 7, 22)),
        "draft": item(cast, cycle, "sun", "还没签的", state="draft"),
    }
