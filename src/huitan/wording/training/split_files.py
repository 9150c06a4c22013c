"""Which corpus files train, tune and test: decided by the folder and a hash of the file's name, before anyone reads it.

A whole file goes to one side, so that the wording of one writer about one industry never sits on both.
``fresh`` holds texts written after the check was finished; nobody who works on it reads them.
Run ``python -m huitan.wording.training.split_files`` to rewrite ``split.json`` after new files arrive.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
SPLIT = Path(__file__).parent / "split.json"
NEVER_LEARNT = {"fresh": "test", "near_pairs": "near_pairs"}


def side_of(name: str) -> str:
    """'train', 'dev', 'test' or 'near_pairs' for a file named relative to the corpus, such as ``zh_a/retail.jsonl``."""
    folder = name.split("/")[0]
    if folder in NEVER_LEARNT:
        return NEVER_LEARNT[folder]
    percentile = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 100
    return "dev" if 60 <= percentile < 80 else "train"


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
