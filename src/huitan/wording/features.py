"""What the model sees: lexicon tags, their meetings inside a clause, and short runs of characters or words.

Every feature is a readable string, so that a decision can be explained by naming the ones that carried it:
``t:neg`` a tag somewhere in the unit, ``p:dim+neg`` two tags in one clause, ``w:neg=欠佳`` an entry,
``n:欠佳`` a run of characters (Chinese) or one or two words (English), ``f:others, then you`` how clauses
stand to each other, ``x:...`` a derived judgement.
"""

from __future__ import annotations

import re

from .frames import frames_of
from .reading import Clause, Reading, Sentence

EVIDENCE = frozenset({"date", "count", "rate", "change", "quote", "title", "ident", "ordinal"})
SOFT_EVIDENCE = frozenset(
    {"event", "deliv", "effect", "who", "pastact", "negfact", "countz", "past", "name", "quoteword"}
)
_NOT_PAIRED = frozenset({"latin", "ques", "present", "caps", "listmark", "becauseof", "ageword", "didneg"})
_FORWARD = frozenset({"fromnow", "dirstart", "imperative", "dirmark", "henceforth"})
_ANCHORS = frozenset({"occasion", "date", "count", "countz", "fromnow", "deliv", "ident", "ordinal"})
_PROBLEM = frozenset(
    {"bad", "defect", "neg", "not:pos", "habit", "trait", "blame", "peer", "protected", "absolute"}
)
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
_WORD = re.compile(r"[a-z0-9£$€%]+(?:['’-][a-z0-9]+)*|\?|!")
_SIZES = (8, 14, 22, 32, 48, 70, 110)


def _bucket(value: int, limits: tuple[int, ...]) -> int:
    return sum(value > limit for limit in limits)


def _evidence_points(tags: set[str]) -> int:
    hard = len(tags & EVIDENCE) - ("rhetoric" in tags) - ("rating" in tags) - ("seniority" in tags)
    return 2 * max(hard, 0) + min(len(tags & SOFT_EVIDENCE), 3)


def chinese_runs(text: str, clauses: list[Clause]) -> set[str]:
    runs: set[str] = set()
    for clause in clauses:
        piece = _DIGITS.sub("0", text[clause.start : clause.end].strip(" ,.。;:、\n"))
        if len(piece) > 600:
            piece = piece[:600]
        framed = "^" + piece + "$"
        size = len(framed)
        for i in range(size - 1):
            runs.add("n:" + framed[i : i + 2])
            runs.add("n:" + framed[i : i + 3])
        runs.update("n:" + c for c in piece)
    return runs


def english_runs(text: str, clauses: list[Clause]) -> set[str]:
    runs: set[str] = set()
    for clause in clauses:
        piece = _DIGITS.sub("0", text[clause.start : min(clause.end, clause.start + 2000)])
        previous = "^"
        for word in _WORD.findall(piece):
            runs.add("n:" + word)
            runs.add("n:" + previous + " " + word)
            if len(word) > 5:
                runs.add("n:" + word[:5] + "*")
            previous = word
        runs.add("n:" + previous + " $")
    return runs


def unit_features(reading: Reading, sentences: list[Sentence]) -> set[str]:
    """Features of some sentences taken as one piece, independent of the field."""
    text = reading.text
    clauses = [clause for sentence in sentences for clause in sentence.clauses]
    if not clauses:
        return set()
    features: set[str] = set()
    everything: set[str] = set()
    strongest = 0
    bare_negative = bare_positive = 0
    for clause in clauses:
        tags = clause.tags
        everything |= tags
        ordered = sorted(tags - _NOT_PAIRED)
        for i, first in enumerate(ordered):
            for second in ordered[i + 1 :]:
                features.add(f"p:{first}+{second}")
        if len(ordered) == 1:
            features.add(f"p:{ordered[0]}+")
        for match in clause.found:
            features.add(f"w:{match.tag}={match.entry}")
        points = _evidence_points(tags)
        strongest = max(strongest, points)
        if points < 2:
            bare_negative += bool(tags & {"neg", "not:pos", "trait"})
            bare_positive += bool(tags & {"pos", "formula"})
    for tag in everything:
        features.add("t:" + tag)
    features |= {"first:" + tag for tag in clauses[0].tags - _NOT_PAIRED}
    features |= {"last:" + tag for tag in clauses[-1].tags - _NOT_PAIRED}
    length = sum(sentence.end - sentence.start for sentence in sentences)
    if reading.language == "en":
        length //= 3
    for step in range(_bucket(length, _SIZES)):
        features.add(f"x:longer{_SIZES[step]}")
    hard = everything & EVIDENCE
    soft = everything & SOFT_EVIDENCE
    for name, value, most in (
        ("hard evidence", len(hard), 4),
        ("soft evidence", len(soft), 5),
        ("strongest clause", strongest, 7),
        ("bare negative", bare_negative, 3),
        ("bare positive", bare_positive, 3),
    ):
        for step in range(min(value, most)):
            features.add(f"x:{name}>{step}")
    if not hard and not soft:
        features.add("x:nothing checkable")
    if bare_negative and bare_positive:
        features.add("x:praise beside criticism, both bare")
    if everything & {"pos", "formula"} and everything & {"neg", "not:pos"} and strongest < 2:
        features.add("x:praise and criticism, no evidence")
    features.add(f"x:clauses{min(len(clauses), 6)}")
    features |= frames_of(reading, sentences)
    runs = chinese_runs if reading.language == "zh" else english_runs
    features |= runs(text, clauses)
    return features


def _order_features(sentences: list[Sentence]) -> set[str]:
    """Which part of a free text says what: its first sentence, its last one, and any with a forward look."""
    features: set[str] = set()
    first, last = sentences[0].tags, sentences[-1].tags
    features |= {"fs:" + tag for tag in first - _NOT_PAIRED}
    if len(sentences) == 1:
        features.add("ls:same")
    else:
        features |= {"ls:" + tag for tag in last - _NOT_PAIRED}
    forward = concrete = helped = topical = False
    for sentence in sentences:
        tags = sentence.tags
        looks_ahead = bool(tags & _FORWARD)
        forward |= looks_ahead
        concrete |= looks_ahead and bool(tags & {"act", "imperative"}) and bool(tags & _ANCHORS)
        topical |= "topic" in tags and not tags & _ANCHORS
        helped |= bool(tags & {"helper", "helpact"})
    problem = bool(set().union(*(sentence.tags for sentence in sentences)) & _PROBLEM)
    for name, holds in (
        ("forward", forward),
        ("concrete", concrete),
        ("topical", topical),
        ("helped", helped),
        ("problem", problem),
    ):
        features.add(f"x:{name}" if holds else f"x:no {name}")
    features.add(f"x:plan {forward:d}{concrete:d}{topical:d}{helped:d}{problem:d}")
    return features


def text_features(reading: Reading, field: str) -> set[str]:
    """Features of the whole text, those of the field's own habits added."""
    features = unit_features(reading, reading.sentences)
    group = field.split(".")[-1]
    if field == "whole" and reading.sentences:
        features |= _order_features(reading.sentences)
    features |= {f"{group}|{name}" for name in features if name[0] in "txf"}
    features.add(f"{group}|")
    features.add("x:sentences" + str(min(len(reading.sentences), 5)))
    return features
