"""A browser per person, every form of the product with values that are accepted, and a request that leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse
from tests import walk
from tests.cast import PASSWORD, Cast

from huitan.conversations.actions import preparation, voice
from huitan.conversations.models import Conversation

BACKEND = "huitan.people.backend.Accounts"


def browser(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.account(who), backend=BACKEND)
    return client


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True)
class Form:
    """A form somebody may send: its route, the route's parameters, and fields with values that are accepted."""

    who: str
    route: str
    args: tuple[object, ...]
    fields: Mapping[str, Any]

    @property
    def url(self) -> str:
        return reverse(self.route, args=self.args)


def before_the_talk(cast: Cast, talk: Conversation) -> list[Form]:
    """林晓岚's talk is shared, with one question, one doubted number and two topics."""
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    shen, lin, gu = "shen", "lin", "gu"
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    by_lin: dict[str, Any] = {"actor": cast.actor(lin), "at": walk.SHARED_AT}
    question = voice.ask(talk, "会签能不能限时？", **by_lin)
    doubt = voice.contest(talk, ecn, "口径不同", claim="75", **by_lin)
    topic = preparation.add_topic(
        talk, "improvement", "ECN 按期关闭", actor=cast.actor(shen), at=walk.SHARED_AT, evidence=[ecn]
    )
    preparation.add_topic(talk, "growth", "绿带", actor=cast.actor(lin), at=walk.SHARED_AT)
    level = talk.review.cycle.levels.get(label="C")
    pk = talk.pk
    return [
        Form(
            shen,
            "prepare-schedule",
            (pk,),
            {"day": "2026-07-20", "start": "14:00", "minutes": "45", "place": "会客室"},
        ),
        Form(shen, "prepare-purpose", (pk,), {"purpose": "growth"}),
        Form(shen, "prepare-score", (pk, ecn.pk), {"score": "2.5", "reason": "按期率低"}),
        Form(
            shen,
            "prepare-topics-add",
            (pk,),
            {"kind": "growth", "title": "带新人", "evidence": [str(ecn.pk)], "first_raised": "on"},
        ),
        Form(shen, "prepare-topics-adopt", (pk,), {"key": ["gap"]}),
        Form(shen, "prepare-topics-order", (pk,), {"topic": [str(topic.pk)]}),
        Form(shen, "prepare-topic-move", (pk, topic.pk), {"direction": "up"}),
        Form(shen, "prepare-topic-remove", (pk, topic.pk), {"reason": "重复"}),
        Form(shen, "prepare-topic-cite", (pk, topic.pk), {"evidence": str(ecn.pk), "remove": ""}),
        Form(
            shen,
            "prepare-fact",
            (pk,),
            {"kind": "note", "occurred_on": "2026-05-01", "statement": "三方会议", "source": "纪要"},
        ),
        Form(shen, "prepare-informal", (pk,), {"text": "想考绿带"}),
        Form(
            shen,
            "prepare-question",
            (pk, question.pk),
            {"how": "park", "text": "问质量部", "until": "2026-07-30"},
        ),
        Form(shen, "prepare-rate", (pk,), {"level": str(level.pk), "reason": "按期率 71.4%"}),
        Form(shen, "prepare-note", (pk,), {"text": "先听", "version": "0"}),
        Form(shen, "share", (pk,), {}),
        Form(
            gu,
            "contest-answer",
            (pk, doubt.pk),
            {"outcome": "correct", "value": "75.5", "text": "核对 ERP 台账"},
        ),
        Form(lin, "pack-question", (pk,), {"evidence": str(ecn.pk), "text": "怎么算的？"}),
        Form(
            lin,
            "pack-contest",
            (pk,),
            {"evidence": str(walk.kpi(talk, "新品导入周期").pk), "claim": "40", "reason": "少算一天"},
        ),
        Form(
            lin,
            "survey",
            (pk,),
            {
                "own_view": "新品导入满意",
                "difficulties": "会签慢",
                "growth": "绿带",
                "questions": "会签？",
                "version": "0",
                f"score-{ecn.pk}": "4.0",
            },
        ),
        Form(
            lin,
            "survey-save",
            (pk,),
            {"own_view": "新品导入满意", "version": "0", f"score-{ecn.pk}": "4.0"},
        ),
        Form(gu, "progress-cancel", (pk,), {"cancel_reason": "离职"}),
        Form(lin, "preferences", (), {"language": "zh-hans", "time_zone": "Asia/Tokyo", "theme": "dark"}),
    ]


def during_the_talk(cast: Cast, talk: Conversation) -> list[Form]:
    """The talk runs; everything needed for the record is there."""
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    topic = walk.improvement(cast, talk)
    topic.refresh_from_db()
    by_lin: dict[str, Any] = {"actor": cast.actor("lin"), "at": walk.TALK_AT}
    question = voice.ask(talk, "会签能不能限时？", **by_lin)
    item = talk.plan.items.get(kind="action")
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    pk, shen, lin = talk.pk, "shen", "lin"
    marks = {"marks": "{}", "topic": str(topic.pk)}
    return [
        Form(shen, "room-clock", (pk,), {"enter": "plan", **marks}),
        Form(shen, "room-clock", (pk,), {"borrow": "improvements"}),
        *(
            Form(
                shen,
                "room-text",
                (pk, topic.pk, field),
                {field: "换一种说法", "version": str(topic.versions.get(field, 0))},
            )
            for field in ("title", "issue", "direction", "support", "support_criterion", "cause_note")
        ),
        Form(lin, "room-text", (pk, topic.pk, "words"), {"words": "我还想说一句", "version": "1"}),
        *(
            Form(shen, "room-talk-text", (pk, field), {field: "王工", "version": "0"})
            for field in ("silence_note", "highlight_skip_reason")
        ),
        Form(shen, "room-other-new", (pk,), {"name": "王工", "role": "expert"}),
        Form(lin, "room-note", (pk,), {"note": "记一笔", "version": "0"}),
        Form(shen, "room-skip-highlights", (pk,), {"reason": "本期没有"}),
        Form(shen, "room-topic-new", (pk,), {"kind": "growth", "title": "绿带"}),
        Form(shen, "room-choose", (pk, topic.pk), {"choosing": "causes", "causes": ["skills"], **marks}),
        Form(shen, "room-choose", (pk, topic.pk), {"consensus": "partial", "support_due_on": "2026-08-20"}),
        Form(shen, "room-carry", (pk, topic.pk), {"back": "1"}),
        Form(shen, "room-topic-remove", (pk, topic.pk), {"reason": "重复"}),
        Form(
            shen,
            "room-facts",
            (pk, topic.pk),
            {"kind": "note", "occurred_on": "2026-05-01", "statement": "三方会议", "source": "纪要"},
        ),
        Form(shen, "room-cite", (pk, topic.pk), {"evidence": str(ecn.pk)}),
        Form(
            shen,
            "room-action-new",
            (pk,),
            {
                "what": "每周更新台账",
                "owner": str(cast.lin.pk),
                "due_on": "2026-09-30",
                "criterion": "连续四周",
            },
        ),
        Form(
            shen,
            "room-action",
            (pk, item.pk),
            {"what": "改一改", "owner": str(cast.chen.pk), "due_on": "2026-10-30", "criterion": "三周"},
        ),
        Form(shen, "room-no-action", (pk,), {"reason": "都已做完"}),
        Form(shen, "room-follow-up", (pk,), {"follow_up_at": "2026-07-30T10:00"}),
        Form(lin, "room-ask", (pk,), {"text": "什么时候答复？"}),
        Form(
            shen,
            "room-question",
            (pk, question.pk),
            {"way": "park", "text": "问质量部", "parked_until": "2026-07-30"},
        ),
        Form(shen, "room-complete", (pk,), {}),
    ]


def after_the_talk(cast: Cast, talk: Conversation) -> list[Form]:
    """The record waits for both signatures."""
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    record = walk.complete(cast, talk)
    talk.refresh_from_db()
    signature = {"password": PASSWORD, "seen_hash": record.hash}
    pk = talk.pk
    return [
        Form("lin", "sign", (pk,), {"choice": "reserve", "statement": "口径不同", **signature}),
        Form("shen", "sign", (pk,), {"choice": "agree", "statement": "", **signature}),
        Form(
            "gu",
            "refusal",
            (pk,),
            {"reason": "未说明", "served_by": ["email", "in_person"], "note": "单号", **walk.ATTEMPT},
        ),
        Form("shen", "revise", (pk,), {"change_note": "补一句"}),
    ]


def while_following_up(cast: Cast, talk: Conversation) -> list[Form]:
    """The plan binds; one item is handed in, one date is asked for."""
    from datetime import date, timedelta

    from huitan.conversations.actions import supporting
    from huitan.plans import actions

    walk.to_signed(cast, talk)
    now = walk.DONE_AT + timedelta(days=2)
    item = talk.plan.items.get(kind="action")
    promise = talk.plan.items.get(kind="support")
    change = actions.request_date(item, date(2026, 10, 30), "等会签", actor=cast.actor("lin"), at=now)
    actions.submit(promise, "三方纪要已发", actor=cast.actor("shen"), at=now)
    blocker = actions.block(item, "没人会签", date(2026, 7, 17), actor=cast.actor("lin"), at=now)
    asked = supporting.ask(item, "约质量部", actor=cast.actor("lin"), at=now)
    first, second = talk.plan.check_ins.all()
    point = actions.leave_for_next(first, "绿带报名", actor=cast.actor("lin"), at=now)
    promised = {"promised": "约质量部", "promised_on": "2026-08-20", "promised_criterion": "纪要三方签字"}
    return [
        Form("lin", "item-block", (item.pk,), {"blocker": "夹具没到", "since": "2026-07-17"}),
        Form("shen", "item-resolve", (item.pk, blocker.pk), {"resolution": "定了人"}),
        Form("shen", "item-support-answer", (item.pk, asked.pk), {"grant": "1", **promised}),
        Form(
            "shen", "item-support-answer", (item.pk, asked.pk), {"refuse": "1", "support_reply": "没有预算"}
        ),
        Form(
            "shen",
            "item-measure",
            (item.pk,),
            {"name": "按期率", "unit": "%", "start": "71.4", "target": "90"},
        ),
        Form("lin", "check-in-say", (first.pk,), {"went_well": "按时", "blocks": "会签", "needs": "时限"}),
        Form("shen", "check-in-leave", (first.pk,), {"left": "带教时间"}),
        Form("shen", "check-in-point", (second.pk, point.pk), {"result": "十月开班"}),
        Form("lin", "item-progress", (item.pk,), {"percent": "50", "note": "两周按时"}),
        Form("lin", "item-submit", (item.pk,), {"submitted_evidence": "四周按时"}),
        Form("shen", "item-drop", (item.pk,), {"drop_reason": "流程取消"}),
        Form("shen", "item-date-answer", (item.pk, change.pk), {"consent": "1", "reply": ""}),
        Form("shen", "item-date-answer", (item.pk, change.pk), {"reply": "先做完"}),
        Form("lin", "item-accept", (promise.pk,), {"acceptance_note": "收到"}),
        Form("lin", "item-return", (promise.pk,), {"return_reason": "缺采购签字"}),
        Form(
            "shen",
            "check-in-hold",
            (first.pk,),
            {"note": "进展正常", "missing_reason": "出差", "next_on": "2026-08-28"},
        ),
        Form(
            "shen",
            "talk-close",
            (talk.pk,),
            {
                "outcome": "extended",
                "outcome_reason": "等系统上线",
                f"fate_{item.pk}": "on",
                f"fate_{promise.pk}": "on",
            },
        ),
    ]
