"""The people a company already has, as far as a file may refer to them, and the checks that need them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

from huitan.intake.cells import email, name_key, staff_number_key
from huitan.intake.duplicates import REPEATED
from huitan.intake.problems import N_, Fault, Problem, in_cell
from huitan.intake.reading import EventRow, KpiRow, Reading, RosterRow, Row
from huitan.intake.reporting_line import CYCLE, circle_fault, circles, is_self, self_manager

_SHOWN_CANDIDATES = 5

UNKNOWN_MANAGER = N_("汇报对象「%(manager)s」不在花名册中。")
UNKNOWN_MANAGER_HINT = N_("改成在职的人，或先导入这个人，再重新上传。")
AMBIGUOUS_MANAGER = N_("汇报对象「%(manager)s」有多个同名的人：%(candidates)s。")
USE_NUMBER_HINT = N_("改写成工号后重新上传。")
OTHER_MANAGER_NAME = N_("工号 %(manager)s 是%(known)s，这里写的上级却是%(written)s。")
CHECK_NUMBER_HINT = N_("核对工号和姓名，改正后重新上传。")
UNKNOWN_NUMBER = N_("工号 %(staff_number)s 不在花名册中。")
UNKNOWN_PERSON = N_("「%(person)s」不在花名册中。")
UNKNOWN_PERSON_HINT = N_("改正后重新上传，或先导入包含这个人的花名册。")
AMBIGUOUS_PERSON = N_("「%(person)s」有多个同名的人：%(candidates)s。")
AMBIGUOUS_PERSON_HINT = N_("加一列工号后重新上传。")
OTHER_NAME = N_("工号 %(staff_number)s 是%(known)s，这一行写的却是%(written)s。")


class KnownPerson(NamedTuple):
    """``department`` only tells namesakes apart on screen. ``manager`` is a staff number."""

    staff_number: str
    name: str
    email: str = ""
    department: str = ""
    manager: str = ""


@dataclass(frozen=True)
class KnownPeople:
    """``by_number``: staff number key → person; ``by_email`` and ``by_name`` lead to such keys, and are only made where
    somebody is called that way."""

    by_number: Mapping[str, KnownPerson] = field(default_factory=dict)

    @classmethod
    def of(cls, people: Iterable[KnownPerson]) -> "KnownPeople":
        by_number: dict[str, KnownPerson] = {}
        for person in people:
            key = staff_number_key(person.staff_number)
            if key:
                by_number.setdefault(key, person)
        return cls(by_number)

    @cached_property
    def by_email(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for key, person in self.by_number.items():
            if person.email:
                found[email(person.email)].append(key)
        return found

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for key, person in self.by_number.items():
            if person.name:
                found[name_key(person.name)].append(key)
        return found

    def with_rows(self, rows: Iterable[RosterRow], keys: Iterable[str]) -> "KnownPeople":
        """These people after the file: a row of the file says more than what was known, under the known spelling of
        the staff number. ``keys``: the staff number key of each row, "" for none."""
        after: dict[str, KnownPerson] = {}
        for row, key in zip(rows, keys, strict=True):
            if key and key not in after:
                known = self.by_number.get(key, _NOBODY)
                after[key] = KnownPerson(
                    known.staff_number or row.staff_number,
                    row.name or known.name,
                    row.email or known.email,
                    "/".join(row.department) or known.department,
                )
        for key, person in self.by_number.items():
            after.setdefault(key, person)
        return KnownPeople(after)

    def find(self, who: str) -> tuple[KnownPerson, ...]:
        """Everybody whom a staff number, an e-mail or a name can mean; the first kind that fits decides."""
        person = self.by_number.get(staff_number_key(who))
        if person:
            return (person,)
        keys = self.by_email.get(email(who), ()) if "@" in who else self.by_name.get(name_key(who), ())
        return tuple(self.by_number[key] for key in keys)


_NOBODY = KnownPerson("", "")


def resolve_managers(
    reading: Reading, known: KnownPeople
) -> tuple[tuple[RosterRow, ...], tuple[Problem, ...]]:
    """The rows with ``manager`` and ``staff_number`` as staff numbers in the spelling of ``known`` (or of the file),
    and the problems this adds to ``reading.problems``. A row with a new problem is not among the rows; a row that was
    already rejected can get further problems. A manager may be a row of the file that is itself rejected: then
    the row stays, and the reporting line can be drawn once that row is in."""
    title = reading.column_of("manager_number", "manager", "manager_email", "manager_name")
    roster_rows = [row for row in reading.rows if isinstance(row, RosterRow)]
    rejected = _first_of_each(roster_rows, [row for row in reading.rejected if isinstance(row, RosterRow)])
    rows = [*roster_rows, *rejected]
    keys = [staff_number_key(row.staff_number) for row in rows]
    everybody = known.with_rows(rows, keys)
    manager_of = lru_cache(maxsize=None)(partial(_manager, everybody))
    problems: list[Problem] = []
    kept: dict[int, RosterRow] = {}
    by_key: dict[str, RosterRow] = {}
    for row, key in zip(rows, keys, strict=True):
        manager = manager_of(row.manager, row.manager_name)
        if isinstance(manager, Fault):
            problems.append(in_cell(manager, row.row, title, row.manager))
            continue
        own = everybody.by_number.get(key)
        number = own.staff_number if own else row.staff_number
        above = manager.staff_number if manager else ""
        resolved = row
        if row.staff_number != number or row.manager != above:
            resolved = replace(row, staff_number=number, manager=above)
        if number and above == number and not is_self(row):
            problems.append(in_cell(self_manager(resolved), row.row, title, row.manager))
            continue
        kept[row.row] = resolved
        if key:
            by_key[key] = resolved
    told = {problem.row for problem in reading.problems if problem.problem == CYCLE}
    for fault, row in _new_circles(by_key, known):
        if row.row not in told:
            problems.append(in_cell(fault, row.row, title, row.manager))
    bad = {problem.row for problem in problems}
    good = tuple(kept[row.row] for row in roster_rows if row.row not in bad)
    return good, tuple(sorted(problems, key=lambda problem: problem.row))


def _first_of_each(rows: Sequence[RosterRow], rejected: Sequence[RosterRow]) -> list[RosterRow]:
    """Rejected rows without those that only repeat another row's staff number."""
    if not rejected:
        return []
    seen = {staff_number_key(row.staff_number) for row in rows}
    firsts = []
    for row in rejected:
        key = staff_number_key(row.staff_number)
        if not key or key not in seen:
            firsts.append(row)
            seen.add(key)
    return firsts


def _manager(everybody: KnownPeople, manager: str, name: str) -> KnownPerson | Fault | None:
    """Whom a row means by its manager and, beside a number, the manager's name."""
    if not manager:
        return None
    candidates = everybody.find(manager)
    if len(candidates) > 1 and name:
        candidates = tuple(p for p in candidates if name_key(p.name) == name_key(name)) or candidates
    if not candidates:
        return Fault(UNKNOWN_MANAGER, UNKNOWN_MANAGER_HINT, {"manager": manager})
    if len(candidates) > 1:
        params = {"manager": manager, "candidates": _named(candidates)}
        return Fault(AMBIGUOUS_MANAGER, USE_NUMBER_HINT, params)
    found = candidates[0]
    if name and found.name and name_key(name) != name_key(found.name):
        params = {"manager": manager, "known": found.name, "written": name}
        return Fault(OTHER_MANAGER_NAME, CHECK_NUMBER_HINT, params)
    return found


def _named(people: Sequence[KnownPerson]) -> list[str]:
    shown = [
        f"{p.name}（{p.staff_number}，{p.department}）" if p.department else f"{p.name}（{p.staff_number}）"
        for p in people[:_SHOWN_CANDIDATES]
    ]
    return [*shown, "…"] if len(people) > _SHOWN_CANDIDATES else shown


def _new_circles(by_key: Mapping[str, RosterRow], known: KnownPeople) -> Iterator[tuple[Fault, RosterRow]]:
    """Circles that close through names, e-mails or people of the company who are not in the file."""
    key_of = lru_cache(maxsize=None)(staff_number_key)
    manager_of = {key: key_of(p.manager) for key, p in known.by_number.items() if p.manager}
    for key, row in by_key.items():
        manager_of.pop(key, None)
        if row.manager:
            manager_of[key] = key_of(row.manager)
    for circle in circles(manager_of):
        shown = {key: known.by_number[key].staff_number for key in circle if key in known.by_number}
        shown |= {key: by_key[key].staff_number for key in circle if key in by_key}
        start = next((place for place, key in enumerate(circle) if key in by_key), 0)
        circle = circle[start:] + circle[:start]
        for key in circle:
            if key in by_key:
                yield circle_fault(circle, shown), by_key[key]


def resolve_people(
    reading: Reading, known: KnownPeople
) -> tuple[tuple[KpiRow | EventRow, ...], tuple[Problem, ...]]:
    """KPI or event rows under the known spelling of the staff number, and the problems this adds: unknown people,
    namesakes, a staff number that belongs to somebody else. Rejected rows are looked at too."""
    kept: list[KpiRow | EventRow] = []
    problems: list[Problem] = []
    title = reading.column_of("staff_number", "email", "name", "family_name")
    name_title = reading.column_of("name", "family_name") or title
    repeated = {problem.row for problem in reading.problems if problem.problem in REPEATED}
    for row in _about_people(reading.rows):
        person = _person(row, known)
        if isinstance(person, Fault):
            problems.append(_at(person, row, title, name_title))
        else:
            name = person.name or row.name
            same = row.staff_number == person.staff_number and row.name == name
            kept.append(row if same else replace(row, staff_number=person.staff_number, name=name))
    for row in _about_people(reading.rejected):
        says_who = row.staff_number or row.email or (row.name and not reading.column_of("staff_number"))
        if says_who:
            person = _person(row, known)
            told = row.row in repeated and not (
                isinstance(person, Fault) and person.problem == AMBIGUOUS_PERSON
            )
            if isinstance(person, Fault) and not told:
                problems.append(_at(person, row, title, name_title))
    return tuple(kept), tuple(sorted(problems, key=lambda problem: problem.row))


def _about_people(rows: Iterable[Row]) -> Iterator[KpiRow | EventRow]:
    return (row for row in rows if not isinstance(row, RosterRow))


def _person(row: KpiRow | EventRow, known: KnownPeople) -> KnownPerson | Fault:
    if row.staff_number:
        person = known.by_number.get(staff_number_key(row.staff_number))
        if person is None:
            return Fault(UNKNOWN_NUMBER, UNKNOWN_PERSON_HINT, {"staff_number": row.staff_number})
        differs = row.name != person.name and row.name and person.name
        if differs and name_key(row.name) != name_key(person.name):
            params = {"staff_number": row.staff_number, "known": person.name, "written": row.name}
            return Fault(OTHER_NAME, CHECK_NUMBER_HINT, params)
        return person
    who = row.email or row.name
    candidates = known.find(who)
    if len(candidates) > 1 and row.email and row.name:
        candidates = tuple(p for p in candidates if name_key(p.name) == name_key(row.name)) or candidates
    if not candidates:
        return Fault(UNKNOWN_PERSON, UNKNOWN_PERSON_HINT, {"person": who})
    if len(candidates) > 1:
        return Fault(
            AMBIGUOUS_PERSON, AMBIGUOUS_PERSON_HINT, {"person": who, "candidates": _named(candidates)}
        )
    return candidates[0]


def _at(fault: Fault, row: KpiRow | EventRow, title: str, name_title: str) -> Problem:
    if fault.problem == OTHER_NAME:
        return in_cell(fault, row.row, name_title, row.name)
    return in_cell(fault, row.row, title, row.staff_number or row.email or row.name)
