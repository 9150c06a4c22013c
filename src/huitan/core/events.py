"""Appending to the history, and checking that it still is what was appended.

Every stream has its own hash chain: an event's hash covers its content and the hash before it. The stream's
head row is locked while appending, so two writers in one stream queue up and no others wait.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from time import monotonic, sleep
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Max, Q

from huitan.core import canonical
from huitan.core.access import Actor
from huitan.core.bulk import Json, Table, in_parts
from huitan.core.models import Event, Stream
from huitan.core.sentences import Sentence, say

GENESIS = "0" * 64
HEADS_AT_ONCE = 2000
HEAD = ("name", "length", "head")
COLUMNS = ("stream", "seq", "at", "actor", "verb", "payload", "previous_hash", "hash")
# Where PostgreSQL announces "first-last", the ids of events that have just been committed.
CHANNEL = "huitan_events"
# How many of the newest events are looked at for one that another transaction has yet to commit.
SETTLING = 20
# How long a reader waits for writers under way, and how often it looks (seconds).
SETTLE_WITHIN = 0.5
LOOK_AGAIN = 0.01


def append(
    stream: str, verb: str, *, actor: Actor, at: datetime, payload: Mapping[str, Any] | None = None
) -> Event:
    """Add one event at the end of `stream`, inside the transaction that makes the change (an error outside one)."""
    if not transaction.get_connection().in_atomic_block:
        raise TypeError("an event is appended in the transaction of the change it tells")
    head = Stream.objects.select_for_update().filter(name=stream).first()
    if head is None:
        head, _ = Stream.objects.select_for_update().get_or_create(
            name=stream, defaults={"length": 0, "head": GENESIS}
        )
    event = Event(
        stream=stream,
        seq=head.length + 1,
        at=at,
        actor=actor.key,
        verb=verb,
        payload=dict(payload or {}),
        previous_hash=head.head,
    )
    event.hash = fingerprint(event)
    event.save(force_insert=True)
    _announce(event.pk, event.pk)
    head.length, head.head = event.seq, event.hash
    head.save(update_fields=["length", "head"])
    return event


class Entry(NamedTuple):
    """One event of many, before it has its place in its stream."""

    stream: str
    verb: str
    payload: Mapping[str, Any]


def append_all(entries: Iterable[Entry], *, actor: Actor, at: datetime) -> int:
    """Append many events, to many streams, in a number of queries that does not grow with their number per stream.

    The order within a stream is the order given. Heads are locked by name, so that two of these never wait for each
    other in a circle. Returns how many were appended.
    """
    by_stream: dict[str, list[Entry]] = {}
    for entry in entries:
        by_stream.setdefault(entry.stream, []).append(entry)
    count = 0
    with transaction.atomic():
        for names in in_parts(sorted(by_stream), HEADS_AT_ONCE):
            heads = _heads(names)
            chains = Chains(heads)
            fresh = [name for name in names if name not in heads]
            made = [
                chains.told(name, entry.verb, actor.key, at, entry.payload)
                for name in (*heads, *fresh)
                for entry in by_stream[name]
            ]
            told_on, begun = Table(Stream, *HEAD), Table(Stream, *HEAD)
            told_on.put_all((name, *chains.head(name)) for name in heads)
            told_on.write_over("length", "head")
            begun.put_all((name, *chains.head(name)) for name in fresh)
            begun.write()
            events = Table(Event, *COLUMNS)
            numbers = events.reserve(len(made))
            events.put_all((number, *event) for number, event in zip(numbers, made, strict=True))
            events.write()
            _announce(numbers[0], numbers[-1])
            count += len(made)
    return count


def _heads(names: list[str]) -> dict[str, tuple[int, str]]:
    """Length and last hash of the streams there are, locked; the rest are new.

    Somebody else may begin one of the new streams at this moment: then storing it fails, and with it the transaction
    as a whole, which is done again or refused. The streams of people and things just made are known to nobody else.
    """
    found = Stream.objects.select_for_update().filter(name__among=names).order_by("name")
    return {name: (length, head) for name, length, head in found.values_list(*HEAD)}


def _announce(first: int, last: int) -> None:
    """Wake whoever listens on PostgreSQL, as part of the transaction: heard when it commits, never when it does not."""
    connection = transaction.get_connection()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{first}-{last}"])


@dataclass(frozen=True)
class Told:
    """That something happened, without what: `thing` is the id in the event's payload, if it names one."""

    id: int
    stream: str
    verb: str
    by: str
    thing: int | None


def told_after(last: int, also: Collection[int] = (), *, limit: int = 1000) -> list[Told]:
    """Events after the one with the id `last`, and those of `also` that are there by now, oldest first. One query."""
    wanted = Q(id__gt=last) | Q(id__in=also) if also else Q(id__gt=last)
    rows = Event.objects.filter(wanted).order_by("id")
    return [
        Told(pk, stream, verb, by, thing if isinstance(thing, int) else None)
        for pk, stream, verb, by, thing in rows.values_list("id", "stream", "verb", "actor", "payload__id")[
            :limit
        ]
    ]


def newest() -> int:
    """The id up to which every event is there: on PostgreSQL a lower one may still be uncommitted. One query."""
    ids = list(Event.objects.order_by("-id").values_list("id", flat=True)[:SETTLING])
    settled = ids[-1] if ids else 0
    for pk in reversed(ids):
        if pk > settled + 1:
            break
        settled = pk
    return settled


def settled() -> int:
    """The id up to which the history is complete: no event with a smaller id can still appear.

    PostgreSQL gives out ids before it commits, so a reader that only remembers the last id it saw would miss an event
    of a longer transaction. Whoever was given an id smaller than the newest committed one holds the table's row lock
    until the end: those are waited for, and nobody waits for the reader (a lock on the table would hold up writers,
    and be held up by autovacuum). Returns 0 where there is no event; `Busy` when a writer takes longer than a moment.
    """
    last = Event.objects.aggregate(last=Max("id"))["last"] or 0
    if connection.vendor == "postgresql":
        under_way = _writers()
        give_up = monotonic() + SETTLE_WITHIN
        while under_way:
            if monotonic() > give_up:
                raise Busy
            sleep(LOOK_AGAIN)
            under_way &= _writers()
    return last


def _writers() -> set[str]:
    """The other transactions that may have written an event and have not ended (PostgreSQL)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE relation = 'core_event'::regclass AND mode = 'RowExclusiveLock' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()"
        )
        return {name for (name,) in cursor.fetchall()}


class Busy(Exception):
    """The history is being written to; come back in a moment."""


def fingerprint(event: Event) -> str:
    """SHA-256 (hex) over the event's RFC 8785 form, previous hash included."""
    payload = canonical.dumps(event.payload)
    return _digest(event.stream, event.seq, event.at, event.actor, event.verb, payload, event.previous_hash)


def _digest(stream: str, seq: int, at: datetime, actor: str, verb: str, payload: bytes, previous: str) -> str:
    """The members in the order of their names; `payload` in its canonical form."""
    text = canonical.quoted
    after = f',"previous":{text(previous)},"seq":{seq},"stream":{text(stream)},"verb":{text(verb)}}}'
    return hashlib.sha256(b"".join((_begin(actor, at.astimezone(UTC)), payload, after.encode()))).hexdigest()


@lru_cache(maxsize=64)
def _begin(actor: str, at: datetime) -> bytes:
    """What all events of one moment (UTC) have in common."""
    text = canonical.quoted
    return f'{{"actor":{text(actor)},"at":{text(at.isoformat())},"payload":'.encode()


class Chains:
    """The history of some streams, told on without reading or writing: rows for `Event` and `Stream`.

    Begins at the heads given, which whoever stores the rows has locked; every other stream is new.
    """

    def __init__(self, heads: Mapping[str, tuple[int, str]] | None = None) -> None:
        self._heads: dict[str, tuple[int, str]] = dict(heads or {})

    def head(self, stream: str) -> tuple[int, str]:
        """Length and last hash."""
        return self._heads[stream]

    def told(
        self, stream: str, verb: str, actor: str, at: datetime, payload: Mapping[str, Any]
    ) -> tuple[str, int, datetime, str, str, str, str, str]:
        """The next event of a stream: stream, seq, at, actor, verb, payload as JSON, previous hash, hash."""
        length, previous = self._heads.get(stream, (0, GENESIS))
        content = canonical.dumps(payload)
        digest = _digest(stream, length + 1, at, actor, verb, content, previous)
        self._heads[stream] = (length + 1, digest)
        return stream, length + 1, at, actor, verb, Json(content.decode()), previous, digest

    def ended(self) -> list[tuple[str, int, str]]:
        """Name, length and head of every stream told since the last time; none of them goes on."""
        heads = [(name, length, head) for name, (length, head) in self._heads.items()]
        self._heads.clear()
        return heads


@dataclass(frozen=True)
class Break:
    stream: str
    seq: int
    sentence: Sentence


def breaks(stream: str | None = None) -> Iterator[Break]:
    """Every place where a chain does not hold: changed, missing, reordered or cut off at the end."""
    heads = {s.name: s for s in (Stream.objects.filter(name=stream) if stream else Stream.objects.all())}
    events = Event.objects.order_by("stream", "seq")
    if stream:
        events = events.filter(stream=stream)
    name, expected, previous = "", 1, GENESIS
    lengths: dict[str, tuple[int, str]] = {}
    for event in events.iterator(chunk_size=2000):
        if event.stream != name:
            name, expected, previous = event.stream, 1, GENESIS
        if event.seq != expected:
            yield Break(name, expected, say("第 %(seq)s 条记录不见了。", seq=expected))
        elif event.previous_hash != previous:
            yield Break(name, event.seq, say("第 %(seq)s 条记录和前一条接不上。", seq=event.seq))
        if event.hash != fingerprint(event):
            yield Break(name, event.seq, say("第 %(seq)s 条记录的内容被改动过。", seq=event.seq))
        expected, previous = event.seq + 1, event.hash
        lengths[name] = (event.seq, event.hash)
    for head in heads.values():
        if lengths.get(head.name, (0, GENESIS)) != (head.length, head.head):
            yield Break(head.name, head.length, say("末尾和登记的长度、校验值不一致，可能被截断。"))
    for missing in lengths.keys() - heads.keys():
        yield Break(missing, 0, say("这一串记录没有登记。"))
