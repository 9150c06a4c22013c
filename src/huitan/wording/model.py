"""A linear model per language: one weight per feature and code, added up in one pass.

A row of fourteen weights travels as one large integer with 32 bits per code, so that adding a feature to all
codes is a single addition. Weights are quantised to thousandths; the vocabulary is small enough that no lane
can overflow into its neighbour.
"""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .rubric import CODES

FOLDER = Path(__file__).parent / "weights"
LANE_BITS = 32
ROW_BYTES = len(CODES) * LANE_BITS // 8 + 1
SCALE = 1000
_HALF = 1 << (LANE_BITS - 1)
_MASK = (1 << LANE_BITS) - 1
_SHIFTS = tuple(LANE_BITS * lane for lane in range(len(CODES)))
_OFFSET = sum(_HALF << shift for shift in _SHIFTS)


def pack(weights: list[int]) -> int:
    return sum(weight << (LANE_BITS * lane) for lane, weight in enumerate(weights))


def unpack(total: int) -> list[int]:
    shifted = total + _OFFSET
    return [((shifted >> shift) & _MASK) - _HALF for shift in _SHIFTS]


def lane_of(total: int, lane: int) -> int:
    return (((total + _OFFSET) >> _SHIFTS[lane]) & _MASK) - _HALF


@dataclass(frozen=True, slots=True)
class Model:
    rows: dict[str, int]
    bias: int
    thresholds: dict[str, dict[str, float]]
    about: dict[str, Any]

    def thresholds_in(self, field: str) -> dict[str, float]:
        """Per code; a free text, where anything may be missing, has its own."""
        return self.thresholds["whole" if field == "whole" else "part"]

    def probabilities(self, features: set[str]) -> list[float]:
        """One probability per code, in the order of ``CODES``."""
        total = sum(filter(None, map(self.rows.get, features)), self.bias)
        return [1 / (1 + math.exp(-max(-30.0, min(30.0, lane / SCALE)))) for lane in unpack(total)]

    def reasons(self, features: set[str], code: str, most: int = 5) -> list[tuple[str, float]]:
        """The features that spoke loudest for ``code``, with their weights."""
        lane = CODES.index(code)
        weighed = [
            (feature, lane_of(row, lane) / SCALE)
            for feature in features
            if (row := self.rows.get(feature)) is not None
        ]
        weighed = [pair for pair in weighed if pair[1] > 0]
        weighed.sort(key=lambda pair: (-pair[1], pair[0]))
        return weighed[:most]


def save(
    language: str,
    rows: dict[str, list[int]],
    bias: list[int],
    thresholds: dict[str, dict[str, float]],
    about: dict[str, Any],
) -> None:
    names = sorted(rows)
    head = json.dumps(
        {"bias": bias, "thresholds": thresholds, "about": about, "features": len(names)},
        ensure_ascii=False,
        sort_keys=True,
    ).encode()
    body = b"".join(pack(rows[name]).to_bytes(ROW_BYTES, "little", signed=True) for name in names)
    vocabulary = "\n".join(names).encode()
    blob = b"".join(len(part).to_bytes(4, "little") + part for part in (head, vocabulary, body))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{language}.bin").write_bytes(zlib.compress(blob, 9))


@lru_cache(maxsize=2)
def model_for(language: str) -> Model:
    blob = zlib.decompress((FOLDER / f"{language}.bin").read_bytes())
    parts = []
    at = 0
    for _ in range(3):
        size = int.from_bytes(blob[at : at + 4], "little")
        parts.append(blob[at + 4 : at + 4 + size])
        at += 4 + size
    head = json.loads(parts[0])
    names = parts[1].decode().split("\n")
    body = parts[2]
    unpacked = int.from_bytes
    rows = {
        name: unpacked(body[place : place + ROW_BYTES], "little", signed=True)
        for name, place in zip(names, range(0, len(body), ROW_BYTES), strict=True)
    }
    return Model(rows, pack(head["bias"]), head["thresholds"], head["about"])
