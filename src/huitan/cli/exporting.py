from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click
from django.utils.translation import gettext as _

from huitan.cli.cycles import cycle_named
from huitan.cli.door import AS, actor_named, answers_refusals
from huitan.conversations.actions.record import read_record
from huitan.conversations.models import Conversation
from huitan.conversations.queries.room import WITH_PEOPLE
from huitan.core.moves import Refused, plain, require
from huitan.core.sentences import say
from huitan.disputes.queries.annex import as_exported
from huitan.documents.issuing import issue_record
from huitan.documents.ledger import write_ledger
from huitan.evidence.queries import CONTENT
from huitan.evidence.queries import dossier as read_dossier
from huitan.people.models import Employee
from huitan.plans.queries.ledger import LedgerFilter, ledger_rows

OUT = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; default: standard output."
)

LEDGER_STATES = ("all", "running", "submitted", "returned", "accepted", "dropped")


@click.group()
def export() -> None:
    """Write a ledger, records or a dossier to files, as far as the acting person may see it."""


@export.command()
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="XLSX file to write."
)
@click.option("--cycle", "key", help="Only this cycle.")
@click.option(
    "--state", type=click.Choice(LEDGER_STATES), default="all", show_default=True, help="Which items."
)
@AS
@answers_refusals
def ledger(out: Path, key: str | None, state: str, acting: str | None) -> None:
    """The improvement ledger as XLSX."""
    chosen = LedgerFilter(cycle=cycle_named(key, acting).key if key else "", state=state)
    actor, at = actor_named(acting), datetime.now(UTC)
    count = write_ledger(ledger_rows(chosen, actor, at), out, at=at, by=actor.name or actor.key)
    click.echo(_("已写入 %(n)s 项：%(file)s") % {"n": count, "file": out})


@export.command()
@click.argument("conversation", type=int)
@OUT
@AS
@answers_refusals
def record(conversation: int, out: Path | None, acting: str | None) -> None:
    """The signed record of a CONVERSATION as JSON: content, hash, signatures, viewers, and what a dispute added to it."""
    actor, at = actor_named(acting), datetime.now(UTC)
    talk = Conversation.objects.visible_to(actor).filter(pk=conversation).first()
    if talk is None:
        raise Refused("invalid", say("没有编号为 %(n)s 的面谈，或它不对你开放。", n=conversation))
    require(talk, "export", actor)
    current = read_record(talk, actor=actor, at=at)
    if current is None:
        raise Refused("not_now", say("这次面谈还没有记录。"))
    _write(
        {
            "record": current.content,
            "hash": current.hash,
            "version": current.version,
            "is_late": current.is_late,
            "signatures": [
                {
                    "side": s.side,
                    "choice": s.choice,
                    "sentence": s.sentence,
                    "statement": s.statement,
                    "signer": s.signer.name,
                    "at": plain(s.at),
                    "method": s.method,
                    "record_hash": s.record_hash,
                }
                for s in current.signatures.select_related("signer")
            ],
            "refusals": [
                {"witness": r.witness.name, "reason": r.reason, "served_by": r.served_by, "at": plain(r.at)}
                for r in current.refusals.select_related("witness")
            ],
            "viewers": [
                {"viewer": v.viewer.name, "first_at": plain(v.first_at), "last_at": plain(v.last_at)}
                for v in current.views.select_related("viewer")
            ],
            "dispute": as_exported(talk, actor, at),
        },
        out,
    )


@export.command()
@click.option("--cycle", "key", required=True, help="Key of the cycle.")
@click.option(
    "--format", "form", type=click.Choice(["pdf"]), default="pdf", show_default=True, help="Sealed PDF."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write into."
)
@AS
@answers_refusals
def records(key: str, form: str, out: Path, acting: str | None) -> None:
    """The newest record of every conversation of a cycle as sealed PDFs, as far as the acting person may see them.

    Each file taken is kept in the history, and the employee sees it in the list of who has read the record.
    """
    actor, at = actor_named(acting), datetime.now(UTC)
    cycle = cycle_named(key, acting)
    out.mkdir(parents=True, exist_ok=True)
    talks = (
        Conversation.objects.visible_to(actor)
        .filter(review__cycle=cycle, records__isnull=False)
        .select_related(*WITH_PEOPLE)
        .distinct()
        .order_by("review__employee__staff_number", "pk")
    )
    count = 0
    for talk in talks:
        issued = issue_record(talk, actor=actor, at=at)
        if issued is not None:
            name = f"{talk.review.employee.staff_number}-{talk.pk}-{issued.name}"
            (out / name).write_bytes(issued.content)
            count += 1
    click.echo(_("已写入 %(n)s 份面谈记录：%(file)s") % {"n": count, "file": out})


@export.command()
@click.argument("staff_number")
@click.option("--cycle", "key", required=True, help="Key of the cycle.")
@OUT
@AS
@answers_refusals
def dossier(staff_number: str, key: str, out: Path | None, acting: str | None) -> None:
    """What is known about one person's work in a cycle, as JSON."""
    actor = actor_named(acting)
    person = Employee.objects.visible_to(actor).filter(staff_number=staff_number).first()
    if person is None:
        raise Refused("invalid", say("花名册里没有工号 %(n)s，或对方的数据不对你开放。", n=staff_number))
    found = read_dossier(person, cycle_named(key, acting), actor)
    _write(
        {
            "employee": {"staff_number": person.staff_number, "name": person.name},
            "cycle": key,
            **{
                part: [{name: plain(getattr(row, name)) for name in CONTENT} for row in getattr(found, part)]
                for part in ("kpis", "events", "outside")
            },
        },
        out,
    )


def _write(content: dict[str, object], out: Path | None) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        click.echo(_("已写入 %(file)s") % {"file": out})
