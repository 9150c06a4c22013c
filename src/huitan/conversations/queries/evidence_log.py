"""The evidence log as this viewer sees it: by month, with author, files, who sees it, and the talks that rest on it.

A fixed number of queries however long the log is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q

from huitan.conversations.models import Pack, Topic
from huitan.conversations.models.conversation import WITH_RECORD
from huitan.core.access import judge
from huitan.evidence.actions.log import AMENDABLE_FOR
from huitan.evidence.models import Evidence, EvidenceFile
from huitan.evidence.policy import EVIDENCE
from huitan.people.models import Employee
from huitan.people.relations import HR_ADMIN, HRBP, MANAGER, SELF, Actor, related

SHOWN = 60
PEOPLE_SHOWN = 30
READERS = frozenset({SELF, MANAGER, HRBP, HR_ADMIN})


@dataclass(frozen=True)
class FileLine:
    id: int
    name: str
    size: int


@dataclass(frozen=True)
class Citation:
    talk_id: int
    cycle: str
    topic: str


@dataclass(frozen=True)
class LogLine:
    """One note. `sees` is whether the person concerned reads it; the flags say what this viewer may do now."""

    id: int
    ref: str
    kind: str
    statement: str
    effect: str
    about: str
    source: str
    occurred_on: date
    author: str
    is_mine: bool
    is_about_author: bool
    added_at: datetime
    told_on: date | None
    sees: bool
    withdrawn_at: datetime | None
    withdrawn_reason: str
    version: int
    files: tuple[FileLine, ...]
    citations: tuple[Citation, ...]
    can_amend: bool
    can_withdraw: bool
    can_tell: bool
    item_pk: int | None = None

    @property
    def kind_word(self) -> str:
        return Evidence.KINDS[self.kind]


@dataclass(frozen=True)
class Month:
    first: date
    lines: tuple[LogLine, ...]


@dataclass(frozen=True)
class LogPage:
    """`older` continues the list; `results` are the names of the person's results a note can be about."""

    person_id: int
    person: str
    manager: str
    is_own: bool
    is_manager: bool
    may_add: bool
    may_tell: bool
    months: tuple[Month, ...]
    older: str
    results: tuple[str, ...]


@dataclass(frozen=True)
class PersonLine:
    id: int
    name: str
    position: str
    department: str


def subject(actor: Actor, pk: int) -> Employee | None:
    """The person, if this viewer reads their log. One query."""
    seen = Employee.objects.visible_to(actor).filter(related(actor, READERS))
    return seen.select_related("department", "manager").filter(pk=pk).first()


def people(actor: Actor, search: str = "") -> tuple[PersonLine, ...]:
    """Whose log this viewer may open beside their own: the own team, or for HR whoever is looked for. One query."""
    seen = Employee.objects.visible_to(actor).exclude(status="left").select_related("department")
    if search.strip():
        text = search.strip()
        seen = seen.filter(related(actor, (MANAGER, HRBP, HR_ADMIN))).filter(
            Q(name__icontains=text) | Q(staff_number=text)
        )
    else:
        seen = seen.filter(related(actor, (MANAGER,)))
    return tuple(
        PersonLine(p.pk, p.name, p.position, p.department.full_name)
        for p in seen.order_by("name", "pk")[:PEOPLE_SHOWN]
    )


def log_page(person: Employee, actor: Actor, at: datetime, older_than: tuple[date, int] | None) -> LogPage:
    """`older_than` is the day and id of the last note of the page before. Four queries."""
    relations = person.relations_of(actor)
    notes = Evidence.objects.visible_to(actor).filter(employee=person).exclude(kind="kpi")
    if older_than is not None:
        on, pk = older_than
        notes = notes.filter(Q(occurred_on__lt=on) | Q(occurred_on=on, pk__lt=pk))
    found = list(
        notes.select_related("added_by", "employee__department", "item")
        .prefetch_related("files")
        .order_by("-occurred_on", "-pk")[: SHOWN + 1]
    )
    shown = found[:SHOWN]
    cited = _citations(shown, relations)
    lines = [_line(note, person, actor, at, cited.get(note.pk, ())) for note in shown]
    months: dict[date, list[LogLine]] = {}
    for line in lines:
        months.setdefault(line.occurred_on.replace(day=1), []).append(line)
    results = (
        Evidence.objects.visible_to(actor)
        .filter(employee=person, kind="kpi")
        .order_by("name")
        .values_list("name", flat=True)
        .distinct()
    )
    last = shown[-1] if len(found) > SHOWN else None
    return LogPage(
        person_id=person.pk,
        person=person.name,
        manager=person.manager.name if person.manager else "",
        is_own=SELF in relations,
        is_manager=MANAGER in relations,
        may_add=bool(EVIDENCE.judge("add", relations)),
        may_tell=bool(EVIDENCE.judge("tell", relations)),
        months=tuple(Month(first, tuple(rows)) for first, rows in months.items()),
        older=f"{last.occurred_on.isoformat()}.{last.pk}" if last else "",
        results=tuple(results),
    )


def note_of(actor: Actor, pk: int) -> Evidence | None:
    """One note this viewer reads, with what deciding about it needs. One query."""
    seen = Evidence.objects.visible_to(actor).exclude(kind="kpi")
    return seen.select_related("employee__department").filter(pk=pk).first()


def file_of(actor: Actor, note: int, pk: int) -> EvidenceFile | None:
    """A file of something this viewer reads."""
    seen = Evidence.objects.visible_to(actor).filter(pk=note)
    return EvidenceFile.objects.filter(evidence__in=seen, pk=pk).first()


def _citations(notes: Iterable[Evidence], relations: frozenset[str]) -> dict[int, list[Citation]]:
    """Talks that rest on these notes: for the two from the start (the employee once the pack is there), for HR from the
    record on."""
    ids = [note.pk for note in notes if note.cited_at]
    topics = Topic.objects.exclude(state="removed").filter(evidence__in=ids)
    if MANAGER not in relations:
        # A talk called off before anything was shared stays the manager's draft.
        shared = Exists(Pack.objects.filter(conversation=OuterRef("conversation")))
        topics = topics.filter(shared if SELF in relations else Q(conversation__state__in=WITH_RECORD))
    found: dict[int, list[Citation]] = {}
    rows = topics.order_by("conversation__opened_at", "pk").values_list(
        "evidence", "conversation", "conversation__review__cycle__name", "title"
    )
    for note, talk, cycle, title in rows:
        found.setdefault(note, []).append(Citation(talk, cycle, title))
    return found


def _line(
    note: Evidence, person: Employee, actor: Actor, at: datetime, citations: Iterable[Citation]
) -> LogLine:
    stands = note.withdrawn_at is None
    return LogLine(
        id=note.pk,
        ref=note.ref,
        kind=note.kind,
        statement=note.statement,
        effect=note.effect,
        about=note.about,
        source=note.source,
        occurred_on=note.occurred_on,
        author=note.added_by.name if note.added_by else "",
        is_mine=note.added_by_id is not None and note.added_by_id == actor.employee_id,
        is_about_author=note.added_by_id == person.pk,
        added_at=note.added_at,
        told_on=note.told_on,
        sees=note.shared_at is not None or note.added_by_id == person.pk,
        withdrawn_at=note.withdrawn_at,
        withdrawn_reason=note.withdrawn_reason,
        version=note.version,
        files=tuple(FileLine(f.pk, f.name, f.size) for f in note.files.all()),
        citations=tuple(citations),
        can_amend=stands
        and not note.is_fixed
        and at - note.added_at <= AMENDABLE_FOR
        and bool(judge(note, "amend", actor)),
        can_withdraw=stands and not note.is_fixed and bool(judge(note, "withdraw", actor)),
        can_tell=stands
        and note.shared_at is None
        and note.added_by_id != person.pk
        and bool(judge(note, "tell", actor)),
        item_pk=note.item.pk if hasattr(note, "item") else None,
    )
