"""Whether a talk is prepared: a transparent list, each line with the place where it is mended. Pure over rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from huitan.conversations.queries.prepare_rows import Check, PackLine, PreviousItem, TopicLine
from huitan.core.sentences import Sentence, say


def checks(
    talk: Any,
    at: datetime,
    *,
    pack: PackLine | None,
    topics: Sequence[TopicLine],
    unscored: int,
    previous: Sequence[PreviousItem],
    taken: Collection[str],
) -> tuple[Check, ...]:
    """`talk` comes through `queries.talks.with_facts`; `taken` holds the keys of proposals already decided on."""
    found = [
        Check(talk.scheduled_at is not None, say("定下时间和地点"), anchor="schedule"),
        Check(bool(talk.purpose), say("选定这次谈什么"), anchor="purpose"),
        _pack(talk, at, pack),
        _voice(talk, pack),
        Check(not unscored, say("每个指标都有你的评分"), _left(unscored), "scores"),
        Check(
            any(t.kind == "highlight" and t.evidence for t in topics),
            say("至少一个亮点有证据"),
            anchor="topics",
        ),
        _instances(topics),
    ]
    if talk.open_questions:
        n = talk.open_questions
        found.append(Check(False, say("回答员工的 %(n)s 个提问", n=n), anchor="questions"))
    if talk.open_contests:
        n = talk.open_contests
        detail = say("由 HR 核对，结果会出现在这里")
        found.append(Check(None, say("核对员工有疑问的 %(n)s 个数字", n=n), detail, "scores"))
    if previous:
        settled = all(item.is_settled or f"item:{item.ref}" in taken for item in previous)
        open_ones = None if settled else say("没验收的，采纳为话题或先去验收")
        found.append(Check(settled, say("回顾上期 %(n)s 项计划", n=len(previous)), open_ones, "previous"))
    return tuple(found)


def own_checks(
    talk: Any,
    *,
    opened: bool,
    newest: int,
    asked: int,
    answered: int,
    survey_at: datetime | None,
    wished: int,
) -> tuple[Check, ...]:
    """The employee's own list before the talk. What is theirs to decide is offered, never demanded: no question and no
    wish of their own is as ready as ten."""
    waiting = (
        say("%(name)s还没有共享", name=talk.review.employee.manager.name)
        if talk.review.employee.manager
        else None
    )
    found = [
        Check(
            opened if newest else None, say("打开最新的资料包"), None if newest else waiting, "results-title"
        ),
        Check(
            survey_at is not None,
            say("交预调研"),
            None if survey_at else say("三分钟，写下你自己怎么看"),
            "survey",
        ),
    ]
    if asked:
        left = asked - answered
        detail = say("还有 %(n)s 个等上级回答", n=left) if left else say("都回答了")
        found.append(Check(None if left else True, say("提出 %(n)s 个问题", n=asked), detail, "questions"))
    else:
        found.append(Check(True, say("没有要问的"), say("想到了随时可以问"), "questions"))
    if wished:
        found.append(Check(True, say("提出 %(n)s 个想谈的话题", n=wished), None, "survey"))
    else:
        found.append(Check(True, say("话题由上级先排"), say("想谈别的，在预调研里写"), "survey"))
    return tuple(found)


def _pack(talk: Any, at: datetime, pack: PackLine | None) -> Check:
    rule = talk.review.cycle.notice_days
    if pack is None:
        return Check(
            False, say("共享资料包"), say("规定至少提前 %(n)s 天", n=rule) if rule else None, "share"
        )
    detail = say("规定至少 %(n)s 天", n=rule)
    if pack.is_behind:
        return Check(False, say("数据有更新，再共享一次"), detail, "share")
    return Check(True, say("资料包提前 %(n)s 天共享", n=pack.notice_days), detail, "share")


def _voice(talk: Any, pack: PackLine | None) -> Check:
    """R07: the survey, or the note of an informal talk."""
    text = say("先听到员工的声音")
    if talk.survey_at is not None:
        return Check(True, text, say("预调研已交"), "survey")
    if talk.informal_note.strip():
        return Check(True, text, say("有非正式谈话的记录"), "survey")
    waiting = say("等员工交预调研，或补记一次非正式谈话")
    return Check(None if pack else False, text, waiting, "survey")


def _instances(topics: Sequence[TopicLine]) -> Check:
    """R11."""
    improvements = [t for t in topics if t.kind == "improvement"]
    without = [t.title for t in improvements if not t.evidence]
    if not improvements:
        return Check(any(t.kind == "growth" for t in topics), say("选定要谈的话题"), anchor="topics")
    detail = say("还缺事例：%(titles)s", titles=without) if without else None
    return Check(not without, say("每个待改进点有事例"), detail, "topics")


def _left(n: int) -> Sentence | None:
    return say("还有 %(n)s 个没有评", n=n) if n else None
