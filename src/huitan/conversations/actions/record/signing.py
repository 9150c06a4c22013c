"""Signatures: both sides, the witnessed refusal, and what follows once both are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation

from huitan.conversations.actions.opening import locked_talk
from huitan.conversations.models import (
    Conversation,
    Record,
    Refusal,
    Signature,
)
from huitan.core import events
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, move, require
from huitan.core.sentences import N_, Sentence, say
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
