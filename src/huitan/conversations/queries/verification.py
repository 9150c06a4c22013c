"""Is what is stored still what was stored? Chains, seals, frozen packs and records, signatures (R18)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


def verify(stream: str | None = None, *, at: datetime) -> Verification:
    """Read everything (or one stream) again and compute every hash anew. Costs time linear in the history."""
    talk_id = int(stream.split(":")[1]) if stream and stream.startswith("conversation:") else None
    found = [Break(f"{b.stream} #{b.seq}", b.sentence) for b in events.breaks(stream)]
    records = Record.objects.order_by("id")
    packs = Pack.objects.order_by("id")
    if stream:
        records, packs = records.filter(conversation_id=talk_id), packs.filter(conversation_id=talk_id)
    else:
        found += [Break(f"seal {s.pk}", sentence) for s, sentence in seals.broken_seals()]
    found += _texts(records, packs)
    found += _signatures(stream, talk_id)
    kept = list(_files(stream))
    found += _broken_files(kept, stream)
    seen = Event.objects.filter(stream=stream) if stream else Event.objects.all()
    counts = {
        "events": seen.count(),
        "streams": 1 if stream else Stream.objects.count(),
        "seals": 0 if stream else Seal.objects.count(),
        "records": records.count(),
        "packs": packs.count(),
        "files": len(kept),
    }
    return Verification(at, counts, tuple(found))


ATTACHED = ("evidence.file_attached", "item.file_attached")


def _files(stream: str | None) -> Iterator[tuple[str, KeptFile]]:
    """Every file handed in with a fact or an item, with the stream its history is in."""
    for evidence_file in EvidenceFile.objects.select_related("evidence").order_by("id"):
        if stream in (None, evidence_file.evidence.stream):
            yield evidence_file.evidence.stream, evidence_file
    for item_file in ItemFile.objects.select_related("item").order_by("id"):
        if stream in (None, item_file.item.stream):
            yield item_file.item.stream, item_file


def _broken_files(kept: Iterable[tuple[str, KeptFile]], only: str | None) -> Iterator[Break]:
    """Each file against its own hash, and the table against the history, both ways."""
    attached = Event.objects.filter(verb__in=ATTACHED)
    if only:
        attached = attached.filter(stream=only)
    told = Counter(
        (stream, payload["sha256"], payload["name"])
        for stream, payload in attached.values_list("stream", "payload")
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


def _texts(records: object, packs: object) -> Iterator[Break]:
    """Each frozen text against its own hash and against the hash the history keeps."""
    frozen = {
        (verb, stream, payload.get("version")): payload.get("hash")
        for verb, stream, payload in Event.objects.filter(
            verb__in=["record.frozen", "pack.shared"]
        ).values_list("verb", "stream", "payload")
    }
    for record in records.prefetch_related("signatures").iterator(chunk_size=500):  # type: ignore[attr-defined]
        where = f"record conversation:{record.conversation_id} v{record.version}"
        if fingerprint(record.content) != record.hash:
            yield Break(where, say("面谈记录的文字和它的校验值不符。"))
        if (
            frozen.get(("record.frozen", f"conversation:{record.conversation_id}", record.version))
            != record.hash
        ):
            yield Break(where, say("面谈记录和历史里登记的校验值不符。"))
        for signature in record.signatures.all():
            if signature.record_hash != record.hash:
                yield Break(where, say("有签字签的不是这份文字。"))
    for pack in packs.iterator(chunk_size=500):  # type: ignore[attr-defined]
        where = f"pack conversation:{pack.conversation_id} v{pack.version}"
        if fingerprint(pack.content) != pack.hash:
            yield Break(where, say("资料包的内容和它的校验值不符。"))
        if frozen.get(("pack.shared", f"conversation:{pack.conversation_id}", pack.version)) != pack.hash:
            yield Break(where, say("资料包和历史里登记的校验值不符。"))


# What a signature's row and its event must say alike; an event from before a detail was kept says nothing of it.
SAID_TWICE = ("choice", "statement", "method", "shown", "language", "page", "device", "taken_by")


def _signatures(stream: str | None, talk_id: int | None) -> Iterator[Break]:
    """Every signature in the history is in the table and the other way round, and both say the same."""
    told: dict[tuple[str, int, str, str], list[dict[str, Any]]] = defaultdict(list)
    kept: dict[tuple[str, int, str, str], list[Signature]] = defaultdict(list)
    said = Event.objects.filter(verb__in=["conversation.signed", "conversation.signing_declined"])
    rows = Signature.objects.select_related("record").order_by("id")
    if stream:
        said, rows = said.filter(stream=stream), rows.filter(record__conversation_id=talk_id)
    for of, payload in said.order_by("stream", "seq").values_list("stream", "payload"):
        told[of, payload["version"], payload["side"], _answer(payload.get("choice", ""))].append(payload)
    for row in rows.iterator(chunk_size=500):
        key = (
            f"conversation:{row.record.conversation_id}",
            row.record.version,
            row.side,
            _answer(row.choice),
        )
        kept[key].append(row)
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
