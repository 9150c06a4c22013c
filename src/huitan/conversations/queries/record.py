"""The record as it was frozen, read from its own content; beside it who signed, who has read it, and the clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils import timezone

from huitan.conversations import record_text
from huitan.conversations.actions.handover import STATES as HANDED_OVER_IN
from huitan.conversations.actions.record import SENTENCES, SIGNED_IN, ground_to_witness
from huitan.conversations.models import Conversation, Record, RecordView, Refusal, Signature
from huitan.conversations.queries.record_sheet import Sheet, sheet
from huitan.conversations.queries.room import WITH_PEOPLE
from huitan.core import access
from huitan.core.models import Event
from huitan.core.moves import Offer, offer
from huitan.core.sentences import N_, Sentence, say
from huitan.cycles.working_days import between, own_days
from huitan.people.models import Duty
from huitan.people.prepared import prepared
from huitan.people.relations import Actor

# How a signer proved to be themselves, as people read it.
METHODS = {
    "password": N_("密码"),
    "pin": N_("交接 PIN"),
    "totp": N_("动态码"),
    "recovery_code": N_("恢复码"),
    "passkey": N_("通行密钥"),
}
# As what somebody read the record.
READERS = {
    "self": N_("本人"),
    "manager": N_("直接上级"),
    "held_by": N_("面谈人"),
    "line": N_("上级管理者"),
    "hrbp": N_("HRBP"),
    "hr_admin": N_("HR 管理员"),
    "auditor": N_("审计"),
    "system": N_("系统"),
}


@dataclass(frozen=True)
class Signed:
    """A side's answer: the full sentence, the statement with it, and how they proved to be themselves."""

    name: str
    choice: str
    sentence: str
    statement: str
    at: datetime
    method: str
    device: str
    is_handed_over: bool


@dataclass(frozen=True)
class Witnessed:
    witness: str
    reason: str
    served: tuple[str, ...]
    note: str
    ground: str
    attempted_on: date | None
    attempted_how: str
    attempted_before: str
    at: datetime


@dataclass(frozen=True)
class Version:
    number: int
    at: datetime
    by: str
    change_note: str
    is_current: bool


@dataclass(frozen=True)
class Reader:
    name: str
    as_word: str
    first_at: datetime
    last_at: datetime
    downloaded_at: datetime | None


@dataclass(frozen=True)
class Deadline:
    """The signing clock in working days; none left shows as a negative number."""

    on: date | None
    days: int | None
    has_lapsed: bool


@dataclass(frozen=True)
class RecordPage:
    talk: Conversation
    sheet: Sheet
    version: int
    is_current: bool
    hash: str
    short_hash: str
    composed_at: datetime
    is_late: bool
    due_on: date
    manager_signed: Signed | None
    employee_signed: Signed | None
    employee_declined: Signed | None
    refusal: Witnessed | None
    versions: tuple[Version, ...]
    readers: tuple[Reader, ...]
    deadline: Deadline
    sign_as: str
    may_witness: bool
    ground: str
    may_hand_over: bool
    revise: Offer | None

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """The sides whose answer is still unknown."""
        employee_known = self.employee_signed is not None or self.refusal is not None
        sides = [] if self.manager_signed else ["manager"]
        return (*sides, *([] if employee_known else ["employee"]))


@prepared
def seen_with_people(actor: Actor, talk: tuple[int]) -> QuerySet[Conversation]:
    """A talk the actor sees, with its people."""
    return Conversation.objects.visible_to(actor).filter(pk__among=talk).select_related(*WITH_PEOPLE)


def load_records(talk: Conversation) -> None:
    """Every version with its signatures, refusals and readers, and everybody's name. Four queries, once a talk."""
    prefetch_related_objects(
        [talk],
        Prefetch("records", Record.objects.select_related("composed_by")),
        Prefetch("records__signatures", Signature.objects.select_related("signer")),
        Prefetch("records__refusals", Refusal.objects.select_related("witness")),
        Prefetch("records__views", RecordView.objects.select_related("viewer")),
    )


def record_page(
    talk: Conversation,
    actor: Actor,
    at: datetime,
    version: int | None = None,
    *,
    own: Mapping[date, bool] | None = None,
) -> RecordPage | None:
    """The newest version, or the one asked for; none when there is no such version. `own` are HR's days, if known."""
    load_records(talk)
    records = talk.records_read_by(actor)
    if not records:
        return None
    current = records[-1]
    shown = next((r for r in records if r.version == version), None) if version else current
    if shown is None:
        return None
    signatures = list(shown.signatures.all())
    declined = [s for s in signatures if s.side == "employee" and s.choice == "decline"]
    refusals = list(shown.refusals.all())
    return RecordPage(
        talk=talk,
        sheet=sheet(shown.content),
        version=shown.version,
        is_current=shown.pk == current.pk,
        hash=shown.hash,
        short_hash=record_text.short(shown.hash),
        composed_at=shown.composed_at,
        is_late=shown.is_late,
        due_on=shown.due_on,
        manager_signed=_signed(signatures, "manager"),
        employee_signed=_signed(signatures, "employee"),
        employee_declined=_as_signed(declined[-1]) if declined else None,
        refusal=_witnessed(refusals[0]) if refusals else None,
        versions=tuple(
            Version(r.version, r.composed_at, r.composed_by.name, r.change_note, r.pk == current.pk)
            for r in reversed(records)
        ),
        readers=tuple(sorted([*_readers(shown), *_readers_without_row(talk, shown)], key=_first_at)),
        deadline=deadline_of(talk, at, own_days() if own is None else own),
        sign_as=side_to_sign(talk, current, actor),
        may_witness=talk.state == "recorded"
        and not current.signed_by("employee")
        and not current.refusals.all()
        and bool(access.judge(talk, "witness_refusal", actor)),
        ground=ground_to_witness(talk, current, at),
        may_hand_over=talk.state in HANDED_OVER_IN
        and not current.signed_by("employee")
        and bool(access.judge(talk, "hand_over", actor)),
        revise=offer(talk, "revise", actor, at),
    )


def _readers(record: Record) -> list[Reader]:
    return [
        Reader(v.viewer.name, READERS.get(v.relation, ""), v.first_at, v.last_at, v.downloaded_at)
        for v in record.views.all()
    ]


def _readers_without_row(talk: Conversation, record: Record) -> list[Reader]:
    """Accounts with nobody in the roster behind them, and the command line: only the history names them. One query."""
    happened = Event.objects.filter(
        stream=talk.stream,
        verb__in=["record.viewed", "record.taken"],
        payload__version=record.version,
        payload__has_key="by",
    ).order_by("seq")
    found: dict[str, Reader] = {}
    for event in happened:
        before = found.get(event.actor)
        taken = event.at if event.verb == "record.taken" else before.downloaded_at if before else None
        found[event.actor] = Reader(
            str(event.payload["by"]),
            READERS.get(event.payload["as"], ""),
            before.first_at if before else event.at,
            event.at,
            taken,
        )
    return list(found.values())


def _first_at(reader: Reader) -> datetime:
    return reader.first_at


def contents_of(talk: Conversation, actor: Actor) -> dict[int, dict[str, Any]]:
    """Frozen contents by version number, of a talk whose records are loaded; those the actor reads."""
    return {record.version: record.content for record in talk.records_read_by(actor)}


def side_to_sign(talk: Conversation, record: Record, actor: Actor) -> str:
    """The side this person may still answer for, or "". After the end the employee may still sign late (R18)."""
    for side in ("manager", "employee"):
        if not access.judge(talk, f"sign_as_{side}", actor) or record.signed_by(side):
            continue
        if talk.state == "recorded" or (talk.state in SIGNED_IN and side == "employee"):
            return side
    return ""


def deadline_of(talk: Conversation, at: datetime, own: Mapping[date, bool]) -> Deadline:
    if talk.signing_due_on is None:
        return Deadline(None, None, False)
    days = between(timezone.localdate(at), talk.signing_due_on, own)
    late = timezone.localdate(at) > talk.signing_due_on
    return Deadline(
        talk.signing_due_on, min(days, -1) if late else days, talk.signing_lapsed_at is not None or late
    )


def choices_for(side: str, has_refusal: bool = False) -> list[tuple[str, Sentence, Sentence]]:
    """What this side can choose: key, the full sentence, and what it means."""
    means = {
        ("employee", "agree"): say("双方签完，行动项和支持承诺随即生效。"),
        ("employee", "reserve"): say("写明哪一处、你的说法；不影响你提出正式异议。"),
        ("employee", "decline"): say("不签也可以。HR 会联系你，见证并记录送达；不会当作同意。"),
        ("manager", "agree"): say("确认记录和谈的一致；你的支持承诺签字后进台账。"),
    }
    return [
        (choice, Sentence(words), means[signer, choice])
        for (signer, choice), words in SENTENCES.items()
        if signer == side and not (has_refusal and choice == "decline")
    ]


def hr_names(talk: Conversation) -> list[str]:
    """The HRBPs who serve the employee's department."""
    units = [int(part) for part in talk.review.employee.department.path.split("/") if part]
    found = (
        Duty.objects.filter(kind="hrbp", department_id__in=units)
        .exclude(account__employee=None)
        .values_list("account__employee__name", flat=True)
        .order_by("-department__path")
    )
    return list(dict.fromkeys(found))[:2]


def _signed(signatures: list[Signature], side: str) -> Signed | None:
    return next((_as_signed(s) for s in signatures if s.side == side and s.choice != "decline"), None)


def _as_signed(s: Signature) -> Signed:
    return Signed(
        name=s.signer.name,
        choice=s.choice,
        sentence=s.sentence,
        statement=s.statement,
        at=s.at,
        method=METHODS.get(s.method, s.method),
        device=Signature.DEVICES[s.device],
        is_handed_over=s.device == "handed_over",
    )


def _witnessed(r: Refusal) -> Witnessed:
    return Witnessed(
        witness=r.witness.name,
        reason=r.reason,
        served=tuple(Refusal.SERVED.get(s, s) for s in r.served_by),
        note=r.served_note,
        ground=Refusal.GROUNDS.get(r.ground, ""),
        attempted_on=r.attempted_on,
        attempted_how=r.attempted_how,
        attempted_before=r.attempted_before,
        at=r.at,
    )
