"""The steps every import takes, whether somebody waits for it or it runs in the background: read, compare, write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from huitan.core import files
from huitan.core.bulk import many
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused
from huitan.core.sentences import Sentence, say
from huitan.cycles.models import Cycle
from huitan.evidence.actions import enter_events, enter_kpis, facts_between, kpi_results
from huitan.imports import reconcile, report, results
from huitan.imports.models import ImportRun
from huitan.imports.reconcile import Comparison
from huitan.intake import EventRow, KpiRow, Reading, Unusable, read
from huitan.intake.reader import Tell, nobody
from huitan.people.actions import enrol
from huitan.people.queries import everybody
from huitan.people.relations import Actor

# From here on nobody should have to wait: bytes to read, rows to write.
LARGE_FILE = 256 * 1024
LARGE = 2000
OFFICE = {"roster": "import_roster", "kpi": "import_results", "events": "import_results"}


def read_kept(run: ImportRun, tell: Tell = nobody) -> Reading:
    """The uploaded file once more. Raises Unusable; Refused when the file is gone."""
    return read(kept(run), run.file_name, run.kind, mapping=run.mapping, tell=tell)


def kept(run: ImportRun) -> bytes:
    data = files.content(run.sha256)
    if data is None:
        raise Refused("not_now", say("上传的文件已不在服务器上，或内容变了。请重新上传。"))
    return data


@many()
def compare(reading: Reading, cycle: Cycle | None, at: datetime) -> Comparison:
    """The reading beside the company as it is now, in a fixed number of queries."""
    people, today = everybody(), timezone.localdate(at)
    if reading.kind == "roster":
        return reconcile.roster(reading, people, today)
    if reading.kind == "kpi":
        if cycle is None:
            raise Refused("invalid", say("先选这些结果属于哪个周期。"))
        return results.kpis(reading, people, cycle, kpi_results(cycle))
    days = [row.occurred_on for row in reading.rows if isinstance(row, EventRow)]
    return results.events(reading, people, facts_between(days), today)


@many()
def write(kind: str, cycle: Cycle | None, entries: Sequence[Any], actor: Actor, at: datetime) -> list[str]:
    """What became of each entry, in order."""
    if kind == "roster":
        return list(enrol(entries, actor=actor, at=at).values())
    if kind == "kpi" and cycle is not None:
        return enter_kpis(cycle, entries, actor=actor, at=at)
    return enter_events(entries, cycle=cycle, actor=actor, at=at)


def cycle_for(reading: Reading, cycle: Cycle | None, actor: Actor) -> Cycle | None:
    """The cycle named, or for KPI results the only one not closed whose period fits the dates of the rows."""
    if cycle is not None or reading.kind != "kpi":
        return still_open(cycle)
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


def still_open(cycle: Cycle | None) -> Cycle | None:
    if cycle is not None and cycle.state == "closed":
        text = say("周期「%(name)s」已经关闭，不再收数据。", name=cycle.name)
        raise Refused("not_now", Shortfall(text, "id_cycle"))
    return cycle


def refusal(unusable: Unusable) -> Refused:
    sentences = [Sentence(text, unusable.params) for text in (unusable.problem, unusable.hint) if text]
    return Refused("invalid", *[Shortfall(sentence, "id_file") for sentence in sentences])


def changes_of(run: ImportRun) -> int:
    """How many rows confirming would write."""
    return sum(run.report.get(name) or 0 for name in report.WRITTEN)
