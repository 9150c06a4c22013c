from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from huitan.core.lifecycle import Lifecycle, Move, Shortfall
from huitan.core.sentences import N_, say

if TYPE_CHECKING:
    from huitan.plans.models import (
        Blocker,
        CheckIn,
        DateChange,
        NextTime,
        Plan,
        PlanItem,
        SupportRequest,
    )

RUNNING = ("active", "returned")
UNSETTLED = (*RUNNING, "submitted")


def has_all_four(item: PlanItem, at: datetime) -> Iterator[Shortfall]:
    """R17: what, owner, due date, acceptance criterion."""
    anchor = f"item-{item.pk}"
    if not item.what.strip():
        yield Shortfall(say("行动项还没有写要做什么。"), anchor)
    if item.owner_id is None:
        yield Shortfall(say("「%(what)s」还没有负责人。", what=item.what), anchor)
    if item.due_on is None:
        yield Shortfall(say("「%(what)s」还没有截止日期。", what=item.what), anchor)
    if not item.criterion.strip():
        yield Shortfall(say("「%(what)s」还没有验收标准：第三个人凭什么判断做到了？", what=item.what), anchor)


def has_evidence(item: PlanItem, at: datetime) -> Iterator[Shortfall]:
    """R22: submitted with evidence."""
    if not item.submitted_evidence.strip() and not item.files.exists():
        yield Shortfall(say("提交验收要有依据：写一句结果，或附上文件。"), "id_submitted_evidence")


def has_return_reason(item: PlanItem, at: datetime) -> Iterator[Shortfall]:
    if not item.return_reason.strip():
        yield Shortfall(say("退回要写明还差什么，对方才知道怎么补。"), "id_return_reason")


def has_drop_reason(item: PlanItem, at: datetime) -> Iterator[Shortfall]:
    if not item.drop_reason.strip():
        yield Shortfall(say("取消一项要写明原因，台账里会保留。"), "id_drop_reason")


PLAN_ITEM = Lifecycle(
    name="item",
    label=N_("行动项"),
    states={
        "draft": N_("待签字"),
        "active": N_("进行中"),
        "submitted": N_("待验收"),
        "returned": N_("已退回"),
        "accepted": N_("已验收"),
        "dropped": N_("已取消"),
    },
    moves=(
        Move("activate", frozenset({"draft"}), "active", N_("生效"), N_("随签字生效"), needs=(has_all_four,)),
        Move(
            "submit",
            frozenset(RUNNING),
            "submitted",
            N_("提交验收"),
            N_("提交了验收"),
            needs=(has_evidence,),
            changes=frozenset({"submitted_evidence", "submitted_at", "progress"}),
        ),
        Move(
            "accept",
            frozenset({"submitted"}),
            "accepted",
            N_("验收通过"),
            N_("验收通过"),
            changes=frozenset({"accepted_at", "acceptance_note"}),
        ),
        Move(
            "return",
            frozenset({"submitted"}),
            "returned",
            N_("退回并说明"),
            N_("退回了"),
            needs=(has_return_reason,),
            changes=frozenset({"return_reason"}),
        ),
        Move(
            "drop",
            frozenset(RUNNING),
            "dropped",
            N_("取消这一项"),
            N_("取消了"),
            needs=(has_drop_reason,),
            changes=frozenset({"drop_reason"}),
        ),
    ),
)


def has_items_or_reason(plan: Plan, at: datetime) -> Iterator[Shortfall]:
    """R01: an action, or a stated reason for none."""
    if not plan.no_action_reason.strip() and not plan.items.exists():
        yield Shortfall(say("还没有行动项。定下至少一项，或写明为什么这次不需要。"), "actions")


def all_is_settled_when_met(plan: Plan, at: datetime) -> Iterator[Shortfall]:
    if plan.outcome != "met":
        return
    for item in plan.items.exclude(state__in=["accepted", "dropped"]):
        yield Shortfall(
            say(
                "%(ref)s 还没有验收。先验收，或把结果选为「部分达到」「未达到」或「延期」并写明原因。",
                ref=item.ref,
            ),
            f"id_fate_{item.pk}",
        )


def has_outcome(plan: Plan, at: datetime) -> Iterator[Shortfall]:
    if plan.outcome not in plan.OUTCOMES:
        yield Shortfall(say("选一个结果：达到、部分达到、未达到或延期。"), "id_outcome")
    elif plan.outcome != "met" and not plan.outcome_reason.strip():
        yield Shortfall(say("没有全部达到时，写明原因。"), "id_outcome_reason")


PLAN = Lifecycle(
    name="plan",
    label=N_("改进计划"),
    states={"draft": N_("待签字"), "active": N_("进行中"), "concluded": N_("已结束")},
    moves=(
        Move(
            "activate",
            frozenset({"draft"}),
            "active",
            N_("生效"),
            N_("随签字生效"),
            needs=(has_items_or_reason,),
            changes=frozenset({"activated_at"}),
        ),
        Move(
            "conclude",
            frozenset({"active"}),
            "concluded",
            N_("结束计划"),
            N_("结束了计划"),
            needs=(has_outcome, all_is_settled_when_met),
            changes=frozenset({"outcome", "outcome_reason", "concluded_at"}),
        ),
    ),
)


def has_note(check_in: CheckIn, at: datetime) -> Iterator[Shortfall]:
    if not check_in.note.strip():
        yield Shortfall(say("写一句这次跟进的结论：接下来谁做什么。"), "id_note")


def both_had_their_say(check_in: CheckIn, at: datetime) -> Iterator[Shortfall]:
    """R01: two voices, or why there is only one."""
    if check_in.missing_reason.strip():
        return
    if check_in.employee_said_at is None:
        yield Shortfall(say("员工还没有说。等对方写下，或写明这次为什么没有。"), "id_missing_reason")
    if check_in.manager_said_at is None:
        yield Shortfall(say("直接上级还没有说。写下你看到的，或写明这次为什么没有。"), "id_missing_reason")


def has_next_date(check_in: CheckIn, at: datetime) -> Iterator[Shortfall]:
    if check_in.next_on is None and check_in.plan.items.filter(state__in=UNSETTLED).exists():
        yield Shortfall(say("还有没了结的事项，定下一次跟进的日期。"), "id_next_on")


CHECK_IN = Lifecycle(
    name="check_in",
    label=N_("跟进"),
    states={"planned": N_("待跟进"), "missed": N_("已错过"), "held": N_("已跟进"), "cancelled": N_("已取消")},
    moves=(
        Move(
            "hold",
            frozenset({"planned", "missed"}),
            "held",
            N_("完成跟进"),
            N_("完成了跟进"),
            needs=(has_note, both_had_their_say, has_next_date),
            changes=frozenset({"note", "missing_reason", "next_on", "carried", "held_at", "held_by"}),
        ),
        Move("miss", frozenset({"planned"}), "missed", N_("记为错过"), N_("错过了跟进")),
        Move("cancel", frozenset({"planned", "missed"}), "cancelled", N_("取消跟进"), N_("随计划结束取消")),
    ),
)


def has_reply(change: DateChange, at: datetime) -> Iterator[Shortfall]:
    if not change.reply.strip():
        yield Shortfall(say("不同意改期时写明原因。"), "id_reply")


DATE_CHANGE = Lifecycle(
    name="date_change",
    label=N_("改期申请"),
    states={
        "requested": N_("待答复"),
        "consented": N_("已同意"),
        "declined": N_("未同意"),
        "settled": N_("随事项了结"),
    },
    moves=(
        Move(
            "consent",
            frozenset({"requested"}),
            "consented",
            N_("同意改期"),
            N_("同意了改期"),
            changes=frozenset({"reply", "answered_at"}),
        ),
        Move(
            "decline",
            frozenset({"requested"}),
            "declined",
            N_("不同意"),
            N_("没有同意改期"),
            needs=(has_reply,),
            changes=frozenset({"reply", "answered_at"}),
        ),
        Move("settle", frozenset({"requested"}), "settled", N_("随事项了结"), N_("随事项了结")),
    ),
)


def has_resolution(blocker: Blocker, at: datetime) -> Iterator[Shortfall]:
    if not blocker.resolution.strip():
        yield Shortfall(say("写一句卡点是怎么解决的。"), "id_resolution")


BLOCKER = Lifecycle(
    name="blocker",
    label=N_("卡点"),
    states={"open": N_("卡着"), "resolved": N_("已解决"), "settled": N_("随事项了结")},
    moves=(
        Move(
            "resolve",
            frozenset({"open"}),
            "resolved",
            N_("卡点解决了"),
            N_("解决了卡点"),
            needs=(has_resolution,),
            changes=frozenset({"resolution", "resolved_by_id", "resolved_at"}),
        ),
        Move("settle", frozenset({"open"}), "settled", N_("随事项了结"), N_("随事项了结")),
    ),
)


def has_promise(request: SupportRequest, at: datetime) -> Iterator[Shortfall]:
    """A yes is only as good as the promise that can be tracked."""
    if request.promise_id is None:
        yield Shortfall(say("答应了就要定下做什么、哪天之前、凭什么算做到。"), "id_promised")


def has_refusal_reason(request: SupportRequest, at: datetime) -> Iterator[Shortfall]:
    if not request.reply.strip():
        yield Shortfall(say("不能支持时写明原因。"), "id_support_reply")


SUPPORT_REQUEST = Lifecycle(
    name="support_request",
    label=N_("支持请求"),
    states={
        "asked": N_("待答复"),
        "granted": N_("已答应"),
        "refused": N_("未答应"),
        "settled": N_("随事项了结"),
    },
    moves=(
        Move(
            "grant",
            frozenset({"asked"}),
            "granted",
            N_("答应支持"),
            N_("答应了支持"),
            needs=(has_promise,),
            changes=frozenset({"promise_id", "reply", "answered_by_id", "answered_at"}),
        ),
        Move(
            "refuse",
            frozenset({"asked"}),
            "refused",
            N_("不能支持"),
            N_("没有答应支持"),
            needs=(has_refusal_reason,),
            changes=frozenset({"reply", "answered_by_id", "answered_at"}),
        ),
        Move("settle", frozenset({"asked"}), "settled", N_("随事项了结"), N_("随事项了结")),
    ),
)


def has_result(point: NextTime, at: datetime) -> Iterator[Shortfall]:
    if not point.result.strip():
        yield Shortfall(say("写一句谈的结果。"), "id_result")


NEXT_TIME = Lifecycle(
    name="next_time",
    label=N_("下次再谈"),
    states={"open": N_("下次再谈"), "settled": N_("谈过了")},
    moves=(
        Move(
            "settle",
            frozenset({"open"}),
            "settled",
            N_("谈过了"),
            N_("谈过了"),
            needs=(has_result,),
            changes=frozenset({"result", "settled_by_id", "settled_at", "settled_in_id"}),
        ),
    ),
)
