"""Three disputes in 沈立文's team, through the product's own actions: one corrected, one explained, one open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from huitan.cli.demo.story import Teller
from huitan.conversations.models import Conversation
from huitan.cycles.models import RatingLevel
from huitan.disputes.actions import drafting, handling, outcome
from huitan.disputes.actions.drafting import PointText
from huitan.disputes.actions.handling import AnswerText
from huitan.disputes.candidates import candidates
from huitan.disputes.models import Dispute, Point
from huitan.disputes.outcome_text import answers_text, fingerprint
from huitan.people.models import Employee
from huitan.people.relations import Actor

CORRECTED, EXPLAINED, OPEN = "李佳宁", "方志远", "何建国"
DAY = timedelta(days=1)


def raise_disputes(teller: Teller, admin: Employee, now: datetime) -> None:
    talks = Conversation.objects.filter(
        review__cycle__state="open", review__employee__name__in=(CORRECTED, EXPLAINED, OPEN), kind="main"
    ).select_related(*Conversation.judged_with)
    by_name = {talk.review.employee.name: talk for talk in talks}
    for name in (CORRECTED, EXPLAINED, OPEN):
        talk = by_name.get(name)
        if talk is None or not talk.records.exists() or not talk.review.ratings.exists():
            continue
        began = (talk.signed_at or talk.completed_at or now) + timedelta(hours=20)
        dispute = _handed_in(teller, talk, began)
        handler = _accepted(teller, dispute, admin, began + timedelta(hours=3))
        _stated(teller, dispute, began + timedelta(hours=5))
        if name != OPEN:
            _decided(dispute, handler, name == CORRECTED, began + 2 * DAY)
    _told(teller, by_name.get(CORRECTED), now - timedelta(hours=6))


def _handed_in(teller: Teller, talk: Conversation, at: datetime) -> Dispute:
    me = teller.actor(talk.review.employee)
    dispute = drafting.begin(talk, actor=me, at=at)
    rating = drafting.add_point(dispute, "rating", None, actor=me, at=at)
    texts = {
        rating.pk: PointText(
            "评级理由只写了没完成的一项。备件到货晚了 9 天，我三次书面提醒过。",
            "把等备件的天数算进去，再看一次评级。",
        )
    }
    number = talk.pack_evidence().filter(kind="kpi", shared_at__isnull=False).order_by("id").first()
    if number is not None:
        point = drafting.add_point(dispute, "number", number.pk, actor=me, at=at)
        texts[point.pk] = PointText("停机检修的两天算进了分母。", "扣掉检修日再算。")
    return drafting.submit(dispute, texts, actor=me, at=at + timedelta(minutes=25))


def _accepted(teller: Teller, dispute: Dispute, admin: Employee, at: datetime) -> Actor:
    free = next(c for c in candidates(dispute.employee, dispute.case()) if c.part is None)
    handling.assign(dispute, free.id, actor=teller.actor(admin), at=at)
    handler = teller.actor(Employee.objects.get(pk=free.id))
    handling.accept(dispute, actor=handler, at=at + timedelta(hours=1))
    return handler


def _stated(teller: Teller, dispute: Dispute, at: datetime) -> None:
    """The rater has written; the employee of the open one still may."""
    talk = dispute.conversation
    sides = {"rater": talk.held_by, "employee": talk.review.employee}
    words = {
        "rater": "周会纪要里四次提到这一项，到货晚的那次我已经在理由里扣除。",
        "employee": "三次提醒的邮件附在申诉里，日期都在纪要之前。",
    }
    for side in ("rater",) if talk.review.employee.name == OPEN else ("rater", "employee"):
        who = sides[side]
        if who is not None:
            box = dispute.statements.get(side=side)
            handling.state(box, words[side], actor=teller.actor(who), at=at)


def _decided(dispute: Dispute, handler: Actor, corrected: bool, at: datetime) -> None:
    for point in dispute.points.select_related("evidence", "rating__level"):
        text = _correction(dispute, point) if corrected else None
        handling.answer(point, text or _explanation(dispute), seen=None, actor=handler, at=at)
    stored = Dispute.objects.get(pk=dispute.pk)
    seen = fingerprint(answers_text(stored.answers_now()))
    outcome.decide(stored, seen_hash=seen, actor=handler, at=at + timedelta(hours=2))


def _correction(dispute: Dispute, point: Point) -> AnswerText | None:
    """One level better than given; nothing where the best was given, or where the number stands."""
    if point.rating is None:
        return None
    better: Iterable[RatingLevel] = dispute.conversation.review.cycle.levels.filter(
        order__lt=point.rating.level.order
    ).order_by("-order")
    level = next(iter(better), None)
    if level is None:
        return None
    text = "核对采购到货记录：备件晚到 9 天，扣除后主要指标完成。原来的理由没有算进这 9 天。"
    return AnswerText("corrected", text, new_level=level.pk)


def _explanation(dispute: Dispute) -> AnswerText:
    talk = dispute.conversation
    facts = talk.pack_evidence().exclude(kind="kpi").values_list("pk", flat=True)[:1]
    topics = talk.topics.filter(state="active").values_list("pk", flat=True)[:1]
    text = "核对 MES 日历：检修的两天已经不在分母里，数字按扣除后的天数算。当天的记录附在下面。"
    return AnswerText("explained", text, cited=tuple(facts), paragraphs=tuple(topics))


def _told(teller: Teller, talk: Conversation | None, at: datetime) -> None:
    dispute = Dispute.objects.filter(conversation=talk, state="decided").first() if talk else None
    if dispute is not None and dispute.decided_at is not None and dispute.decided_at < at:
        outcome.acknowledge(dispute, actor=teller.actor(dispute.employee), at=at)
