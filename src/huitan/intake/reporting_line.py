"""Who reports to whom within one file: nobody to themselves, and no way round in a circle."""

from collections.abc import Iterator, Mapping, Sequence

from huitan.intake.cells import staff_number_key
from huitan.intake.problems import N_, Fault
from huitan.intake.reading import RosterRow

SELF_MANAGER = N_("%(name)s（%(staff_number)s）的汇报对象是自己。")
SELF_MANAGER_HINT = N_("改成真正的上级，最高负责人留空，再重新上传。")
CYCLE = N_("汇报关系绕成一圈：%(circle)s。")
CYCLE_HINT = N_("改正其中一个人的汇报对象后重新上传。")
_SHOWN = 8


def is_self(row: RosterRow) -> bool:
    """The row's own staff number or e-mail stands as its manager; a name alone may belong to two people."""
    if not row.manager:
        return False
    own_number = bool(row.staff_number) and staff_number_key(row.manager) == staff_number_key(
        row.staff_number
    )
    return own_number or (bool(row.email) and row.manager == row.email)


def self_manager(row: RosterRow) -> Fault:
    return Fault(
        SELF_MANAGER, SELF_MANAGER_HINT, {"name": row.name or "—", "staff_number": row.staff_number or "—"}
    )


def edges(rows: Sequence[RosterRow], keys: Sequence[str]) -> dict[str, str]:
    """Key of each person → key of the manager, where the staff number or e-mail names somebody of these rows.
    ``keys``: the staff number key of each row, "" for none."""
    present = set(keys)
    emails = {row.email: key for row, key in zip(rows, keys, strict=True) if row.email and key}
    found: dict[str, str] = {}
    for row, own in zip(rows, keys, strict=True):
        if not own or not row.manager:
            continue
        key = staff_number_key(row.manager)
        manager = key if key in present else emails.get(row.manager)
        if manager is not None:
            found.setdefault(own, manager)
    return found


def circles(manager_of: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Each circle of two or more people once, in reporting order."""
    done: set[str] = set()
    for start in manager_of:
        way: dict[str, int] = {}
        person: str | None = start
        while person is not None and person not in done and person not in way:
            way[person] = len(way)
            person = manager_of.get(person)
        if person is not None and person in way:
            circle = tuple(list(way)[way[person] :])
            if len(circle) > 1:
                yield circle
        done.update(way)


def circle_fault(circle: Sequence[str], shown: Mapping[str, str]) -> Fault:
    """``shown``: key → the staff number as written."""
    names = [shown.get(key, key) for key in circle]
    if len(names) > _SHOWN:
        names = [*names[: _SHOWN - 1], "…"]
    return Fault(CYCLE, CYCLE_HINT, {"circle": " → ".join([*names, shown.get(circle[0], circle[0])])})


def faults(rows: Sequence[RosterRow]) -> Iterator[tuple[int, Fault]]:
    """(index, fault) of rows that report to themselves or stand in a circle of this file."""
    keys = [staff_number_key(row.staff_number) if row.staff_number else "" for row in rows]
    manager_of = edges(rows, keys)
    for index, (row, key) in enumerate(zip(rows, keys, strict=True)):
        if (key and manager_of.get(key) == key) or (not key and is_self(row)):
            yield index, self_manager(row)
    places = {key: index for index, key in enumerate(keys)}
    shown = {key: row.staff_number for row, key in zip(rows, keys, strict=True)}
    for circle in circles(manager_of):
        for key in circle:
            yield places[key], circle_fault(circle, shown)
