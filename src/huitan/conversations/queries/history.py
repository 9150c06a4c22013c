"""What happened to a signed talk, in words: who did what, and when. The words written are not repeated here; what was
signed is in the record, and what never got that far stays between the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from huitan.conversations.lifecycle import CONTEST, CONVERSATION, QUESTION, SLOTS
from huitan.conversations.models import Conversation, Signature
from huitan.conversations.models.conversation import BINDING
from huitan.conversations.queries.moments import HANDED_ON, change_of_manager, names_of_managers
from huitan.core.days import day_words
from huitan.core.models import Event
from huitan.core.sentences import N_, Sentence, say
from huitan.people.actions import require_office
from huitan.people.queries import with_names
from huitan.people.relations import Actor
from huitan.plans.lifecycle import (
    BLOCKER,
    CHECK_IN,
    DATE_CHANGE,
    NEXT_TIME,
    PLAN,
    PLAN_ITEM,
    SUPPORT_REQUEST,
)

PAGE = 30
LONGEST = 1000
VERBS: Mapping[str, str] = {
    **{
        f"{lifecycle.name}.{move.name}": move.done
        for lifecycle in (
            CONVERSATION,
            QUESTION,
            CONTEST,
            SLOTS,
            PLAN,
            PLAN_ITEM,
            CHECK_IN,
            DATE_CHANGE,
            BLOCKER,
            SUPPORT_REQUEST,
            NEXT_TIME,
        )
        for move in lifecycle.moves
    },
    "conversation.opened": N_("建立了这次面谈"),
    "conversation.reminded": N_("提醒把准备补齐"),
    "conversation.scheduled": N_("定下面谈时间"),
    "conversation.purpose_chosen": N_("选定面谈目的"),
    "conversation.template_chosen": N_("选定面谈模板"),
    "conversation.scored": N_("给一项结果评分"),
    "conversation.informal_note": N_("记下一次非正式沟通"),
    "conversation.section_entered": N_("进入议程的一段"),
    "conversation.paused": N_("暂停计时"),
    "attendee.added": N_("写明另有一人在场"),
    "attendee.removed": N_("从在场的人里去掉一人"),
    "conversation.minutes_borrowed": N_("调整议程时间"),
    "conversation.written": N_("写面谈里的一栏"),
    "conversation.follow_up_set": N_("约定后续面谈"),
    "conversation.signed": N_("签字"),
    "conversation.signing_declined": N_("表示不签字"),
    "conversation.refusal_witnessed": N_("见证拒签"),
    "conversation.signing_lapsed": N_("签字期限已过"),
    "conversation.signing_reminded": N_("提醒签字"),
    "device.handed_over": N_("把设备交给了员工"),
    "device.taken": N_("在交来的设备上确认了本人"),
    "device.put_down": N_("还了设备"),
    "device.handed_back": N_("拿回了设备"),
    "topic.added": N_("加了一个话题"),
    "topic.ordered": N_("排了话题的先后"),
    "topic.removed": N_("拿掉一个话题"),
    "topic.taken_back": N_("放回一个话题"),
    "topic.cited": N_("给话题引用证据"),
    "topic.uncited": N_("撤下一条证据"),
    "topic.written": N_("写话题里的一栏"),
    "topic.chosen": N_("选定原因、共识或期限"),
    "topic.carried_over": N_("把话题留到后续面谈"),
    "survey.submitted": N_("交了预调研"),
    "question.asked": N_("提了一个问题"),
    "contest.raised": N_("对一个数字提出疑问"),
    "pack.shared": N_("共享了资料包"),
    "pack.opened": N_("打开了资料包"),
    "wording.dismissed": N_("注明一处措辞提示不适用"),
    "record.frozen": N_("记录定稿"),
    "record.viewed": N_("看了记录"),
    "record.sealed": N_("给记录的 PDF 盖了封印"),
    "record.taken": N_("下载了记录的 PDF"),
    "plan.sealed": N_("给计划的 PDF 盖了封印"),
    "plan.taken": N_("下载了计划的 PDF"),
    "review.rated": N_("给出评级"),
    "review.held": N_("因申诉，评级暂不生效"),
    "review.released": N_("申诉了结，评级生效"),
    "plan.no_action_reason": N_("写明为什么没有行动项"),
    "plan.check_ins_set": N_("排好了跟进日期"),
    "item.drafted": N_("写了一个行动项"),
    "item.changed": N_("改了一个行动项"),
    "item.removed": N_("删了一个行动项草稿"),
    "item.progressed": N_("更新了进展"),
    "item.file_attached": N_("附上了文件"),
    "item.date_requested": N_("申请改期"),
    "item.measured": N_("定下怎么衡量"),
    "item.reminded": N_("提醒了负责人"),
    "item.taken_over": N_("接下了这项承诺"),
    "blocker.raised": N_("写了一个卡点"),
    "support_request.asked": N_("请求了支持"),
    "next_time.raised": N_("留下一点下次再谈"),
    "check_in.said": N_("写了跟进里自己的部分"),
    "slots.offered": N_("给了几个面谈时间"),
    "conversation.handed_on": N_("换了直接上级"),
    "plan.handed_on": N_("换了直接上级"),
}
SYSTEM_NAMES = {"worker": N_("系统定时任务"), "cli": N_("系统命令行")}


@dataclass(frozen=True)
class Line:
    """One thing that happened; the same done again and again by one person is one line with `times`."""

    seq: int
    at: datetime
    until: datetime
    who: str
    what: Sentence
    detail: Sentence | None
    times: int
    hash: str


@dataclass(frozen=True)
class TalkHistory:
    """`truncated` says that older lines are left out."""

    talk_id: int
    employee: str
    manager: str
    department: str
    cycle: str
    state_word: str
    signed_at: datetime | None
    lines: tuple[Line, ...]
    truncated: bool


@dataclass(frozen=True)
class SignedTalk:
    id: int
    employee: str
    staff_number: str
    department: str
    cycle: str
    manager: str
    state_word: str
    signed_at: datetime | None


@dataclass(frozen=True)
class SignedTalks:
    rows: tuple[SignedTalk, ...]
    next_key: int | None


def signed_talks(actor: Actor, *, name: str = "", before: int | None = None, size: int = PAGE) -> SignedTalks:
    """The signed talks the actor may look into, newest first; one query."""
    require_office(actor, "verify")
    talks = Conversation.objects.visible_to(actor).filter(state__in=BINDING)
    if name:
        talks = talks.filter(
            Q(review__employee__name__icontains=name) | Q(review__employee__staff_number=name)
        )
    if before is not None:
        talks = talks.filter(pk__lt=before)
    found = list(
        talks.select_related("review__employee__department", "review__cycle", "held_by").order_by("-pk")[
            : size + 1
        ]
    )
    rows = tuple(
        SignedTalk(
            talk.pk,
            talk.review.employee.name,
            talk.review.employee.staff_number,
            talk.review.employee.department.full_name,
            talk.review.cycle.name,
            talk.held_by.name if talk.held_by else "",
            CONVERSATION.states[talk.state],
            talk.signed_at,
        )
        for talk in found[:size]
    )
    return SignedTalks(rows, rows[-1].id if len(found) > size else None)


def history(talk: Conversation, actor: Actor) -> TalkHistory:
    """The events of a visible talk, its review and its plan in the order of time; one query, one more where the manager
    changed."""
    require_office(actor, "verify")
    streams = [talk.stream, talk.review.stream]
    if talk.plan_id:
        streams.append(f"plan:{talk.plan_id}")
    found = list(with_names(Event.objects.filter(stream__in=streams)).order_by("-id")[: LONGEST + 1])
    return TalkHistory(
        talk_id=talk.pk,
        employee=talk.review.employee.name,
        manager=talk.held_by.name if talk.held_by else "",
        department=talk.review.employee.department.full_name,
        cycle=talk.review.cycle.name,
        state_word=CONVERSATION.states[talk.state],
        signed_at=talk.signed_at,
        lines=tuple(_lines(found[:LONGEST][::-1])),
        truncated=len(found) > LONGEST,
    )


def _who(event: Any) -> str:
    if event.who_account is not None:
        return str(event.who_name or event.who_login or event.actor)
    kind, _colon, what = event.actor.partition(":")
    return str(say(SYSTEM_NAMES.get(what, N_("系统")))) if kind == "system" else event.actor


def _lines(happened: list[Any]) -> list[Line]:
    lines: list[Line] = []
    names = names_of_managers(happened)
    last: tuple[str, str, Any] | None = None
    for event in happened:
        detail = _detail(event, names)
        same = (event.actor, event.verb, detail)
        if lines and same == last:
            before = lines[-1]
            lines[-1] = Line(
                before.seq,
                before.at,
                event.at,
                before.who,
                before.what,
                detail,
                before.times + 1,
                event.hash,
            )
            continue
        what = Sentence(VERBS[event.verb]) if event.verb in VERBS else say("其他：%(verb)s", verb=event.verb)
        lines.append(Line(event.seq, event.at, event.at, _who(event), what, detail, 1, event.hash))
        last = same
    return lines


def _detail(event: Event, names: Mapping[int, str]) -> Sentence | None:
    """What may be said beyond the verb: versions, sides and choices, never the words somebody wrote."""
    said = event.payload
    if event.verb == "conversation.signed":
        return say(
            "%(side)s：%(choice)s（第 %(version)s 版）",
            side=Sentence(Signature.SIDES.get(said["side"], said["side"])),
            choice=Sentence(Signature.CHOICES.get(said.get("choice", ""), "")),
            version=said["version"],
        )
    if event.verb == "pack.shared" and said.get("is_late"):
        return say(
            "第 %(version)s 版，提前 %(n)s 天，少于要求", version=said["version"], n=said["notice_days"]
        )
    if event.verb == "pack.shared":
        return say("第 %(version)s 版，提前 %(n)s 天", version=said["version"], n=said["notice_days"])
    if event.verb in ("record.frozen", "record.viewed", "record.sealed", "record.taken"):
        return say("第 %(version)s 版", version=said["version"])
    if event.verb in HANDED_ON:
        return change_of_manager(said, names)
    if event.verb == "check_in.miss" and "due_on" in said:
        return say("原定 %(day)s", day=day_words(date.fromisoformat(said["due_on"])))
    return None
