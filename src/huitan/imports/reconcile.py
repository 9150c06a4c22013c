"""A reading beside what the company knows: what would be written, what becomes of each row, what stands in the way.

Nothing here asks the database or writes to it: the rows of the company are handed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from huitan.core.sentences import N_, Sentence, say
from huitan.imports.limits import too_long
from huitan.intake import (
    KnownPeople,
    KnownPerson,
    Problem,
    Reading,
    RosterRow,
    resolve_managers,
    staff_number_key,
)
from huitan.intake.duplicates import OTHER_PERSON, SAME_PERSON
from huitan.intake.problems import Fault, in_cell
from huitan.intake.reporting_line import circle_fault, circles
from huitan.intake.typed_columns import number_width
from huitan.people.actions import RosterEntry, roster_changes
from huitan.people.queries import OnRoster

# Where people stand whose row names no department, until a later roster does.
UNASSIGNED = N_("未分部门")
LEFT_BUT_HERE = Fault(
    N_("%(column)s是 %(day)s，在职状态写的却不是离职。"),
    N_("改正其中一个。离职后又入职的人，写上新的入职日期。"),
)
NEITHER = N_("工号 %(staff_number)s 在文件里出现了两次，第一行没能导入，这一行也没有采用。")
MEND_THE_FIRST = N_("改正第一行，或删掉它，再重新上传。")
STATUS = {"on_leave": "leave"}
CHANGED = {
    "name": N_("姓名"),
    "department": N_("部门"),
    "position": N_("岗位"),
    "manager": N_("上级"),
    "status": N_("在职状态"),
    "hired_on": N_("入职日期"),
    "email": N_("邮箱"),
}
NAMED = 5


@dataclass(frozen=True)
class Comparison:
    """`entries` is what confirming writes, in an order in which it can be written part by part; `outcomes` says of
    each "created", "updated" or "unchanged", `rows` in which row of the file it stands. `problems` holds every reason
    for which a row stays out, in order of the rows."""

    entries: tuple[Any, ...]
    outcomes: tuple[str, ...]
    rows: tuple[int, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Sentence, ...] = ()

    def count(self, outcome: str) -> int:
        return self.outcomes.count(outcome)


def outcome_of(changes: Mapping[str, Any] | None) -> str:
    return "created" if changes is None else "updated" if changes else "unchanged"


def known_people(people: Iterable[OnRoster]) -> KnownPeople:
    return KnownPeople.of(
        KnownPerson(p.staff_number, p.name, p.email, p.department, p.manager or "") for p in people
    )


def roster(reading: Reading, people: Sequence[OnRoster], today: date) -> Comparison:
    """Whoever is not in the file stays as they are."""
    by_number = {p.staff_number: p for p in people}
    rows, found = resolve_managers(reading, known_people(people))
    rows = _in_company_width(rows, by_number)
    problems = [*reading.problems, *found]
    rows, long = too_long(rows, reading)
    rows, undecided = _with_leavers(rows, reading, today)
    rows, closing = _without_circles(rows, reading, by_number)
    problems += [*long, *undecided, *closing]
    present = {row.staff_number for row in rows} | by_number.keys()
    waiting = [row for row in rows if row.manager and row.manager not in present]
    rows = _from_the_top(rows, by_number, present)
    entries = tuple(_roster_entry(row, by_number.get(row.staff_number), present) for row in rows)
    changes = [roster_changes(by_number.get(entry.staff_number), entry) for entry in entries]
    outcomes = tuple(map(outcome_of, changes))
    notes = (*_change_notes(changes), *_roster_notes(reading, entries, waiting, by_number))
    return Comparison(
        entries, outcomes, tuple(row.row for row in rows), in_order(_told_truly(problems, rows)), notes
    )


def _from_the_top(
    rows: Sequence[RosterRow], by_number: Mapping[str, OnRoster], present: set[str]
) -> tuple[RosterRow, ...]:
    """In order of the lines as they will be. Whoever stands above a row comes before it, so a part of the rows from
    the top never needs a later one, and no part of them makes a circle that the whole does not have."""
    above = {number: p.manager for number, p in by_number.items() if p.manager}
    above.update({row.staff_number: row.manager for row in rows if row.manager in present})
    depth: dict[str, int] = {}
    for row in rows:
        chain = [row.staff_number]
        while chain[-1] not in depth and chain[-1] in above:
            chain.append(above[chain[-1]])
        start = depth.setdefault(chain[-1], 0)
        for steps, number in enumerate(reversed(chain)):
            depth[number] = start + steps
    return tuple(sorted(rows, key=lambda row: (depth[row.staff_number], row.row)))


def _told_truly(problems: Iterable[Problem], rows: Sequence[RosterRow]) -> list[Problem]:
    """Where the first of two rows stays out after all, the second does not hear that the first was taken."""
    taken = {staff_number_key(row.staff_number) for row in rows}
    return [
        replace(p, problem=NEITHER, hint=MEND_THE_FIRST)
        if p.problem in (SAME_PERSON, OTHER_PERSON)
        and staff_number_key(str(p.params["staff_number"])) not in taken
        else p
        for p in problems
    ]


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By row; the same complaint about one cell once."""
    unique = {(p.row, p.column, p.problem, str(p.params)): p for p in problems}
    return tuple(sorted(unique.values(), key=lambda p: p.row))


def _roster_entry(row: RosterRow, person: OnRoster | None, present: set[str]) -> RosterEntry:
    return RosterEntry(
        row.staff_number,
        row.name,
        "/".join(row.department) or (person.department if person else UNASSIGNED),
        row.position,
        row.manager if row.manager in present else None,
        row.hired_on,
        row.email,
        STATUS.get(row.status, row.status) or ("" if person else "active"),
    )


def _in_company_width(
    rows: tuple[RosterRow, ...], by_number: Mapping[str, OnRoster]
) -> tuple[RosterRow, ...]:
    """A new 161 beside the company's 00160 is 00161, also where it stands as somebody's manager."""
    width = number_width(list(by_number))
    spelled = {
        row.staff_number: row.staff_number.zfill(width)
        for row in rows
        if len(row.staff_number) < width
        and row.staff_number.isdecimal()
        and row.staff_number not in by_number
    }
    if not spelled:
        return rows
    return tuple(
        replace(
            row,
            staff_number=spelled.get(row.staff_number, row.staff_number),
            manager=spelled.get(row.manager, row.manager),
        )
        for row in rows
    )


def _without_circles(
    rows: Sequence[RosterRow], reading: Reading, by_number: Mapping[str, OnRoster]
) -> tuple[tuple[RosterRow, ...], list[Problem]]:
    """Leave out rows that would close a circle with the lines the company already has: a row without a manager keeps
    the one that is known, and so does everybody whose row is left out."""
    title = reading.column_of("manager_number", "manager", "manager_email", "manager_name")
    above = {number: p.manager for number, p in by_number.items() if p.manager}
    kept = {row.staff_number: row for row in rows}
    problems: list[Problem] = []
    while True:
        lines = above | {number: row.manager for number, row in kept.items() if row.manager}
        closing = {
            number: circle for circle in circles(lines) for number in circle if _sets_a_line(kept.get(number))
        }
        if not closing:
            return tuple(row for row in rows if row.staff_number in kept), problems
        for number, circle in closing.items():
            row = kept.pop(number)
            problems.append(in_cell(circle_fault(circle, {}), row.row, title, row.manager))


def _with_leavers(
    rows: Sequence[RosterRow], reading: Reading, today: date
) -> tuple[tuple[RosterRow, ...], list[Problem]]:
    """A date of leaving that has come says that somebody left, unless they were hired again after it."""
    title = reading.column_of("left_on")
    kept: list[RosterRow] = []
    problems: list[Problem] = []
    for row in rows:
        day = row.left_on
        if day is None or day > today or (row.hired_on is not None and row.hired_on > day):
            kept.append(row)
        elif row.status in ("", "left"):
            kept.append(replace(row, status="left"))
        else:
            fault = replace(LEFT_BUT_HERE, params={"day": day.isoformat()})
            problems.append(in_cell(fault, row.row, title, day.isoformat()))
    return tuple(kept), problems


def _sets_a_line(row: RosterRow | None) -> bool:
    return row is not None and bool(row.manager)


def _change_notes(changes: Iterable[Mapping[str, Any] | None]) -> tuple[Sentence, ...]:
    """What is changed of people the company knows, and whose number now stands beside another name."""
    known = [found for found in changes if found]
    count = Counter(name for found in known for name in found)
    if not count:
        return ()
    parts = [
        say("%(field)s %(n)s 人", field=say(word), n=count[name])
        for name, word in CHANGED.items()
        if count[name]
    ]
    notes = [say("已有的人有改动：%(parts)s。", parts=parts)]
    renamed = [" → ".join(found["name"]) for found in known if "name" in found]
    if renamed:
        notes.append(
            say(
                "%(n)s 个工号的姓名和现有的不同：%(names)s。工号给了别人的，先不要导入。",
                n=len(renamed),
                names=some(renamed),
            )
        )
    return tuple(notes)


def _roster_notes(
    reading: Reading,
    entries: Sequence[RosterEntry],
    waiting: Sequence[RosterRow],
    by_number: Mapping[str, OnRoster],
) -> tuple[Sentence, ...]:
    have = {p.department for p in by_number.values()}
    fresh = [name for name in dict.fromkeys(e.department for e in entries) if name not in have]
    unassigned = [e.name for e in entries if e.department == UNASSIGNED]
    back = [
        e.name
        for e in entries
        if not e.status and (person := by_number.get(e.staff_number)) and person.status == "left"
    ]
    told = (
        (N_("新部门 %(n)s 个：%(names)s。"), fresh),
        (N_("%(n)s 人没有写部门，先放在「%(place)s」：%(names)s。"), unassigned),
        (
            N_("%(n)s 人的上级在没能导入的行里，先不写上级：%(names)s。改好那些行后重新上传。"),
            [row.name for row in waiting],
        ),
        (
            N_(
                "%(n)s 名已离职的人又在文件里，没有写状态，仍当作离职：%(names)s。重新入职的人请写明「在职」。"
            ),
            back,
        ),
        (
            N_("%(n)s 个邮箱写给了不止一个在职的人：%(names)s。发给其中一个人的邮件，另一个人也会看到。"),
            _sharing_an_address(entries, by_number),
        ),
        (
            N_("%(n)s 名在职员工的上级已离职：%(names)s。改成在职的上级后重新上传。"),
            _under_leavers(entries, by_number),
        ),
        (
            N_("文件里没有的 %(n)s 名在职员工保持不变：%(names)s。离职的人请写明「离职」。"),
            [p.name for p in _absent(reading, by_number)],
        ),
    )
    place = say(UNASSIGNED)
    return tuple(say(words, n=len(names), names=some(names), place=place) for words, names in told if names)


def _sharing_an_address(entries: Sequence[RosterEntry], by_number: Mapping[str, OnRoster]) -> list[str]:
    """Addresses of this file that more than one person who works here will have."""
    written = {e.staff_number: (e.email, e.status) for e in entries}
    wanted = {address for address, _ in written.values() if address}
    count: Counter[str] = Counter()
    for number in written.keys() | by_number.keys():
        address, status = written.get(number, ("", ""))
        person = by_number.get(number)
        address = address or (person.email if person else "")
        status = status or (person.status if person else "")
        if address in wanted and status != "left":
            count[address] += 1
    return sorted(address for address, people in count.items() if people > 1)


def _under_leavers(entries: Sequence[RosterEntry], by_number: Mapping[str, OnRoster]) -> list[str]:
    """Names of those who work here under somebody who, after this file, does not."""
    status = {number: p.status for number, p in by_number.items()}
    status |= {e.staff_number: e.status for e in entries if e.status}
    found = []
    for entry in entries:
        person = by_number.get(entry.staff_number)
        above = entry.manager or (person.manager if person else None)
        if above and status.get(above) == "left" and status.get(entry.staff_number) != "left":
            found.append(entry.name)
    return found


def _absent(reading: Reading, by_number: Mapping[str, OnRoster]) -> list[OnRoster]:
    """Who works here and is not in the file."""
    numbers = {row.staff_number for row in (*reading.rows, *reading.rejected)}
    others = [p for number, p in by_number.items() if number not in numbers and p.status != "left"]
    keys = {staff_number_key(number) for number in numbers} if others else set()
    return [p for p in others if staff_number_key(p.staff_number) not in keys]


def some(names: Sequence[str]) -> list[str] | Sentence:
    """The first few; the rest as an ellipsis."""
    counted = list(Counter(names))
    return counted if len(counted) <= NAMED else say("%(names)s……", names=counted[:NAMED])
