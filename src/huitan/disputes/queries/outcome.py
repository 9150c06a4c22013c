"""What a handler is about to send: its hash, what is still missing, and what the wording check says about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from huitan.conversations.queries.wording import Hint, check, vocabulary
from huitan.core.lifecycle import Shortfall, shortfalls
from huitan.disputes.lifecycle import DISPUTE
from huitan.disputes.models import Dispute
from huitan.disputes.outcome_text import READ_AS, answers_text, fingerprint
from huitan.people.relations import Actor


@dataclass(frozen=True)
class Preview:
    """`hash` is over the answers as shown; `hints` by point id."""

    hash: str
    missing: tuple[Shortfall, ...]
    hints: dict[int, tuple[Hint, ...]]

    @property
    def findings(self) -> int:
        return sum(len(found) for found in self.hints.values())


def preview(dispute: Dispute, actor: Actor, at: datetime) -> Preview:
    """Three queries beside the dispute's points and ratings: what is cited, who has a part in it, the company's words."""
    answers, words = dispute.answers_now(), vocabulary()
    name = "decide" if dispute.level == 1 else "decide_finally"
    return Preview(
        fingerprint(answers_text(answers)),
        tuple(shortfalls(DISPUTE.by_name[name], dispute, at)),
        {a.point_id: tuple(check(a.text, READ_AS, actor, words=words)) for a in answers},
    )
