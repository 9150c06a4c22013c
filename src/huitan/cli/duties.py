"""One round of what the system does by itself. Every duty is safe to repeat."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from huitan.conversations.actions.handing_on import hand_on
from huitan.conversations.actions.record import lapse_signing, remind_signing
from huitan.conversations.actions.sharing import share_due
from huitan.core import events, lease, seals, tallies
from huitan.disputes.actions.outcome import lapse_further
from huitan.insights.actions.keeping import keep
from huitan.notifications.actions.delivering import deliver
from huitan.notifications.actions.inviting import send_invitations
from huitan.notifications.actions.listening import listen
from huitan.notifications.actions.reminding import remind
from huitan.people.relations import system
from huitan.plans.actions import miss_check_ins

# So many steps of the figures in a round, so that counting a large company anew holds up no message.
STEPS = 20
DUTIES = ("lapsed", "reminded", "missed", "handed_on", "concluded", "shared", "sealed")


def round_at(at: datetime) -> dict[str, int]:
    """Counts of what was done: {"lapsed", "reminded", "missed", "handed_on", "concluded", "shared", "sealed", "told", "sent",
    "failed", "counted"}.

    Of several workers one does what is due, while messages are shared: two seals over the same events would not fit
    one another, and a reminder is meant once."""
    with lease.held("duties") as mine:
        done = _due(at) if mine else dict.fromkeys(DUTIES, 0)
    return {**done, **tell_and_send(at), "counted": count(at)}


def _due(at: datetime) -> dict[str, int]:
    actor = system("worker")
    lapsed = lapse_signing(actor=actor, at=at)
    reminded = remind_signing(actor=actor, at=at)
    packs = share_due(actor=actor, at=at)
    missed = miss_check_ins(actor=actor, at=at)
    handed_on = hand_on(actor=actor, at=at)
    concluded = lapse_further(actor=actor, at=at)
    tallies.forget(at)
    sealed = 0
    while (made := seals.seal(at)) is not None:
        sealed += made.last_event_id - made.first_event_id + 1
    return {
        "lapsed": lapsed,
        "reminded": reminded + packs["reminded"],
        "missed": missed,
        "handed_on": handed_on,
        "concluded": concluded,
        "shared": packs["shared"],
        "sealed": sealed,
    }


def tell_and_send(at: datetime) -> dict[str, int]:
    """{"told", "sent", "failed"}: new messages, and deliveries that went out or will be tried again."""
    told = 0
    # Busy: somebody writes a lot at once; the next round reads it.
    with suppress(events.Busy):
        told = listen(at)
    told += remind(at)
    sent, invited = deliver(at), send_invitations(at)
    return {"told": told, **{name: count + invited[name] for name, count in sent.items()}}


def count(at: datetime) -> int:
    """Bring the cockpit's figures up to date, or closer to it; returns how many talks were counted."""
    # Busy: as above; the next round goes on from where this one came to.
    with suppress(events.Busy):
        return keep(at, steps=STEPS)
    return 0
