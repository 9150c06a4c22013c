"""The evidence log: a dated note with its author, told to the person or not yet, amended within a day, taken back.

Once the person concerned sees a note, or a talk rests on it, its words never change: what is to be said then is said in
a further note.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from huitan.core import events, files
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, locked, plain, require
from huitan.core.sentences import say
from huitan.cycles.models import Cycle
from huitan.evidence.actions.results import entered
from huitan.evidence.models import Evidence, EvidenceFile
from huitan.people.models import Employee
from huitan.people.relations import Actor

# One fact, one event; PostgreSQL's index over statements takes no more either.
STATEMENT_AT_MOST = 800
FILES_AT_MOST = 5
AMENDABLE_FOR = timedelta(hours=24)
AMENDABLE = ("kind", "occurred_on", "statement", "effect", "source")


def add(
    employee: Employee,
    *,
    kind: str,
    occurred_on: date,
    statement: str,
    actor: Actor,
    at: datetime,
    source: str = "",
    effect: str = "",
    about: str = "",
    told_on: date | None = None,
    cycle: Cycle | None = None,
    shared: bool = False,
    attachments: Iterable[tuple[str, bytes]] = (),
) -> Evidence:
    """Add one dated fact by hand, with its files (name, content).

    `told_on` is the day the manager told the person; `shared` says that they see it for another reason. From then on it
    stays as it is. The same words of the same author on the same day are one note, sent twice; what such a note does not
    have (a source, a file, a day of telling) is refused rather than dropped.
    """
    wanted = Evidence(
        employee=employee,
        cycle=cycle,
        kind=kind,
        occurred_on=occurred_on,
        statement=statement.strip(),
        effect=effect.strip(),
        source=source.strip(),
        about=about.strip(),
        told_on=told_on,
        added_by_id=actor.employee_id,
        added_at=at,
        shared_at=at if shared or told_on else None,
    )
    require(wanted, "add", actor)
    if kind == "signal" or told_on:
        require(wanted, "tell", actor)
    _check_words(wanted, at)
    _check_told(wanted, at)
    attachments = list(attachments)
    if len(attachments) > FILES_AT_MOST:
        raise Refused(
            "invalid", Shortfall(say("一条记录最多附 %(n)s 个文件。", n=FILES_AT_MOST), "id_attachments")
        )
    for name, content in attachments:
        _check_file(name, content)
    with transaction.atomic():
        # The same note sent twice at once waits here for the first; whoever only refers to the person does not.
        Employee.objects.select_for_update(no_key=True).get(pk=employee.pk)
        same = _twins(wanted).first()
        if same:
            _check_adds_nothing(wanted, same, attachments)
            if shared:
                share([same], at)
            return same
        wanted.save()
        events.append_all(entered([wanted], "evidence.added"), actor=actor, at=at)
        for name, content in attachments:
            _attach(wanted, name, content, actor=actor, at=at)
    return wanted


def tell(evidence: Evidence, told_on: date, *, actor: Actor, at: datetime) -> Evidence:
    """The manager has told the person on that day: from now on they see the note."""
    with transaction.atomic():
        stored = locked(evidence)
        require(stored, "tell", actor)
        _check_stands(stored)
        if stored.kind == "kpi":
            raise Refused("invalid", say("结果随资料包共享，不用单独告知。"))
        if stored.told_on is not None:
            raise Refused("not_now", say("这条已经记为告知过了。"))
        stored.told_on = told_on
        _check_told(stored, at)
        stored.shared_at = stored.shared_at or at
        stored.save(update_fields=["told_on", "shared_at"])
        events.append(
            stored.stream,
            "evidence.told",
            actor=actor,
            at=at,
            payload={"id": stored.pk, "told_on": plain(told_on)},
        )
    return stored


def amend(
    evidence: Evidence, changes: Mapping[str, Any], seen_version: int, *, actor: Actor, at: datetime
) -> Evidence:
    """The author mends a note within a day, as long as nobody rests on it; the history keeps both wordings.

    Raises `Refused` (stale) with the stored note as `current` when it was changed since `seen_version`.
    """
    with transaction.atomic():
        stored = locked(evidence)
        require(stored, "amend", actor)
        _check_stands(stored)
        _check_unseen(stored)
        if stored.kind == "kpi" or at - stored.added_at > AMENDABLE_FOR:
            raise Refused("not_now", say("写下超过一天了，不能再改。有出入就补一条新的，写明更正了哪一条。"))
        if seen_version != stored.version:
            raise Refused(
                "stale",
                say("这条刚刚在另一个窗口里改过。看看两边的文字，再决定用哪一份。"),
                current=stored,
            )
        differences = {}
        for name in AMENDABLE:
            value = changes.get(name, getattr(stored, name))
            value = value.strip() if isinstance(value, str) else value
            if value != getattr(stored, name):
                differences[name] = [plain(getattr(stored, name)), plain(value)]
                setattr(stored, name, value)
        if not differences:
            return stored
        if stored.kind == "signal":
            raise Refused("invalid", say("提醒要写明哪一天告诉了员工，另记一条。"))
        _check_words(stored, at)
        if _twins(stored).exclude(pk=stored.pk).exists():
            raise Refused("invalid", say("同一天已经有一条一样的记录。"))
        stored.version += 1
        stored.save(update_fields=[*AMENDABLE, "version"])
        events.append(
            stored.stream,
            "evidence.amended",
            actor=actor,
            at=at,
            payload={"id": stored.pk, "version": stored.version, "changes": differences},
        )
    return stored


def withdraw(evidence: Evidence, reason: str, *, actor: Actor, at: datetime) -> Evidence:
    """The author takes a note back; it stays in the log, crossed out, with the reason."""
    with transaction.atomic():
        stored = locked(evidence)
        require(stored, "withdraw", actor)
        _check_stands(stored)
        _check_unseen(stored)
        if stored.kind == "kpi":
            raise Refused("invalid", say("结果不能撤回。数字不对，由 HR 核对后更正。"))
        if not reason.strip():
            raise Refused("invalid", Shortfall(say("写一句为什么撤回。"), "id_reason"))
        stored.withdrawn_at, stored.withdrawn_reason = at, reason.strip()
        stored.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        events.append(
            stored.stream,
            "evidence.withdrawn",
            actor=actor,
            at=at,
            payload={"id": stored.pk, "reason": stored.withdrawn_reason},
        )
    return stored


def share(items: Iterable[Evidence], at: datetime) -> None:
    """From now on the person concerned sees these. Part of sharing a pack, whose event names them."""
    unseen = Evidence.objects.standing().filter(pk__in=[e.pk for e in items], shared_at__isnull=True)
    unseen.update(shared_at=at)


def cite(items: Iterable[Evidence], at: datetime, *, shared: bool) -> None:
    """A talk rests on these from now on; `shared` says that the person already sees what the talk rests on."""
    items = list(items)
    fresh = Evidence.objects.standing().filter(pk__in=[e.pk for e in items], cited_at__isnull=True)
    fresh.update(cited_at=at)
    if shared:
        share(items, at)


def _attach(evidence: Evidence, name: str, content: bytes, *, actor: Actor, at: datetime) -> EvidenceFile:
    kept = EvidenceFile.objects.create(
        evidence=evidence,
        name=files.bare_name(name),
        size=len(content),
        sha256=files.keep(content),
        by_id=actor.employee_id,
        at=at,
    )
    events.append(
        evidence.stream,
        "evidence.file_attached",
        actor=actor,
        at=at,
        payload={"id": evidence.pk, "name": kept.name, "size": kept.size, "sha256": kept.sha256},
    )
    return kept


def _check_file(name: str, content: bytes) -> None:
    try:
        files.check(name, content)
    except Refused as refusal:
        raise Refused(
            "invalid", *(Shortfall(r.sentence, "id_attachments") for r in refusal.reasons)
        ) from refusal


def _check_words(note: Evidence, at: datetime) -> None:
    if note.kind not in Evidence.KINDS or note.kind == "kpi":
        raise Refused("invalid", Shortfall(say("选一类：成绩、贡献、不足、补充事实或提醒。"), "id_kind"))
    if not note.statement:
        raise Refused("invalid", Shortfall(say("写下事实：哪一天、什么事、什么结果。"), "id_statement"))
    if len(note.statement) > STATEMENT_AT_MOST:
        raise Refused(
            "invalid",
            Shortfall(
                say("一条事实最多 %(n)s 个字。拆成几条，每条一件事。", n=STATEMENT_AT_MOST), "id_statement"
            ),
        )
    for name in ("effect", "source", "about"):
        most = Evidence._meta.get_field(name).max_length or 0
        if len(getattr(note, name)) > most:
            raise Refused("invalid", Shortfall(say("这一栏最多 %(n)s 个字。", n=most), f"id_{name}"))
    if note.occurred_on > timezone.localdate(at):
        raise Refused("invalid", Shortfall(say("发生日期在将来。改成事情发生的那一天。"), "id_occurred_on"))


def _check_told(note: Evidence, at: datetime) -> None:
    if note.told_on is None:
        if note.kind == "signal":
            raise Refused("invalid", Shortfall(say("写明哪一天当面告诉了员工。"), "id_told_on"))
        return
    if not note.occurred_on <= note.told_on <= timezone.localdate(at):
        raise Refused("invalid", Shortfall(say("告知的日期在事情发生之后、今天之前。"), "id_told_on"))


def _check_stands(note: Evidence) -> None:
    if note.withdrawn_at is not None:
        raise Refused("not_now", say("这条已经撤回了。"))


def _check_unseen(note: Evidence) -> None:
    if note.shared_at is not None:
        raise Refused("not_now", say("员工已经看得到这条，不能再改。有出入就补一条新的，写明更正了哪一条。"))
    if note.cited_at is not None:
        raise Refused("not_now", say("面谈已经引用了这条，不能再改。有出入就补一条新的，写明更正了哪一条。"))


def _twins(note: Evidence) -> QuerySet[Evidence]:
    """What stands in the same words by the same author on the same day."""
    return Evidence.objects.standing().filter(
        employee=note.employee_id,
        kind=note.kind,
        occurred_on=note.occurred_on,
        statement=note.statement,
        added_by=note.added_by_id,
    )


def _check_adds_nothing(wanted: Evidence, same: Evidence, attachments: Sequence[tuple[str, bytes]]) -> None:
    """A note that is there already has everything that was sent."""
    if wanted.told_on is not None and same.told_on is None:
        sentence = say("这句话已经记过，是 %(ref)s。在那一条上点「记为已告知」，写下日期。", ref=same.ref)
        raise Refused("invalid", Shortfall(sentence, "id_statement"))
    words = all(getattr(wanted, name) in ("", getattr(same, name)) for name in ("effect", "source", "about"))
    digests = {hashlib.sha256(content).hexdigest() for _name, content in attachments}
    has_all = digests <= set(same.files.values_list("sha256", flat=True))
    if not words or not has_all or wanted.told_on not in (None, same.told_on):
        sentence = say(
            "这句话已经记过，是 %(ref)s，这次填的没有加上去。要补充，换一种写法另记一条。", ref=same.ref
        )
        raise Refused("invalid", Shortfall(sentence, "id_statement"))
