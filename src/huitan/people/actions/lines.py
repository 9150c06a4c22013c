"""The reporting line, kept with each person so that lists can ask for everybody below somebody."""

from __future__ import annotations

from collections.abc import Iterable

from huitan.core.bulk import in_parts, save_again
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.people.models import Employee


def redraw_lines(moved: Iterable[Employee]) -> None:
    """The lines of those who have a new manager and of everybody below them; a loop is refused."""
    below = {person.pk: person for person in moved}
    level = list(below)
    while level:
        found = [
            person
            for some in in_parts(level)
            for person in Employee.objects.filter(manager__in=some)
            if person.pk not in below
        ]
        below.update({person.pk: person for person in found})
        level = [person.pk for person in found]
    beside = {person.manager_id for person in below.values()} - below.keys()
    above = {
        pk: line
        for some in in_parts([pk for pk in beside if pk])
        for pk, line in Employee.objects.filter(pk__in=some).values_list("pk", "line")
    }
    lines: dict[int, str] = {}
    for person in below.values():
        chain: list[Employee] = []
        step: Employee | None = person
        while step is not None and step.pk not in lines:
            if step in chain:
                raise circle(person.name)
            chain.append(step)
            step = below.get(step.manager_id) if step.manager_id else None
        for link in reversed(chain):
            manager = link.manager_id
            start = lines.get(manager) or above[manager] if manager else "/"
            lines[link.pk] = f"{start}{link.pk}/"
    changed = [person for person in below.values() if person.line != lines[person.pk]]
    for person in changed:
        person.line = lines[person.pk]
    save_again(changed, ["line"])


def circle(name: str) -> Refused:
    return Refused("invalid", say("%(name)s 的汇报关系绕成了一圈。", name=name))
