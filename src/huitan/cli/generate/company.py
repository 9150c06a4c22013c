"""The people of a generated company: a tree of teams walked once from the top, so that any size needs the same memory.

Everybody with reports has five to ten of them; a unit of the tree from a dozen people on is a department of its own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from huitan.cli.demo.company import CENTRES, GIVEN, SURNAMES, UNITS

# The people office comes last: by then the units it serves are known.
SHARES = {"制造中心": 46, "研发中心": 23, "营销中心": 17, "供应链中心": 14}
PEOPLE_OFFICE = "职能中心"
TOP = "公司"
FIELDS = {
    "制造中心": ("装配", "机加工", "设备", "质量", "工艺", "热处理", "涂装", "物料", "试制", "维修"),
    "研发中心": ("控制软件", "结构设计", "测试", "电气", "算法", "平台", "工业设计", "仿真", "固件", "标准"),
    "营销中心": (
        "华东销售",
        "华南销售",
        "华北销售",
        "市场",
        "售前",
        "大客户",
        "海外",
        "渠道",
        "售后",
        "品牌",
    ),
    "供应链中心": ("采购", "仓储物流", "计划", "供应商质量", "关务", "包装", "运输", "备件", "寻源", "外协"),
    PEOPLE_OFFICE: ("人力资源", "财务", "法务", "行政", "审计", "信息", "培训", "薪酬", "安全", "总务"),
}
LEVELS = ("部", "科", "组", "班")
ORDINALS = "一二三四五六七八九十"
OWN_DEPARTMENT = 12
FEWEST, MOST = 5, 10
# An HRBP serves units of up to this many people.
SERVED = 600


@dataclass(frozen=True, slots=True)
class Unit:
    id: int
    name: str
    full_name: str
    parent_id: int | None
    path: str
    centre: str


@dataclass(frozen=True, slots=True)
class Person:
    """`number` of the roster; the id is also that of the account. `serves` are the units an HRBP is there for."""

    id: int
    number: str
    name: str
    position: str
    unit: Unit
    boss: Person | None
    line: str
    hired_on: date
    duties: tuple[tuple[str, Unit | None], ...] = ()

    @property
    def account(self) -> str:
        return f"account:{self.id}"

    @property
    def as_recorded(self) -> dict[str, str]:
        return {
            "staff_number": self.number,
            "name": self.name,
            "position": self.position,
            "department": self.unit.full_name,
        }


class Company:
    """Departments first, then whoever is in them; the head of a team before the team."""

    def __init__(self, size: int, rng: random.Random, today: date) -> None:
        self._size, self._rng, self._today = size, rng, today
        self._width = max(5, len(str(size)))
        self._people = self._units = 0
        self._served: list[Unit] = []
        self.top_units = [self._unit(name, None, name) for name in (TOP, *SHARES, PEOPLE_OFFICE)]

    def walk(self) -> Iterator[Unit | Person]:
        """Every unit (the top ones included) before the first person in it, every person after their manager."""
        yield from self.top_units
        top, *centres, office = self.top_units
        head = self._person("汪鸣怡", "总经理", top, None)
        yield head
        at_office = max(8, self._size // 100)
        rest = self._size - 1 - at_office
        sizes = [rest * share // 100 for share in SHARES.values()]
        sizes[0] += rest - sum(sizes)
        for unit, size in zip(centres, sizes, strict=True):
            name, position = CENTRES[unit.name]
            self._serve(unit, size)
            yield from self._team(size, name, position, unit, head, 0)
        yield from self._people_office(at_office, office, head)

    def _people_office(self, size: int, unit: Unit, top: Person) -> Iterator[Unit | Person]:
        """何静 is HR admin, 陶然 audits, and the others share the units to serve."""
        name, position = CENTRES[PEOPLE_OFFICE]
        people = [
            p for p in self._team(size, name, position, unit, top, len(LEVELS)) if isinstance(p, Person)
        ]
        heads = {person.boss.id for person in people if person.boss}
        auditor, *partners = [person.id for person in people if person.id not in heads]
        for person in people:
            if person is people[0]:
                yield replace(person, duties=(("hr_admin", None),))
            elif person.id == auditor:
                yield replace(person, name="陶然", position="审计师", duties=(("auditor", None),))
            elif person.id in partners:
                mine = self._served[partners.index(person.id) :: len(partners)]
                yield replace(person, position="HRBP", duties=tuple(("hrbp", unit) for unit in mine))
            else:
                yield person

    def _team(
        self, size: int, name: str, position: str, unit: Unit, boss: Person, level: int
    ) -> Iterator[Unit | Person]:
        head = self._person(name, position, unit, boss)
        yield head
        units = 0
        for part in self._split(size - 1):
            if part == 1:
                yield self._person(self._name(), self._rng.choice(_POSITIONS[unit.centre]), unit, head)
            elif part >= OWN_DEPARTMENT and level < len(LEVELS):
                below = self._below(unit, level, units)
                units += 1
                self._serve(below, part)
                yield below
                yield from self._team(part, self._name(), f"{below.name}负责人", below, head, level + 1)
            else:
                yield from self._team(part, self._name(), "组长", unit, head, level + 1)

    def _split(self, rest: int) -> list[int]:
        """How many people each of those who report to one head brings, themselves included."""
        if rest <= MOST:
            return [1] * rest
        reports = rest - FEWEST if rest < MOST + FEWEST + 1 else self._rng.randrange(FEWEST + 1, MOST + 1)
        below = rest - reports
        heads = min(reports, max(1, below // (FEWEST + 1)))
        each, more = divmod(below, heads)
        return [1 + each + (n < more) for n in range(heads)] + [1] * (reports - heads)

    def _serve(self, unit: Unit, size: int) -> None:
        """The largest units an HRBP can look after, and none inside another."""
        inside = self._served and unit.path.startswith(self._served[-1].path)
        if size <= SERVED and not inside:
            self._served.append(unit)

    def _below(self, unit: Unit, level: int, n: int) -> Unit:
        kind = LEVELS[level]
        name = f"{FIELDS[unit.centre][n]}{kind}" if level == 0 else f"{unit.name[:-1]}{ORDINALS[n]}{kind}"
        return self._unit(name, unit, unit.centre)

    def _unit(self, name: str, parent: Unit | None, centre: str) -> Unit:
        self._units += 1
        above, path = (f"{parent.full_name}/", parent.path) if parent else ("", "/")
        return Unit(
            self._units,
            name,
            f"{above}{name}",
            parent.id if parent else None,
            f"{path}{self._units}/",
            centre,
        )

    def _person(self, name: str, position: str, unit: Unit, boss: Person | None) -> Person:
        self._people += 1
        n = self._people
        hired = self._today - timedelta(days=self._rng.randrange(800, 5200))
        line = f"{boss.line if boss else '/'}{n}/"
        return Person(n, f"{n:0{self._width}d}", name, position, unit, boss, line, hired)

    def _name(self) -> str:
        return self._rng.choice(SURNAMES) + self._rng.choice(GIVEN)


def _positions() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for unit, _head, below, _share in UNITS:
        centre = unit.split("/")[0]
        found[centre] = (*found.get(centre, ()), *below)
    return found


_POSITIONS = _positions()
