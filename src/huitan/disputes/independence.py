"""Whether somebody has a part in a case and so cannot handle it (R23). Pure; the answer is the rule in words.

Excluded are the person concerned and their own reports, whoever rated or held the talk, the employee's manager, the
rater's manager, everybody who reports to a rater, whoever checked a contested number before the talk, and on the
further level the first handler.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huitan.core.sentences import N_, Sentence, say

# As what somebody may be asked to handle a dispute, in the order in which they are proposed.
OFFICES: Mapping[str, str] = {"hrbp": N_("HRBP"), "hr_admin": N_("HR 管理员"), "line": N_("汇报线上级")}


@dataclass(frozen=True)
class Case:
    """Who is in it, by employee id; `number_checkers` by account id, because that is what the history keeps."""

    employee: int
    manager: int | None
    raters: frozenset[int]
    holder: int | None
    raters_managers: frozenset[int]
    number_checkers: frozenset[int]
    first_handler: int | None = None

    @property
    def judged(self) -> frozenset[int]:
        """Whoever judged the work: rated it, or held the talk about it."""
        return self.raters | ({self.holder} if self.holder else frozenset())


@dataclass(frozen=True)
class Person:
    """`line` are the ids from the top of the reporting line down to this person's own manager."""

    id: int
    account_id: int | None
    line: frozenset[int]
    offices: tuple[str, ...] = ()
    at_work: bool = True


def part_in(case: Case, person: Person) -> Sentence | None:
    """The first reason why this person cannot handle the case, or None."""
    if person.id == case.employee:
        return say("是申诉的本人")
    if person.id in case.raters:
        return say("给过这次评级")
    if person.id == case.holder:
        return say("主持了这次面谈")
    if person.id == case.manager:
        return say("是员工的直接上级")
    if person.id in case.raters_managers:
        return say("是评价人的直接上级，认可过这个评价")
    if person.line & case.judged:
        return say("在评价人的汇报线下面")
    if case.employee in person.line:
        return say("在申诉人的汇报线下面")
    if person.account_id in case.number_checkers:
        return say("面谈前核对过被疑问的数字")
    if person.id == case.first_handler:
        return say("处理过第一次，复核要换一个人")
    if not person.at_work:
        return say("已经离职")
    if not person.offices:
        return say("不是这个部门的 HRBP 或 HR 管理员，也不在员工的汇报线上面")
    return None
