"""What three of 沈立文's team wrote about their running action lately: how it is measured, what blocks it, which help they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from huitan.cli.demo.story import Teller
from huitan.conversations.models import Conversation
from huitan.plans import actions as plans
from huitan.plans.models import PlanItem


@dataclass(frozen=True)
class Lately:
    """Values are read a week apart, the last one a few days ago; `percents` go with them."""

    measure: tuple[str, str, str, str] = ("", "", "", "")
    values: tuple[tuple[int, str, str], ...] = ()
    blocked: str = ""
    resolved: str = ""
    needs: str = ""
    promised: tuple[str, str] | None = None


BY_NAME: Mapping[str, Lately] = {
    "林晓岚": Lately(
        ("ECN 按期关闭率", "%", "71.4", "90"),
        (
            (45, "76", "会签提醒上线第一周"),
            (60, "82.5", "质量、采购都在 2 天内回"),
            (70, "85", "还差采购的两份"),
        ),
        blocked="采购换了会签接口人，两份 ECN 等签字超过 3 天",
    ),
    "陈思远": Lately(
        ("断货的关键备件", "种", "6", "0"),
        ((75, "3", "轴承补齐"), (80, "2", "密封件到货"), (90, "1", "只剩联轴器")),
        needs="联轴器的采购周期要 6 周，请帮忙和供应链谈一次加急",
    ),
    "马超群": Lately(
        blocked="MES 的停机原因码少两类，口径对不上",
        resolved="控制软件部加了两类原因码",
        needs="请控制软件部出一个人，一起核对两周的停机记录",
        promised=("请控制软件部出一人核对两周停机记录", "两周记录核对完，双方在口径文件上签字"),
    ),
}


def write_follow_up(teller: Teller, talk: Conversation) -> None:
    """After everything else that happened in the plan so far."""
    employee, lately = talk.review.employee, BY_NAME.get(talk.review.employee.name)
    if lately is None or employee.manager is None or talk.plan_id is None:
        return
    running = PlanItem.objects.filter(plan=talk.plan_id, kind="action", owner=employee, state="active")
    item = running.select_related("plan__review__employee__department").first()
    if item is None:
        return
    me, boss, now = teller.actor(employee), teller.actor(employee.manager), teller.now
    if lately.values:
        name, unit, start, target = lately.measure
        plans.set_measure(
            item,
            name=name,
            unit=unit,
            start=Decimal(start),
            target=Decimal(target),
            actor=me,
            at=now - timedelta(days=26),
        )
    for weeks, (percent, value, note) in zip(range(len(lately.values), 0, -1), lately.values, strict=True):
        on = now - timedelta(days=7 * weeks - 3)
        plans.update_progress(item, percent, note, value=Decimal(value), actor=me, at=on)
    if lately.blocked:
        since = now - timedelta(days=3)
        blocker = plans.block(item, lately.blocked, since.date(), actor=me, at=since)
        if lately.resolved:
            plans.resolve(blocker, lately.resolved, actor=boss, at=now - timedelta(days=1))
    if lately.needs:
        request = plans.ask(item, lately.needs, linked=None, actor=me, at=now - timedelta(days=2))
        if lately.promised is not None:
            what, criterion = lately.promised
            promise = plans.Promise(what=what, due_on=(now + timedelta(days=21)).date(), criterion=criterion)
            plans.grant(request, promise, actor=boss, at=now - timedelta(days=1))
