"""A sealed copy for somebody to take away: made once for each state of a record or plan, then always the same file.

The history keeps the SHA-256 of every file issued, and who took one. Files lie under HUITAN_HOME/files by their SHA-256.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import rfc8785
from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huitan.conversations.actions.record import take_record
from huitan.conversations.models import Conversation
from huitan.conversations.queries.record_copy import record_copy
from huitan.core import events
from huitan.core.models import Event
from huitan.core.moves import require
from huitan.documents.certificate import SealingKey, sealing_key
from huitan.documents.paper import Paper
from huitan.documents.plan_paper import plan_content, plan_paper
from huitan.documents.record_paper import record_paper
from huitan.documents.sealing import seal
from huitan.documents.typesetting import typeset
from huitan.people.relations import Actor

# Raised when the sheet looks different from then on, so that nobody is handed the old look.
LOOK = 1


@dataclass(frozen=True)
class Issued:
    content: bytes
    name: str
    sha256: str


def issue_record(
    talk: Conversation, version: int | None = None, *, actor: Actor, at: datetime
) -> Issued | None:
    """The record's newest version, or the one asked for, sealed, in the active language; None if there is none.

    Who takes a copy is kept beside those who have read it, and the employee sees the list.
    """
    require(talk, "read_record", actor)
    if version is not None and all(r.version != version for r in talk.records_read_by(actor)):
        return None
    copy = record_copy(talk, version)
    if copy is None:
        return None
    content, sha256 = _sealed(
        talk.stream,
        "record",
        {"record": copy.hash, "signing": copy.signing},
        {"version": copy.version, "hash": copy.hash},
        lambda key: record_paper(copy, key, at),
        actor=actor,
        at=at,
    )
    take_record(talk, copy.version, sha256, actor=actor, at=at)
    name = _("面谈记录-%(name)s-%(cycle)s-第 %(n)s 版.pdf") % {
        "name": copy.content["employee"]["name"],
        "cycle": copy.content["cycle"]["name"],
        "n": copy.version,
    }
    return Issued(content, _file_name(name), sha256)


def issue_plan(talk: Conversation, *, actor: Actor, at: datetime) -> Issued | None:
    """The plan of a talk as it stands, once it binds; None before."""
    require(talk, "read_record", actor)
    plan = talk.plan
    if plan is None or plan.state == "draft":
        return None
    require(plan, "export", actor)
    content = plan_content(talk)
    digest = hashlib.sha256(rfc8785.dumps(content)).hexdigest()
    pdf, sha256 = _sealed(
        plan.stream,
        "plan",
        {"plan": digest},
        {"hash": digest},
        lambda key: plan_paper(content, key, at),
        actor=actor,
        at=at,
    )
    with transaction.atomic():
        events.append(plan.stream, "plan.taken", actor=actor, at=at, payload={"sha256": sha256})
    name = _("改进计划-%(name)s-%(cycle)s.pdf") % {
        "name": content["employee"]["name"],
        "cycle": content["cycle"]["name"],
    }
    return Issued(pdf, _file_name(name), sha256)


def _sealed(
    stream: str,
    kind: str,
    state: dict[str, Any],
    about: dict[str, Any],
    make: Callable[[SealingKey], Paper],
    *,
    actor: Actor,
    at: datetime,
) -> tuple[bytes, str]:
    """The file of this state and language: the one issued before if it is still whole, otherwise a new one."""
    wanted = {"look": LOOK, "kind": kind, "language": get_language() or "", **state}
    state_key = hashlib.sha256(rfc8785.dumps(wanted)).hexdigest()
    issued = Event.objects.filter(stream=stream, verb=f"{kind}.sealed", payload__state=state_key).order_by(
        "-seq"
    )
    for sha256 in [e.payload["sha256"] for e in issued[:1]]:
        content = _kept(sha256)
        if content is not None:
            return content, sha256
    key = sealing_key(at)
    paper = make(key)
    content = seal(
        typeset(paper.data, paper.attached, at=at),
        key,
        reason=_("封存这份文件，之后的任何改动都会被发现"),
        label=_("公司的电子封印"),
        at=at,
    )
    sha256 = hashlib.sha256(content).hexdigest()
    _keep(sha256, content)
    with transaction.atomic():
        events.append(
            stream,
            f"{kind}.sealed",
            actor=actor,
            at=at,
            payload={**about, "state": state_key, "sha256": sha256, "certificate": key.fingerprint},
        )
    return content, sha256


def _path(sha256: str) -> Path:
    return Path(settings.HUITAN_HOME) / "files" / sha256[:2] / sha256


def _kept(sha256: str) -> bytes | None:
    """The stored file, unless it is gone or no longer what was issued."""
    try:
        content = _path(sha256).read_bytes()
    except FileNotFoundError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def _keep(sha256: str, content: bytes) -> None:
    path = _path(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    number, partial = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(number, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(partial).replace(path)


def _file_name(name: str) -> str:
    """Without what a file system or a header could misread."""
    return "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "-" for c in name)[:120]
