"""Import runs as the screens show them: the history, and one run with its columns, counts and problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models.fields.json import KT

from huitan.core.sentences import N_, Sentence, say
from huitan.cycles.models import Cycle
from huitan.imports import report
from huitan.imports.models import ImportRun
from huitan.imports.steps import LARGE, changes_of
from huitan.intake import fields_of
from huitan.people.relations import Actor

PAGE = 20
# Nobody took the job up; the one who did has not been heard of.
QUEUED_LONG, SILENT = timedelta(seconds=45), timedelta(minutes=3)
SHOWN_ROWS = 100

FIELDS: Mapping[str, str] = {
    "staff_number": N_("工号"),
    "name": N_("姓名"),
    "family_name": N_("姓"),
    "given_name": N_("名"),
    "email": N_("邮箱"),
    "department": N_("部门"),
    "position": N_("岗位"),
    "manager_number": N_("上级的工号"),
    "manager_name": N_("上级的姓名"),
    "manager_email": N_("上级的邮箱"),
    "manager": N_("上级"),
    "hired_on": N_("入职日期"),
    "status": N_("在职状态"),
    "has_left": N_("是否离职"),
    "left_on": N_("离职日期"),
    "phone": N_("电话（不导入）"),
    "kpi": N_("指标名称"),
    "weight": N_("权重"),
    "target": N_("目标值"),
    "actual": N_("实际值"),
    "unit": N_("单位"),
    "direction": N_("方向：越高越好或越低越好"),
    "source": N_("来源"),
    "as_of": N_("数据日期"),
    "kind": N_("类型：成绩、项目贡献或不足"),
    "occurred_on": N_("发生日期"),
    "statement": N_("事实描述"),
}
WHY_SKIPPED = {
    "total": N_("合计行"),
    "header": N_("重复的表头"),
    "note": N_("表下的说明"),
    "units": N_("单位"),
}
DELIMITERS = {
    ",": N_("逗号"),
    ";": N_("分号"),
    "\t": N_("制表符"),
    "|": N_("竖线"),
}


@dataclass(frozen=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True)
class RunRow:
    """One line of the history; counts are None where nothing could be read."""

    id: int
    kind: str
    file_name: str
    size: int
    sha256: str
    cycle: str
    by: str
    uploaded_at: datetime
    confirmed_at: datetime | None
    state: str
    created: int | None
    updated: int | None
    unchanged: int | None
    rejected: int
    done: int
    total: int

    @property
    def kind_word(self) -> str:
        return ImportRun.KINDS[self.kind]

    @property
    def state_word(self) -> str:
        return ImportRun.STATES[self.state]


@dataclass(frozen=True)
class Progress:
    """How far a job is. `percent` is None before the rows are counted; `left` is said only once a speed is known."""

    reading: bool
    step: str
    done: int
    total: int
    percent: int | None
    rows_a_second: int
    left: Sentence | None
    waiting_long: bool
    silent: bool
    stopping: bool


@dataclass(frozen=True)
class RunList:
    rows: tuple[RunRow, ...]
    next_key: int | None


@dataclass(frozen=True)
class Column:
    title: str
    field: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Complaint:
    column: str
    value: str
    problem: str
    hint: str


@dataclass(frozen=True)
class BadRow:
    row: int
    complaints: tuple[Complaint, ...]


@dataclass(frozen=True)
class RunPage:
    """`error` is set when the columns were not enough; then there are columns to map and nothing else."""

    run: RunRow
    cycle_key: str
    sheet: str
    encoding: str
    delimiter: str
    header_row: int
    columns: tuple[Column, ...]
    choices: tuple[Option, ...]
    bad_rows: tuple[BadRow, ...]
    more_bad_rows: int
    notes: tuple[str, ...]
    skipped: tuple[str, ...]
    other_sheets: tuple[str, ...]
    error: str
    in_background: bool
    progress: Progress | None
    why_stopped: str

    @property
    def changes(self) -> int:
        return (self.run.created or 0) + (self.run.updated or 0)


def runs(actor: Actor, *, before: int | None = None, size: int = PAGE) -> RunList:
    """Who imported what, newest first, by keyset."""
    counts = {name: KT(f"report__{name}") for name in (*report.OUTCOMES, "rejected_rows")}
    found = (
        ImportRun.objects.visible_to(actor)
        .select_related("by", "cycle")
        .defer("report", "written")
        .annotate(**counts)
        .order_by("-pk")
    )
    if before is not None:
        found = found.filter(pk__lt=before)
    listed = [row_of(run, {name: getattr(run, name) for name in counts}) for run in found[: size + 1]]
    more = len(listed) > size
    return RunList(tuple(listed[:size]), listed[size - 1].id if more else None)


def unfinished(actor: Actor, pk: int | None) -> ImportRun | None:
    """The run named, or the latest, that was stopped or still stands as being written."""
    found = ImportRun.objects.visible_to(actor).filter(state__in=["stopped", "importing"])
    return (found.filter(pk=pk) if pk is not None else found).order_by("-pk").first()


def row_of(run: ImportRun, counts: Mapping[str, Any] | None = None) -> RunRow:
    """`counts` spares the report, which holds every rejected row."""
    found = run.report if counts is None else counts
    return RunRow(
        id=run.pk,
        kind=run.kind,
        file_name=run.file_name,
        size=run.size,
        sha256=run.sha256,
        cycle=run.cycle.name if run.cycle else "",
        by=run.by.name if run.by else "",
        uploaded_at=run.uploaded_at,
        confirmed_at=run.confirmed_at,
        state=run.state,
        created=_count(run, found, "created"),
        updated=_count(run, found, "updated"),
        unchanged=_count(run, found, "unchanged"),
        rejected=_number(found.get("rejected_rows")) or 0,
        done=run.done,
        total=run.total,
    )


def _count(run: ImportRun, found: Mapping[str, Any], name: str) -> int | None:
    """Of an import that stopped halfway only what is really in."""
    if run.state == "stopped" and name in report.WRITTEN:
        return run.tally.get(name, 0)
    return _number(found.get(name))


def _number(value: Any) -> int | None:
    return int(value) if value is not None else None


def progress_of(run: ImportRun, at: datetime) -> Progress | None:
    """Of a run that is being read or written; no query, and neither the report nor the bits are touched."""
    if run.state not in ("reading", "importing"):
        return None
    writing = run.step == "writing"
    left = None
    if writing and run.rows_a_second and run.total > run.done:
        minutes = -(-(run.total - run.done) // run.rows_a_second) // 60
        left = say("大约还要 %(n)s 分钟", n=minutes + 1) if minutes else say("不到一分钟")
    heard = run.told_at or run.asked_at or run.uploaded_at
    places = {step: place for place, step in enumerate(ImportRun.STEPS)}
    known = run.total if run.state == "importing" else None
    return Progress(
        reading=run.state == "reading",
        step=ImportRun.STEPS.get(run.step, run.step),
        done=run.done,
        total=run.total,
        percent=100 * run.done // known
        if known
        else 100 * places.get(run.step, 0) // (len(places) - 1)
        if run.state == "reading"
        else None,
        rows_a_second=run.rows_a_second if writing else 0,
        left=left,
        waiting_long=run.step == "queued" and (at - (run.asked_at or run.uploaded_at)) > QUEUED_LONG,
        silent=run.step != "queued" and at - heard > SILENT,
        stopping=run.stop_asked_at is not None,
    )


def page_of(run: ImportRun, at: datetime) -> RunPage:
    """A run the actor may see, with everything its page shows. No further query."""
    stored = run.report
    return RunPage(
        run=row_of(run),
        cycle_key=run.cycle.key if run.cycle else "",
        sheet=stored.get("sheet", ""),
        encoding=stored.get("encoding", ""),
        delimiter=DELIMITERS.get(stored.get("delimiter", ""), stored.get("delimiter", "")),
        header_row=stored.get("header_row", 0),
        columns=_columns(run),
        choices=field_choices(run.kind),
        bad_rows=bad_rows(stored)[:SHOWN_ROWS],
        more_bad_rows=max(0, len({p["row"] for p in stored.get("rejected", [])}) - SHOWN_ROWS),
        notes=tuple(report.notes(stored)),
        skipped=tuple(str(_skipped(row)) for row in stored.get("skipped", [])),
        other_sheets=tuple(stored.get("other_sheets", [])),
        error=report.error_words(stored) if "error" in stored else "",
        in_background=changes_of(run) >= LARGE,
        progress=progress_of(run, at),
        why_stopped=str(Sentence.from_json(run.why_stopped)) if run.why_stopped else "",
    )


def bad_rows(stored: Mapping[str, Any]) -> tuple[BadRow, ...]:
    """The complaints of the report by row, in the active language."""
    by_row: dict[int, list[Complaint]] = {}
    for problem in stored.get("rejected", []):
        words = report.words(problem["problem"]), report.words(problem["hint"])
        by_row.setdefault(problem["row"], []).append(Complaint(problem["column"], problem["value"], *words))
    return tuple(BadRow(row, tuple(found)) for row, found in by_row.items())


def field_choices(kind: str) -> tuple[Option, ...]:
    """What a column may be said to mean. Levels of departments are recognised, not chosen."""
    return tuple(Option(name, FIELDS[name]) for name in fields_of(kind) if name in FIELDS)  # type: ignore[arg-type]


def field_word(field: str) -> Sentence:
    if field in FIELDS:
        return Sentence(FIELDS[field])
    level = field.rpartition("_")[2]
    return say("第 %(n)s 级部门", n=level) if field.startswith("department") else say("部门的一级")


def cycles_to_fill(actor: Actor) -> tuple[Option, ...]:
    """Cycles that still take results, newest first."""
    found = Cycle.objects.visible_to(actor).exclude(state="closed").order_by("-starts_on")
    return tuple(Option(key, f"{name}（{key}）") for key, name in found.values_list("key", "name"))


def cycle_named(key: str, actor: Actor) -> Cycle | None:
    return Cycle.objects.visible_to(actor).filter(key=key).first() if key else None


def _columns(run: ImportRun) -> tuple[Column, ...]:
    stored = run.report
    if "error" in stored:
        meant = {**stored.get("understood", {}), **run.mapping}
        return tuple(Column(title, meant.get(title, ""), ()) for title in stored.get("found", []))
    meant = stored.get("columns", {})
    samples = stored.get("samples", {})
    in_order = list(samples) or [*meant, *stored.get("ignored", [])]
    return tuple(Column(t, meant.get(t, ""), tuple(samples.get(t, ()))) for t in in_order)


def _skipped(row: Mapping[str, Any]) -> Sentence:
    why = Sentence(WHY_SKIPPED[row["reason"]])
    return say("第 %(row)s 行是%(why)s，没有读：%(shown)s", row=row["row"], why=why, shown=row["text"])
