"""Trains the model of each language from the corpus, the same bits every time.

``python -m huitan.wording.training.train`` needs NumPy and scikit-learn; using the model does not.
Thresholds come from predictions on held-out files within train and dev (cross validation by file), so no
text is scored by weights that saw its file. The test files and the near pairs are never read here.
"""

from __future__ import annotations

import zlib
from collections import Counter
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
)
from .corpus_files import checksum, load

STRENGTH = {"zh": 0.4, "en": 0.4}
FOLDS = 6
RUN_WEIGHT = 0.5
HIDDEN_SHARE = 3
FORGETFUL_COPIES = 2
FORGETFUL_WEIGHT = 0.5
SMALLEST_WEIGHT = 8
PRECISION_WEIGHT = 0.7
USUAL_THRESHOLD = 0.45
# English respect words are rarer in ordinary work talk than Chinese ones, so less certainty is needed.
USUAL_THRESHOLDS = {
    "zh": {
        ABSOLUTE: 0.36,
        PEER_COMPARISON: 0.36,
        PERSONAL_TRAIT: 0.3,
        BLAME_OR_THREAT: 0.3,
        PROTECTED_ATTRIBUTE: 0.3,
    },
    "en": {
        ABSOLUTE: 0.32,
        PEER_COMPARISON: 0.32,
        PERSONAL_TRAIT: 0.2,
        BLAME_OR_THREAT: 0.2,
        PROTECTED_ATTRIBUTE: 0.2,
    },
}


def vocabulary(feature_sets: list[set[str]], least: int = 2) -> dict[str, int]:
    counts = Counter(name for features in feature_sets for name in features)
    return {name: place for place, name in enumerate(sorted(n for n, c in counts.items() if c >= least))}


def matrix(feature_sets: list[set[str]], places: dict[str, int]) -> sparse.csr_matrix:
    rows, columns, values = [], [], []
    for row, features in enumerate(feature_sets):
        for name in sorted(features):
            if name in places:
                rows.append(row)
                columns.append(places[name])
                values.append(RUN_WEIGHT if name.startswith("n:") else 1.0)
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(feature_sets), len(places)))


def fit(x: sparse.csr_matrix, y: np.ndarray, strength: float, weights: np.ndarray) -> LogisticRegression:
    model = LogisticRegression(C=strength, solver="liblinear", max_iter=300, random_state=0)
    return model.fit(x, y, sample_weight=weights)


def forgetful_features(item: dict[str, Any], copy: int) -> set[str]:
    """Features of an item as read with a third of the lexicon hidden, so that structure and runs count too."""
    salt = f"{item['id']}/{copy}"

    def known(entry: str) -> bool:
        return zlib.crc32((entry + salt).encode()) % HIDDEN_SHARE != 0

    return text_features(read(item["text"], item["lang"], known=known), item["field"])


def with_copies(
    feature_sets: list[set[str]], copies: list[list[set[str]]], keep: np.ndarray
) -> tuple[list[set[str]], np.ndarray, np.ndarray]:
    """The kept texts and their forgetful copies: features, index of the text behind each row, weight."""
    kept = np.flatnonzero(keep)
    rows = [feature_sets[i] for i in kept]
    for copy in copies:
        rows += [copy[i] for i in kept]
    origin = np.tile(kept, 1 + len(copies))
    weights = np.concatenate([np.ones(len(kept)), np.full(len(kept) * len(copies), FORGETFUL_WEIGHT)])
    return rows, origin, weights


def folds_of(items: list[dict[str, Any]]) -> np.ndarray:
    """The fold of each item; whole files share a fold."""
    files = sorted({item["file"] for item in items}, key=lambda name: (zlib.crc32(name.encode()), name))
    fold_of = {name: place % FOLDS for place, name in enumerate(files)}
    return np.array([fold_of[item["file"]] for item in items])


def held_out_scores(
    feature_sets: list[set[str]],
    copies: list[list[set[str]]],
    items: list[dict[str, Any]],
    labels: np.ndarray,
    allowed: np.ndarray,
    strength: float,
) -> np.ndarray:
    folds = folds_of(items)
    scores = np.zeros(labels.shape)
    for fold in range(FOLDS):
        learn = folds != fold
        places = vocabulary([f for f, keep in zip(feature_sets, learn, strict=True) if keep])
        rows, origin, weights = with_copies(feature_sets, copies, learn)
        x = matrix(rows, places)
        tested = matrix(feature_sets, places)
        for code in range(len(CODES)):
            seen = allowed[origin, code]
            asked = ~learn & allowed[:, code]
            fitted = fit(x[seen], labels[origin, code][seen], strength, weights[seen])
            scores[asked, code] = fitted.predict_proba(tested[asked])[:, 1]
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


def train(language: str) -> None:
    items = [item for item in load(("train", "dev")) if item["lang"] == language]
    feature_sets = [text_features(read(item["text"], language), item["field"]) for item in items]
    labels = np.array([[code in item["codes"] for code in CODES] for item in items])
    allowed = np.array([[code in ALLOWED[item["field"]] for code in CODES] for item in items])
    strength = STRENGTH[language]
    copies = [[forgetful_features(item, copy) for item in items] for copy in range(FORGETFUL_COPIES)]
    scores = held_out_scores(feature_sets, copies, items, labels, allowed, strength)
    thresholds = {
        code: best_threshold(
            labels[:, i], scores[:, i], USUAL_THRESHOLDS[language].get(code, USUAL_THRESHOLD)
        )
        for i, code in enumerate(CODES)
    }
    places = vocabulary(feature_sets)
    rows_seen, origin, trust = with_copies(feature_sets, copies, np.ones(len(items), dtype=bool))
    x = matrix(rows_seen, places)
    weights = np.zeros((len(places), len(CODES)))
    bias = []
    for i in range(len(CODES)):
        seen = allowed[origin, i]
        fitted = fit(x[seen], labels[origin, i][seen], strength, trust[seen])
        weights[:, i] = fitted.coef_[0]
        bias.append(round(float(fitted.intercept_[0]) * SCALE))
    rows = {}
    for name, place in places.items():
        scale = SCALE * (RUN_WEIGHT if name.startswith("n:") else 1.0)
        row = [round(float(value) * scale) for value in weights[place]]
        row = [value if abs(value) >= SMALLEST_WEIGHT else 0 for value in row]
        if any(row):
            rows[name] = row
    names = sorted({item["file"] for item in items})
    about = {
        "items": len(items),
        "files": len(names),
        "names": names,
        "checksum": checksum(items),
        "strength": strength,
    }
    save(language, rows, bias, thresholds, about)
    print(language, len(items), "texts,", len(rows), "features,", thresholds)


def main() -> None:
    for language in ("zh", "en"):
        train(language)


if __name__ == "__main__":
    main()
