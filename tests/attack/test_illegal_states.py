"""No order of clicks, tabs or replayed forms reaches a state the method does not have."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from tests import walk
from tests.attack.doors import browser
from tests.cast import PASSWORD, SYSTEM, at

from huitan.conversations.actions import opening, record, room, voice
from huitan.conversations.models import Conversation, Signature
from huitan.conversations.queries.verification import verify
from huitan.core.moves import Refused
from huitan.cycles.actions import rate
from huitan.evidence.models import Evidence
from huitan.people import actions as people
from huitan.people.models import Account
from huitan.plans import actions as plans

TALKING = "2026-07-16T14:20:00+08:00"
SIGNING = "2026-07-16T16:00:00+08:00"
LATER = at(7, 20)


@pytest.fixture
def talking(cast, talk, settings) -> Conversation:
    settings.HUITAN_SCRIPTED_NOW = TALKING
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    talk.refresh_from_db()
    return talk


@pytest.fixture
def recorded(cast, talking, settings) -> Conversation:
    settings.HUITAN_SCRIPTED_NOW = SIGNING
    walk.complete(cast, talking)
    talking.refresh_from_db()
    return talking


@pytest.fixture
def signed(cast, recorded, settings) -> Conversation:
    walk.sign(cast, recorded, "shen", when=at(7, 16, 15, 30))
    walk.sign(cast, recorded, "lin", when=at(7, 16, 15, 40))
    settings.HUITAN_SCRIPTED_NOW = LATER.isoformat()
    recorded.refresh_from_db()
    return recorded


def transfer(cast, person, manager: str) -> None:
    """The reporting line moves: `person` now reports to `manager`."""
    entry = people.RosterEntry(
        person.staff_number, person.name, person.department.full_name, person.position, manager
    )
    people.enrol([entry], actor=SYSTEM, at=at(7, 16, 15))


def test_every_step_sent_twice_happens_once(cast, talk, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = walk.SHARED_AT.isoformat()
    walk.prepare(cast, talk)
    shen = browser(cast, "shen")
    for _again in range(2):
        shen.post(reverse("share", args=[talk.pk]))
    assert talk.packs.count() == 1
    settings.HUITAN_SCRIPTED_NOW = TALKING
    answers = [shen.post(reverse("room-begin", args=[talk.pk])).status_code for _ in range(2)]
    assert answers == [302, 409]
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    answers = [shen.post(reverse("room-complete", args=[talk.pk])).status_code for _ in range(2)]
    assert answers == [302, 409] and talk.records.count() == 1
    settings.HUITAN_SCRIPTED_NOW = SIGNING
    form = {"choice": "agree", "password": PASSWORD, "seen_hash": talk.current_record().hash}
    answers = [shen.post(reverse("sign", args=[talk.pk]), form).status_code for _ in range(2)]
    assert answers == [302, 409] and Signature.objects.count() == 1


def test_r18_a_signature_prepared_before_a_revision_signs_nothing(cast, recorded) -> None:
    lin, url = browser(cast, "lin"), reverse("sign", args=[recorded.pk])
    form = {"choice": "agree", "password": PASSWORD, "seen_hash": recorded.current_record().hash}
    record.revise(recorded, "补一句", actor=cast.actor("shen"), at=at(7, 16, 15, 30))
    assert lin.post(url, form).status_code == 409
    room.write(
        recorded.topics.get(kind="improvement"),
        "issue",
        "另一句",
        actor=cast.actor("shen"),
        at=at(7, 16, 15, 31),
    )
    walk.complete(cast, recorded, when=at(7, 16, 15, 40))
    assert lin.post(url, form).status_code == 412
    assert not Signature.objects.exists()


def test_r18_nothing_in_the_room_changes_once_the_record_stands(cast, recorded) -> None:
    topic = recorded.topics.get(kind="improvement")
    item = recorded.plan.items.get(kind="action")
    pk = recorded.pk
    steps = [
        ("shen", "room-text", (pk, topic.pk, "issue"), {"issue": "改过"}),
        ("lin", "room-text", (pk, topic.pk, "words"), {"words": "改过"}),
        ("shen", "room-talk-text", (pk, "silence_note"), {"silence_note": "改过"}),
        ("shen", "room-choose", (pk, topic.pk), {"consensus": "reserved"}),
        ("shen", "room-carry", (pk, topic.pk), {}),
        ("shen", "room-topic-remove", (pk, topic.pk), {"reason": "改过"}),
        ("shen", "room-action", (pk, item.pk), {"what": "改过"}),
        ("shen", "room-action-remove", (pk, item.pk), {}),
        ("shen", "room-no-action", (pk,), {"reason": "改过"}),
        ("shen", "room-follow-up", (pk,), {"follow_up_at": "2026-08-01T10:00"}),
        ("shen", "prepare-score", (pk, walk.kpi(recorded, "新品导入周期").pk), {"score": "1"}),
        ("shen", "prepare-topics-add", (pk,), {"kind": "growth", "title": "改过"}),
        ("shen", "prepare-informal", (pk,), {"text": "改过"}),
        ("shen", "prepare-schedule", (pk,), {"day": "2026-08-01", "start": "10:00", "minutes": "30"}),
        ("shen", "share", (pk,), {}),
        ("lin", "pack-question", (pk,), {"text": "改过"}),
        ("lin", "survey", (pk,), {"own_view": "改过"}),
        ("he", "progress-cancel", (pk,), {"cancel_reason": "改过"}),
        ("shen", "talk-close", (pk,), {"outcome": "met"}),
    ]
    before = recorded.current_record().hash
    for who, route, args, fields in steps:
        answer = browser(cast, who).post(reverse(route, args=args), fields)
        assert answer.status_code in (403, 409, 422), f"{route} as {who}: {answer.status_code}"
    recorded.refresh_from_db()
    assert (recorded.state, recorded.current_record().hash) == ("recorded", before)
    assert not Evidence.objects.filter(statement="改过").exists()


def test_r22_nobody_accepts_or_cancels_what_they_own_themselves(cast, signed) -> None:
    hers, his = signed.plan.items.get(kind="action"), signed.plan.items.get(kind="support")
    plans.submit(hers, "四周按时", actor=cast.actor("lin"), at=LATER)
    plans.submit(his, "三方纪要", actor=cast.actor("shen"), at=LATER)
    for who, item in (("lin", hers), ("shen", his)):
        client = browser(cast, who)
        for route, fields in (
            ("item-accept", {"acceptance_note": "好"}),
            ("item-return", {"return_reason": "差"}),
            ("item-drop", {"drop_reason": "不做"}),
        ):
            assert client.post(reverse(route, args=[item.pk]), fields).status_code == 403
    for who in ("zhao", "gu", "he", "tao"):
        url = reverse("item-accept", args=[hers.pk])
        assert browser(cast, who).post(url, {"acceptance_note": "好"}).status_code == 403
    hers.refresh_from_db()
    assert hers.state == "submitted"


def test_r22_a_due_date_no_longer_moves_once_the_item_is_handed_in(cast, signed) -> None:
    item = signed.plan.items.get(kind="action")
    change = plans.request_date(item, date(2026, 10, 30), "等会签", actor=cast.actor("lin"), at=LATER)
    plans.submit(item, "四周按时", actor=cast.actor("lin"), at=LATER)
    shen = browser(cast, "shen")
    url = reverse("item-date-answer", args=[item.pk, change.pk])
    assert shen.post(url, {"consent": "1"}).status_code == 409
    plans.accept(item, "好", actor=cast.actor("shen"), at=LATER)
    assert shen.post(url, {"consent": "1"}).status_code == 409
    item.refresh_from_db()
    assert item.due_on == date(2026, 9, 30)
    assert shen.post(url, {"reply": "已经验收"}).status_code == 409
    change.refresh_from_db()
    assert change.state == "settled"


def test_what_was_taken_off_the_list_takes_no_words_and_makes_no_promise(cast, talking) -> None:
    topic = talking.topics.get(kind="improvement")
    shen, pk = browser(cast, "shen"), talking.pk
    remove = reverse("room-topic-remove", args=[pk, topic.pk])
    assert shen.post(remove, {"reason": "下次再谈"}).status_code == 302
    assert not talking.plan.items.filter(kind="support").exists()
    assert shen.post(remove, {"reason": "换个说法"}).status_code == 409
    text = reverse("room-text", args=[pk, topic.pk, "words"])
    answer = browser(cast, "lin").post(
        text, {"words": "我写到一半", "version": "1"}, headers={"X-Requested-With": "fetch"}
    )
    assert answer.status_code == 409 and "拿掉" in answer.json()["said"]
    choose = reverse("room-choose", args=[pk, topic.pk])
    assert shen.post(choose, {"support_due_on": "2026-08-20"}).status_code == 409
    assert shen.post(reverse("room-carry", args=[pk, topic.pk]), {"back": "1"}).status_code == 409
    topic.refresh_from_db()
    assert (topic.state, topic.state_reason) == ("removed", "下次再谈")
    assert not talking.plan.items.filter(kind="support").exists()


def test_r16_a_topic_left_for_the_follow_up_talk_takes_its_promise_along(cast, talking) -> None:
    topic = talking.topics.get(kind="improvement")
    shen, url = browser(cast, "shen"), reverse("room-carry", args=[talking.pk, topic.pk])
    for _again in range(2):
        assert shen.post(url).status_code == 302
    assert not talking.plan.items.filter(kind="support").exists()
    shen.post(url, {"back": "1"})
    assert talking.plan.items.filter(kind="support").count() == 1


def test_s7_who_held_the_talk_signs_last_after_the_line_has_moved(cast, recorded) -> None:
    walk.sign(cast, recorded, "lin", when=at(7, 16, 15, 30))
    transfer(cast, cast.lin, cast.zhao.staff_number)
    walk.sign(cast, recorded, "shen", when=at(7, 16, 15, 40))
    recorded.refresh_from_db()
    recorded.plan.refresh_from_db()
    assert (recorded.state, recorded.plan.state) == ("signed", "active")
    assert verify(at=LATER).holds


def test_r18_a_new_version_starts_with_a_signing_window_of_its_own(cast, recorded) -> None:
    record.lapse_signing(actor=SYSTEM, at=at(7, 30))
    recorded.refresh_from_db()
    assert recorded.signing_lapsed_at is not None
    record.revise(recorded, "补一句", actor=cast.actor("shen"), at=at(7, 30, 10))
    walk.complete(cast, recorded, when=at(7, 30, 11))
    recorded.refresh_from_db()
    assert recorded.signing_lapsed_at is None
    assert record.lapse_signing(actor=SYSTEM, at=at(8, 20)) == 1


def test_r18_a_witness_has_a_name(cast, recorded) -> None:
    """The first admin of an installation may be nobody in the roster."""
    account = people.create_admin("first-admin", PASSWORD, actor=SYSTEM, at=at(7, 1))
    client = browser(cast, "he")
    client.force_login(Account.objects.get(pk=account.pk), backend="huitan.people.backend.Accounts")
    form = {"reason": "未说明", "served_by": ["email", "in_person"], **walk.ATTEMPT}
    answer = client.post(reverse("refusal", args=[recorded.pk]), form)
    assert answer.status_code == 403 and "工号" in answer.content.decode()
    assert not recorded.current_record().refusals.exists()


def test_hr_has_no_office_over_a_talk_of_their_own(cast, cycle, talk) -> None:
    """沈立文 becomes HR admin and HRBP: towards 林晓岚 he is only her manager, towards himself only himself."""
    shen = cast.account("shen")
    people.grant(shen, "hr_admin", actor=SYSTEM, at=at(7, 1))
    people.grant(shen, "hrbp", actor=SYSTEM, at=at(7, 1), department=cast.lin.department)
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    doubt = voice.contest(talk, ecn, "口径", actor=cast.actor("lin"), at=walk.SHARED_AT)
    own = Conversation.objects.get(review__cycle=cycle, review__employee=cast.shen, kind="main")
    actor = cast.actor("shen")
    for act in (
        lambda: voice.correct_number(doubt, Decimal(1), "我说了算", actor=actor, at=walk.SHARED_AT),
        lambda: opening.cancel(talk, "不谈了", actor=actor, at=walk.SHARED_AT),
        lambda: opening.cancel(own, "不谈了", actor=actor, at=walk.SHARED_AT),
        lambda: rate(own.review, cycle.levels.first(), "我很好", actor=actor, at=walk.SHARED_AT),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.kind == "forbidden"
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    walk.complete(cast, talk)
    with pytest.raises(Refused) as refused:
        record.witness_refusal(talk, "未说明", ["email", "im"], actor=actor, at=LATER)
    assert refused.value.kind == "forbidden"


def test_r19_a_plan_is_for_years_not_for_centuries(cast, talking) -> None:
    """A date in the year 9999 would put 96,000 check-ins into the calendar at the last signature."""
    shen = browser(cast, "shen")
    action = reverse("room-action-new", args=[talking.pk])
    far = {"what": "长期", "owner": str(cast.lin.pk), "due_on": "9999-12-31", "criterion": "有"}
    answer = shen.post(action, far)
    assert answer.status_code == 422 and "五年以内" in answer.content.decode()
    topic = talking.topics.get(kind="improvement")
    choose = reverse("room-choose", args=[talking.pk, topic.pk])
    for day in ("9999-12-31", "0001-01-01"):
        assert shen.post(choose, {"support_due_on": day}).status_code == 422
    topic.refresh_from_db()
    assert topic.support_due_on == date(2026, 7, 24)
    follow_up = reverse("room-follow-up", args=[talking.pk])
    assert shen.post(follow_up, {"follow_up_at": "9999-12-31T23:59"}).status_code == 422


def test_r08_a_talk_is_not_scheduled_centuries_ahead(cast, talk) -> None:
    """Seen from further east, the last day of the year 9999 is no date any more."""
    client = browser(cast, "shen")
    answer = client.post(
        reverse("prepare-schedule", args=[talk.pk]),
        {"day": "9999-12-31", "start": "23:59", "minutes": "60", "place": ""},
    )
    assert answer.status_code == 422 and "两年以内" in answer.content.decode()
    talk.refresh_from_db()
    assert talk.scheduled_at is None


def test_an_item_of_another_plan_is_never_written_through_this_room(cast, talking, cycle) -> None:
    from tests.cast import talk_of

    other = talk_of(cast.chen, cycle)
    foreign = plans.put_item(other.plan, {"what": "别人的事"}, actor=cast.actor("shen"), at=walk.TALK_AT)
    shen = browser(cast, "shen")
    for route in ("room-action", "room-action-remove"):
        url = reverse(route, args=[talking.pk, foreign.pk])
        assert shen.post(url, {"what": "改过"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.what == "别人的事"


def test_a_cancelled_talk_takes_no_steps(cast, talk, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = walk.SHARED_AT.isoformat()
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    opening.cancel(talk, "离职", actor=cast.actor("gu"), at=walk.SHARED_AT + timedelta(hours=1))
    pk = talk.pk
    steps = [
        ("shen", "room-begin", (pk,), {}),
        ("shen", "share", (pk,), {}),
        ("lin", "pack-question", (pk,), {"text": "还谈吗？"}),
        ("lin", "survey-save", (pk,), {"own_view": "写了"}),
        ("gu", "progress-cancel", (pk,), {"cancel_reason": "再取消"}),
        ("shen", "prepare-topics-add", (pk,), {"kind": "growth", "title": "话题"}),
    ]
    for who, route, args, fields in steps:
        status = browser(cast, who).post(reverse(route, args=args), fields).status_code
        assert status in (403, 409), f"{route}: {status}"
    talk.refresh_from_db()
    assert talk.state == "cancelled" and talk.cancel_reason == "离职"
