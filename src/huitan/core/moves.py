"""The one door to a state: `move` judges on the stored row and writes state, fields and history together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar

from django.db import models, transaction

from huitan.core import access, events
from huitan.core.access import Actor
from huitan.core.lifecycle import Move, Shortfall, shortfalls
from huitan.core.sentences import Sentence, joined, say

Kind = Literal["forbidden", "not_now", "incomplete", "stale", "invalid"]
HTTP_STATUS: Mapping[Kind, int] = {
    "forbidden": 403,
    "not_now": 409,
    "incomplete": 422,
    "stale": 412,
    "invalid": 422,
}
EXIT_STATUS: Mapping[Kind, int] = {"forbidden": 4, "not_now": 5, "incomplete": 6, "stale": 7, "invalid": 2}

Thing = TypeVar("Thing", bound=Any)


class Refused(Exception):
    """Why something did not happen: a kind, and one or more sentences with the place to mend each."""

    def __init__(self, kind: Kind, *reasons: Shortfall | Sentence, current: Any = None) -> None:
        self.kind: Kind = kind
        self.reasons = tuple(r if isinstance(r, Shortfall) else Shortfall(r) for r in reasons)
        self.current = current
        super().__init__(kind)

    def __str__(self) -> str:
        return joined([reason.sentence for reason in self.reasons])

    @property
    def status(self) -> int:
        return HTTP_STATUS[self.kind]


@dataclass(frozen=True)
class Offer:
    """A move as the viewer meets it: open, or closed with what is missing."""

    move: Move
    missing: tuple[Shortfall, ...] = ()

    @property
    def open(self) -> bool:
        return not self.missing


def locked(thing: Thing) -> Thing:
    """The stored row, locked until the transaction ends, with the rows that deciding needs (`judged_with`)."""
    rows = type(thing)._default_manager.select_related(*getattr(thing, "judged_with", ()))
    return rows.select_for_update(of=("self",)).get(pk=thing.pk)


def require(thing: Any, action: str, actor: Actor) -> None:
    """Refuse unless `actor` may do `action` on `thing`."""
    answer = access.judge(thing, action, actor)
    if not answer:
        raise Refused("forbidden", answer.reason or say("你不能做这一步。"))


def move(
    thing: Thing,
    name: str,
    *,
    actor: Actor,
    at: datetime,
    payload: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Thing:
    """Carry out the move `name` and return the stored row as it now is.

    Raises `Refused`: forbidden (not yours to do), not_now (wrong state), incomplete (a need is unmet).
    `changes` are fields of the row; only those the move declares are accepted.
    """
    with transaction.atomic():
        stored = locked(thing)
        step: Move = stored.lifecycle.by_name[name]
        undeclared = set(changes) - step.changes
        if undeclared:
            raise TypeError(
                f"{stored.lifecycle.name}.{name} does not declare the changes {sorted(undeclared)}"
            )
        require(stored, name, actor)
        if stored.state not in step.sources:
            raise Refused("not_now", not_now(stored, step))
        for field, value in changes.items():
            setattr(stored, field, value)
        missing = shortfalls(step, stored, at)
        if missing:
            raise Refused("incomplete", *missing)
        before, stored.state = stored.state, step.target
        stored.save(update_fields=["state", *changes])
        events.append(
            stored.stream,
            f"{stored.lifecycle.name}.{name}",
            actor=actor,
            at=at,
            payload={
                "id": stored.pk,
                "from": before,
                "to": step.target,
                **{field: plain(value) for field, value in changes.items()},
                **(payload or {}),
            },
        )
    thing.state = stored.state
    for field, value in changes.items():
        setattr(thing, field, value)
    return stored


def available_moves(thing: Any, actor: Actor, at: datetime) -> list[Offer]:
    """What this actor may do from here, with what is missing: buttons, the API's `moves` and the CLI draw on it."""
    return [
        Offer(step, tuple(shortfalls(step, thing, at)))
        for step in thing.lifecycle.from_state(thing.state)
        if access.judge(thing, step.name, actor)
    ]


def offer(thing: Any, name: str, actor: Actor, at: datetime) -> Offer | None:
    """This one move as `available_moves` has it; the needs of the others are not asked."""
    step: Move = thing.lifecycle.by_name[name]
    if thing.state not in step.sources or not access.judge(thing, name, actor):
        return None
    return Offer(step, tuple(shortfalls(step, thing, at)))


def not_now(thing: Any, step: Move) -> Sentence:
    return say(
        "现在不能「%(move)s」：当前状态是「%(state)s」。刷新页面看看最新进展。",
        move=Sentence(step.label),
        state=Sentence(thing.lifecycle.states[thing.state]),
    )


def plain(value: Any) -> Any:
    """A value as the history keeps it (RFC 8785 knows no decimals, dates or rows)."""
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Sentence):
        return value.as_json()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    return value
