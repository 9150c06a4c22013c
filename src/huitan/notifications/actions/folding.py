"""Many into one: the daily digest, and the guard against a flood after an outage or a night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from huitan.notifications import timing
from huitan.notifications.kinds import KINDS
from huitan.notifications.models import DIGEST, Delivery, Message

REPLACING = frozenset(name for name, kind in KINDS.items() if kind.replaces)


def fold(rows: list[Delivery], at: datetime) -> list[Delivery]:
    """What is left to send of the rows that are due: per person and channel either each on its own, or one digest.

    Calendar entries are sent on their own, the newest per talk. Call it in the transaction of the claim.
    """
    left: list[Delivery] = []
    latest = _latest_entries(rows)
    for (account, channel), some in _by_person(rows):
        if account is None:
            left += some
            continue
        found = sort_out(some, at, latest.get(account, {}))
        for row, newer in found.superseded:
            Delivery.objects.filter(pk=row.pk).update(state="folded", into=newer)
        left += found.single
        if found.many:
            left.append(_digest(account, channel, found.many, at))
    return left


@dataclass(frozen=True)
class Sorted:
    """`single` go one by one, `many` into one digest, `superseded` are invitations with the newer message that says how
    it is by now: beside them, or sent while they were being tried again."""

    single: list[Delivery]
    many: list[Delivery]
    superseded: list[tuple[Delivery, Message]]


def sort_out(rows: list[Delivery], at: datetime, latest: Mapping[int | None, Message]) -> Sorted:
    """Decide over one person's due rows of one channel, oldest first; `latest` is the last invitation per talk. Pure."""
    superseded = [
        (row, latest[row.message.subject_id])
        for row in rows
        if row.message.kind in REPLACING
        and invites(row)
        and latest[row.message.subject_id].pk != row.message_id
    ]
    gone = {row.pk for row, _newer in superseded}
    single = [row for row in rows if row.message.kind == DIGEST or (invites(row) and row.pk not in gone)]
    others = [row for row in rows if row.message.kind != DIGEST and not invites(row)]
    many = [row for row in others if row.in_digest or at - row.message.at > timing.FOLD_AFTER]
    if len(others) > timing.AT_ONCE:
        many = others
    if len(many) < 2:
        many = []
    return Sorted([*single, *(row for row in others if row not in many)], many, superseded)


def invites(row: Delivery) -> bool:
    return row.channel == "mail" and row.message.kind != DIGEST and row.message.what.invites


def _latest_entries(rows: list[Delivery]) -> dict[int, dict[int | None, Message]]:
    """{account: {talk: the last message that sends its calendar entry by mail}} for whatever is to be sent."""
    asked = [row.message for row in rows if row.message.kind in REPLACING and invites(row)]
    found: dict[int, dict[int | None, Message]] = {}
    if asked:
        entries = Message.objects.filter(
            account__in={message.account_id for message in asked},
            subject="talk",
            subject_id__in={message.subject_id for message in asked},
            kind__in=REPLACING,
            deliveries__channel="mail",
        )
        for message in entries.order_by("id"):
            found.setdefault(message.account_id or 0, {})[message.subject_id] = message
    return found


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
