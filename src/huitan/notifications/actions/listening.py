"""Reading the history: each event becomes the messages the table names, once, however often the worker starts again.

Messages, deliveries and the cursor are written in one transaction. Nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from huitan.core import events
from huitan.core.models import Event
from huitan.notifications import timing
from huitan.notifications.audience import Things, Told, told_by
from huitan.notifications.kinds import ALWAYS_IN_INBOX, KINDS
from huitan.notifications.mail import address_of
from huitan.notifications.models import Cursor, Delivery, Message, Preference
from huitan.notifications.who_hears import HEARD
from huitan.people.models import Account

READER = "notifications"
BATCH = 200
# An installation that starts telling is not told its whole past.
FIRST_LOOKS_BACK = timedelta(days=7)


def listen(at: datetime) -> int:
    """Tell what happened since the last time. Returns how many messages came into being."""
    told = 0
    while True:
        until = events.settled()
        with transaction.atomic():
            cursor = _cursor(at)
            batch = list(
                Event.objects.filter(id__gt=cursor.event_id, id__lte=until, verb__in=list(HEARD)).order_by(
                    "id"
                )[:BATCH]
            )
            things = Things.of(batch)
            told += tell([(f"event:{e.pk}", t, e.at) for e in batch for t in told_by(e, things)], at)
            last = len(batch) < BATCH
            cursor.event_id = max(cursor.event_id, until if last else batch[-1].pk)
            cursor.save(update_fields=["event_id"])
        if last:
            return told


def _cursor(at: datetime) -> Cursor:
    found = Cursor.objects.select_for_update().filter(reader=READER).first()
    if found is None:
        older = (
            Event.objects.filter(at__lt=at - FIRST_LOOKS_BACK).order_by("-id").values_list("id", flat=True)
        )
        Cursor.objects.get_or_create(reader=READER, defaults={"event_id": older.first() or 0})
        found = Cursor.objects.select_for_update().get(reader=READER)
    return found


def tell(wanted: Iterable[tuple[str, Told, datetime]], at: datetime) -> int:
    """Write messages with their deliveries: (reason, who hears what, when it happened). What was told stays told."""
    wanted = [(f"{reason}:{told.kind}", told, happened) for reason, told, happened in wanted]
    accounts = {told.account.pk for _key, told, _happened in wanted}
    have = set(
        Message.objects.filter(account__in=accounts, key__in=[key for key, _told, _at in wanted]).values_list(
            "account", "key"
        )
    )
    preferences = {p.account_id: p for p in Preference.objects.filter(account__in=accounts)}
    made: list[tuple[Message, Told]] = []
    for key, told, happened in wanted:
        if (told.account.pk, key) in have:
            continue
        have.add((told.account.pk, key))
        kind = KINDS[told.kind]
        wish = preferences.get(told.account.pk) or Preference(account=told.account)
        made.append(
            (
                Message(
                    account=told.account,
                    kind=told.kind,
                    key=key,
                    subject=told.subject,
                    subject_id=told.subject_id,
                    values=told.values,
                    at=happened,
                    in_inbox=kind.group in ALWAYS_IN_INBOX or wish.inbox(kind),
                ),
                told,
            )
        )
    Message.objects.bulk_create([message for message, _told in made], batch_size=BATCH)
    deliveries = []
    for message, told in made:
        wish = preferences.get(told.account.pk) or Preference(account=told.account)
        deliveries += _planned(message, told.account, wish, at)
    Delivery.objects.bulk_create(deliveries, batch_size=BATCH)
    return len(made)


def _planned(message: Message, account: Account, wish: Preference, at: datetime) -> list[Delivery]:
    kind, found = message.what, []
    soon = timing.by_day(at, account.time_zone) if kind.by_day else at
    soon = timing.after_quiet(soon, wish.quiet_from, wish.quiet_until, account.time_zone)
    # A calendar entry is not a matter of taste: it goes out whenever mail does.
    how = "now" if kind.invites and wish.mail(kind) == "digest" else wish.mail(kind)
    if how != "off" and address_of(account):
        later = timing.next_digest(at, wish.digest_at, account.time_zone)
        found.append(
            Delivery(
                message=message,
                channel="mail",
                in_digest=how == "digest",
                next_at=later if how == "digest" else soon,
            )
        )
    if wish.im(kind):
        found.append(Delivery(message=message, channel="im", next_at=soon))
    return found
