"""One round of what the system does by itself. Every duty is safe to repeat."""

from __future__ import annotations

from datetime import datetime

from huitan.conversations.actions.record import lapse_signing, remind_signing
from huitan.conversations.actions.sharing import share_due
from huitan.core import seals
from huitan.disputes.actions.outcome import lapse_further
from huitan.people.relations import system
from huitan.plans.actions import miss_check_ins


def round_at(at: datetime) -> dict[str, int]:
    """Counts of what was done: {"lapsed", "reminded", "missed", "concluded", "sealed", "shared"}."""
    actor = system("worker")
    lapsed = lapse_signing(actor=actor, at=at)
    reminded = remind_signing(actor=actor, at=at)
    packs = share_due(actor=actor, at=at)
    missed = miss_check_ins(actor=actor, at=at)
    concluded = lapse_further(actor=actor, at=at)
    sealed = 0
    while (made := seals.seal(at)) is not None:
        sealed += made.last_event_id - made.first_event_id + 1
    return {
        "lapsed": lapsed,
        "reminded": reminded + packs["reminded"],
        "missed": missed,
        "concluded": concluded,
        "sealed": sealed,
        "shared": packs["shared"],
    }
