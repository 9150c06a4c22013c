"""Fills an empty database with a company of any size, some people at a time: same seed and same day, same company."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter

from django.db import transaction
from django.utils import timezone

from huitan.cli.demo.build import quick_writes
from huitan.cli.generate.company import Company, Person, Unit
from huitan.cli.generate.frames import Frame, close_past, open_frames
from huitan.cli.generate.material import Plan
from huitan.cli.generate.steps import SYSTEM, Teller
from huitan.cli.generate.tables import Tables
from huitan.core import bulk, seals
from huitan.core.events import Chains
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.notifications.actions.listening import READER
from huitan.people.models import Department
from huitan.people.relations import system

ACTOR = system("generate")
AT_ONCE = 1000


class Building:
    """A company under construction; `encoded` is everybody's password as it is stored."""

    def __init__(self, size: int, seed: int, cycles: int, now: datetime, encoded: str) -> None:
        self._rng = random.Random(seed)
        self._now, self._today, self._cycles = now, timezone.localdate(now), cycles
        self._size, self._encoded = size, encoded
        self._tables, self._chains = Tables(), Chains()
        self._teller = Teller(self._tables, self._chains, self._rng, now, self._today)
        self._frames: list[Frame] = []
        self.rows = 0

    def build(self, progress: Callable[[str], object]) -> None:
        if not all(table.is_empty() for table in self._tables.all):
            raise Refused("not_now", say("数据库里已经有数据。换一个空的数据文件夹或数据库再生成。"))
        company, began = Company(self._size, self._rng, self._today), perf_counter()
        with quick_writes():
            units = self._open(company)
            people = 0
            for found in company.walk():
                if isinstance(found, Unit):
                    if found not in units:
                        self._add_unit(found)
                    continue
                self._tell(found)
                people += 1
                if people % AT_ONCE == 0:
                    self._write()
                    spent = perf_counter() - began
                    progress(
                        f"{people} / {self._size}, {people / spent:.0f}/s, {self.rows / spent:.0f} rows/s"
                    )
            self._finish()

    def _open(self, company: Company) -> set[Unit]:
        """The top units, and the cycles that run in them."""
        with transaction.atomic():
            for unit in company.top_units:
                self._add_unit(unit)
            self.rows += self._tables.department.write()
            bulk.number_on([self._tables.department])
            departments = list(Department.objects.visible_to(ACTOR).order_by("id"))
            self._frames, self._hired_at = open_frames(self._cycles, departments, self._today, actor=ACTOR)
            for table in self._tables.all:
                if table is not self._tables.stream and table is not self._tables.cursor:
                    table.begin()
        return set(company.top_units)

    def _add_unit(self, unit: Unit) -> None:
        self._tables.department.put(unit.id, unit.name, unit.parent_id, unit.path, unit.full_name)

    def _tell(self, person: Person) -> None:
        self._hire(person)
        plan: Plan | None = None
        if person.boss is not None:
            for frame in self._frames:
                plan = self._teller.tell(person, person.boss, frame, plan)

    def _hire(self, person: Person) -> None:
        tables, number, unit, boss = self._tables, person.number, person.unit, person.boss
        email, stream = f"e{number}@qiheng.example", f"employee:{person.id}"
        tables.account.put(person.id, number, email, self._encoded)
        tables.employee.put(
            person.id,
            number,
            person.name,
            email,
            unit.id,
            person.position,
            boss.id if boss else None,
            person.line,
            person.hired_on,
            person.id,
        )
        enrolled = {
            "department": unit.full_name,
            "manager": boss.number if boss else None,
            "staff_number": number,
            "name": person.name,
            "email": email,
            "position": person.position,
            "hired_on": person.hired_on.isoformat(),
            "status": "active",
        }
        at = self._hired_at
        self._teller.say(stream, "employee.enrolled", SYSTEM, at, enrolled)
        self._teller.say(stream, "employee.account_opened", SYSTEM, at, {"account": person.id})
        for kind, served in person.duties:
            tables.duty.add(person.id, kind, served.id if served else None)
            granted = {"kind": kind, "department": served.full_name if served else None}
            self._teller.say(person.account, "account.duty_granted", SYSTEM, at, granted)

    def _write(self) -> None:
        """What has come together so far, in one transaction."""
        for head in self._chains.ended():
            self._tables.stream.put(*head)
        with transaction.atomic():
            self.rows += sum(table.write() for table in self._tables.all)
        seals.seal(self._now, settle=timedelta(0))

    def _finish(self) -> None:
        """The rest; and the worker of this installation tells nobody what happened before it began."""
        self._write()
        bulk.number_on([t for t in self._tables.all if t not in (self._tables.stream, self._tables.cursor)])
        with transaction.atomic():
            close_past(self._frames, actor=ACTOR)
            self._tables.event.begin()
            self._tables.cursor.put(READER, self._tables.event.take() - 1)
            self._tables.cursor.write()
        while seals.seal(self._now, settle=timedelta(0)) is not None:
            pass
