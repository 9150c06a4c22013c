"""When a conversation may move on. Needs read the rows they are given and say in words what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from huitan.core.days import local_day
from huitan.core.lifecycle import Lifecycle, Move, Shortfall
from huitan.core.sentences import N_, say
from huitan.plans.lifecycle import has_all_four

if TYPE_CHECKING:
    from huitan.conversations.models import Contest, Conversation, Question, SlotOffer, Topic

# Causes that lie outside one person's hands (R13).
OUTSIDE_CONTROL = frozenset({"resources", "process", "goals", "external"})


def is_scheduled(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    if talk.scheduled_at is None:
        yield Shortfall(say("还没有定面谈时间。先安排时间和地点。"), "schedule")


def has_purpose(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    """R06."""
    if not talk.purpose:
        yield Shortfall(say("还没有选这次谈什么：业绩改进、职业发展，还是协作问题。"), "purpose")


def has_data(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    """R04: a pack without a single fact is not a pack."""
    if not talk.has_pack_evidence:
        yield Shortfall(say("资料包里还没有任何数据或事实。请 HR 导入，或自己补充一条。"), "dossier")


def keeps_notice(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    """R08: refused when the cycle enforces the notice; otherwise late sharing is marked, not stopped."""
    cycle = talk.review.cycle
    if talk.scheduled_at is None or cycle.notice_rule != "enforce" or talk.kind == "follow_up":
        return
    days = talk.notice_given(at)
    if days < cycle.notice_days:
        yield Shortfall(
            say(
                "面谈前只剩 %(days)s 天，本周期规定至少提前 %(rule)s 天共享。把面谈改到更晚的日子再共享。",
                days=max(days, 0),
                rule=cycle.notice_days,
            ),
            "schedule",
        )


def has_highlight(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    """R10: affirm first, tied to evidence; or say why not, and the record shows it."""
    if talk.highlight_skip_reason.strip():
        return
    highlights = [t for t in talk.live_topics() if t.kind == "highlight"]
    if not any(t.evidence.exists() for t in highlights):
        yield Shortfall(say("还没有一个有证据的亮点。先肯定一件具体的事；确实没有时写明原因。"), "highlights")


def topics_are_complete(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    for topic in talk.live_topics():
        yield from topic_is_complete(topic, at)


def topic_is_complete(topic: Topic, at: datetime) -> Iterator[Shortfall]:
    """R01, R11, R13, R14, R15 for one topic."""
    anchor = f"topic-{topic.pk}"
    if topic.kind == "improvement":
        if not topic.evidence.exists():
            yield Shortfall(say("「%(t)s」还没有事例：哪一次、什么事。", t=topic.title), anchor)
        if not topic.causes:
            yield Shortfall(say("「%(t)s」还没有选原因。", t=topic.title), anchor)
        for field, word in (
            ("issue", N_("具体问题")),
            ("direction", N_("改进方向")),
            ("support", N_("支持措施")),
        ):
            if not getattr(topic, field).strip():
                yield Shortfall(say("「%(t)s」还缺%(part)s。", t=topic.title, part=say(word)), anchor)
        if topic.support.strip() and not (topic.support_due_on and topic.support_criterion.strip()):
            yield Shortfall(
                say("「%(t)s」的支持措施还没有日期或验收标准，进不了台账。", t=topic.title), anchor
            )
        yield from cause_fits_actions(topic)
    elif topic.kind == "highlight":
        if not topic.issue.strip():
            yield Shortfall(say("亮点「%(t)s」还没有写成一句话：做了什么、带来什么。", t=topic.title), anchor)
    elif not topic.direction.strip():
        yield Shortfall(say("「%(t)s」还没有写下谈定的方向。", t=topic.title), anchor)
    if not topic.consensus:
        yield Shortfall(say("「%(t)s」还没有选共识：达成、部分达成，或保留异议。", t=topic.title), anchor)
    if topic.consensus == "reserved":
        if not topic.words.strip():
            yield Shortfall(say("「%(t)s」保留异议，还缺员工自己的说法。", t=topic.title), anchor)
        if not topic.manager_statement.strip():
            yield Shortfall(say("「%(t)s」保留异议，还缺你的说法。", t=topic.title), anchor)


def cause_fits_actions(topic: Topic) -> Iterator[Shortfall]:
    """R13: what is not in the employee's hands cannot be left to the employee alone."""
    outside = OUTSIDE_CONTROL & set(topic.causes)
    items = list(topic.items.all())
    employee = topic.conversation.review.employee_id
    if outside and items and all(item.owner_id == employee for item in items):
        yield Shortfall(
            say(
                "「%(t)s」的原因不在员工一个人手里，行动却只由员工承担。加一项由你或他人承担的行动或支持。",
                t=topic.title,
            ),
            f"topic-{topic.pk}",
        )


def questions_are_settled(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    """R12."""
    for question in [q for q in talk.questions.all() if q.state == "open"]:
        yield Shortfall(
            say("员工的提问「%(q)s」还没有答复。回答、约定日期再答，或说明为什么不答。", q=question.text),
            f"question-{question.pk}",
        )


def both_have_spoken(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    """R01: a talk in which only one side wrote is not a conversation, unless the employee chose not to write."""
    if talk.silence_note.strip() or any(t.words.strip() for t in talk.live_topics()):
        return
    yield Shortfall(say("员工还没有写一句自己的话。请对方填写；对方不想写时，注明一句。"), "silence")


def plan_is_complete(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    """R01, R17."""
    items = list(talk.plan.items.all()) if talk.plan else []
    if not items and not (talk.plan and talk.plan.no_action_reason.strip()):
        yield Shortfall(say("还没有行动项。定下至少一项，或写明为什么这次不需要。"), "actions")
    for item in items:
        yield from has_all_four(item, at)


def carried_topics_have_a_date(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    """R16: topics not reached are not lost."""
    if any(t.state == "carried_over" for t in talk.topics.all()) and talk.follow_up_at is None:
        yield Shortfall(say("有话题没有谈到。定下后续面谈的时间，它们会带过去。"), "follow-up")


def both_sign_states_known(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    """R18."""
    record = talk.current_record()
    if record is None:
        yield Shortfall(say("还没有面谈记录。"), "record")
        return
    if not record.signed_by("manager"):
        yield Shortfall(say("面谈人还没有签字。"), "signatures")
    if not (record.signed_by("employee") or record.refusals.exists()):
        yield Shortfall(say("员工还没有签字；拒签要由 HR 见证并记录送达。"), "signatures")


def has_change_note(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    if not talk.change_note.strip():
        yield Shortfall(say("写明改什么、为什么改。改动后双方要重新签字。"), "id_change_note")


def has_cancel_reason(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    if not talk.cancel_reason.strip():
        yield Shortfall(say("取消面谈要写明原因。"), "id_cancel_reason")


def plan_is_concluded(talk: Conversation, at: datetime) -> Iterator[Shortfall]:
    """R03: the loop closes with the plan's result."""
    if talk.plan is not None and talk.plan.state != "concluded":
        yield Shortfall(say("改进计划还没有结果。"), "plan")


CONVERSATION = Lifecycle(
    name="conversation",
    label=N_("面谈"),
    states={
        "preparing": N_("准备中"),
        "shared": N_("资料已共享"),
        "talking": N_("面谈中"),
        "recorded": N_("等签字"),
        "signed": N_("跟进中"),
        "closed": N_("已结束"),
        "cancelled": N_("已取消"),
    },
    moves=(
        Move(
            "share",
            frozenset({"preparing"}),
            "shared",
            N_("共享资料包"),
            N_("共享了资料包"),
            needs=(is_scheduled, has_purpose, has_data, keeps_notice),
        ),
        Move(
            "begin",
            frozenset({"shared"}),
            "talking",
            N_("开始面谈"),
            N_("开始了面谈"),
            changes=frozenset({"began_at", "held_by"}),
        ),
        Move(
            "complete",
            frozenset({"talking"}),
            "recorded",
            N_("结束并生成记录"),
            N_("结束面谈并生成了记录"),
            needs=(
                has_highlight,
                topics_are_complete,
                questions_are_settled,
                both_have_spoken,
                plan_is_complete,
                carried_topics_have_a_date,
            ),
            changes=frozenset({"completed_at", "signing_due_on", "signing_lapsed_at", "ended_at"}),
        ),
        Move(
            "revise",
            frozenset({"recorded"}),
            "talking",
            N_("修改记录"),
            N_("重新打开记录修改，已有签字随新版本失效"),
            needs=(has_change_note,),
            changes=frozenset({"change_note"}),
        ),
        Move(
            "conclude",
            frozenset({"recorded"}),
            "signed",
            N_("签字完成"),
            N_("签字完成，计划生效"),
            needs=(both_sign_states_known,),
            changes=frozenset({"signed_at"}),
        ),
        Move(
            "close",
            frozenset({"signed"}),
            "closed",
            N_("结束这次面谈"),
            N_("结束了这次面谈"),
            needs=(plan_is_concluded,),
            changes=frozenset({"closed_at"}),
        ),
        Move(
            "cancel",
            frozenset({"preparing", "shared"}),
            "cancelled",
            N_("取消面谈"),
            N_("取消了面谈"),
            needs=(has_cancel_reason,),
            changes=frozenset({"cancel_reason"}),
        ),
    ),
)


def has_answer(question: Question, at: datetime) -> Iterator[Shortfall]:
    if not question.answer.strip():
        yield Shortfall(say("写下答复。"), f"question-{question.pk}")


def has_parking_date(question: Question, at: datetime) -> Iterator[Shortfall]:
    if question.parked_until is None or question.parked_until < local_day(at):
        yield Shortfall(say("约定一个今天之后的日期答复。"), f"question-{question.pk}")


QUESTION = Lifecycle(
    name="question",
    label=N_("提问"),
    states={
        "open": N_("待回答"),
        "answered": N_("已回答"),
        "parked": N_("约定再答"),
        "declined": N_("不予回答"),
    },
    moves=(
        Move(
            "answer",
            frozenset({"open", "parked"}),
            "answered",
            N_("回答"),
            N_("回答了提问"),
            needs=(has_answer,),
            changes=frozenset({"answer", "answered_at"}),
        ),
        Move(
            "park",
            frozenset({"open"}),
            "parked",
            N_("约定日期再答"),
            N_("约定了答复日期"),
            needs=(has_parking_date,),
            changes=frozenset({"answer", "parked_until", "answered_at"}),
        ),
        Move(
            "decline",
            frozenset({"open", "parked"}),
            "declined",
            N_("说明为什么不答"),
            N_("说明了不答的原因"),
            needs=(has_answer,),
            changes=frozenset({"answer", "answered_at"}),
        ),
    ),
)


def has_explanation(contest: Contest, at: datetime) -> Iterator[Shortfall]:
    if not contest.answer.strip():
        yield Shortfall(say("写明核对了什么、结论是什么。"), f"contest-{contest.pk}")


CONTEST = Lifecycle(
    name="contest",
    label=N_("数字疑问"),
    states={"open": N_("待核对"), "confirmed": N_("核对无误"), "corrected": N_("已更正")},
    moves=(
        Move(
            "confirm",
            frozenset({"open"}),
            "confirmed",
            N_("核对无误"),
            N_("核对后确认数字无误"),
            needs=(has_explanation,),
            changes=frozenset({"answer", "answered_at", "answered_by"}),
        ),
        Move(
            "correct",
            frozenset({"open"}),
            "corrected",
            N_("更正数字"),
            N_("核对后更正了数字"),
            needs=(has_explanation,),
            changes=frozenset({"answer", "answered_at", "answered_by", "value_after"}),
        ),
    ),
)


def has_free_slot(offer: SlotOffer, at: datetime) -> Iterator[Shortfall]:
    if offer.chosen is None or offer.chosen.starts_at <= at:
        yield Shortfall(say("选一个还没有过去的时间。"), "slots")


def has_wish(offer: SlotOffer, at: datetime) -> Iterator[Shortfall]:
    if not offer.wish.strip():
        yield Shortfall(say("写一句哪些时候方便，对方才好再给时间。"), "id_wish")


SLOTS = Lifecycle(
    name="slots",
    label=N_("备选时间"),
    states={
        "open": N_("等员工选"),
        "accepted": N_("已选定"),
        "turned_down": N_("想换时间"),
        "withdrawn": N_("已收回"),
    },
    moves=(
        Move(
            "accept",
            frozenset({"open"}),
            "accepted",
            N_("选这个时间"),
            N_("选了面谈时间"),
            needs=(has_free_slot,),
            changes=frozenset({"chosen", "answered_at"}),
        ),
        Move(
            "ask_others",
            frozenset({"open"}),
            "turned_down",
            N_("都不合适"),
            N_("想换别的时间"),
            needs=(has_wish,),
            changes=frozenset({"wish", "answered_at"}),
        ),
        Move(
            "withdraw",
            frozenset({"open"}),
            "withdrawn",
            N_("收回"),
            N_("收回了备选时间"),
            changes=frozenset({"answered_at"}),
        ),
    ),
)
