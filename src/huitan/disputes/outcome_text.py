"""What was contested, said and answered, as the history keeps it and the check reads it again. Pure: rows in, dicts out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import rfc8785

if TYPE_CHECKING:
    from huitan.disputes.models import Answer, Point

# How the wording check reads an answer: like the issue of a topic, facts without a verdict on the person (R05).
READ_AS = "feedback.issue"


def points_text(points: Iterable[Point]) -> list[dict[str, Any]]:
    """The points as handed in, cited facts and files by their marks."""
    return [
        {
            "id": p.pk,
            "kind": p.kind,
            "subject": p.subject,
            "value_before": _number(p.value_before),
            "claim": p.claim,
            "wanted": p.wanted,
            "cited": sorted(e.ref for e in p.cited.all()),
            "files": [[f.name, f.sha256] for f in p.files.all()],
        }
        for p in points
    ]


def answers_text(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """The answers as sent, in the order of the points."""
    return [
        {
            "point": a.point_id,
            "level": a.level,
            "verdict": a.verdict,
            "text": a.text,
            "new_level": a.new_level.label if a.new_level else None,
            "new_value": _number(a.new_value),
            "new_text": a.new_text,
            "cited": sorted(e.ref for e in a.cited.all()),
            "paragraphs": sorted(a.paragraphs),
        }
        for a in sorted(answers, key=lambda a: a.point_id)
    ]


def fingerprint(content: list[dict[str, Any]]) -> str:
    """SHA-256 (hex) over the RFC 8785 form."""
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def _number(value: Decimal | None) -> str | None:
    """Without trailing zeros, so that a number reads the same before and after it was stored."""
    return None if value is None else format(value.normalize(), "f")
