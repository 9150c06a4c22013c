"""A dispute in steps, through the product's own actions; journeys, pages and the demo's checks share it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from tests import walk
from tests.cast import Cast, at

from huitan.conversations.models import Conversation
from huitan.cycles import actions as cycle_actions
from huitan.disputes.actions import drafting, handling, outcome
from huitan.disputes.actions.drafting import PointText
from huitan.disputes.actions.handling import AnswerText
from huitan.disputes.models import Dispute, Point
from huitan.disputes.outcome_text import answers_text, fingerprint

RATED_AT = walk.DONE_AT - timedelta(minutes=2)
BEGUN_AT = at(7, 17, 10)
SUBMITTED_AT = at(7, 17, 11)
ASSIGNED_AT = at(7, 20, 9)
ACCEPTED_AT = at(7, 20, 15)
STATED_AT = at(7, 21, 10)
DECIDED_AT = at(7, 24, 16)
CLAIM = "会签平均等 6 天不在我手里，四份里有三份卡在会签。"


def rated_and_signed(cast: Cast, talk: Conversation) -> Conversation:
    """林晓岚 is rated C by 沈立文, the talk held and the record signed by both."""
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.answer_survey(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    level = talk.review.cycle.levels.get(label="C")
    cycle_actions.rate(talk.review, level, "按期率 71.4%，四份超期", actor=cast.actor("shen"), at=RATED_AT)
    walk.complete(cast, talk)
    walk.sign(cast, talk, "shen", when=walk.DONE_AT + timedelta(minutes=20))
    walk.sign(cast, talk, "lin", when=walk.DONE_AT + timedelta(hours=5))
    return Conversation.objects.select_related(*Conversation.judged_with).get(pk=talk.pk)


def begun(cast: Cast, talk: Conversation, *, when: datetime = BEGUN_AT) -> Dispute:
    """A draft with two points: the rating and the ECN rate."""
    lin = cast.actor("lin")
    dispute = drafting.begin(talk, actor=lin, at=when)
    drafting.add_point(dispute, "rating", None, actor=lin, at=when)
    drafting.add_point(dispute, "number", walk.kpi(talk, "ECN 按期关闭率").pk, actor=lin, at=when)
    rating, number = dispute.points.all()
    texts = {
        rating.pk: PointText(CLAIM, "B：主要指标都完成了", (walk.kpi(talk, "新品导入周期").pk,)),
        number.pk: PointText("系统把两份撤销的 ECN 也算了。", "78.6%"),
    }
    drafting.save_draft(dispute, texts, seen=None, actor=lin, at=when)
    return dispute


def submitted(cast: Cast, talk: Conversation, *, when: datetime = SUBMITTED_AT) -> Dispute:
    dispute = begun(cast, talk, when=when)
    return drafting.submit(dispute, actor=cast.actor("lin"), at=when)


def assigned(cast: Cast, talk: Conversation, to: str = "gu") -> Dispute:
    dispute = submitted(cast, talk)
    return handling.assign(dispute, cast.people[to].pk, actor=cast.actor("he"), at=ASSIGNED_AT)


def accepted(cast: Cast, talk: Conversation, to: str = "gu") -> Dispute:
    dispute = assigned(cast, talk, to)
    return handling.accept(dispute, actor=cast.actor(to), at=ACCEPTED_AT)


def point(dispute: Dispute, kind: str) -> Point:
    return dispute.points.get(kind=kind)


def correct_both(cast: Cast, dispute: Dispute, *, by: str = "gu", when: datetime = DECIDED_AT) -> None:
    level = dispute.conversation.review.cycle.levels.get(label="B")
    who = cast.actor(by)
    handling.answer(
        point(dispute, "rating"),
        AnswerText("corrected", "核对会签记录：三份超期等会签超过 5 天，不在员工手里。", new_level=level.pk),
        seen=None,
        actor=who,
        at=when,
    )
    handling.answer(
        point(dispute, "number"),
        AnswerText("corrected", "ERP 台账里两份已撤销，分母应为 28。", new_value=Decimal("78.6")),
        seen=None,
        actor=who,
        at=when,
    )


def explain_both(cast: Cast, dispute: Dispute, *, by: str = "gu", when: datetime = DECIDED_AT) -> None:
    who = cast.actor(by)
    topic = dispute.conversation.topics.get(kind="improvement")
    fact = dispute.conversation.review.employee.evidence.get(kind="incident", statement__contains="2207")
    for one in dispute.points.all():
        handling.answer(
            one,
            AnswerText(
                "explained",
                "ECN-2207 在 2 月 14 日晚 6 天关闭，会签只占其中 2 天。",
                cited=(fact.pk,),
                paragraphs=(topic.pk,),
            ),
            seen=None,
            actor=who,
            at=when,
        )


def seen_hash(dispute: Dispute) -> str:
    return fingerprint(answers_text(Dispute.objects.get(pk=dispute.pk).answers_now()))


def send(cast: Cast, dispute: Dispute, *, by: str = "gu", when: datetime = DECIDED_AT) -> Dispute:
    return outcome.decide(dispute, seen_hash=seen_hash(dispute), actor=cast.actor(by), at=when)


def corrected(cast: Cast, talk: Conversation) -> Dispute:
    dispute = accepted(cast, talk)
    correct_both(cast, dispute)
    return send(cast, dispute)


def explained(cast: Cast, talk: Conversation) -> Dispute:
    dispute = accepted(cast, talk)
    explain_both(cast, dispute)
    return send(cast, dispute)
