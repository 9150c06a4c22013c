"""The table as a truth table over the whole cast, and that no verb was forgotten."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from tests import walk
from tests.cast import NAMES, at
from tests.disputes import steps

import huitan
from huitan.conversations import lifecycle as talks
from huitan.core import events
from huitan.core.lifecycle import Lifecycle
from huitan.cycles import lifecycle as cycles
from huitan.disputes import lifecycle as disputes
from huitan.notifications import who_hears
from huitan.notifications.actions.listening import listen
from huitan.notifications.kinds import GROUPS, KINDS, VALUES
from huitan.notifications.models import Message
from huitan.notifications.words import words_of
from huitan.plans import lifecycle as plans
from huitan.plans.models import Blocker, PlanItem, SupportRequest

SRC = Path(huitan.__file__).parent
VERB = re.compile(r"[a-z_]+\.[a-z_]+")
NOW = at(7, 20, 10)


def verbs_of_moves() -> Iterator[str]:
    for module in (talks, plans, cycles, disputes):
        for value in vars(module).values():
            if isinstance(value, Lifecycle):
                yield from (f"{value.name}.{move.name}" for move in value.moves)


def verbs_appended() -> Iterator[str]:
    """Every string that looks like a verb in a function that appends to the history."""
    for path in SRC.rglob("*.py"):
        if "demo" in path.parts or "migrations" in path.parts:
            continue
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            called = {ast.unparse(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}
            if called & {"events.append", "events.Entry", "Entry"}:
                for node in ast.walk(function):
                    text = node.value if isinstance(node, ast.Constant) else None
                    if isinstance(text, str) and VERB.fullmatch(text):
                        yield text


def test_every_verb_has_a_row_or_is_silent_on_purpose() -> None:
    known = set(who_hears.HEARD) | who_hears.SILENT
    happening = {*verbs_of_moves(), *verbs_appended()}
    assert len(happening) > 60
    assert sorted(happening - known) == [], "these verbs are neither in HEARD nor in SILENT"
    assert sorted(known - happening) == [], "the table names verbs that nothing appends"
    assert not set(who_hears.HEARD) & who_hears.SILENT


def test_every_row_names_a_known_audience_and_kind() -> None:
    used = set()
    for rows in who_hears.HEARD.values():
        for row in rows:
            assert row.audience in who_hears.AUDIENCES
            assert row.kind in KINDS
            used.add(row.kind)
    reminders = {
        "talk_tomorrow", "survey_due", "question_due", "item_due", "item_overdue",
        "check_in_due", "check_in_late",
    }  # fmt: skip
    assert set(KINDS) == used | reminders
    assert {kind.group for kind in KINDS.values()} == set(GROUPS)


def test_messages_use_names_times_and_references_only() -> None:
    """R18, R12: nothing that was said or judged can get into a message, because no sentence has a place for it."""
    for name, kind in KINDS.items():
        said = kind.title + kind.text + kind.your_title + kind.your_text + kind.support_text
        placed = set(re.findall(r"%\((\w+)\)s", said))
        assert placed <= VALUES, name


REMINDED = {"survey_due", "item_due", "item_overdue", "check_in_due", "check_in_late", "talk_tomorrow"}
THEIRS = {who_hears.EMPLOYEE, who_hears.OWNER}
OTHERS = {who_hears.MANAGER, who_hears.KEEPER, who_hears.LINE, who_hears.HR, who_hears.ADMINS}


def test_the_employee_is_you_and_everybody_else_reads_whose_it_is() -> None:
    rows = [row for rows in who_hears.HEARD.values() for row in rows]
    for name in {row.kind for row in rows if row.audience in THEIRS} | REMINDED:
        assert "%(employee)s" not in "".join(KINDS[name].said_to("employee")), name
    for name in {row.kind for row in rows if row.audience in OTHERS} | (REMINDED - {"survey_due"}):
        said = "".join(KINDS[name].said_to(""))
        assert "%(employee)s" in said or "%(who)s" in said, name


@pytest.fixture
def company(cast, talk):
    """林晓岚's talk signed, her dispute with 顾清和; what the walk itself told is out of the way."""
    steps.rated_and_signed(cast, talk)
    talk.refresh_from_db()
    steps.accepted(cast, talk)
    listen(NOW)
    Message.objects.all().delete()
    return talk


BOTH = {"lin", "shen"}
HR = {"gu"}
TALK, ACTION, SUPPORT, CHECK_IN, DISPUTE = "talk", "action", "support", "check_in", "dispute"
PLAN, BLOCKER, REQUEST, ACCOUNT = "plan", "blocker", "request", "account"

# verb, payload, actor, about → who hears which kind; everybody else hears nothing.
TRUTH = [
    ("conversation.opened", {}, "he", TALK, {"talk_opened": {"shen"}}),
    ("conversation.opened", {"follows": 1}, "shen", TALK, {"talk_scheduled": BOTH}),
    ("conversation.scheduled", {"from": None, "to": "2026-07-30T06:00:00+00:00"}, "shen", TALK,
     {"talk_scheduled": BOTH}),
    ("conversation.scheduled", {"from": "2026-07-29T06:00:00+00:00", "to": "2026-07-30T06:00:00+00:00"},
     "lin", TALK, {"talk_moved": BOTH}),
    ("conversation.cancel", {}, "he", TALK, {"talk_cancelled": BOTH}),
    ("attendee.added", {}, "shen", TALK, {"attendees_changed": {"lin"}}),
    ("attendee.removed", {}, "shen", TALK, {"attendees_changed": {"lin"}}),
    ("slots.offered", {}, "shen", TALK, {"slots_offered": {"lin"}}),
    ("slots.ask_others", {}, "lin", TALK, {"other_slots_asked": {"shen"}}),
    ("pack.shared", {"version": 1, "is_late": False}, "shen", TALK, {"pack_shared": {"lin"}}),
    ("pack.shared", {"version": 1, "is_late": True}, "shen", TALK, {"pack_shared": {"lin"}, "pack_late": HR}),
    ("pack.shared", {"version": 2, "is_late": True}, "gu", TALK, {"pack_renewed": {"lin"}}),
    ("survey.submitted", {}, "lin", TALK, {"survey_in": {"shen"}}),
    ("question.asked", {"id": 1}, "lin", TALK, {"question_asked": {"shen"}}),
    ("question.answer", {"id": 1}, "shen", TALK, {"question_settled": {"lin"}}),
    ("question.park", {"id": 1}, "shen", TALK, {"question_settled": {"lin"}}),
    ("question.decline", {"id": 1}, "shen", TALK, {"question_settled": {"lin"}}),
    ("contest.raised", {"id": 1}, "lin", TALK, {"number_contested": HR, "number_in_doubt": {"shen"}}),
    ("contest.confirm", {"id": 1}, "gu", TALK, {"number_answered": {"lin"}, "number_settled": {"shen"}}),
    ("contest.correct", {"id": 1}, "he", TALK, {"number_answered": {"lin"}, "number_settled": {"shen"}}),
    ("record.frozen", {"version": 1}, "shen", TALK, {"record_ready": {"lin"}}),
    ("record.frozen", {"version": 3}, "shen", TALK, {"record_renewed": {"lin"}}),
    ("conversation.revise", {}, "shen", TALK, {"record_reopened": {"lin"}}),
    ("conversation.signed", {"side": "employee"}, "lin", TALK, {"other_side_signed": {"shen"}}),
    ("conversation.signed", {"side": "manager"}, "shen", TALK, {"other_side_signed": {"lin"}}),
    ("conversation.signing_declined", {"side": "employee"}, "lin", TALK,
     {"signing_declined": {"shen"}, "refusal_to_witness": HR}),
    ("conversation.refusal_witnessed", {}, "gu", TALK, {"refusal_witnessed": BOTH}),
    ("conversation.signing_reminded", {"sides": ["employee", "manager"]}, None, TALK, {"signing_soon": BOTH}),
    ("conversation.signing_reminded", {"sides": ["employee"]}, None, TALK, {"signing_soon": {"lin"}}),
    ("conversation.signing_lapsed", {}, None, TALK, {"signing_lapsed": BOTH, "signing_to_follow_up": HR}),
    ("conversation.close", {}, "shen", TALK, {"talk_closed": {"lin"}}),
    ("item.activate", {}, "lin", ACTION, {}),
    ("item.submit", {}, "lin", ACTION, {"item_submitted": {"shen"}}),
    ("item.submit", {}, "shen", SUPPORT, {"item_submitted": {"lin"}}),
    ("item.accept", {}, "shen", ACTION, {"item_accepted": {"lin"}}),
    ("item.accept", {}, "lin", SUPPORT, {"item_accepted": {"shen"}}),
    ("item.return", {}, "shen", ACTION, {"item_returned": {"lin"}}),
    ("item.drop", {}, "shen", ACTION, {"item_dropped": {"lin"}}),
    ("item.date_requested", {"to": "2026-10-15"}, "lin", ACTION, {"date_asked": {"shen"}}),
    ("item.reminded", {}, "gu", ACTION, {"item_reminded": {"lin"}}),
    ("item.reminded", {}, "gu", SUPPORT, {"item_reminded": {"shen"}}),
    ("conversation.reminded", {"side": "manager"}, "gu", TALK, {"asked_to_prepare": {"shen"}}),
    ("conversation.reminded", {"side": "employee"}, None, TALK, {"asked_to_prepare": {"lin"}}),
    ("dispute.submit", {}, "lin", DISPUTE, {"dispute_to_assign": {"he"}, "dispute_opened": {"shen"}}),
    ("dispute.assign", {}, "he", DISPUTE, {"dispute_given": {"gu"}, "dispute_has_handler": {"lin"}}),
    ("dispute.reassign", {}, "he", DISPUTE, {"dispute_given": {"gu"}, "dispute_has_handler": {"lin"}}),
    ("dispute.recuse", {}, "gu", DISPUTE, {"dispute_to_assign": {"he"}}),
    ("dispute.accept", {}, "gu", DISPUTE, {"dispute_statement": BOTH}),
    ("dispute.asked", {"side": "rater"}, "gu", DISPUTE, {"dispute_statement": {"shen"}}),
    ("dispute.asked", {"side": "employee"}, "gu", DISPUTE, {"dispute_statement": {"lin"}}),
    ("dispute.decide", {}, "gu", DISPUTE, {"dispute_answered": BOTH}),
    ("dispute.decide_finally", {}, "gu", DISPUTE, {"dispute_answered": BOTH}),
    ("dispute.raise_further", {}, "lin", DISPUTE, {"dispute_to_assign": {"he"}, "dispute_opened": {"shen"}}),
    ("dispute.withdraw", {}, "lin", DISPUTE, {"dispute_withdrawn": {"gu", "shen"}}),
    ("item.measured", {}, "lin", ACTION, {"measure_stated": {"shen"}}),
    ("item.measured", {}, "shen", ACTION, {"measure_stated": {"lin"}}),
    ("item.taken_over", {}, "shen", SUPPORT, {"promise_taken_over": {"lin"}}),
    ("blocker.raised", {}, "lin", BLOCKER, {"blocker_raised": {"shen"}}),
    ("blocker.resolve", {}, "lin", BLOCKER, {"blocker_resolved": {"shen"}}),
    ("blocker.resolve", {}, "shen", BLOCKER, {"blocker_resolved": {"lin"}}),
    ("support_request.asked", {}, "lin", REQUEST, {"support_asked": {"qian"}}),
    ("support_request.grant", {}, "qian", REQUEST, {"support_granted": {"lin"}}),
    ("support_request.refuse", {}, "qian", REQUEST, {"support_refused": {"lin"}}),
    ("conversation.handed_on", {"from": None, "to": 2}, None, TALK, {"talk_handed_on": {"shen"}}),
    ("conversation.handed_on", {"from": "zhao", "to": 2, "held": True}, None, TALK, {"talk_handed_on": {"shen"}}),
    ("conversation.handed_on", {"from": "zhao", "to": 2, "held": False}, None, TALK,
     {"talk_handed_on": {"shen"}, "talk_led_anew": {"lin"}, "talk_handed_away": {"zhao"}}),
    ("conversation.handed_on", {"from": "zhao", "to": None, "held": False}, None, TALK, {"talk_handed_away": {"zhao"}}),
    ("plan.handed_on", {"from": 1, "to": 2, "offered": []}, None, PLAN, {"plan_handed_on": {"shen"}}),
    ("plan.handed_on", {"from": 1, "to": None, "offered": []}, None, PLAN, {}),
    ("plan.conclude", {"going_on": [1], "dropped": []}, "shen", PLAN, {"items_decided": {"lin"}}),
    ("plan.conclude", {"going_on": [], "dropped": [1]}, "shen", PLAN, {"items_decided": {"lin"}}),
    ("plan.conclude", {"going_on": [], "dropped": []}, "shen", PLAN, {}),
    ("check_in.said", {"side": "employee"}, "lin", CHECK_IN, {"check_in_said": {"shen"}}),
    ("check_in.said", {"side": "manager"}, "shen", CHECK_IN, {"check_in_said": {"lin"}}),
    ("check_in.hold", {}, "lin", CHECK_IN, {"check_in_held": {"shen"}}),
    ("check_in.miss", {}, None, CHECK_IN,
     {"check_in_missed": BOTH, "check_in_escalated": {"zhao", "gu"}}),
    ("account.second_factor_reset", {}, "he", ACCOUNT, {"second_factor_reset": {"lin"}}),
    ("account.company_login_linked", {}, "lin", ACCOUNT, {"company_login_linked": {"lin"}}),
]  # fmt: skip


def happens(cast, talk, verb, payload, actor, about, when=NOW) -> None:
    from tests.cast import SYSTEM

    stream, ids = talk.stream, {}
    if about == DISPUTE:
        stream = talk.disputes.get().stream
    elif about == ACCOUNT:
        stream = f"account:{cast.lin.account_id}"
    elif about != TALK:
        stream = talk.plan.stream
        ids = {} if about == PLAN else {"id": subject(cast, talk.plan, about).pk}
    if payload.get("from") in NAMES:
        payload = {**payload, "from": cast.people[payload["from"]].pk}
    with transaction.atomic():
        events.append(
            stream, verb, actor=cast.actor(actor) if actor else SYSTEM, at=when, payload={**payload, **ids}
        )


def subject(cast, plan, about):
    if about == CHECK_IN:
        return plan.check_ins.first()
    if about in (BLOCKER, REQUEST):
        item, common = plan.items.get(kind=ACTION), {"what": "会签没人接"}
        if about == BLOCKER:
            return Blocker.objects.get_or_create(
                item=item, since=NOW.date(), defaults={**common, "by": cast.lin, "at": NOW}
            )[0]
        return SupportRequest.objects.get_or_create(
            item=item, asked_of=cast.qian, defaults={**common, "asked_at": NOW}
        )[0]
    return plan.items.get(kind=about)


def told(cast) -> dict[str, set[str]]:
    names = {cast.people[name].account_id: name for name in NAMES}
    found: dict[str, set[str]] = {}
    for message in Message.objects.all():
        found.setdefault(message.kind, set()).add(names[message.account_id])
    return found


def test_who_hears_what(cast, company) -> None:
    for verb, payload, actor, about, expected in TRUTH:
        Message.objects.all().delete()
        happens(cast, company, verb, payload, actor, about)
        listen(NOW)
        assert told(cast) == expected, (verb, payload, actor)
        for message in Message.objects.filter(account=cast.lin.account_id):
            words = words_of(message)
            assert "林晓岚" not in words.title + words.text, (verb, words)


def test_who_owes_support_reads_that_it_is_theirs(cast, company) -> None:
    happens(cast, company, "item.reminded", {}, "gu", SUPPORT)
    listen(NOW)
    assert words_of(Message.objects.get()).text.startswith("这是你给林晓岚的支持。")


def test_the_truth_table_covers_the_table() -> None:
    changes = {"date_change.consent", "date_change.decline"}
    assert {row[0] for row in TRUTH} | changes == set(who_hears.HEARD)


@pytest.mark.parametrize(("how", "kind"), [("consent", "date_agreed"), ("decline", "date_declined")])
def test_the_owner_hears_the_answer_to_a_date_change(cast, company, how, kind) -> None:
    from datetime import date

    from huitan.plans import actions

    item = company.plan.items.get(kind="action")
    change = actions.request_date(item, date(2026, 10, 15), "国庆停线", actor=cast.actor("lin"), at=NOW)
    if how == "consent":
        actions.consent(change, actor=cast.actor("shen"), at=NOW)
    else:
        actions.decline(change, "客户等着", actor=cast.actor("shen"), at=NOW)
    listen(NOW)
    assert told(cast) == {"date_asked": {"shen"}, kind: {"lin"}}


def test_an_item_of_somebody_elses_is_told_to_its_owner(cast, company) -> None:
    PlanItem.objects.filter(plan=company.plan, kind="action").update(owner=cast.qian)
    happens(cast, company, "item.activate", {}, "lin", ACTION)
    happens(cast, company, "item.submit", {}, "qian", ACTION)
    listen(NOW)
    assert told(cast) == {"item_given": {"qian"}, "item_submitted": BOTH}


def test_who_left_or_cannot_log_in_hears_nothing(cast, company) -> None:
    cast.shen.status = "left"
    cast.shen.save(update_fields=["status"])
    cast.account("lin").__class__.objects.filter(pk=cast.lin.account_id).update(is_active=False)
    happens(cast, company, "conversation.signing_lapsed", {}, None, TALK)
    listen(NOW)
    assert told(cast) == {"signing_to_follow_up": HR}


def test_nobody_is_hr_in_their_own_case_and_without_hrbp_the_admins_are(cast, cycle) -> None:
    """孙雨's department has no HRBP; and a manager who is also HR admin is no neutral side of the own talk."""
    from tests.cast import talk_of

    sun = talk_of(cast.sun, cycle)
    listen(NOW)
    Message.objects.all().delete()
    happens(cast, sun, "contest.raised", {"id": 1}, "sun", TALK)
    listen(NOW)
    assert told(cast) == {"number_contested": {"he"}, "number_in_doubt": {"qian"}}
    Message.objects.all().delete()
    cast.sun.manager = cast.he
    cast.sun.save(update_fields=["manager"])
    happens(cast, sun, "contest.raised", {"id": 2}, "sun", TALK)
    listen(NOW)
    assert told(cast) == {"number_in_doubt": {"he"}}


def test_reading_the_history_twice_tells_once(cast, company) -> None:
    from huitan.notifications.models import Cursor

    happens(cast, company, "survey.submitted", {}, "lin", TALK)
    assert listen(NOW) == 1
    assert listen(NOW) == 0
    Cursor.objects.filter(reader="notifications").update(event_id=0)
    listen(NOW)
    assert (
        Message.objects.filter(kind="survey_in", key__startswith="event:").count() == 2
    )  # the walk's, and this
    assert Message.objects.filter(kind="survey_in").values("key").distinct().count() == 2


def test_a_new_installation_is_not_told_its_whole_past(cast, talk) -> None:
    walk.to_signed(cast, talk)
    listen(walk.DONE_AT + timedelta(days=60))
    assert not Message.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_events(
    cast, company, django_assert_max_num_queries
) -> None:
    for _time in range(40):
        happens(cast, company, "question.asked", {"id": 1}, "lin", TALK)
        happens(cast, company, "item.submit", {}, "lin", ACTION)
    with django_assert_max_num_queries(20):
        assert listen(NOW) == 80
