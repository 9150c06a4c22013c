"""Who hears what: verb of the history → who is told which kind of message. Pure, and the only place that says so.

An audience is a relation to the thing the event is about. Nobody hears of what they did themselves, except where
`actor_too` sends them the calendar entry. A new verb gets a row in HEARD or a name in SILENT; a test lists the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Payload = Mapping[str, Any]

EMPLOYEE, MANAGER, KEEPER, LINE, HR = "employee", "manager", "keeper", "line", "hr"
OWNER, OTHER_SIDE, THIRD_OWNER = "owner", "other_side", "third_owner"
HANDLER, ADMINS, ASKED, ACCOUNT, FORMER = "handler", "admins", "asked", "account", "former"
AUDIENCES = frozenset(
    {
        EMPLOYEE,
        MANAGER,
        KEEPER,
        LINE,
        HR,
        OWNER,
        OTHER_SIDE,
        THIRD_OWNER,
        HANDLER,
        ADMINS,
        ASKED,
        ACCOUNT,
        FORMER,
    }
)


@dataclass(frozen=True)
class Hears:
    """`keeper` is who held the talk (the manager before that), `line` the manager's manager, `hr` the HRBP of the
    employee's department or, without one, the HR admins. For items: `owner`, `other_side` (employee or manager who is
    not the owner), `third_owner` (an owner who is neither), `asked` (of whom support was requested). For disputes: `handler`, the HR `admins` who
    assign one, and `keeper` is who held the talk. `account` is the owner of the account it is about, `former`
    the manager a talk was taken from."""

    audience: str
    kind: str
    when: Callable[[Payload], bool] = lambda payload: True
    actor_too: bool = False


def _first_time(payload: Payload) -> bool:
    return bool(payload.get("to")) and payload.get("from") is None


def _moved(payload: Payload) -> bool:
    return bool(payload.get("to")) and payload.get("from") is not None


def _follow_up(payload: Payload) -> bool:
    return payload.get("follows") is not None


def _main_talk(payload: Payload) -> bool:
    return payload.get("follows") is None


def _first_version(payload: Payload) -> bool:
    return payload.get("version") == 1


def _later_version(payload: Payload) -> bool:
    return payload.get("version", 1) > 1


def _late(payload: Payload) -> bool:
    return bool(payload.get("is_late")) and _first_version(payload)


def _by_employee(payload: Payload) -> bool:
    return payload.get("side") == "employee"


def _by_manager(payload: Payload) -> bool:
    return payload.get("side") == "manager"


def _has_successor(payload: Payload) -> bool:
    return payload.get("to") is not None


def _before_the_talk(payload: Payload) -> bool:
    return payload.get("from") is not None and payload.get("held") is False


def _led_anew(payload: Payload) -> bool:
    return _has_successor(payload) and _before_the_talk(payload)


def _left_unsettled(payload: Payload) -> bool:
    return bool(payload.get("going_on") or payload.get("dropped"))


def _both(kind: str, when: Callable[[Payload], bool], *, actor_too: bool = True) -> tuple[Hears, ...]:
    return tuple(Hears(side, kind, when, actor_too) for side in (EMPLOYEE, MANAGER))


def _asked_of(side: str) -> Callable[[Payload], bool]:
    return lambda payload: payload.get("side") == side


def _still_to_sign(side: str) -> Callable[[Payload], bool]:
    return lambda payload: side in payload.get("sides", ())


HEARD: Mapping[str, tuple[Hears, ...]] = {
    "account.second_factor_reset": (Hears(ACCOUNT, "second_factor_reset"),),
    "account.company_login_linked": (Hears(ACCOUNT, "company_login_linked", actor_too=True),),
    "conversation.opened": (
        Hears(MANAGER, "talk_opened", _main_talk),
        *_both("talk_scheduled", _follow_up),
    ),
    "conversation.scheduled": (*_both("talk_scheduled", _first_time), *_both("talk_moved", _moved)),
    "conversation.cancel": _both("talk_cancelled", lambda payload: True),
    "attendee.added": (Hears(EMPLOYEE, "attendees_changed"),),
    "attendee.removed": (Hears(EMPLOYEE, "attendees_changed"),),
    "slots.offered": (Hears(EMPLOYEE, "slots_offered"),),
    "slots.ask_others": (Hears(MANAGER, "other_slots_asked"),),
    "pack.shared": (
        Hears(EMPLOYEE, "pack_shared", _first_version),
        Hears(EMPLOYEE, "pack_renewed", _later_version),
        Hears(HR, "pack_late", _late),
    ),
    "survey.submitted": (Hears(MANAGER, "survey_in"),),
    "question.asked": (Hears(MANAGER, "question_asked"),),
    "question.answer": (Hears(EMPLOYEE, "question_settled"),),
    "question.park": (Hears(EMPLOYEE, "question_settled"),),
    "question.decline": (Hears(EMPLOYEE, "question_settled"),),
    "contest.raised": (Hears(HR, "number_contested"), Hears(MANAGER, "number_in_doubt")),
    "contest.confirm": (Hears(EMPLOYEE, "number_answered"), Hears(MANAGER, "number_settled")),
    "contest.correct": (Hears(EMPLOYEE, "number_answered"), Hears(MANAGER, "number_settled")),
    "record.frozen": (
        Hears(EMPLOYEE, "record_ready", _first_version),
        Hears(EMPLOYEE, "record_renewed", _later_version),
    ),
    "conversation.revise": (Hears(EMPLOYEE, "record_reopened"),),
    "conversation.signed": (
        Hears(KEEPER, "other_side_signed", _by_employee),
        Hears(EMPLOYEE, "other_side_signed", _by_manager),
    ),
    "conversation.signing_declined": (Hears(KEEPER, "signing_declined"), Hears(HR, "refusal_to_witness")),
    "conversation.refusal_witnessed": (
        Hears(EMPLOYEE, "refusal_witnessed"),
        Hears(KEEPER, "refusal_witnessed"),
    ),
    "conversation.signing_reminded": (
        Hears(EMPLOYEE, "signing_soon", _still_to_sign("employee")),
        Hears(KEEPER, "signing_soon", _still_to_sign("manager")),
    ),
    "conversation.signing_lapsed": (
        Hears(EMPLOYEE, "signing_lapsed"),
        Hears(KEEPER, "signing_lapsed"),
        Hears(HR, "signing_to_follow_up"),
    ),
    "conversation.close": (Hears(EMPLOYEE, "talk_closed"),),
    "conversation.reminded": (
        Hears(MANAGER, "asked_to_prepare", _asked_of("manager")),
        Hears(EMPLOYEE, "asked_to_prepare", _asked_of("employee")),
    ),
    "dispute.submit": (Hears(ADMINS, "dispute_to_assign"), Hears(KEEPER, "dispute_opened")),
    "dispute.withdraw": (Hears(HANDLER, "dispute_withdrawn"), Hears(KEEPER, "dispute_withdrawn")),
    "dispute.assign": (Hears(HANDLER, "dispute_given"), Hears(EMPLOYEE, "dispute_has_handler")),
    "dispute.reassign": (Hears(HANDLER, "dispute_given"), Hears(EMPLOYEE, "dispute_has_handler")),
    "dispute.recuse": (Hears(ADMINS, "dispute_to_assign"),),
    "dispute.accept": (Hears(EMPLOYEE, "dispute_statement"), Hears(KEEPER, "dispute_statement")),
    "dispute.asked": (
        Hears(EMPLOYEE, "dispute_statement", _asked_of("employee")),
        Hears(KEEPER, "dispute_statement", _asked_of("rater")),
    ),
    "dispute.decide": (Hears(EMPLOYEE, "dispute_answered"), Hears(KEEPER, "dispute_answered")),
    "dispute.decide_finally": (Hears(EMPLOYEE, "dispute_answered"), Hears(KEEPER, "dispute_answered")),
    "dispute.raise_further": (Hears(ADMINS, "dispute_to_assign"), Hears(KEEPER, "dispute_opened")),
    "item.activate": (Hears(THIRD_OWNER, "item_given"),),
    "item.submit": (Hears(OTHER_SIDE, "item_submitted"),),
    "item.accept": (Hears(OWNER, "item_accepted"),),
    "item.return": (Hears(OWNER, "item_returned"),),
    "item.drop": (Hears(OWNER, "item_dropped"),),
    "item.reminded": (Hears(OWNER, "item_reminded"),),
    "item.date_requested": (Hears(OTHER_SIDE, "date_asked"),),
    "date_change.consent": (Hears(OWNER, "date_agreed"),),
    "date_change.decline": (Hears(OWNER, "date_declined"),),
    "blocker.raised": (Hears(OTHER_SIDE, "blocker_raised"),),
    "blocker.resolve": (Hears(OWNER, "blocker_resolved"), Hears(OTHER_SIDE, "blocker_resolved")),
    "support_request.asked": (Hears(ASKED, "support_asked"),),
    "support_request.grant": (Hears(OWNER, "support_granted"),),
    "support_request.refuse": (Hears(OWNER, "support_refused"),),
    "item.measured": (Hears(OWNER, "measure_stated"), Hears(OTHER_SIDE, "measure_stated")),
    "item.taken_over": (Hears(EMPLOYEE, "promise_taken_over"),),
    "conversation.handed_on": (
        Hears(MANAGER, "talk_handed_on", _has_successor),
        Hears(EMPLOYEE, "talk_led_anew", _led_anew),
        Hears(FORMER, "talk_handed_away", _before_the_talk),
    ),
    "plan.handed_on": (Hears(MANAGER, "plan_handed_on", _has_successor),),
    "plan.conclude": (Hears(EMPLOYEE, "items_decided", _left_unsettled),),
    "check_in.said": _both("check_in_said", lambda payload: True, actor_too=False),
    "check_in.hold": _both("check_in_held", lambda payload: True, actor_too=False),
    "check_in.miss": (
        *_both("check_in_missed", lambda payload: True, actor_too=False),
        Hears(LINE, "check_in_escalated"),
        Hears(HR, "check_in_escalated"),
    ),
}

# Told by another verb of the same change, seen live on the page, or nobody's business but the history's.
SILENT = frozenset(
    {
        "account.company_login_unlinked", "account.duty_ended", "account.duty_granted", "account.link_made", "account.opened", "account.password_changed",
        "account.password_set_by_link", "backup.made", "backup.restored", "employee.invited",
        "account.recovery_code_used", "account.signed_out_elsewhere", "blocker.settle", "calendar.day_declared", "check_in.cancel",
        "conversation.begin", "conversation.complete", "conversation.conclude", "conversation.follow_up_set",
        "conversation.informal_note", "conversation.minutes_borrowed", "conversation.paused",
        "conversation.purpose_chosen", "conversation.scored", "conversation.section_entered",
        "conversation.share", "conversation.template_chosen", "conversation.written", "cycle.close", "cycle.drafted", "cycle.edited",
        "cycle.open", "date_change.settle", "employee.account_closed", "employee.account_opened", "employee.account_reopened",
        "employee.changed", "employee.enrolled", "evidence.amended", "evidence.event_entered",
        "evidence.file_attached", "evidence.told", "evidence.withdrawn", "device.handed_back", "device.handed_over",
        "device.put_down", "device.taken", "dispute.acknowledged", "dispute.begun", "dispute.finish",
        "dispute.lapse", "dispute.stated",
        "evidence.kpi_changed", "evidence.kpi_entered", "evidence.source_changed", "import.confirmed", "import.received", "import.resumed", "import.started", "import.stop_asked", "import.stopped",
        "import.discarded", "import.previewed", "item.changed", "item.drafted", "item.file_attached",
        "item.progressed", "item.removed", "next_time.raised", "next_time.settle", "pack.opened", "plan.activate", "plan.check_ins_set",
        "plan.no_action_reason", "plan.taken", "pulse.given", "record.taken", "record.viewed", "review.held", "review.rated",
        "review.released", "slots.accept",
        "slots.withdraw", "support_request.settle", "template.saved", "topic.added", "topic.carried_over", "topic.chosen", "topic.cited",
        "topic.ordered", "topic.removed", "topic.taken_back", "topic.uncited", "topic.written",
        "wording.dismissed", "wording.word_added", "wording.word_retired",
    }
)  # fmt: skip


def hears(verb: str, payload: Payload) -> tuple[Hears, ...]:
    """The rows of the table that hold for this event."""
    return tuple(row for row in HEARD.get(verb, ()) if row.when(payload))
