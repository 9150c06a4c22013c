"""What 沈立文's team and he wrote down through the period: done, helped, went wrong, told on the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from huitan.cli.demo.story import Teller, moment
from huitan.conversations.models import Conversation
from huitan.cycles.working_days import on_or_after
from huitan.evidence import actions
from huitan.evidence.models import Evidence


@dataclass(frozen=True)
class Note:
    """`when` is how far into the period, 0 to 1; `by` is me or boss; a told note is told on the day."""

    name: str
    by: str
    kind: str
    when: float
    statement: str
    effect: str = ""
    source: str = ""
    told: bool = False
    about_first_result: bool = False


NOTES = (
    Note("林晓岚", "me", "achievement", 0.1, "新工装的试装一次通过，少走一轮设计变更", "省 5 天", "试装记录"),
    Note(
        "林晓岚",
        "boss",
        "signal",
        0.3,
        "会签超过两天没有回复，当天来找我，不要等到周五例会",
        told=True,
        about_first_result=True,
    ),
    Note("林晓岚", "boss", "contribution", 0.55, "替质量部整理了 12 份失效分析模板，现在三条线都在用"),
    Note("林晓岚", "me", "note", 0.75, "采购换了会签接口人，前两周有 3 份 ECN 没有人接", source="邮件"),
    Note("陈思远", "me", "achievement", 0.2, "主轴点检改成班前 5 分钟，B2 线当月零故障停机", "少停 9 小时"),
    Note(
        "陈思远",
        "boss",
        "signal",
        0.45,
        "备件低于安全库存，当天发我，不要等月底盘点",
        told=True,
        about_first_result=True,
    ),
    Note("陈思远", "boss", "contribution", 0.8, "带新人小何独立完成两次大修", source="大修记录"),
    Note("周雨桐", "me", "achievement", 0.3, "换型作业指导书改成图片版，夜班不再打电话问"),
    Note("周雨桐", "boss", "incident", 0.6, "夜班换型漏做首件确认，返工 6 件", source="首件记录", told=True),
    Note("马超群", "me", "note", 0.5, "停机检修的两天没有生产，班组日志有记录", source="班组日志"),
    Note("方志远", "boss", "contribution", 0.4, "主动把排产冲突提前一天提出来，避免了一次加班"),
)


def write_log(teller: Teller, by_name: Mapping[str, Conversation]) -> None:
    """Before any pack goes out, so that what was told stays what was told before."""
    for note in NOTES:
        talk = by_name.get(note.name)
        if talk is None or talk.review.employee.manager is None:
            continue
        employee, cycle = talk.review.employee, talk.review.cycle
        days = (cycle.ends_on - cycle.starts_on).days
        on = min(on_or_after(cycle.starts_on + timedelta(days=round(days * note.when)), {}), cycle.ends_on)
        actions.add(
            employee,
            kind=note.kind,
            occurred_on=on,
            statement=note.statement,
            effect=note.effect,
            source=note.source,
            about=_first_result(talk) if note.about_first_result else "",
            told_on=on if note.told else None,
            actor=teller.actor(employee if note.by == "me" else employee.manager),
            at=moment(on, 18),
        )


def _first_result(talk: Conversation) -> str:
    results = Evidence.objects.filter(employee=talk.review.employee, cycle=talk.review.cycle, kind="kpi")
    first = results.order_by("-weight", "id").first()
    return first.name if first else ""
