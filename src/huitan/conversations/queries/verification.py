"""Is what is stored still what was stored? Chains, seals, frozen packs and records, signatures (R18)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from huitan.conversations.models import Pack, Record, Signature
from huitan.conversations.record_text import fingerprint
from huitan.core import events, files, seals
from huitan.core.models import Event, KeptFile, Seal, Stream
from huitan.core.sentences import Sentence, say
from huitan.evidence.models import EvidenceFile
from huitan.plans.models import ItemFile


@dataclass(frozen=True)
class Break:
    where: str
    sentence: Sentence


@dataclass(frozen=True)
class Verification:
    """`counts` names how much was looked at: events, streams, seals, records, packs, files."""

    at: datetime
    counts: dict[str, int]
    breaks: tuple[Break, ...]

    @property
    def holds(self) -> bool:
        return not self.breaks


FROZEN = ("record.frozen", "pack.shared")
SIGNED = ("conversation.signed", "conversation.signing_declined")
ATTACHED = ("evidence.file_attached", "item.file_attached")
# What the history keeps of them: (verb, stream, payload), in the order of each stream.
Told = Sequence[tuple[str, str, dict[str, Any]]]


def verify(stream: str | None = None, *, at: datetime) -> Verification:
    """Read everything (or one stream) again and compute every hash anew. Costs time linear in the history; eight queries
    for the stream of a talk."""
    talk_id = int(stream.split(":")[1]) if stream and stream.startswith("conversation:") else None
    found = [Break(f"{b.stream} #{b.seq}", b.sentence) for b in events.breaks(stream)]
    records, packs = Record.objects.order_by("id"), Pack.objects.order_by("id")
    signatures = Signature.objects.select_related("record").order_by("id")
    seen = Event.objects.all()
    if stream:
        records, packs = records.filter(conversation_id=talk_id), packs.filter(conversation_id=talk_id)
        signatures, seen = signatures.filter(record__conversation_id=talk_id), seen.filter(stream=stream)
    else:
        found += [Break(f"seal {s.pk}", sentence) for s, sentence in seals.broken_seals()]
    said = seen.filter(verb__in=[*FROZEN, *SIGNED, *ATTACHED]).order_by("stream", "seq")
    told, looked_at = list(said.values_list("verb", "stream", "payload")), Counter(records=0, packs=0)
    found += _texts(records, packs, told, looked_at)
    found += _signatures(signatures, told)
    kept = list(_files(stream))
    found += _broken_files(kept, told)
    counts = {
        "events": seen.count(),
        "streams": 1 if stream else Stream.objects.count(),
        "seals": 0 if stream else Seal.objects.count(),
        **looked_at,
        "files": len(kept),
    }
    return Verification(at, counts, tuple(found))


def _files(stream: str | None) -> Iterator[tuple[str, KeptFile]]:
    """Every file handed in with a fact or an item, with the stream its history is in."""
    kind, _colon, key = (stream or "").partition(":")
    facts = EvidenceFile.objects.select_related("evidence").order_by("id")
    items = ItemFile.objects.select_related("item").order_by("id")
    if kind in ("", "employee"):
        for evidence_file in facts.filter(evidence__employee=int(key)) if key else facts:
            yield evidence_file.evidence.stream, evidence_file
    if kind in ("", "plan"):
        for item_file in items.filter(item__plan=int(key)) if key else items:
            yield item_file.item.stream, item_file


def _broken_files(kept: Iterable[tuple[str, KeptFile]], history: Told) -> Iterator[Break]:
    """Each file against its own hash, and the table against the history, both ways."""
    told = Counter(
        (stream, payload["sha256"], payload["name"]) for verb, stream, payload in history if verb in ATTACHED
    )
    have: Counter[tuple[str, str, str]] = Counter()
    for stream, file in kept:
        have[stream, file.sha256, file.name] += 1
        if files.content(file.sha256) is None:
            yield Break(f"{stream} {file.name}", say("附件不见了，或和它的校验值不符。"))
    for (stream, _, name), times in sorted((have - told).items()):
        yield Break(f"{stream} {name}", say("历史里没有登记这个附件（%(n)s 次）。", n=times))
    for (stream, _, name), times in sorted((told - have).items()):
        yield Break(f"{stream} {name}", say("历史里登记的附件，库里却没有（%(n)s 次）。", n=times))


def _texts(
    records: QuerySet[Record], packs: QuerySet[Pack], told: Told, looked_at: Counter[str]
) -> Iterator[Break]:
    """Each frozen text against its own hash and against the hash the history keeps."""
    frozen = {
        (verb, stream, payload.get("version")): payload.get("hash")
        for verb, stream, payload in told
        if verb in FROZEN
    }
    for record in records.iterator(chunk_size=500):
        looked_at["records"] += 1
        where = f"record conversation:{record.conversation_id} v{record.version}"
        if fingerprint(record.content) != record.hash:
            yield Break(where, say("面谈记录的文字和它的校验值不符。"))
        if (
            frozen.get(("record.frozen", f"conversation:{record.conversation_id}", record.version))
            != record.hash
        ):
            yield Break(where, say("面谈记录和历史里登记的校验值不符。"))
    for pack in packs.iterator(chunk_size=500):
        looked_at["packs"] += 1
        where = f"pack conversation:{pack.conversation_id} v{pack.version}"
        if fingerprint(pack.content) != pack.hash:
            yield Break(where, say("资料包的内容和它的校验值不符。"))
        if frozen.get(("pack.shared", f"conversation:{pack.conversation_id}", pack.version)) != pack.hash:
            yield Break(where, say("资料包和历史里登记的校验值不符。"))


# What a signature's row and its event must say alike; an event from before a detail was kept says nothing of it.
SAID_TWICE = ("choice", "statement", "method", "shown", "language", "page", "device", "taken_by")


def _signatures(rows: QuerySet[Signature], history: Told) -> Iterator[Break]:
    """Every signature is of the text it stands under; it is in the history and in the table, and both say the same."""
    told: dict[tuple[str, int, str, str], list[dict[str, Any]]] = defaultdict(list)
    kept: dict[tuple[str, int, str, str], list[Signature]] = defaultdict(list)
    for verb, of, payload in history:
        if verb in SIGNED:
            told[of, payload["version"], payload["side"], _answer(payload.get("choice", ""))].append(payload)
    for row in rows.iterator(chunk_size=500):
        stream = f"conversation:{row.record.conversation_id}"
        kept[stream, row.record.version, row.side, _answer(row.choice)].append(row)
        if row.record_hash != row.record.hash:
            where = f"record {stream} v{row.record.version}"
            yield Break(where, say("有签字签的不是这份文字。"))
    for key in sorted(told.keys() | kept.keys()):
        of, version, side, _ = key
        where = f"{of} v{version}"
        side_word = say(Signature.SIDES[side])
        if len(told[key]) > len(kept[key]):
            yield Break(where, say("历史里有%(side)s的签字，库里却没有。", side=side_word))
        elif len(kept[key]) > len(told[key]):
            yield Break(where, say("库里有%(side)s的签字，历史里却没有。", side=side_word))
        elif any(not _agree(row, payload) for row, payload in zip(kept[key], told[key], strict=True)):
            yield Break(where, say("%(side)s的签字和历史里记下的不一样。", side=side_word))


def _answer(choice: str) -> str:
    return "decline" if choice == "decline" else "sign"


def _agree(row: Signature, payload: dict[str, Any]) -> bool:
    return row.record_hash == payload.get("hash") and all(
        getattr(row, name) == payload[name] for name in SAID_TWICE if name in payload
    )
