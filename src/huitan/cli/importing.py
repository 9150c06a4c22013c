"""`huitan import`: a roster, KPI results or events from a file. Exit 0 all rows in, 3 some rejected, 1 nothing usable."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from django.core.management import call_command
from django.db import connection
from django.utils.translation import gettext as _

from huitan.cli.cycles import cycle_named
from huitan.cli.door import AS, JSON, actor_named, answers_refusals, tell
from huitan.core.moves import EXIT_STATUS, Refused
from huitan.core.sentences import Sentence
from huitan.imports import actions, background, report
from huitan.imports.models import ImportRun
from huitan.imports.queries import unfinished
from huitan.imports.steps import LARGE, changes_of
from huitan.intake import Reading
from huitan.people.relations import Actor

SOME_REJECTED, NOTHING_USABLE, INTERRUPTED = 3, 1, 130
SHOWN_EVERY = 10


class Progress:
    """What a long import is doing, on standard error: one line drawn over in a terminal, few lines elsewhere."""

    def __init__(self) -> None:
        self.terminal = sys.stderr.isatty()
        self.shown = -1
        self.silent = True

    def step(self, name: str, rows: int) -> None:
        self.silent = self.silent and rows < LARGE
        if not self.silent:
            step = str(Sentence(ImportRun.STEPS[name]))
            self._say(_("%(step)s（%(n)s 行）") % {"step": step, "n": f"{rows:,}"})

    def rows(self, done: int, total: int) -> None:
        part = 100 * done // max(total, 1)
        if self.terminal or part // SHOWN_EVERY > self.shown // SHOWN_EVERY:
            self.shown = part
            words = _("已写入 %(done)s / %(total)s 行（%(part)s%%）")
            self._say(words % {"done": f"{done:,}", "total": f"{total:,}", "part": part})

    def end(self) -> None:
        if self.terminal and not self.silent:
            click.echo(err=True)

    def _say(self, words: str) -> None:
        click.echo(f"\r\033[K{words}" if self.terminal else words, err=True, nl=not self.terminal)


@click.group("import")
def import_() -> None:
    """Bring in a roster, KPI results or events from .xlsx, .xls, .csv or .tsv.

    Good rows go in together, a bad row never stops the others, and the same file twice changes nothing. Exit code 0
    when every row went in, 3 when some were rejected (each is named), 1 when nothing of the file can be used.
    """


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        JSON,
        AS,
        click.option("--dry-run", is_flag=True, help="Read and compare only; store nothing."),
        click.option(
            "--map",
            "mapping",
            multiple=True,
            metavar="COLUMN=FIELD",
            help="What a column means; an empty field ignores it.",
        ),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return answers_refusals(command)


CYCLE = click.option("--cycle", "key", metavar="KEY", help="The cycle the rows belong to.")


@import_.command()
@options
def roster(file: Path, mapping: tuple[str, ...], dry_run: bool, acting: str | None, as_json: bool) -> None:
    """People, departments and reporting lines. People missing from FILE stay as they are."""
    bring_in("roster", file, None, mapping, dry_run=dry_run, acting=acting, as_json=as_json)


@import_.command()
@CYCLE
@options
def kpi(
    file: Path, key: str | None, mapping: tuple[str, ...], dry_run: bool, acting: str | None, as_json: bool
) -> None:
    """KPI results of a cycle; without --cycle, of the only one not closed whose period fits."""
    bring_in("kpi", file, key, mapping, dry_run=dry_run, acting=acting, as_json=as_json)


@import_.command()
@CYCLE
@options
def events(
    file: Path, key: str | None, mapping: tuple[str, ...], dry_run: bool, acting: str | None, as_json: bool
) -> None:
    """Achievements, contributions and incidents; each belongs to the cycle of its date, or to --cycle."""
    bring_in("events", file, key, mapping, dry_run=dry_run, acting=acting, as_json=as_json)


def bring_in(
    kind: str,
    file: Path,
    key: str | None,
    pairs: tuple[str, ...],
    *,
    dry_run: bool,
    acting: str | None,
    as_json: bool,
) -> None:
    mapping = columns_meant(pairs)
    if ImportRun._meta.db_table not in connection.introspection.table_names():
        call_command("migrate", verbosity=0, interactive=False)
    try:
        data = bytes_of(file)
    except OSError as unreadable:
        give_up(kind, file, as_json, str(unreadable.strerror), NOTHING_USABLE)
    actor, at = actor_named(acting), datetime.now(UTC)
    cycle = cycle_named(key, acting) if key else None
    try:
        if dry_run:
            found = actions.dry_run(kind, data, file.name, cycle=cycle, mapping=mapping, actor=actor, at=at)
        else:
            progress = Progress()
            run, reading = actions.preview_with_reading(
                kind, data, file.name, cycle=cycle, mapping=mapping, tell=progress.step, actor=actor, at=at
            )
            found = settle(run, reading, progress, actor, at)
    except Refused as refusal:
        of_file = any(reason.anchor == "id_file" for reason in refusal.reasons)
        status = NOTHING_USABLE if of_file else EXIT_STATUS[refusal.kind]
        give_up(kind, file, as_json, "".join(str(reason.sentence) for reason in refusal.reasons), status)
    if "error" in found:
        give_up(kind, file, as_json, report.error_words(found), NOTHING_USABLE)
    report_on(found, as_json, dry_run=dry_run)


def settle(
    run: ImportRun, reading: Reading | None, progress: Progress, actor: Actor, at: datetime
) -> dict[str, Any]:
    """Confirm what can be confirmed; a file that lacks columns is let go."""
    if "error" in run.report:
        return actions.discard(run, actor=actor, at=at).report
    if changes_of(run) < LARGE:
        return actions.confirm(run, actor=actor, at=at).report
    return write(actions.start(run, actor=actor, at=at), reading, progress)


def write(run: ImportRun, reading: Reading | None, progress: Progress) -> dict[str, Any]:
    """Part by part, with Ctrl C between two parts; what is in stays in."""
    try:
        run = background.write(run.pk, lambda: datetime.now(UTC), reading=reading, hear=progress.rows)
    except KeyboardInterrupt:
        run = background.halt(run, at=datetime.now(UTC))
    progress.end()
    if run.state == "stopped":
        if run.why_stopped:
            click.echo(str(Sentence.from_json(run.why_stopped)), err=True)
        click.echo(
            _("停在第 %(done)s 行，共 %(total)s 行。已写入的留下。接着导入：huitan import resume %(run)s")
            % {"done": run.done, "total": run.total, "run": run.pk},
            err=True,
        )
        raise SystemExit(INTERRUPTED)
    return run.report


@import_.command()
@JSON
@AS
@click.argument("run", type=int, required=False)
@answers_refusals
def resume(run: int | None, acting: str | None, as_json: bool) -> None:
    """Go on with an import that was stopped or whose process died; without RUN, with the latest of them."""
    actor, at = actor_named(acting), datetime.now(UTC)
    found = unfinished(actor, run)
    if found is None:
        raise click.UsageError(_("没有中途停下的导入。"))
    if found.state == "stopped":
        found = actions.start(found, actor=actor, at=at)
    report_on(write(found, None, Progress()), as_json)


def report_on(found: dict[str, Any], as_json: bool, *, dry_run: bool = False) -> None:
    told = report.told(found)
    tell(told, as_json, summary(told, [*report.notes(found), *report.unread(found)], dry_run=dry_run))
    if told["rejected"]:
        raise SystemExit(SOME_REJECTED)


def bytes_of(file: Path) -> bytes:
    """Raises OSError whose `strerror` is the sentence to say."""
    try:
        if file.is_dir():
            raise OSError(0, _("%(file)s 是一个文件夹。写上文件夹里那个文件的名字。") % {"file": file})
        return file.read_bytes()
    except FileNotFoundError as missing:
        raise OSError(0, _("没有找到 %(file)s。核对路径和文件名。") % {"file": file}) from missing
    except PermissionError as denied:
        raise OSError(0, _("%(file)s 没有读取权限。") % {"file": file}) from denied
    except ValueError as impossible:
        raise OSError(0, _("「%(file)s」不是文件名。") % {"file": file}) from impossible


def columns_meant(pairs: tuple[str, ...]) -> dict[str, str]:
    meant = {}
    for pair in pairs:
        column, equals, field = pair.rpartition("=")
        if not equals or not column.strip():
            raise click.UsageError(_("--map 写成「列名=字段」，例如 --map 编号=staff_number。"))
        meant[column.strip()] = field.strip()
    return meant


def give_up(kind: str, file: Path, as_json: bool, sentence: str, status: int) -> None:
    click.echo(sentence, err=True)
    if as_json:
        told = {"kind": kind, "file": file.name, "error": sentence}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    raise SystemExit(status)


def summary(told: dict[str, Any], notes: list[str], *, dry_run: bool) -> str:
    params = {**told, "rejected": len({problem["row"] for problem in told["rejected"]})}
    first = (
        _(
            "试读，没有写入：会新增 %(created)s 行，更新 %(updated)s 行，%(unchanged)s 行没有变化，%(rejected)s 行有问题。"
        )
        if dry_run
        else _(
            "新增 %(created)s 行，更新 %(updated)s 行，%(unchanged)s 行没有变化，%(rejected)s 行没有导入。"
        )
    )
    lines = [first % params, *(f"· {note}" for note in notes)]
    lines += [
        _("第 %(row)s 行：%(problem)s%(hint)s") % {name: problem[name] for name in ("row", "problem", "hint")}
        for problem in told["rejected"]
    ]
    return "\n".join(lines)
