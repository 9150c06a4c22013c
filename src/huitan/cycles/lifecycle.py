from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from huitan.core.lifecycle import Lifecycle, Move, Shortfall
from huitan.core.sentences import N_, say

if TYPE_CHECKING:
    from huitan.cycles.models import Cycle


def dates_in_order(cycle: Cycle, at: datetime) -> Iterator[Shortfall]:
    if cycle.starts_on > cycle.ends_on:
        yield Shortfall(say("周期的开始日期晚于结束日期。把两个日期换过来。"), "id_ends_on")
    if cycle.talks_from > cycle.talks_until:
        yield Shortfall(say("面谈的开始日期晚于截止日期。把两个日期换过来。"), "id_talks_until")


def scale_has_meanings(cycle: Cycle, at: datetime) -> Iterator[Shortfall]:
    levels = list(cycle.levels.all())
    if len(levels) < 2:
        yield Shortfall(say("评级至少要有两档，每档写明含义。"), "levels")
    for level in levels:
        if not level.meaning.strip():
            yield Shortfall(
                say("评级「%(level)s」还没有写含义。写一句员工读得懂的话。", level=level.label), "levels"
            )


def has_departments(cycle: Cycle, at: datetime) -> Iterator[Shortfall]:
    if not cycle.departments.exists():
        yield Shortfall(say("还没有选参加的部门。至少选一个。"), "id_departments")


def no_rating_is_disputed(cycle: Cycle, at: datetime) -> Iterator[Shortfall]:
    """R23: what is disputed has no consequences yet, so it cannot be filed away."""
    disputed = cycle.reviews.filter(disputed_since__isnull=False).count()
    if disputed:
        yield Shortfall(
            say("还有 %(n)s 件申诉没有结束，评级暂不生效。等申诉有了结果再关闭。", n=disputed), "close"
        )


CYCLE = Lifecycle(
    name="cycle",
    label=N_("周期"),
    states={"draft": N_("草稿"), "open": N_("进行中"), "closed": N_("已关闭")},
    moves=(
        Move(
            "open",
            frozenset({"draft"}),
            "open",
            N_("开启周期"),
            N_("开启了周期"),
            needs=(dates_in_order, has_departments, scale_has_meanings),
            changes=frozenset({"opened_at"}),
        ),
        Move(
            "close",
            frozenset({"open"}),
            "closed",
            N_("关闭周期"),
            N_("关闭了周期"),
            needs=(no_rating_is_disputed,),
            changes=frozenset({"closed_at", "close_reason"}),
        ),
    ),
)
