"""Which corpus files train, tune and test: decided by a hash of the file's name, before anyone reads it.

A whole file goes to one side, so that the wording of one writer about one industry never sits on both.
Run ``python -m huitan.wording.training.split_files`` to rewrite ``split.json`` after new files arrive.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
SPLIT = Path(__file__).parent / "split.json"
TEST_ONLY = ("near_pairs",)


def side_of(name: str) -> str:
    """'train', 'dev' or 'test' for a file named relative to the corpus, such as ``zh_a/retail.jsonl``."""
    if name.split("/")[0] in TEST_ONLY:
        return "near_pairs"
    percentile = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 100
    if percentile < 60:
        return "train"
    return "dev" if percentile < 75 else "test"


def assign(corpus: Path = CORPUS) -> dict[str, list[str]]:
    sides: dict[str, list[str]] = {"train": [], "dev": [], "test": [], "near_pairs": []}
    for path in sorted(corpus.glob("*/*.jsonl")):
        name = path.relative_to(corpus).as_posix()
        sides[side_of(name)].append(name)
    return sides


def main() -> None:
    SPLIT.write_text(json.dumps(assign(), indent=1) + "\n", encoding="utf-8")
    print({side: len(names) for side, names in assign().items()})


if __name__ == "__main__":
    main()
