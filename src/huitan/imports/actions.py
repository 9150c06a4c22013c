"""A file comes in: preview (nothing of the company is written), then confirm or discard.

What is small is done while the person waits; what is large is handed to the worker (see `background`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.db import transaction

from huitan.core import events, files
from huitan.core.moves import Refused, locked
from huitan.core.sentences import Sentence, say
from huitan.cycles.models import Cycle
from huitan.imports import background, jobs, report, steps
from huitan.imports.models import ImportRun
from huitan.imports.steps import LARGE, LARGE_FILE, OFFICE, changes_of
from huitan.intake import Reading, Unusable, read
from huitan.intake.reader import Tell, nobody
from huitan.people.actions import require_office
from huitan.people.relations import Actor


def receive(
    kind: str,
    data: bytes,
    file_name: str,
    *,
    cycle: Cycle | None = None,
    mapping: Mapping[str, str] | None = None,
    actor: Actor,
    at: datetime,
) -> ImportRun:
    """Preview at once, or keep a large file and leave reading it to the worker."""
    if len(data) < LARGE_FILE:
        return preview(kind, data, file_name, cycle=cycle, mapping=mapping, actor=actor, at=at)
    require_office(actor, OFFICE[kind])
    name, chosen = clean_name(file_name), dict(mapping or {})
    with transaction.atomic():
        run = ImportRun.objects.create(
            kind=kind,
            cycle=steps.still_open(cycle),
            file_name=name,
            size=len(data),
            sha256=files.keep(data),
            mapping=chosen,
            state="reading",
            step="queued",
            acting=actor.key,
            by_id=actor.employee_id,
            uploaded_at=at,
            asked_at=at,
        )
        content = {"kind": kind, "file": name, "sha256": run.sha256, "size": run.size}
        events.append(run.stream, "import.received", actor=actor, at=at, payload=content)
        jobs.look_through.enqueue(run=run.pk)
    return run


def preview(
    kind: str,
    data: bytes,
    file_name: str,
    *,
    cycle: Cycle | None = None,
    mapping: Mapping[str, str] | None = None,
    actor: Actor,
    at: datetime,
) -> ImportRun:
    """Keep the file, read it and compare it with the company; nothing but the run itself is stored.

    A file whose columns are not enough still becomes a run, whose report has an "error" and the columns "found", so
    that a mapping can mend it. Refused (invalid): no table at all, or KPI results without a cycle to go into.
    """
    return preview_with_reading(kind, data, file_name, cycle=cycle, mapping=mapping, actor=actor, at=at)[0]


def preview_with_reading(
    kind: str,
    data: bytes,
    file_name: str,
    *,
    cycle: Cycle | None = None,
    mapping: Mapping[str, str] | None = None,
    tell: Tell = nobody,
    actor: Actor,
    at: datetime,
) -> tuple[ImportRun, Reading | None]:
    """The same for a caller who goes on to confirm and need not read the file twice."""
    require_office(actor, OFFICE[kind])
    name = clean_name(file_name)
    chosen = dict(mapping or {})
    reading = None
    try:
        reading = read(data, name, kind, mapping=chosen, tell=tell)  # type: ignore[arg-type]
    except Unusable as unusable:
        if not unusable.found:
            raise steps.refusal(unusable) from unusable
        found, cycle = report.of_unusable(kind, name, unusable), steps.still_open(cycle)
    else:
        cycle = steps.cycle_for(reading, cycle, actor)
        tell("comparing", len(reading.rows))
        found = report.of(reading, steps.compare(reading, cycle, at))
    with transaction.atomic():
        run = ImportRun.objects.create(
            kind=kind,
            cycle=cycle,
            file_name=name,
            size=len(data),
            sha256=files.keep(data),
            mapping=chosen,
            report=found,
            by_id=actor.employee_id,
            uploaded_at=at,
        )
        content = {"kind": kind, "file": name, "sha256": run.sha256, "mapping": chosen}
        events.append(run.stream, "import.previewed", actor=actor, at=at, payload=content)
    return run, reading


def dry_run(
    kind: str,
    data: bytes,
    file_name: str,
    *,
    cycle: Cycle | None = None,
    mapping: Mapping[str, str] | None = None,
    actor: Actor,
    at: datetime,
) -> dict[str, Any]:
    """The stored form of the report, without storing anything."""
    require_office(actor, OFFICE[kind])
    name = clean_name(file_name)
    try:
        reading = read(data, name, kind, mapping=dict(mapping or {}))  # type: ignore[arg-type]
    except Unusable as unusable:
        return report.of_unusable(kind, name, unusable)
    return report.of(reading, steps.compare(reading, steps.cycle_for(reading, cycle, actor), at))


def read_again(
    run: ImportRun, mapping: Mapping[str, str], *, cycle: Cycle | None, actor: Actor, at: datetime
) -> ImportRun:
    """The same file with columns meant differently: a new run takes the place of the old one."""
    data = steps.kept(run)
    with transaction.atomic():
        fresh = receive(run.kind, data, run.file_name, cycle=cycle, mapping=mapping, actor=actor, at=at)
        discard(run, actor=actor, at=at)
    return fresh


def begin(run: ImportRun, *, actor: Actor, at: datetime) -> ImportRun:
    """Confirm: at once when it is little, else hand it to the worker."""
    if changes_of(run) < LARGE:
        return confirm(run, actor=actor, at=at)
    with transaction.atomic():
        stored = start(run, actor=actor, at=at)
        jobs.write_rows.enqueue(run=stored.pk)
    return stored


def go_on(run: ImportRun, *, actor: Actor, at: datetime) -> ImportRun:
    """Hand what is left of a stopped import to the worker."""
    with transaction.atomic():
        stored = start(run, actor=actor, at=at)
        jobs.write_rows.enqueue(run=stored.pk)
    return stored


def start(run: ImportRun, *, actor: Actor, at: datetime) -> ImportRun:
    """From now on the rows may be written, by whoever takes the run up (`background.write`)."""
    require_office(actor, OFFICE[run.kind])
    with transaction.atomic():
        stored = locked(run)
        if stored.state not in ("previewed", "stopped") or "error" in stored.report:
            raise _settled(stored)
        steps.still_open(stored.cycle)
        again = stored.state == "stopped"
        stored.state, stored.step, stored.asked_at, stored.why_stopped = "importing", "queued", at, {}
        stored.acting, stored.by_id, stored.rows_a_second = actor.key, actor.employee_id, 0
        if not again:
            stored.began_at, stored.done, stored.total = None, 0, changes_of(stored)
        stored.save()
        payload = {
            "kind": stored.kind,
            "file": stored.file_name,
            "sha256": stored.sha256,
            "done": stored.done,
            "total": stored.total,
        }
        events.append(stored.stream, "import.started", actor=actor, at=at, payload=payload)
    return stored


def stop(run: ImportRun, *, actor: Actor, at: datetime) -> ImportRun:
    """Ask a running job to stop after the part it is writing; where nobody is at work it stops at once."""
    require_office(actor, OFFICE[run.kind])
    with transaction.atomic():
        stored = locked(run)
        if stored.state not in ("reading", "importing"):
            raise _settled(stored)
        if stored.stop_asked_at is None:
            stored.stop_asked_at, stored.stop_asked_by = at, actor.key
            stored.save(update_fields=["stop_asked_at", "stop_asked_by"])
            payload = {"kind": stored.kind, "done": stored.done}
            events.append(stored.stream, "import.stop_asked", actor=actor, at=at, payload=payload)
    if background.is_at_work(stored):
        return stored
    if stored.state == "reading":
        return background.leave(stored, at=at)
    return background.halt(stored, at=at)


def confirm(run: ImportRun, *, actor: Actor, at: datetime) -> ImportRun:
    """Write every good row, all of them or none. The file is compared once more: the company may have moved on."""
    require_office(actor, OFFICE[run.kind])
    try:
        reading = steps.read_kept(run)
    except Unusable as unusable:
        raise steps.refusal(unusable) from unusable
    with transaction.atomic():
        stored = _previewed(run)
        cycle = steps.still_open(stored.cycle)
        comparison = steps.compare(reading, cycle, at)
        found = report.of(reading, comparison)
        found.update(report.counts(steps.write(stored.kind, cycle, comparison.entries, actor, at)))
        stored.report, stored.state, stored.confirmed_at = found, "confirmed", at
        stored.by_id = actor.employee_id
        stored.save(update_fields=["report", "state", "confirmed_at", "by"])
        events.append(
            stored.stream,
            "import.confirmed",
            actor=actor,
            at=at,
            payload={
                "kind": stored.kind,
                "file": stored.file_name,
                "sha256": stored.sha256,
                **{name: found[name] for name in report.OUTCOMES},
                "rejected": found["rejected_rows"],
            },
        )
    return stored


def discard(run: ImportRun, *, actor: Actor, at: datetime) -> ImportRun:
    require_office(actor, OFFICE[run.kind])
    with transaction.atomic():
        stored = _previewed(run)
        stored.state = "discarded"
        stored.save(update_fields=["state"])
        events.append(stored.stream, "import.discarded", actor=actor, at=at, payload={"kind": stored.kind})
    return stored


def _previewed(run: ImportRun) -> ImportRun:
    stored = locked(run)
    if stored.state != "previewed":
        raise _settled(stored)
    return stored


def _settled(run: ImportRun) -> Refused:
    return Refused(
        "not_now", say("这份文件已经处理过：%(state)s。", state=Sentence(ImportRun.STATES[run.state]))
    )


def clean_name(given: str) -> str:
    """The last part of whatever a browser or shell calls the file, without what cannot be shown."""
    name = PurePath(given.replace("\\", "/")).name
    return "".join(c for c in name if c.isprintable())[-255:] or "file"
