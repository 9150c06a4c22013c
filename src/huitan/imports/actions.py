"""A file comes in: preview (nothing of the company is written), then confirm or discard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.db.models import Q

from huitan.core import events, files
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, locked
from huitan.core.sentences import Sentence, say
from huitan.cycles.models import Cycle
from huitan.evidence.actions import enter_events, enter_kpis, facts_between
from huitan.evidence.models import Evidence
from huitan.imports import reconcile, report, results
from huitan.imports.models import ImportRun
from huitan.imports.reconcile import Comparison
from huitan.intake import EventRow, KpiRow, Reading, Unusable, read
from huitan.people.actions import enrol, require_office
from huitan.people.models import Employee
from huitan.people.relations import Actor

OFFICE = {"roster": "import_roster", "kpi": "import_results", "events": "import_results"}


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
    require_office(actor, OFFICE[kind])
    name = clean_name(file_name)
    chosen = dict(mapping or {})
    try:
        reading = read(data, name, kind, mapping=chosen)  # type: ignore[arg-type]
    except Unusable as unusable:
        if not unusable.found:
            raise refusal(unusable) from unusable
        found, cycle = report.of_unusable(kind, name, unusable), _open(cycle)
    else:
        cycle = cycle_for(reading, cycle, actor)
        found = report.of(reading, compare(reading, cycle))
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
    return run


def dry_run(
    kind: str,
    data: bytes,
    file_name: str,
    *,
    cycle: Cycle | None = None,
    mapping: Mapping[str, str] | None = None,
    actor: Actor,
) -> dict[str, Any]:
    """The stored form of the report, without storing anything."""
    require_office(actor, OFFICE[kind])
    name = clean_name(file_name)
    try:
        reading = read(data, name, kind, mapping=dict(mapping or {}))  # type: ignore[arg-type]
    except Unusable as unusable:
        return report.of_unusable(kind, name, unusable)
    return report.of(reading, compare(reading, cycle_for(reading, cycle, actor)))


def read_again(
    run: ImportRun, mapping: Mapping[str, str], *, cycle: Cycle | None, actor: Actor, at: datetime
) -> ImportRun:
    """The same file with columns meant differently: a new run takes the place of the old one."""
    data = _kept(run)
    with transaction.atomic():
        fresh = preview(run.kind, data, run.file_name, cycle=cycle, mapping=mapping, actor=actor, at=at)
        discard(run, actor=actor, at=at)
    return fresh


def confirm(run: ImportRun, *, actor: Actor, at: datetime) -> ImportRun:
    """Write every good row, all of them or none. The file is compared once more: the company may have moved on."""
    require_office(actor, OFFICE[run.kind])
    try:
        reading = read(_kept(run), run.file_name, run.kind, mapping=run.mapping)
    except Unusable as unusable:
        raise refusal(unusable) from unusable
    with transaction.atomic():
        stored = _previewed(run)
        cycle = _open(stored.cycle)
        comparison = compare(reading, cycle)
        found = report.of(reading, comparison)
        found.update(report.counts(_write(stored.kind, cycle, comparison, actor, at)))
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
                "rejected": len({problem["row"] for problem in found["rejected"]}),
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


def compare(reading: Reading, cycle: Cycle | None) -> Comparison:
    """The reading beside the company as it is now, in a fixed number of queries."""
    people = list(Employee.objects.select_related("department", "manager"))
    if reading.kind == "roster":
        return reconcile.roster(reading, people)
    if reading.kind == "kpi":
        if cycle is None:
            raise Refused("invalid", say("先选这些结果属于哪个周期。"))
        return results.kpis(reading, people, cycle, Evidence.objects.filter(cycle=cycle, kind="kpi"))
    days = [row.occurred_on for row in reading.rows if isinstance(row, EventRow)]
    return results.events(reading, people, facts_between(days))


def _write(kind: str, cycle: Cycle | None, comparison: Comparison, actor: Actor, at: datetime) -> list[str]:
    if kind == "roster":
        return list(enrol(comparison.entries, actor=actor, at=at).values())
    if kind == "kpi" and cycle is not None:
        return enter_kpis(cycle, comparison.entries, actor=actor, at=at)
    return enter_events(comparison.entries, cycle=cycle, actor=actor, at=at)


def cycle_for(reading: Reading, cycle: Cycle | None, actor: Actor) -> Cycle | None:
    """The cycle named, or for KPI results the only one not closed whose period fits the dates of the rows."""
    if cycle is not None or reading.kind != "kpi":
        return _open(cycle)
    days = [row.as_of for row in reading.rows if isinstance(row, KpiRow) and row.as_of]
    fits = Q(starts_on__lte=min(days), talks_until__gte=max(days)) if days else Q()
    cycles = list(Cycle.objects.visible_to(actor).exclude(state="closed").order_by("-starts_on"))
    fitting = list(Cycle.objects.visible_to(actor).exclude(state="closed").filter(fits)[:2])
    if len(fitting) == 1:
        return fitting[0]
    if not cycles:
        raise Refused("invalid", say("还没有周期，KPI 结果没有地方放。先建一个周期，再导入。"))
    names = [f"{c.key}（{c.name}）" for c in cycles]
    text = say("这些结果属于哪个周期？指明其中一个再导入：%(keys)s。", keys=names)
    raise Refused("invalid", Shortfall(text, "id_cycle"))


def _open(cycle: Cycle | None) -> Cycle | None:
    if cycle is not None and cycle.state == "closed":
        text = say("周期「%(name)s」已经关闭，不再收数据。", name=cycle.name)
        raise Refused("not_now", Shortfall(text, "id_cycle"))
    return cycle


def _previewed(run: ImportRun) -> ImportRun:
    stored = locked(run)
    if stored.state != "previewed":
        raise Refused(
            "not_now", say("这份文件已经处理过：%(state)s。", state=Sentence(ImportRun.STATES[stored.state]))
        )
    return stored


def _kept(run: ImportRun) -> bytes:
    data = files.content(run.sha256)
    if data is None:
        raise Refused("not_now", say("上传的文件已不在服务器上，或内容变了。请重新上传。"))
    return data


def refusal(unusable: Unusable) -> Refused:
    params = dict(unusable.params)
    sentences = [Sentence(text, params) for text in (unusable.problem, unusable.hint) if text]
    return Refused("invalid", *[Shortfall(sentence, "id_file") for sentence in sentences])


def clean_name(given: str) -> str:
    """The last part of whatever a browser or shell calls the file, without what cannot be shown."""
    name = PurePath(given.replace("\\", "/")).name
    return "".join(c for c in name if c.isprintable())[-255:] or "file"
