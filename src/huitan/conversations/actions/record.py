"""After the talk: the frozen record, signatures, refusal, lapse, revision, and the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation

from huitan.conversations import record_text
from huitan.conversations.actions.opening import locked_talk
from huitan.conversations.models import (
    Conversation,
    Record,
    RecordView,
    Refusal,
    Signature,
    SigningReminder,
)
from huitan.core import events
from huitan.core.lifecycle import Shortfall
from huitan.core.models import Event
from huitan.core.moves import Refused, move, require
from huitan.core.sentences import N_, Sentence, say
from huitan.cycles.working_days import after, between, own_days
from huitan.people.actions import Proof
from huitan.people.relations import Actor
from huitan.plans import actions as plan_actions

# The full sentences people choose from; what was shown is stored with the signature.
SENTENCES: Mapping[tuple[str, str], str] = {
    ("employee", "agree"): N_("我已阅读全文并同意"),
    ("employee", "reserve"): N_("我已阅读全文，对部分内容保留异议"),
    ("employee", "decline"): N_("我已阅读全文，选择不签字"),
    ("manager", "agree"): N_("我已阅读全文并确认"),
}
PROOF_LASTS = timedelta(minutes=5)
ONE_READING = timedelta(minutes=1)
# A talk that is over takes no manager's signature any more, but the employee may still answer.
SIGNED_IN = ("recorded", "signed", "closed")


@dataclass(frozen=True)
class Shown:
    """What the signer had before their eyes: the language of the sentence, and the version of the page."""

    language: str = "zh-hans"
    page: str = ""

    def words(self, sentence: str) -> str:
        with translation.override(self.language):
            return str(Sentence(sentence))


@dataclass(frozen=True)
class Attempt:
    """An attempt to put the record before the employee: when, how, and who was there."""

    on: date
    how: str
    before: str


def freeze_record(
    talk: Conversation, *, actor: Actor, at: datetime, wording: Mapping[str, int] | None = None
) -> Record:
    """Compose and keep the next version. Late when the policy's working days after the talk have passed.

    `wording` counts the findings left per code (R05); the history keeps it, the record does not show it.
    """
    latest = talk.current_record()
    version = latest.version + 1 if latest else 1
    content = record_text.compose(talk, version, at)
    held_on = timezone.localdate(talk.ended_at or at)
    due = after(held_on, talk.review.cycle.record_days, own_days())
    record = Record.objects.create(
        conversation=talk,
        version=version,
        content=content,
        hash=record_text.fingerprint(content),
        composed_at=at,
        composed_by_id=actor.employee_id,
        change_note=talk.change_note if latest else "",
        due_on=due,
        is_late=timezone.localdate(at) > due,
    )
    events.append(
        talk.stream,
        "record.frozen",
        actor=actor,
        at=at,
        payload={
            "version": version,
            "hash": record.hash,
            "is_late": record.is_late,
            "wording": dict(wording or {}),
        },
    )
    return record


def read_record(
    talk: Conversation, version: int | None = None, *, actor: Actor, at: datetime
) -> Record | None:
    """The newest version, or the one asked for; who read it is kept, and the employee can see the list."""
    record = _version(talk, version)
    if record is not None and not _seen_lately(record, actor, at):
        with transaction.atomic():
            _viewed(talk, record, actor, at)
        record.refresh_from_db(fields=["views"])
    return record


def take_record(talk: Conversation, version: int, sha256: str, *, actor: Actor, at: datetime) -> None:
    """Somebody takes a sealed copy away: kept like reading it, with the file's SHA-256."""
    record = _version(talk, version)
    if record is None:
        raise Refused("not_now", say("还没有面谈记录。"))
    with transaction.atomic():
        view = _viewed(talk, record, actor, at)
        if view is not None:
            view.downloaded_at = at
            view.save(update_fields=["downloaded_at"])
        events.append(
            talk.stream,
            "record.taken",
            actor=actor,
            at=at,
            payload={"version": record.version, "as": _relation(talk, actor), "sha256": sha256, **_by(actor)},
        )


def _version(talk: Conversation, version: int | None) -> Record | None:
    if version is None:
        return talk.current_record()
    return next((record for record in talk.records.all() if record.version == version), None)


def _seen_lately(record: Record, actor: Actor, at: datetime) -> bool:
    """Reading again within a minute is the same reading."""
    return any(
        view.viewer_id == actor.employee_id and at - view.last_at <= ONE_READING
        for view in record.views.all()
    )


def _viewed(talk: Conversation, record: Record, actor: Actor, at: datetime) -> RecordView | None:
    """Note the reading. An account without a person in the roster has no row of its own; the history names it."""
    relation = _relation(talk, actor)
    payload = {"version": record.version, "as": relation, **_by(actor)}
    if actor.employee_id is None:
        seen = Event.objects.filter(
            stream=talk.stream, verb="record.viewed", actor=actor.key, payload__version=record.version
        )
        if not seen.exists():
            events.append(talk.stream, "record.viewed", actor=actor, at=at, payload=payload)
        return None
    view, first = RecordView.objects.get_or_create(
        record=record,
        viewer_id=actor.employee_id,
        defaults={"first_at": at, "last_at": at, "relation": relation},
    )
    if first:
        events.append(talk.stream, "record.viewed", actor=actor, at=at, payload=payload)
    elif at - view.last_at > ONE_READING:
        view.last_at = at
        view.save(update_fields=["last_at"])
    return view


def _relation(talk: Conversation, actor: Actor) -> str:
    return min(talk.relations_of(actor), default="")


def _by(actor: Actor) -> dict[str, str]:
    return {} if actor.employee_id is not None else {"by": actor.name or actor.key}


def sign(
    talk: Conversation,
    *,
    side: str,
    choice: str,
    statement: str = "",
    seen_hash: str,
    proof: Proof,
    actor: Actor,
    at: datetime,
    shown: Shown = Shown(),
) -> Signature:
    """Answer the newest version of the record (R18).

    `seen_hash` is the hash of the text that was on screen; `proof` the fresh authentication of this very person.
    The second known side concludes the talk and makes the plan binding.
    """
    with transaction.atomic():
        stored = locked_talk(talk, *SIGNED_IN)
        require(stored, f"sign_as_{side}", actor)
        if (side, choice) not in SENTENCES:
            raise Refused("invalid", say("选一句完整的意见。"))
        if proof.account_id != actor.account_id or not timedelta(0) <= at - proof.at <= PROOF_LASTS:
            raise Refused("forbidden", say("签字前要重新输入自己的密码。"))
        record = stored.current_record()
        if record is None or record.hash != seen_hash:
            raise Refused("stale", say("记录刚刚有了新版本。重新阅读后再签。"))
        if record.signed_by(side):
            raise Refused("not_now", say("你已经签过这个版本。"))
        if stored.state != "recorded" and not (side == "employee" and choice != "decline"):
            raise Refused("not_now", say("签字已经完成。"))
        if choice == "reserve" and not statement.strip():
            raise Refused("invalid", say("写明对哪一处有异议、你的说法。"))
        signature = Signature.objects.create(
            record=record,
            side=side,
            choice=choice,
            sentence=SENTENCES[side, choice],
            statement=statement.strip(),
            signer_id=actor.employee_id,
            at=at,
            method=proof.method,
            record_hash=record.hash,
            shown=shown.words(SENTENCES[side, choice]),
            language=shown.language,
            page=shown.page,
            device="handed_over" if proof.taken_by else "own",
            taken_by=proof.taken_by,
        )
        events.append(
            stored.stream,
            "conversation.signed" if choice != "decline" else "conversation.signing_declined",
            actor=actor,
            at=at,
            payload={
                "version": record.version,
                "hash": record.hash,
                "side": side,
                "choice": choice,
                "statement": signature.statement,
                "method": proof.method,
                "shown": signature.shown,
                "language": signature.language,
                "page": signature.page,
                "device": signature.device,
                "taken_by": signature.taken_by,
            },
        )
        _conclude_if_known(stored, actor=actor, at=at)
    return signature


def witness_refusal(
    talk: Conversation,
    reason: str,
    served_by: list[str],
    note: str = "",
    *,
    attempt: Attempt | None = None,
    actor: Actor,
    at: datetime,
) -> Refusal:
    """R18: HR, not a party to the talk, witnesses that the employee does not sign, and how the record was served.

    Not before the employee has said so, the window has ended, or an attempt to serve is stated.
    """
    with transaction.atomic():
        stored = locked_talk(talk, "recorded")
        require(stored, "witness_refusal", actor)
        if actor.employee_id is None:
            raise Refused("forbidden", say("见证人要署名：用花名册里有工号的账号登录。"))
        record = stored.current_record()
        if record is None:
            raise Refused("not_now", say("还没有面谈记录。"))
        if record.signed_by("employee"):
            raise Refused("not_now", say("员工已经签字。"))
        if record.refusals.exists():
            raise Refused("not_now", say("这个版本已经记录过拒签。"))
        if not reason.strip():
            raise Refused("invalid", say("写明员工说的原因；没有说，就写「未说明」。"))
        if len(set(served_by) & set(Refusal.SERVED)) < 2:
            raise Refused("invalid", say("记录要通过两种方式送达，例如当面递交和电子邮件。"))
        ground = ground_to_witness(stored, record, at) or ("attempted" if attempt else "")
        if not ground:
            raise Refused("incomplete", Shortfall(NO_GROUND, "attempted_on"))
        if attempt:
            _require_stated(attempt, record, at)
        refusal = Refusal.objects.create(
            record=record,
            witness_id=actor.employee_id,
            reason=reason.strip(),
            served_by=sorted(set(served_by) & set(Refusal.SERVED)),
            served_note=note.strip(),
            ground=ground,
            attempted_on=attempt.on if attempt else None,
            attempted_how=attempt.how.strip() if attempt else "",
            attempted_before=attempt.before.strip() if attempt else "",
            at=at,
        )
        events.append(
            stored.stream,
            "conversation.refusal_witnessed",
            actor=actor,
            at=at,
            payload={
                "version": record.version,
                "hash": record.hash,
                "reason": refusal.reason,
                "served_by": refusal.served_by,
                "note": refusal.served_note,
                "ground": refusal.ground,
                "attempt": {
                    "on": attempt.on.isoformat(),
                    "how": refusal.attempted_how,
                    "before": refusal.attempted_before,
                }
                if attempt
                else None,
            },
        )
        _conclude_if_known(stored, actor=actor, at=at)
    return refusal


NO_GROUND = say(
    "期限还没到，员工也没有说不签。先当面送达一次，写明日期、经过和在场的人；或等签字期限过后再见证。"
)


def ground_to_witness(talk: Conversation, record: Record, at: datetime) -> str:
    """Why HR may witness without an attempt to serve: the employee chose not to sign, or the window has ended."""
    if any(s.side == "employee" and s.choice == "decline" for s in record.signatures.all()):
        return "stated"
    if talk.signing_due_on is not None and timezone.localdate(at) > talk.signing_due_on:
        return "window_ended"
    return ""


def _require_stated(attempt: Attempt, record: Record, at: datetime) -> None:
    if not timezone.localdate(record.composed_at) <= attempt.on <= timezone.localdate(at):
        raise Refused("invalid", Shortfall(say("送达日期在定稿之后、今天或之前。"), "attempted_on"))
    if not attempt.how.strip():
        raise Refused("invalid", Shortfall(say("写明怎么送达的、对方怎么说。"), "attempted_how"))
    if not attempt.before.strip():
        raise Refused("invalid", Shortfall(say("写明在场的人，至少一位。"), "attempted_before"))


def revise(talk: Conversation, note: str, *, actor: Actor, at: datetime) -> Conversation:
    """Reopen a record that is not yet concluded. Signatures given stay on their version and no longer count."""
    return move(talk, "revise", actor=actor, at=at, change_note=note.strip())


def lapse_signing(*, actor: Actor, at: datetime) -> int:
    """Note, once each, where the signing window passed without the employee's answer. Never called agreement."""
    today = timezone.localdate(at)
    late = Conversation.objects.filter(
        state="recorded", signing_due_on__lt=today, signing_lapsed_at__isnull=True
    )
    lapsed = 0
    for talk in late:
        with transaction.atomic():
            stored = locked_talk(talk)
            require(stored, "lapse", actor)
            if stored.state != "recorded" or stored.signing_lapsed_at is not None:
                continue
            stored.signing_lapsed_at = at
            stored.save(update_fields=["signing_lapsed_at"])
            events.append(
                stored.stream,
                "conversation.signing_lapsed",
                actor=actor,
                at=at,
                payload={"due_on": stored.signing_due_on.isoformat() if stored.signing_due_on else None},
            )
            lapsed += 1
    return lapsed


def remind_signing(*, actor: Actor, at: datetime) -> int:
    """Remind, once each, at half of the window and on the working day before its end; of a short window only the end."""
    today = timezone.localdate(at)
    own = own_days()
    waiting = Conversation.objects.filter(state="recorded", signing_due_on__gte=today)
    reminded = 0
    for talk in waiting.order_by("pk"):
        with transaction.atomic():
            stored = locked_talk(talk)
            require(stored, "lapse", actor)
            record = stored.current_record()
            if stored.state != "recorded" or record is None or stored.signing_due_on is None:
                continue
            kind = _reminder_due(timezone.localdate(record.composed_at), stored.signing_due_on, today, own)
            sides = sides_to_sign(record)
            if not kind or not sides:
                continue
            _, is_new = SigningReminder.objects.get_or_create(record=record, kind=kind, defaults={"at": at})
            if is_new:
                events.append(
                    stored.stream,
                    "conversation.signing_reminded",
                    actor=actor,
                    at=at,
                    payload={
                        "version": record.version,
                        "kind": kind,
                        "sides": sides,
                        "due_on": stored.signing_due_on.isoformat(),
                    },
                )
                reminded += 1
    return reminded


def sides_to_sign(record: Record) -> list[str]:
    """The sides whose answer is unknown; whoever chose not to sign has answered."""
    answered = {signature.side for signature in record.signatures.all()}
    if record.refusals.exists():
        answered.add("employee")
    return [side for side in Signature.SIDES if side not in answered]


def _reminder_due(frozen_on: date, due_on: date, today: date, own: Mapping[date, bool]) -> str:
    days = between(frozen_on, due_on, own)
    if between(today, due_on, own) <= 1:
        return "last"
    return "half" if today >= after(frozen_on, (days + 1) // 2, own) else ""


def close(talk: Conversation, outcome: str, reason: str, *, actor: Actor, at: datetime) -> Conversation:
    """The plan's result is stated and the conversation ends; the next cycle's opens with it (R03)."""
    with transaction.atomic():
        stored = locked_talk(talk, "signed")
        require(stored, "close", actor)
        if stored.plan is not None and stored.plan.state == "active":
            plan_actions.conclude(stored.plan, outcome, reason, actor=actor, at=at)
            stored.plan.refresh_from_db()
        return move(stored, "close", actor=actor, at=at, closed_at=at)


def _conclude_if_known(talk: Conversation, *, actor: Actor, at: datetime) -> None:
    if talk.state != "recorded":
        return
    record = talk.current_record()
    if record is None or not record.signed_by("manager"):
        return
    if record.signed_by("employee") or record.refusals.exists():
        stored = move(talk, "conclude", actor=actor, at=at, signed_at=at)
        if stored.plan is not None:
            # The signatures are what makes it bind: whoever held the talk may have left the line since.
            plan_actions.activate(stored.plan, actor=replace(actor, is_system=True), at=at)
