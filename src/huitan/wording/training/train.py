"""Trains the model of each language from the corpus, the same bits every time.

``python -m huitan.wording.training.train`` needs NumPy and scikit-learn; using the model does not.
Thresholds come from predictions on held-out files within train and dev (cross validation by file), so no
text is scored by weights that saw its file. The test files and the near pairs are never read here.
"""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from ..features import text_features
from ..model import SCALE, save
from ..reading import read
from ..rubric import (
    ABSOLUTE,
    ALLOWED,
    BLAME_OR_THREAT,
    CODES,
    PEER_COMPARISON,
    PERSONAL_TRAIT,
    PROTECTED_ATTRIBUTE,
    RESPECT,
)
from .compose import composed
from .corpus_files import checksum, load

STRENGTH = {"zh": 0.4, "en": 0.4}
FOLDS = 6
RUN_WEIGHT = 0.8
HIDDEN_SHARE = 3
FORGETFUL_COPIES = 2
FORGETFUL_WEIGHT = 0.5
COMPOSED_WEIGHT = 0.3
AS_WRITTEN = 1.0
LEAST_SEEN = {"zh": 2, "en": 1}  # English words vary more than Chinese characters do
FEW = 12
SMALLEST_WEIGHT = 8
PRECISION_WEIGHT = 0.7
USUAL_THRESHOLD = 0.45
# Respect words are rare, so a model is seldom certain of them; less certainty is needed.
USUAL_THRESHOLDS = {
    "zh": {
        ABSOLUTE: 0.36,
        PEER_COMPARISON: 0.36,
        PERSONAL_TRAIT: 0.3,
        BLAME_OR_THREAT: 0.3,
        PROTECTED_ATTRIBUTE: 0.3,
    },
    "en": {
        ABSOLUTE: 0.38,
        PEER_COMPARISON: 0.34,
        PERSONAL_TRAIT: 0.28,
        BLAME_OR_THREAT: 0.3,
        PROTECTED_ATTRIBUTE: 0.24,
    },
}


def vocabulary(feature_sets: list[set[str]], least: int) -> dict[str, int]:
    counts = Counter(name for features in feature_sets for name in features)
    return {name: place for place, name in enumerate(sorted(n for n, c in counts.items() if c >= least))}


def matrix(feature_sets: list[set[str]], places: dict[str, int]) -> sparse.csr_matrix:
    size = np.array([RUN_WEIGHT if name.startswith("n:") else 1.0 for name in places])
    columns = [[places[name] for name in features if name in places] for features in feature_sets]
    ends = np.cumsum([0, *map(len, columns)])
    flat = np.array([place for row in columns for place in row], dtype=np.int32)
    x = sparse.csr_matrix((size[flat], flat, ends), shape=(len(feature_sets), len(places)))
    x.sort_indices()  # a set has no order, the weights must not depend on it
    return x


def fit(x: sparse.csr_matrix, y: np.ndarray, strength: float, weights: np.ndarray) -> LogisticRegression:
    model = LogisticRegression(C=strength, solver="liblinear", max_iter=300, random_state=0)
    return model.fit(x, y, sample_weight=weights)


@dataclass(frozen=True)
class Lesson:
    """One text to learn from, as often as its weight says; about ``silent`` codes it teaches nothing."""

    features: set[str]
    field: str
    codes: frozenset[str]
    fold: int
    weight: float
    silent: frozenset[str] = frozenset()


def read_forgetfully(item: dict[str, Any], copy: int) -> set[str]:
    """Features of an item as read with a third of the lexicon hidden, so that structure and runs count too."""
    salt = f"{item['id']}/{copy}"

    def known(entry: str) -> bool:
        return zlib.crc32((entry + salt).encode()) % HIDDEN_SHARE != 0

    return text_features(read(item["text"], item["lang"], known=known), item["field"])


def folds_of(items: list[dict[str, Any]]) -> dict[str, int]:
    """File → fold; whole files are held out together."""
    files = sorted({item["file"] for item in items}, key=lambda name: (zlib.crc32(name.encode()), name))
    return {name: place % FOLDS for place, name in enumerate(files)}


def lessons_from(items: list[dict[str, Any]], folds: dict[str, int]) -> list[Lesson]:
    """Every text as it is and in forgetful copies, then whole texts composed of their parts."""
    lessons = []

    def learn(
        item: dict[str, Any], features: set[str], weight: float, silent: frozenset[str] = frozenset()
    ) -> None:
        codes = frozenset(item["codes"])
        lessons.append(Lesson(features, item["field"], codes, folds[item["file"]], weight, silent))

    for item in items:
        learn(item, text_features(read(item["text"], item["lang"]), item["field"]), AS_WRITTEN)
        for copy in range(FORGETFUL_COPIES):
            learn(item, read_forgetfully(item, copy), FORGETFUL_WEIGHT)
    for item in composed(items):
        learn(item, read_forgetfully(item, 0), COMPOSED_WEIGHT, RESPECT)
    return lessons


@dataclass(frozen=True)
class Fitted:
    """What was learnt: a column per code over named features."""

    places: dict[str, int]
    weights: np.ndarray
    bias: np.ndarray

    def scores(self, feature_sets: list[set[str]]) -> np.ndarray:
        """A probability per text and code."""
        return 1 / (1 + np.exp(-(matrix(feature_sets, self.places) @ self.weights + self.bias)))


def learn_from(lessons: list[Lesson], language: str) -> Fitted:
    as_written = [lesson.features for lesson in lessons if lesson.weight == AS_WRITTEN]
    places = vocabulary(as_written, LEAST_SEEN[language])
    x = matrix([lesson.features for lesson in lessons], places)
    trust = np.array([lesson.weight for lesson in lessons])
    weights = np.zeros((len(places), len(CODES)))
    bias = np.zeros(len(CODES))
    for i, code in enumerate(CODES):
        asked = np.array([code in ALLOWED[lesson.field] - lesson.silent for lesson in lessons])
        truth = np.array([code in lesson.codes for lesson in lessons])
        fitted = fit(x[asked], truth[asked], STRENGTH[language], trust[asked])
        weights[:, i] = fitted.coef_[0]
        bias[i] = fitted.intercept_[0]
    return Fitted(places, weights, bias)


def held_out_scores(
    lessons: list[Lesson], feature_sets: list[set[str]], folds: np.ndarray, language: str
) -> np.ndarray:
    """Scores of each text by weights that never saw its file."""
    scores = np.zeros((len(feature_sets), len(CODES)))
    for fold in range(FOLDS):
        fitted = learn_from([lesson for lesson in lessons if lesson.fold != fold], language)
        asked = np.flatnonzero(folds == fold)
        scores[asked] = fitted.scores([feature_sets[i] for i in asked])
    return scores


def best_threshold(truth: np.ndarray, scores: np.ndarray, usual: float = USUAL_THRESHOLD) -> float:
    """Maximises F with precision counted heavier than recall (F0.7), half way back to the usual value.

    The way back keeps the luck of a few dozen texts out of the threshold.
    """
    weight = PRECISION_WEIGHT**2
    best, chosen = -1.0, 0.5
    for candidate in np.arange(0.16, 0.7, 0.02):
        asked = scores > candidate
        right = float((asked & truth).sum())
        value = (1 + weight) * right / max(weight * truth.sum() + asked.sum(), 1)
        if value > best + 1e-9:
            best, chosen = value, float(candidate)
    return round((chosen + usual) / 2, 2)


def thresholds_from(
    items: list[dict[str, Any]], scores: np.ndarray, language: str
) -> dict[str, dict[str, float]]:
    """For free texts and for the parts of a form, per code; a code too rare to tune keeps the usual value."""
    usual = USUAL_THRESHOLDS[language]
    found: dict[str, dict[str, float]] = {"whole": {}, "part": {}}
    for kind, chosen in found.items():
        of_kind = np.array([(item["field"] == "whole") == (kind == "whole") for item in items])
        for i, code in enumerate(CODES):
            asked = of_kind & np.array([code in ALLOWED[item["field"]] for item in items])
            truth = np.array([code in item["codes"] for item in items])[asked]
            start = usual.get(code, USUAL_THRESHOLD)
            few = truth.sum() < FEW
            chosen[code] = start if few else best_threshold(truth, scores[asked, i], start)
    return found


def train(language: str) -> None:
    items = [item for item in load(("train", "dev")) if item["lang"] == language]
    file_folds = folds_of(items)
    folds = np.array([file_folds[item["file"]] for item in items])
    lessons = lessons_from(items, file_folds)
    feature_sets = [text_features(read(item["text"], language), item["field"]) for item in items]
    thresholds = thresholds_from(items, held_out_scores(lessons, feature_sets, folds, language), language)
    fitted = learn_from(lessons, language)
    bias = [round(float(value) * SCALE) for value in fitted.bias]
    rows = {}
    for name, place in fitted.places.items():
        scale = SCALE * (RUN_WEIGHT if name.startswith("n:") else 1.0)
        row = [round(float(value) * scale) for value in fitted.weights[place]]
        row = [value if abs(value) >= SMALLEST_WEIGHT else 0 for value in row]
        if any(row):
            rows[name] = row
    names = sorted({item["file"] for item in items})
    about = {
        "items": len(items),
        "files": len(names),
        "names": names,
        "checksum": checksum(items),
        "strength": STRENGTH[language],
    }
    save(language, rows, bias, thresholds, about)
    print(language, len(items), "texts,", len(rows), "features,", thresholds)


def main() -> None:
    for language in ("zh", "en"):
        train(language)


if __name__ == "__main__":
    main()
