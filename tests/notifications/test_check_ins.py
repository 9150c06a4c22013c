"""Check-ins and new managers over simulated days: exactly these messages, on these working days (R19, S7)."""

from __future__ import annotations

from datetime import date, timedelta

from tests import walk
from tests.cast import NAMES, SYSTEM, at

from huitan.cli import duties
from huitan.conversations.actions.handing_on import hand_on
from huitan.cycles.models import CalendarDay
from huitan.notifications.actions.listening import listen
from huitan.notifications.models import Message
from huitan.people.actions import RosterEntry, enrol
from huitan.plans import actions


def test_a_check_in_is_reminded_of_then_missed_then_told_above_in_working_days(mailed, talk) -> None:
    """Day by day round Monday 17 August 2026 with three working days of grace: who hears what, on which day."""
    walk.to_signed(mailed, talk)
    listen(walk.DONE_AT + timedelta(days=1))
    names = {mailed.people[name].account_id: name for name in NAMES}
    heard: dict[str, list[tuple[int, str]]] = {}
    last = 0
    for day in range(13, 28):
        actions.miss_check_ins(actor=SYSTEM, at=at(8, day, 9))
        duties.tell_and_send(at(8, day, 9))
        for message in Message.objects.filter(pk__gt=last, kind__startswith="check_in").order_by("pk"):
            heard.setdefault(names[message.account_id], []).append((day, message.kind))
            last = message.pk
    both = [(14, "check_in_due"), (18, "check_in_late"), (21, "check_in_missed")]
    assert heard == {
        "lin": both,
        "shen": both,
        "zhao": [(21, "check_in_escalated")],
        "gu": [(21, "check_in_escalated")],
    }


def test_a_missed_check_in_waits_for_a_working_day_and_the_companys_own_days_count(mailed, talk) -> None:
    """Due on Wednesday the 19th: its grace ends on Monday the 24th; the 25th the company is closed."""
    walk.to_signed(mailed, talk)
    talk.plan.check_ins.filter(due_on=date(2026, 8, 17)).update(due_on=date(2026, 8, 19))
    CalendarDay.objects.create(on=date(2026, 8, 25), is_working=False, note="厂休")
    missed = [actions.miss_check_ins(actor=SYSTEM, at=at(8, day, 9)) for day in range(20, 27)]
    assert missed == [0, 0, 0, 0, 0, 0, 1]


def test_a_new_manager_hears_of_what_came_with_the_person(mailed, talk) -> None:
    """The running plan is told to the new manager, once, and to nobody else."""
    walk.to_signed(mailed, talk)
    entry = RosterEntry("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", "00005")
    enrol([entry], actor=SYSTEM, at=walk.DONE_AT + timedelta(days=2))
    for days in (2, 3):
        hand_on(actor=SYSTEM, at=walk.DONE_AT + timedelta(days=days))
        listen(walk.DONE_AT + timedelta(days=days))
    told = Message.objects.filter(kind__in=["plan_handed_on", "talk_handed_on"])
    assert [(m.account_id, m.kind, m.subject_id) for m in told] == [
        (mailed.chen.account_id, "plan_handed_on", talk.pk)
    ]
