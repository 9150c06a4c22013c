"""Large files run as jobs: read with steps told, written part by part, stopped between two parts, gone on with later.

A part is one transaction with its rows, their history and the note which rows of the file are in. Whoever dies halfway
leaves whole parts behind; whoever goes on reads the file again and leaves out the rows noted as written. Rows are only
ever written under one lease, so two workers never write one file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from huitan.core import events, lease
from huitan.core.bulk import in_parts
from huitan.core.moves import Refused, locked
from huitan.core.sentences import say
from huitan.imports import report, steps
from huitan.imports.models import ImportRun
from huitan.imports.reconcile import Comparison
from huitan.intake import Reading, Unusable
from huitan.people.actions import actor_keyed, require_office
from huitan.people.relations import Actor

PART = 1000
WRITING = "imports:writing"
Clock = Callable[[], datetime]
# The database went away: the file is not to blame, and the job that asked is done again.
OUTAGES = (OperationalError, InterfaceError)


class Stopped(Exception):
    """Somebody asked for it."""


def look(pk: int, clock: Clock) -> None:
    """Read a large file and compare it; the run is then previewed, with its report."""
    with lease.held(reading_lease(pk), wait=True):
        _look(ImportRun.objects.select_related("cycle").get(pk=pk), clock)


def _look(run: ImportRun, clock: Clock) -> None:
    if run.state != "reading":
        return
    try:
        actor = _on_behalf(run)
        tell = _teller(run, clock)
        try:
            reading = steps.read_kept(run, tell)
        except Unusable as unusable:
            found, cycle = report.of_unusable(run.kind, run.file_name, unusable), run.cycle
        else:
            cycle = steps.cycle_for(reading, run.cycle, actor)
            tell("comparing", len(reading.rows))
            found = report.of(reading, steps.compare(reading, cycle, clock()))
    except Stopped:
        leave(run, at=clock())
        return
    except Refused as refused:
        found, cycle = report.of_refusal(run.kind, run.file_name, refused), run.cycle
    except OUTAGES:
        raise
    except Exception:
        _failed(run)
        raise
    with transaction.atomic():
        stored = locked(run)
        if stored.state != "reading":
            return
        stored.report, stored.cycle, stored.state, stored.step = found, cycle, "previewed", ""
        stored.save(update_fields=["report", "cycle", "state", "step"])
        content = {
            "kind": run.kind,
            "file": run.file_name,
            "sha256": run.sha256,
            "mapping": run.mapping,
        }
        events.append(stored.stream, "import.previewed", actor=actor, at=clock(), payload=content)


def write(
    pk: int,
    clock: Clock,
    *,
    reading: Reading | None = None,
    hear: Callable[[int, int], None] = lambda _done, _total: None,
) -> ImportRun:
    """Write what is not written yet. `reading` spares whoever has just read the file a second time; `hear` is told
    how many rows of how many are in."""
    with lease.held(WRITING, wait=True):
        run = ImportRun.objects.select_related("cycle").get(pk=pk)
        if run.state != "importing":
            return run
        try:
            return _write(run, clock, reading, hear)
        except Stopped:
            return halt(run, at=clock())
        except Refused as refused:
            return halt(run, at=clock(), why=refused)
        except OUTAGES:
            raise
        except Exception:
            _failed(run)
            raise


def _write(
    run: ImportRun, clock: Clock, reading: Reading | None, hear: Callable[[int, int], None]
) -> ImportRun:
    actor, began = _on_behalf(run), clock()
    tell = _teller(run, clock)
    if run.began_at is not None and run.done:
        with transaction.atomic():
            payload = {"kind": run.kind, "file": run.file_name, "done": run.done}
            events.append(run.stream, "import.resumed", actor=actor, at=began, payload=payload)
    ImportRun.objects.filter(pk=run.pk).update(began_at=began)
    try:
        reading = reading or steps.read_kept(run, tell)
    except Unusable as unusable:
        raise steps.refusal(unusable) from unusable
    tell("comparing", len(reading.rows))
    cycle = steps.still_open(run.cycle)
    comparison = steps.compare(reading, cycle, began)
    found = report.of(reading, comparison)
    del reading
    already = RowsWritten(run.written)
    left = [(row, entry) for row, entry in _to_write(comparison) if row not in already]
    count = len(comparison.entries)
    del comparison
    total = run.done + len(left)
    for part in in_parts(left, PART):
        with transaction.atomic():
            stored = locked(run)
            if stored.state != "importing":
                return stored
            if stored.stop_asked_at is not None:
                raise Stopped
            at = clock()
            outcomes = Counter(steps.write(run.kind, cycle, [entry for _, entry in part], actor, at))
            already.add(row for row, _ in part)
            stored.written = already.bits
            stored.tally = {name: stored.tally.get(name, 0) + outcomes[name] for name in report.WRITTEN}
            stored.done, stored.total, stored.step, stored.told_at = (
                stored.done + len(part),
                total,
                "writing",
                at,
            )
            stored.rows_a_second = int((stored.done - run.done) / max((at - began).total_seconds(), 0.1))
            stored.save(
                update_fields=["written", "tally", "done", "total", "step", "told_at", "rows_a_second"]
            )
        hear(stored.done, total)
    return _finish(run, found, count, actor, clock())


def _to_write(comparison: Comparison) -> Iterable[tuple[int, Any]]:
    for row, entry, outcome in zip(comparison.rows, comparison.entries, comparison.outcomes, strict=True):
        if outcome != "unchanged":
            yield row, entry


def _finish(run: ImportRun, found: dict[str, Any], count: int, actor: Actor, at: datetime) -> ImportRun:
    with transaction.atomic():
        stored = locked(run)
        if stored.state != "importing":
            return stored
        written = {name: stored.tally.get(name, 0) for name in report.WRITTEN}
        stored.report = {**found, **written, "unchanged": count - sum(written.values())}
        stored.state, stored.step, stored.confirmed_at = "confirmed", "", at
        stored.save(update_fields=["report", "state", "step", "confirmed_at"])
        payload = {
            "kind": stored.kind,
            "file": stored.file_name,
            "sha256": stored.sha256,
            **{name: stored.report[name] for name in report.OUTCOMES},
            "rejected": stored.report["rejected_rows"],
        }
        events.append(stored.stream, "import.confirmed", actor=actor, at=at, payload=payload)
    return stored


def halt(run: ImportRun, *, at: datetime, why: Refused | None = None) -> ImportRun:
    """What is in stays in, and the run says how much that is and why it stopped. It can be gone on with."""
    with transaction.atomic():
        stored = locked(run)
        if stored.state != "importing":
            return stored
        asked_by = stored.stop_asked_by or stored.acting
        stored.state, stored.step, stored.stop_asked_at, stored.stop_asked_by = "stopped", "", None, ""
        stored.why_stopped = why.reasons[0].sentence.as_json() if why else {}
        stored.told_at = at
        stored.save(
            update_fields=["state", "step", "stop_asked_at", "stop_asked_by", "why_stopped", "told_at"]
        )
        payload = {"kind": stored.kind, "file": stored.file_name, "done": stored.done, "total": stored.total}
        if why:
            payload["why"] = stored.why_stopped
        events.append(stored.stream, "import.stopped", actor=Actor(key=asked_by), at=at, payload=payload)
    return stored


def leave(run: ImportRun, *, at: datetime) -> ImportRun:
    """Reading was called off: nothing was written, the run stays as a note."""
    with transaction.atomic():
        stored = locked(run)
        if stored.state != "reading":
            return stored
        asked_by = stored.stop_asked_by or stored.acting
        stored.state, stored.step = "discarded", ""
        stored.save(update_fields=["state", "step"])
        payload = {"kind": stored.kind}
        events.append(stored.stream, "import.discarded", actor=Actor(key=asked_by), at=at, payload=payload)
    return stored


def is_at_work(run: ImportRun) -> bool:
    """Whether a living process reads or writes this run, or any other run's rows."""
    with lease.held(reading_lease(run.pk) if run.state == "reading" else WRITING) as free:
        return not free


def reading_lease(pk: int) -> str:
    return f"imports:reading:{pk}"


def _failed(run: ImportRun) -> None:
    """An error nobody foresaw. The next worker must not stumble over the same file again and again."""
    with transaction.atomic():
        stored = locked(run)
        refused = Refused("not_now", say("后台出了错，已经停下。请管理员看服务器日志，再接着导入。"))
        if stored.state == "reading":
            stored.report = report.of_refusal(stored.kind, stored.file_name, refused)
            stored.state, stored.step = "previewed", ""
        elif stored.state == "importing":
            stored.why_stopped = refused.reasons[0].sentence.as_json()
            stored.state, stored.step = "stopped", ""
        stored.save(update_fields=["report", "why_stopped", "state", "step"])


def _on_behalf(run: ImportRun) -> Actor:
    actor = actor_keyed(run.acting)
    require_office(actor, steps.OFFICE[run.kind])
    return actor


def _teller(run: ImportRun, clock: Clock) -> Callable[[str, int], None]:
    def tell(step: str, rows: int) -> None:
        mine = ImportRun.objects.filter(pk=run.pk)
        if mine.filter(stop_asked_at__isnull=False).exists():
            raise Stopped
        news: dict[str, Any] = {"step": step, "told_at": clock()}
        if run.state == "reading":
            news.update(total=rows, began_at=run.began_at or clock())
        mine.update(**news)

    return tell


class RowsWritten:
    """Rows of a file, one bit each: 100,000 rows are 12 KB."""

    def __init__(self, bits: bytes | memoryview) -> None:
        self._bits = bytearray(bits)

    @property
    def bits(self) -> bytes:
        return bytes(self._bits)

    def add(self, rows: Iterable[int]) -> None:
        for row in rows:
            place = row >> 3
            if place >= len(self._bits):
                self._bits.extend(bytes(place + 1 - len(self._bits)))
            self._bits[place] |= 1 << (row & 7)

    def __contains__(self, row: int) -> bool:
        place = row >> 3
        return place < len(self._bits) and bool(self._bits[place] >> (row & 7) & 1)
