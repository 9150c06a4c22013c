"""Seals: from time to time all new events are put under one Merkle root and signed.

The chain shows that nothing was changed between two events; the seal shows that nobody with the database but
without the key rewrote a whole chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import transaction

from huitan.core import whole_files
from huitan.core.events import GENESIS
from huitan.core.models import Event, Seal
from huitan.core.sentences import Sentence, say

BATCH = 50_000
SETTLE = timedelta(minutes=2)


def signing_key() -> Ed25519PrivateKey:
    """The server's key under HUITAN_HOME/keys, made on first use and readable by its owner only."""
    path = Path(settings.HUITAN_HOME) / "keys" / "seal.pem"
    key = serialization.load_pem_private_key(whole_files.made_once(path, _new_key), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path.name} does not hold an Ed25519 key")
    return key


def public_key() -> str:
    """The raw public half (hex), as a seal names it."""
    raw = signing_key().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return raw.hex()


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def merkle_root(leaves: Sequence[str]) -> str:
    """Root (hex) of a binary SHA-256 tree; an odd node moves up alone."""
    level = [hashlib.sha256(b"\x00" + bytes.fromhex(leaf)).digest() for leaf in leaves]
    if not level:
        return GENESIS
    while len(level) > 1:
        paired = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)
        ]
        level = paired + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex()


def seal(at: datetime, *, settle: timedelta = SETTLE) -> Seal | None:
    """Seal what has come since the last seal; None when nothing has.

    Events younger than `settle` wait for the next seal: on PostgreSQL a transaction still open may yet commit an
    event with a lower id than one already visible.
    """
    with transaction.atomic():
        last = Seal.objects.select_for_update().order_by("-last_event_id").first()
        start = last.last_event_id if last else 0
        unsealed = Event.objects.filter(id__gt=start).order_by("id")
        unsettled = unsealed.filter(at__gt=at - settle).values_list("id", flat=True).first()
        if unsettled is not None:
            unsealed = unsealed.filter(id__lt=unsettled)
        fresh = list(unsealed.values_list("id", "hash")[:BATCH])
        if not fresh:
            return None
        key = signing_key()
        root, previous = merkle_root([h for _, h in fresh]), last.root if last else GENESIS
        return Seal.objects.create(
            first_event_id=fresh[0][0],
            last_event_id=fresh[-1][0],
            root=root,
            previous_root=previous,
            at=at,
            public_key=public_key(),
            signature=key.sign(_statement(root, previous, fresh[-1][0])).hex(),
        )


def broken_seals() -> Iterator[tuple[Seal, Sentence]]:
    """Each seal that no longer fits its events, the one before it, or this server's key."""
    own = public_key()
    previous, after = GENESIS, 0
    for found in Seal.objects.order_by("last_event_id").iterator():
        hashes = list(
            Event.objects.filter(id__gt=after, id__lte=found.last_event_id)
            .order_by("id")
            .values_list("hash", flat=True)
        )
        if merkle_root(hashes) != found.root:
            yield found, say("封印与记录不符：封印之后有记录被改动、删除或补入。")
        if found.previous_root != previous:
            yield found, say("这个封印和前一个封印接不上。")
        if found.public_key != own:
            yield found, say("封印不是用这台服务器的密钥签的。")
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(found.public_key)).verify(
                bytes.fromhex(found.signature),
                _statement(found.root, found.previous_root, found.last_event_id),
            )
        except InvalidSignature:
            yield found, say("封印的签名无效。")
        previous, after = found.root, found.last_event_id


def _statement(root: str, previous: str, last_event_id: int) -> bytes:
    return f"huitan-seal:{previous}:{root}:{last_event_id}".encode()
