"""Who may do what in a dispute. Besides the relations to the employee, a dispute knows its handler, whoever handled it
on the first level, and the rater: who gave a rating or held the talk (R23)."""

from __future__ import annotations

from huitan.core.access import Policy
from huitan.core.sentences import say
from huitan.people.relations import AUDITOR, HR_ADMIN, HRBP, MANAGER, SELF, SYSTEM

RATER, HANDLER, FIRST_HANDLER = "rater", "handler", "first_handler"

DISPUTE = Policy(
    name="dispute",
    may={
        "read": frozenset({SELF, MANAGER, RATER, HANDLER, FIRST_HANDLER, HRBP, HR_ADMIN, AUDITOR, SYSTEM}),
        "write": frozenset({SELF}),
        "submit": frozenset({SELF}),
        "withdraw": frozenset({SELF}),
        "acknowledge": frozenset({SELF}),
        "raise_further": frozenset({SELF}),
        "finish": frozenset({SELF}),
        "assign": frozenset({HR_ADMIN, SYSTEM}),
        "reassign": frozenset({HR_ADMIN, SYSTEM}),
        "accept": frozenset({HANDLER}),
        "recuse": frozenset({HANDLER}),
        "ask": frozenset({HANDLER}),
        "answer": frozenset({HANDLER}),
        "decide": frozenset({HANDLER}),
        "decide_finally": frozenset({HANDLER}),
        "state_as_employee": frozenset({SELF}),
        "state_as_rater": frozenset({RATER}),
        "lapse": frozenset({SYSTEM}),
    },
    why_not={
        "write": say("申诉由员工本人写。"),
        "submit": say("申诉由员工本人提交。"),
        "withdraw": say("申诉由员工本人撤回。"),
        "acknowledge": say("由员工本人确认已知悉结果。"),
        "raise_further": say("复核由员工本人申请。"),
        "finish": say("由员工本人决定不再申请复核。"),
        "assign": say("处理人由 HR 管理员分派，和这件事有关的人不能分派。"),
        "reassign": say("换处理人由 HR 管理员操作，和这件事有关的人不能操作。"),
        "accept": say("申诉由分派的处理人受理。"),
        "recuse": say("只有处理人能说明自己要回避。"),
        "ask": say("由处理人请双方说明。"),
        "answer": say("每一点由处理人答复。"),
        "decide": say("结果由处理人发出。"),
        "decide_finally": say("结果由处理人发出。"),
        "state_as_employee": say("这一栏只有员工本人能写。"),
        "state_as_rater": say("这一栏只有评价的人能写。"),
    },
)
