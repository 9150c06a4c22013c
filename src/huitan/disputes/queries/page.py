"""One dispute as its viewer may see it: each point beside its data, the statements, the steps with their clocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from huitan.core import access
from huitan.core.models import Event
from huitan.core.sentences import N_, Sentence, say
from huitan.cycles.working_days import own_days
from huitan.disputes.candidates import Candidate, candidates, proposed
from huitan.disputes.clocks import Clock, clock
from huitan.disputes.lifecycle import DISPUTE
from huitan.disputes.models import CHECKED, Dispute, Statement
from huitan.disputes.policy import FIRST_HANDLER, HANDLER, RATER
from huitan.disputes.queries.contested import Contested, contested
from huitan.disputes.queries.rows import due_now
from huitan.people.queries import with_names
from huitan.people.relations import HR_ADMIN, HRBP, MANAGER, SELF, Actor

VERBS: Mapping[str, str] = {
    **{f"dispute.{move.name}": move.done for move in DISPUTE.moves},
    "dispute.asked": N_("又请一方说明"),
    "dispute.stated": N_("发出了说明"),
    "dispute.acknowledged": N_("确认已知悉结果"),
}
REASONS = ("change_reason", "withdraw_reason", "further_reason")
# Which date a step set, as people read it.
CLOCK_WORDS = {
    "submitted": N_("受理最晚"),
    "assigned": N_("受理最晚"),
    "handling": N_("答复最晚"),
    "decided": N_("申请复核最晚"),
}


@dataclass(frozen=True)
class StatementView:
    """`is_mine` and unsent: this viewer's box."""

    id: int
    side: str
    side_word: str
    level: int
    question: str
    asked_at: datetime
    text: str
    by: str
    sent_at: datetime | None
    is_mine: bool


@dataclass(frozen=True)
class Step:
    at: datetime
    who: str
    what: str
    detail: str


@dataclass(frozen=True)
class DisputeView(Contested):
    """`role` is the viewer's part: employee, handler, rater, manager, hr or reader; `may` the steps open to them."""

    role: str
    state_word: str
    statements: tuple[StatementView, ...]
    steps: tuple[Step, ...]
    clock: Clock | None
    clock_word: str
    may: frozenset[str]
    candidates: tuple[Candidate, ...]
    proposed: Candidate | None

    @property
    def mine_to_write(self) -> tuple[StatementView, ...]:
        return tuple(s for s in self.statements if s.is_mine and s.sent_at is None)

    @property
    def may_further(self) -> bool:
        return "raise_further" in self.may and self.clock is not None and not self.clock.is_over

    @property
    def handler_part(self) -> Sentence | None:
        """Why the present handler should not be one any more; known where the candidates are."""
        return next((c.part for c in self.candidates if c.id == self.dispute.handler_id), None)


def role_of(dispute: Dispute, actor: Actor) -> str:
    found = dispute.relations_of(actor)
    for relation, role in (
        (SELF, "employee"),
        (HANDLER, "handler"),
        (RATER, "rater"),
        (MANAGER, "manager"),
        (HR_ADMIN, "hr"),
        (HRBP, "hr"),
        (FIRST_HANDLER, "hr"),
    ):
        if relation in found:
            return role
    return "reader"


def may_now(dispute: Dispute, actor: Actor) -> frozenset[str]:
    """The moves open from here to this actor, and the two things that are no moves."""
    names = {m.name for m in DISPUTE.from_state(dispute.state) if access.judge(dispute, m.name, actor)}
    if dispute.state == "handling":
        names |= {n for n in ("answer", "ask") if access.judge(dispute, n, actor)}
    told = dispute.state in ("decided", "concluded") and dispute.decided_at is not None
    if told and dispute.acknowledged_at is None and access.judge(dispute, "acknowledge", actor):
        names.add("acknowledge")
    return frozenset(names)


def dispute_view(dispute: Any, actor: Actor, at: datetime) -> DisputeView:
    """One of `for_page`. At most ten queries for any number of points: ratings, HR's days, statements, the history, who
    could handle it, and what `contested` asks."""
    role, may = role_of(dispute, actor), may_now(dispute, actor)
    events = _history(dispute)
    chosen: tuple[Candidate, ...] = ()
    if may & {"assign", "reassign"}:
        checkers = [event.actor for event in events if event.verb in CHECKED]
        chosen = candidates(dispute.employee, dispute.case(checkers))
    return DisputeView(
        **vars(contested(dispute, actor)),
        role=role,
        state_word=DISPUTE.states[dispute.state],
        statements=_statements(dispute, role),
        steps=_steps(events, role),
        clock=clock(due_now(dispute), at, own_days()),
        clock_word=CLOCK_WORDS.get(dispute.state, ""),
        may=may,
        candidates=chosen,
        proposed=proposed(chosen),
    )


def _statements(dispute: Dispute, role: str) -> tuple[StatementView, ...]:
    """Each side reads its own; the other's once that level is decided. The handler and HR read both."""
    side = {"employee": "employee", "rater": "rater"}.get(role, "")
    is_party = role in ("employee", "rater", "manager")
    is_over = dispute.state in ("decided", "concluded")
    found = []
    for one in dispute.statements.select_related("by"):
        mine = one.side == side
        if is_party and not mine and not (one.level < dispute.level or is_over):
            continue
        writable = mine and dispute.state == "handling" and one.level == dispute.level
        if one.sent_at is None and not writable and role not in ("handler", "hr"):
            continue
        found.append(
            StatementView(
                one.pk,
                one.side,
                Statement.SIDES[one.side],
                one.level,
                one.question,
                one.asked_at,
                one.text,
                one.by.name if one.by else "",
                one.sent_at,
                writable,
            )
        )
    return tuple(found)


def _history(dispute: Dispute) -> list[Any]:
    """What happened to it, in order, and who checked a doubted number of its talk before; one query."""
    own = Q(stream=dispute.stream, verb__in=VERBS)
    checked = Q(stream=dispute.conversation.stream, verb__in=CHECKED)
    return list(with_names(Event.objects.filter(own | checked)).order_by("id"))


def _steps(events: Iterable[Any], role: str) -> tuple[Step, ...]:
    """From the history. Reasons are for those who read the dispute, not for the rater."""
    found = []
    for event in events:
        if event.verb not in VERBS:
            continue
        if event.verb == "dispute.asked" and role in ("rater", "manager", "employee"):
            continue
        who = (event.who_name or "") if event.who_account else str(say("系统"))
        reasons = [event.payload.get(name, "") for name in REASONS]
        detail = next((r for r in reasons if r), "") if role not in ("rater", "manager") else ""
        if event.verb in ("dispute.assign", "dispute.reassign"):
            handed = event.payload.get("name", "")
            detail = f"{handed} · {detail}" if detail else handed
        found.append(Step(event.at, who, VERBS[event.verb], detail))
    return tuple(found)
