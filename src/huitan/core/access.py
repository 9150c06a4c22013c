"""Who may: a table from action to relations. Pure; answers carry their reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from huitan.core.sentences import Sentence, say


class Actor(Protocol):
    """Whoever acts. `key` is what the history keeps: "account:7" or "system:worker"."""

    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Answer:
    allowed: bool
    reason: Sentence | None = None

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True)
class Policy:
    """`may` maps each action to the relations that allow it; `why_not` the sentence for everybody else."""

    name: str
    may: Mapping[str, frozenset[str]]
    why_not: Mapping[str, Sentence]

    def judge(self, action: str, relations: frozenset[str]) -> Answer:
        if self.may[action] & relations:
            return Answer(True)
        return Answer(
            False, self.why_not.get(action) or say("你不能做这一步。需要的话，请联系负责这件事的人或 HR。")
        )


def judge(thing: Any, action: str, actor: Actor) -> Answer:
    """Whether `actor` may do `action` on `thing`, which says its relations and its policy itself."""
    answer: Answer = thing.policy.judge(action, thing.relations_of(actor))
    return answer
