"""The same thing twice in one file: the first one counts."""

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import fields

from huitan.intake.cells import name_key, staff_number_key
from huitan.intake.problems import N_, Fault
from huitan.intake.reading import EventRow, KpiRow, RosterRow, Row

SAME_PERSON = N_("工号 %(staff_number)s 在文件里出现了两次，内容相同。已采用第一行。")
OTHER_PERSON = N_("工号 %(staff_number)s 在文件里出现了两次，内容不同：%(differences)s。已采用第一行。")
SAME_KPI = N_("%(staff_number)s 的指标「%(subject)s」在文件里出现了两次，内容相同。已采用第一行。")
OTHER_KPI = N_(
    "%(staff_number)s 的指标「%(subject)s」在文件里出现了两次，内容不同：%(differences)s。已采用第一行。"
)
SAME_EVENT = N_("%(staff_number)s 的这件事在文件里出现了两次，内容相同。已采用第一行。")
OTHER_EVENT = N_("%(staff_number)s 的这件事在文件里出现了两次，内容不同：%(differences)s。已采用第一行。")
REPEATED = frozenset([SAME_PERSON, OTHER_PERSON, SAME_KPI, OTHER_KPI, SAME_EVENT, OTHER_EVENT])
_DROP = N_("删掉多余的一行。")
_CHOOSE = N_("留下正确的一行，删掉另一行，再重新上传。")
_SENTENCES = {
    RosterRow: (SAME_PERSON, OTHER_PERSON),
    KpiRow: (SAME_KPI, OTHER_KPI),
    EventRow: (SAME_EVENT, OTHER_EVENT),
}


def find(
    rows: Sequence[Row], faulty: Collection[int] = (), undated: Collection[int] = ()
) -> Iterator[tuple[int, Fault]]:
    """(index, fault) of each row that repeats an earlier one. Rows that do not say who, what or when are left alone,
    and a row that cannot be used itself (``faulty``) stands in no other row's way."""
    first: dict[Hashable, int] = {}
    for index, row in enumerate(rows):
        key = None if index in undated else _key(row)
        if key is None:
            continue
        if first.get(key, index) not in faulty and key in first:
            yield index, _fault(rows[first[key]], row)
        else:
            first[key] = index


def _key(row: Row) -> Hashable | None:
    who = staff_number_key(row.staff_number) if row.staff_number else ""
    if isinstance(row, RosterRow):
        return who or None
    who = who or row.email or name_key(row.name)
    if isinstance(row, KpiRow):
        return (who, "".join(row.kpi.split()).casefold(), row.as_of) if who and row.kpi else None
    return (who, row.kind, row.occurred_on, "".join(row.statement.split())) if who and row.statement else None


def _fault(first: Row, again: Row) -> Fault:
    same, other = _SENTENCES[type(again)]
    params = {"staff_number": again.staff_number or again.name, "subject": getattr(again, "kpi", "")}
    different = [
        f"{_shown(getattr(first, field.name))} / {_shown(getattr(again, field.name))}"
        for field in fields(again)
        if field.name not in ("row", "staff_number")
        and getattr(first, field.name) != getattr(again, field.name)
    ]
    if not different:
        return Fault(same, _DROP, params)
    return Fault(other, _CHOOSE, {**params, "differences": different[:3]})


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "/".join(map(str, value)) or "—"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value not in (None, "") else "—"
