"""The method's walk in steps, through the product's own actions; journeys, demo checks and browser tests share it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from huitan.conversations.actions import preparation, record, room, voice
from huitan.conversations.models import Conversation, Record, Topic
from huitan.evidence.models import Evidence
from huitan.plans import actions as plan_actions
from huitan.plans.models import CheckIn
from tests.cast import Cast, at

TALK_AT = at(7, 16, 14)
PREPARED_AT = at(7, 3)
SHARED_AT = at(7, 6, 10)
ANSWERED_AT = at(7, 8, 20)
DONE_AT = TALK_AT + timedelta(minutes=58)


def kpi(talk: Conversation, name: str) -> Evidence:
    return Evidence.objects.get(employee=talk.review.employee, cycle=talk.review.cycle, kind="kpi", name=name)


def prepare(cast: Cast, talk: Conversation, *, when: datetime = PREPARED_AT) -> None:
    shen = cast.actor("shen")
    preparation.choose_purpose(talk, "improvement", actor=shen, at=when)
    preparation.schedule(talk, TALK_AT, minutes=60, place="3 号会客室", actor=shen, at=when)
    for name, score, reason in (
        ("ECN 按期关闭率", "2.8", "按期率 71.4%，四份超期"),
        ("新品导入周期", "4.5", "提前 4 天"),
        ("一次交检合格率", "3.6", "接近目标"),
    ):
        preparation.score(talk, kpi(talk, name), Decimal(score), reason, actor=shen, at=when)


def share(cast: Cast, talk: Conversation, *, when: datetime = SHARED_AT) -> None:
    preparation.share(talk, actor=cast.actor("shen"), at=when)


def answer_survey(cast: Cast, talk: Conversation, *, when: datetime = ANSWERED_AT) -> None:
    lin = cast.actor("lin")
    voice.save_survey(
        talk,
        {
            "own_view": "新品导入我最满意。",
            "difficulties": "会签要等，平均 6 天，我催过三次。",
            "growth": "想考六西格玛绿带。",
        },
        {kpi(talk, "ECN 按期关闭率").pk: Decimal("4.0"), kpi(talk, "新品导入周期").pk: Decimal("4.5")},
        actor=lin,
        at=when,
    )
    voice.submit_survey(talk, actor=lin, at=when)


def begin(cast: Cast, talk: Conversation) -> None:
    room.begin(talk, actor=cast.actor("shen"), at=TALK_AT)


def highlight(cast: Cast, talk: Conversation, *, when: datetime = TALK_AT) -> Topic:
    shen = cast.actor("shen")
    topic = preparation.add_topic(
        talk, "highlight", "新品导入提前 4 天", actor=shen, at=when, evidence=[kpi(talk, "新品导入周期")]
    )
    room.write(topic, "issue", "新品导入用 41 天完成，比目标提前 4 天，首批一次合格。", actor=shen, at=when)
    room.choose(topic, consensus="agreed", actor=shen, at=when)
    return topic


def improvement(cast: Cast, talk: Conversation, *, when: datetime = TALK_AT) -> Topic:
    """ECN: instance, cause, triple, the employee's words, consensus, one action of hers and one promise of his."""
    shen, lin = cast.actor("shen"), cast.actor("lin")
    topic = preparation.add_topic(
        talk, "improvement", "ECN 按期关闭", actor=shen, at=when, evidence=[kpi(talk, "ECN 按期关闭率")]
    )
    room.choose(topic, causes=["process", "skills"], actor=shen, at=when)
    room.write(topic, "issue", "2 月到 5 月有 4 份 ECN 超期，其中 ECN-2207 晚了 6 天。", actor=shen, at=when)
    room.write(
        topic, "direction", "会签满 2 个工作日未回复，当天点名并抄送我；每周五更新台账。", actor=shen, at=when
    )
    room.write(topic, "support", "与质量、采购约定 2 天会签时限，超时由我升级。", actor=shen, at=when)
    room.write(topic, "support_criterion", "会议纪要三方确认", actor=shen, at=when)
    room.choose(topic, support_due_on=date(2026, 7, 24), actor=shen, at=when)
    room.write(topic, "words", "会签平均要等 6 天。时限定下来我能做到 90%。", actor=lin, at=when)
    room.choose(topic, consensus="agreed", actor=shen, at=when)
    room.put_action(
        talk,
        {
            "what": "每周五更新 ECN 台账并通报超期",
            "owner": cast.lin,
            "due_on": date(2026, 9, 30),
            "criterion": "连续 4 周按时，按期率 ≥ 90%",
        },
        topic=topic,
        actor=shen,
        at=when,
    )
    return topic


def complete(cast: Cast, talk: Conversation, *, when: datetime = DONE_AT) -> Record:
    return room.complete(talk, actor=cast.actor("shen"), at=when)


def to_recorded(cast: Cast, talk: Conversation) -> Record:
    """Prepared, shared, held and ended; nobody has signed yet."""
    prepare(cast, talk)
    share(cast, talk)
    begin(cast, talk)
    highlight(cast, talk)
    improvement(cast, talk)
    return complete(cast, talk)


def sign(
    cast: Cast, talk: Conversation, who: str, choice: str = "agree", statement: str = "", *, when: datetime
):
    current = talk.current_record()
    assert current is not None
    return record.sign(
        talk,
        side="employee" if who == "lin" else "manager",
        choice=choice,
        statement=statement,
        seen_hash=current.hash,
        proof=cast.prove(who, when),
        actor=cast.actor(who),
        at=when,
    )


def to_signed(cast: Cast, talk: Conversation) -> Conversation:
    prepare(cast, talk)
    share(cast, talk)
    answer_survey(cast, talk)
    begin(cast, talk)
    highlight(cast, talk)
    improvement(cast, talk)
    complete(cast, talk)
    sign(cast, talk, "shen", when=DONE_AT + timedelta(minutes=20))
    sign(cast, talk, "lin", when=DONE_AT + timedelta(hours=5))
    talk.refresh_from_db()
    return talk


def attempt(when: datetime) -> record.Attempt:
    """HR put the record before 林晓岚, who did not sign; that day, with a colleague there."""
    return record.Attempt(when.date(), "当面递交，她看完说先不签", "质量部王工")


ATTEMPT = {
    "attempted_on": "2026-07-16",
    "attempted_how": "当面递交，她看完说先不签",
    "attempted_before": "质量部王工",
}


def check_in(
    cast: Cast, planned: CheckIn, note: str = "继续按周更新", *, when: datetime, next_on: date | None = None
) -> CheckIn:
    """Both had their say, the manager writes down what comes of it."""
    plan_actions.say_part(planned, {"went_well": "两周按时"}, actor=cast.actor("lin"), at=when)
    plan_actions.say_part(planned, {"saw": "会签快了"}, actor=cast.actor("shen"), at=when)
    return plan_actions.hold_check_in(planned, note, next_on=next_on, actor=cast.actor("shen"), at=when)
