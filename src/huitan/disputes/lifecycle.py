"""When a dispute may move on (R23). Needs read the rows they are given and say in words what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from huitan.core.days import local_day, near_day
from huitan.core.lifecycle import Lifecycle, Move, Shortfall
from huitan.core.sentences import N_, say

if TYPE_CHECKING:
    from huitan.disputes.models import Answer, Dispute

CORRECTED, EXPLAINED = "corrected", "explained"


def has_points(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    if not dispute.points.exists():
        yield Shortfall(say("还没有一条申诉点。先选你不同意的是哪一处。"), "add-point")


def points_say_what_and_why(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    for number, point in enumerate(dispute.points.all(), start=1):
        if not point.claim.strip():
            yield Shortfall(
                say("第 %(n)s 点还没有写你的说法：哪里不对、依据什么。", n=number), f"id_claim-{point.pk}"
            )
        if not point.wanted.strip():
            yield Shortfall(say("第 %(n)s 点还没有写你认为对的是什么。", n=number), f"id_wanted-{point.pk}")


def is_within_the_window(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    until = dispute.last_day()
    if until is not None and local_day(at) > until:
        yield Shortfall(
            say(
                "申诉期到 %(day)s为止，已经过了。你写的都留着；要说明为什么晚了，请联系 HR。",
                day=near_day(until, at),
            )
        )


def has_withdraw_reason(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    if not dispute.withdraw_reason.strip():
        yield Shortfall(say("写一句为什么撤回。原因会留在这件申诉里。"), "id_withdraw_reason")


def has_handler_without_part(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    """R23: the handler is never the person who rated, nor anybody else with a part in it; also not by now."""
    if dispute.handler_id is None:
        yield Shortfall(say("还没有选处理人。"), "id_handler")
        return
    part = dispute.part_of_handler()
    if part is not None:
        yield Shortfall(say("处理人和这件事有关：%(part)s。换一个人。", part=part), "id_handler")


def has_change_reason(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    if not dispute.change_reason.strip():
        yield Shortfall(say("写明为什么换处理人，双方都会看到。"), "id_change_reason")


def points_are_answered(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    answers = {a.point_id: a for a in dispute.answers_now()}
    for number, point in enumerate(dispute.points.all(), start=1):
        answer = answers.get(point.pk)
        if answer is None or not answer.verdict:
            yield Shortfall(say("第 %(n)s 点还没有答复：更正，还是说明？", n=number), f"point-{point.pk}")
        else:
            yield from answer_is_complete(answer, number)


def answer_is_complete(answer: Answer, number: int) -> Iterator[Shortfall]:
    """Corrected: the new value and why. Explained: in words, with the instance that explains it."""
    point, anchor = answer.point, f"point-{answer.point_id}"
    if not answer.text.strip():
        yield Shortfall(say("第 %(n)s 点还没有写核对了什么、结论是什么。", n=number), anchor)
    if answer.verdict == EXPLAINED:
        if not answer.paragraphs and not answer.cited.all():
            yield Shortfall(
                say(
                    "第 %(n)s 点选了「说明」，还没有选说明它的那件事：至少一条证据或记录里的一段。", n=number
                ),
                anchor,
            )
        return
    if point.kind == "rating":
        current = point.dispute.given[-1] if point.dispute.given else None
        if answer.new_level_id is None:
            yield Shortfall(say("第 %(n)s 点要更正评级，还没有选改成哪一档。", n=number), anchor)
        elif current is not None and current.level_id == answer.new_level_id:
            yield Shortfall(say("第 %(n)s 点选的就是现在的评级。维持不变，请选「说明」。", n=number), anchor)
    elif point.kind == "number":
        if answer.new_value is None:
            yield Shortfall(say("第 %(n)s 点要更正数字，还没有写正确的数。", n=number), anchor)
        elif point.evidence is not None and point.evidence.actual == answer.new_value:
            yield Shortfall(say("第 %(n)s 点写的就是现在的数。维持不变，请选「说明」。", n=number), anchor)
    elif not answer.new_text.strip():
        yield Shortfall(say("第 %(n)s 点要更正文字，还没有写更正后怎么说。", n=number), anchor)


def is_first_level(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    if dispute.level != 1:
        yield Shortfall(say("已经复核过一次，没有更上一级了。"))


def is_further_level(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    if dispute.level != 2:
        yield Shortfall(say("这还是第一次处理，结果之后还可以申请复核。"))


def has_further_reason(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    if not dispute.further_reason.strip():
        yield Shortfall(say("写明对结果的哪一点还有不同意见。"), "id_further_reason")


def is_within_the_further_window(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    if dispute.further_until is not None and local_day(at) > dispute.further_until:
        yield Shortfall(say("申请复核到 %(day)s为止，已经过了。", day=near_day(dispute.further_until, at)))


def the_further_window_has_passed(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    if dispute.further_until is None or local_day(at) <= dispute.further_until:
        yield Shortfall(say("还可以申请复核，现在不能自动结束。"))


def has_been_told(dispute: Dispute, at: datetime) -> Iterator[Shortfall]:
    if dispute.acknowledged_at is None:
        yield Shortfall(say("先确认已知悉结果。"), "acknowledge")


DISPUTE = Lifecycle(
    name="dispute",
    label=N_("申诉"),
    states={
        "draft": N_("草稿"),
        "submitted": N_("待分派"),
        "assigned": N_("待受理"),
        "handling": N_("核对中"),
        "decided": N_("已答复"),
        "concluded": N_("已结束"),
        "withdrawn": N_("已撤回"),
    },
    moves=(
        Move(
            "submit",
            frozenset({"draft"}),
            "submitted",
            N_("提交申诉"),
            N_("提交了申诉"),
            needs=(has_points, points_say_what_and_why, is_within_the_window),
            changes=frozenset({"submitted_at", "window_until", "accept_due_on", "record_version"}),
        ),
        Move(
            "assign",
            frozenset({"submitted"}),
            "assigned",
            N_("分派处理人"),
            N_("分派了处理人"),
            needs=(has_handler_without_part,),
            changes=frozenset({"handler", "assigned_at"}),
        ),
        Move(
            "reassign",
            frozenset({"assigned", "handling"}),
            "assigned",
            N_("换处理人"),
            N_("换了处理人"),
            needs=(has_handler_without_part, has_change_reason),
            changes=frozenset(
                {"handler", "assigned_at", "change_reason", "accept_due_on", "accepted_at", "answer_due_on"}
            ),
        ),
        Move(
            "recuse",
            frozenset({"assigned", "handling"}),
            "submitted",
            N_("我要回避"),
            N_("说明自己要回避"),
            needs=(has_change_reason,),
            changes=frozenset({"handler", "change_reason", "accept_due_on", "accepted_at", "answer_due_on"}),
        ),
        Move(
            "accept",
            frozenset({"assigned"}),
            "handling",
            N_("受理，请双方说明"),
            N_("受理了申诉，请双方说明"),
            needs=(has_handler_without_part,),
            changes=frozenset({"accepted_at", "answer_due_on"}),
        ),
        Move(
            "decide",
            frozenset({"handling"}),
            "decided",
            N_("发出结果"),
            N_("发出了结果"),
            needs=(is_first_level, has_handler_without_part, points_are_answered),
            changes=frozenset({"decided_at", "further_until", "acknowledged_at", "first_handler"}),
        ),
        Move(
            "decide_finally",
            frozenset({"handling"}),
            "concluded",
            N_("发出复核结果"),
            N_("发出了复核结果"),
            needs=(is_further_level, has_handler_without_part, points_are_answered),
            changes=frozenset({"decided_at", "acknowledged_at", "concluded_at"}),
        ),
        Move(
            "raise_further",
            frozenset({"decided"}),
            "submitted",
            N_("申请复核"),
            N_("申请了复核"),
            needs=(has_further_reason, is_within_the_further_window),
            changes=frozenset(
                {"level", "further_reason", "handler", "accept_due_on", "accepted_at", "answer_due_on"}
            ),
        ),
        Move(
            "finish",
            frozenset({"decided"}),
            "concluded",
            N_("不再申请复核"),
            N_("不再申请复核，申诉结束"),
            needs=(has_been_told,),
            changes=frozenset({"concluded_at"}),
        ),
        Move(
            "lapse",
            frozenset({"decided"}),
            "concluded",
            N_("复核期已过"),
            N_("复核期过了，申诉结束"),
            needs=(the_further_window_has_passed,),
            changes=frozenset({"concluded_at"}),
        ),
        Move(
            "withdraw",
            frozenset({"submitted", "assigned", "handling"}),
            "withdrawn",
            N_("撤回申诉"),
            N_("撤回了申诉"),
            needs=(has_withdraw_reason,),
            changes=frozenset({"withdraw_reason", "concluded_at"}),
        ),
    ),
)
OPEN = ("submitted", "assigned", "handling", "decided")
