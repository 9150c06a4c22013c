"""How the check does on text it has not seen: every file of the corpus judged by weights that never saw it.

``python -m huitan.wording.training.cross_validate [zh|en]`` prints precision, recall and false alarms per
language, code, field and writer. A lexicon entry counts for a text only when it also occurs in other files,
because many entries were collected from this very corpus; thresholds are tuned without the file as well.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Any

import numpy as np

from ..decide import weigh
from ..features import text_features
from ..reading import Reading, read
from ..rubric import CODES
from .corpus_files import load
from .evaluate import Row, table
from .train import folds_of, held_out_scores, lessons_from, thresholds_from


def read_as_strangers(items: list[dict[str, Any]], folds: np.ndarray) -> list[Reading]:
    """Each text, read with the lexicon entries that occur outside its fold."""
    seen: dict[str, set[int]] = defaultdict(set)
    for item, fold in zip(items, folds, strict=True):
        for clause in read(item["text"], item["lang"]).clauses():
            for match in clause.found:
                seen[match.entry].add(int(fold))

    def reading(item: dict[str, Any], fold: int) -> Reading:
        def known(entry: str) -> bool:
            return entry.startswith("<") or bool(seen[entry] - {fold})

        return read(item["text"], item["lang"], known=known)

    return [reading(item, int(fold)) for item, fold in zip(items, folds, strict=True)]


def cross_validate(language: str) -> list[Row]:
    items = [item for item in load(("train", "dev")) if item["lang"] == language]
    fold_of = folds_of(items)
    folds = np.array([fold_of[item["file"]] for item in items])
    readings = read_as_strangers(items, folds)
    features = [text_features(r, item["field"]) for r, item in zip(readings, items, strict=True)]
    scores = held_out_scores(lessons_from(items, fold_of), features, folds, language)
    rows: list[Row] = []
    for fold in sorted(set(folds)):
        others = np.flatnonzero(folds != fold)
        thresholds = thresholds_from([items[i] for i in others], scores[others], language)
        for i in np.flatnonzero(folds == fold):
            item = items[i]
            of_kind = thresholds["whole" if item["field"] == "whole" else "part"]
            said = dict(zip(CODES, map(float, scores[i]), strict=True))
            rows.append((item, {v.code for v in weigh(readings[i], item["field"], said, of_kind)}))
    return rows


def main() -> None:
    for language in sys.argv[1:] or ("zh", "en"):
        print(table("unseen", cross_validate(language)))


if __name__ == "__main__":
    main()
