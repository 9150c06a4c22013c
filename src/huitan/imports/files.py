"""Uploaded files as they came, kept under HUITAN_HOME/files by their SHA-256, never under a given name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings


def path(sha256: str) -> Path:
    return Path(settings.HUITAN_HOME) / "files" / sha256[:2] / sha256


def keep(data: bytes) -> str:
    """Store the bytes once; returns their SHA-256 (hex)."""
    digest = hashlib.sha256(data).hexdigest()
    place = path(digest)
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_suffix(".part")
        partial.touch(mode=0o600)
        partial.write_bytes(data)
        partial.replace(place)
    return digest


def content(sha256: str) -> bytes | None:
    """The bytes as uploaded; None when they are gone or no longer what they were."""
    try:
        data = path(sha256).read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None
