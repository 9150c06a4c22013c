"""Many into one: the daily digest, and the guard against a flood after an outage or a night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from huitan.notifications import timing
from huitan.notifications.models import DIGEST, Delivery, Message


def fold(rows: list[Delivery], at: datetime) -> list[Delivery]:
    """What is left to send of the rows that are due: per person and channel either each on its own, or one digest.

    Calendar entries are sent on their own, the newest per talk. Call it in the transaction of the claim.
    """
    left: list[Delivery] = []
    for (account, channel), some in _by_person(rows):
        if account is None:
            left += some
            continue
        found = sort_out(some, at)
        for row, newer in found.superseded:
            Delivery.objects.filter(pk=row.pk).update(state="folded", into=newer.message)
        left += found.single
        if found.many:
            left.append(_digest(account, channel, found.many, at))
    return left


@dataclass(frozen=True)
class Sorted:
    """`single` go one by one, `many` into one digest, `superseded` are invitations with a newer one beside them."""

    single: list[Delivery]
    many: list[Delivery]
    superseded: list[tuple[Delivery, Delivery]]


def sort_out(rows: list[Delivery], at: datetime) -> Sorted:
    """Decide over one person's due rows of one channel, oldest first. Pure."""
    newest = {row.message.subject_id: row for row in rows if invites(row)}
    superseded = [
        (row, newest[row.message.subject_id])
        for row in rows
        if invites(row) and newest[row.message.subject_id] is not row
    ]
    single = [row for row in rows if row.message.kind == DIGEST or row in newest.values()]
    others = [row for row in rows if row.message.kind != DIGEST and not invites(row)]
    many = [row for row in others if row.in_digest or at - row.message.at > timing.FOLD_AFTER]
    if len(others) > timing.AT_ONCE:
        many = others
    if len(many) < 2:
        many = []
    return Sorted([*single, *(row for row in others if row not in many)], many, superseded)


def invites(row: Delivery) -> bool:
    return row.channel == "mail" and row.message.kind != DIGEST and row.message.what.invites


def _digest(account: int, channel: str, many: list[Delivery], at: datetime) -> Delivery:
    digest = Message.objects.create(
        account_id=account,
        kind=DIGEST,
        key=f"{DIGEST}:{channel}:{min(row.pk for row in many)}",
        at=at,
        in_inbox=False,
    )
    digest.account = many[0].message.account
    Delivery.objects.filter(pk__in=[row.pk for row in many]).update(state="folded", into=digest)
    return Delivery.objects.create(message=digest, channel=channel, next_at=at)


def _by_person(rows: list[Delivery]) -> Iterator[tuple[tuple[int | None, str], list[Delivery]]]:
    def whose(row: Delivery) -> tuple[int, str]:
        return (row.message.account_id or 0, row.channel)

    for (account, channel), some in groupby(sorted(rows, key=whose), key=whose):
        yield (account or None, channel), list(some)
