"""The history: chained, sealed, never changed unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from tests.cast import at

from huitan.core import events, seals
from huitan.core.models import Event, Seal, Stream
from huitan.people.relations import system

pytestmark = pytest.mark.django_db
ALICE = system("alice")
NOW = at(7, 1)


def tell(stream: str = "talk:1", verb: str = "said", **payload: object) -> Event:
    with transaction.atomic():
        return events.append(stream, verb, actor=ALICE, at=NOW, payload=payload)


def test_an_event_needs_the_transaction_of_its_change(transactional_db) -> None:
    with pytest.raises(TypeError):
        events.append("talk:1", "said", actor=ALICE, at=NOW)


def test_each_stream_counts_and_chains_for_itself() -> None:
    first, second, other = tell(), tell(), tell("talk:2")
    assert (first.seq, second.seq, other.seq) == (1, 2, 1)
    assert second.previous_hash == first.hash
    assert other.previous_hash == events.GENESIS
    assert not list(events.breaks())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("payload", {"text": "别的话"}),
        ("actor", "account:9"),
        ("verb", "unsaid"),
        ("at", NOW + timedelta(hours=1)),
    ],
)
def test_a_changed_event_is_found(field: str, value: object) -> None:
    tell(text="原话")
    tell(text="后话")
    Event.objects.filter(seq=1).update(**{field: value})
    assert [(b.seq, str(b.sentence)) for b in events.breaks()] == [(1, "第 1 条记录的内容被改动过。")]


def test_a_removed_event_is_found_in_the_middle_and_at_the_end() -> None:
    for _ in range(3):
        tell()
    Event.objects.filter(seq=2).delete()
    assert any("不见了" in str(b.sentence) for b in events.breaks())
    Event.objects.all().delete()
    tell("talk:2")
    assert any("截断" in str(b.sentence) for b in events.breaks("talk:1"))


def test_a_chain_rewritten_with_its_head_is_found_by_the_seal() -> None:
    """Whoever rewrites a whole chain, hashes and head included, still lacks the key."""
    tell(text="原话")
    assert seals.seal(NOW, settle=timedelta(0)) is not None
    forged = Event.objects.get()
    forged.payload = {"text": "改过的话"}
    digest = events.fingerprint(forged)
    Event.objects.filter(pk=forged.pk).update(payload=forged.payload, hash=digest)
    Stream.objects.update(head=digest)
    assert not list(events.breaks())
    assert [str(s) for _, s in seals.broken_seals()] == ["封印与记录不符：封印之后有记录被改动、删除或补入。"]


def test_seals_follow_each_other_and_wait_for_young_events() -> None:
    tell()
    assert seals.seal(NOW) is None
    first = seals.seal(NOW + timedelta(minutes=3))
    assert first is not None
    tell()
    second = seals.seal(NOW + timedelta(minutes=6))
    assert second is not None
    assert second.previous_root == first.root
    assert not list(seals.broken_seals())
    Seal.objects.filter(pk=first.pk).delete()
    assert [str(s) for _, s in seals.broken_seals()] != []


def test_an_event_cannot_be_changed_or_deleted_by_the_product() -> None:
    event = tell()
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()


def test_merkle_root_depends_on_order_and_every_leaf() -> None:
    leaves = [f"{n:064x}" for n in range(5)]
    roots = {seals.merkle_root(leaves), seals.merkle_root(leaves[::-1]), seals.merkle_root(leaves[:4])}
    assert len(roots) == 3
    assert seals.merkle_root([]) == events.GENESIS
