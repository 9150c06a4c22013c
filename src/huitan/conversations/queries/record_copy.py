"""One version of a record as it leaves the house: the frozen text, and beside it who answered it and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from huitan.conversations.models import Conversation, Record
from huitan.conversations.record_text import fingerprint
from huitan.core.moves import Refused, plain
from huitan.core.sentences import say
from huitan.people.models import Employee

FORMAT = "huitan-signatures-1"


@dataclass(frozen=True)
class RecordCopy:
    """`content` is what was signed, `hash` its fingerprint; `signing` everything that came after, JSON-ready."""

    version: int
    hash: str
    content: dict[str, Any]
    signing: dict[str, Any]


def record_copy(talk: Conversation, version: int | None = None) -> RecordCopy | None:
    """The newest version, or the one asked for; five queries. Refused when the stored text is not what was frozen."""
    records = list(
        talk.records.select_related("composed_by")
        .prefetch_related("signatures__signer", "refusals__witness")
        .order_by("version")
    )
    shown = next((r for r in reversed(records) if version is None or r.version == version), None)
    if shown is None:
        return None
    if fingerprint(shown.content) != shown.hash:
        raise Refused("not_now", say("面谈记录的文字和它的校验值不符。"))
    return RecordCopy(shown.version, shown.hash, shown.content, _signing(talk, shown, records))


def _signing(talk: Conversation, shown: Record, records: list[Record]) -> dict[str, Any]:
    current = records[-1]
    return {
        "format": FORMAT,
        "conversation": talk.pk,
        "version": shown.version,
        "record_hash": shown.hash,
        "is_late": shown.is_late,
        "due_on": plain(shown.due_on),
        "superseded_by": current.version if current.pk != shown.pk else None,
        "is_reopened": talk.state not in ("recorded", "signed", "closed"),
        "signing_lapsed_at": plain(talk.signing_lapsed_at) if current.pk == shown.pk else None,
        "signed_at": plain(talk.signed_at) if current.pk == shown.pk else None,
        "signatures": [
            {
                "side": s.side,
                "choice": s.choice,
                "sentence": s.sentence,
                "statement": s.statement,
                "signer": _person(s.signer),
                "at": plain(s.at),
                "method": s.method,
                "record_hash": s.record_hash,
            }
            for s in shown.signatures.all()
        ],
        "refusals": [
            {
                "witness": _person(r.witness),
                "reason": r.reason,
                "served_by": list(r.served_by),
                "served_note": r.served_note,
                "at": plain(r.at),
            }
            for r in shown.refusals.all()
        ],
        "versions": [
            {
                "version": r.version,
                "hash": r.hash,
                "composed_at": plain(r.composed_at),
                "composed_by": _person(r.composed_by),
                "change_note": r.change_note,
            }
            for r in records
            if r.version <= shown.version
        ],
    }


def _person(person: Employee) -> dict[str, str]:
    return {"staff_number": person.staff_number, "name": person.name}
