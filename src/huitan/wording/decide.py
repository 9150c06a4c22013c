"""From a reading to a set of codes: rules first, the model where rules are silent, then the rubric's logic."""

from __future__ import annotations

from dataclasses import dataclass

from .features import text_features
from .model import model_for
from .reading import Reading
from .rubric import (
    ALLOWED,
    CODES,
    EMPTY_PRAISE,
    MIXED_MESSAGE,
    NO_DIRECTION,
    NO_EVIDENCE,
    NO_SUPPORT,
    VAGUE_DIRECTION,
    VAGUE_JUDGEMENT,
)
from .rules import RuleHit, rule_hits

# In praise, the criticism that makes a message mixed is nearly always a bare verdict.
_WEAK_CRITICISM = 0.12
# A clean text is left alone: its first finding needs more certainty than a further one beside it.
_FIRST = {"whole": 1.4, "part": 1.25}
_FURTHER = 0.7
_CERTAIN = 0.9
_WITH_A_SURE_RULE = 0.18


@dataclass(frozen=True, slots=True)
class Verdict:
    code: str
    hits: tuple[RuleHit, ...]
    probability: float
    features: frozenset[str]


def decide(reading: Reading, field: str) -> list[Verdict]:
    if not reading.sentences:
        return []
    model = model_for(reading.language)
    features = text_features(reading, field)
    scores = dict(zip(CODES, model.probabilities(features), strict=True))
    return weigh(reading, field, scores, model.thresholds_in(field), frozenset(features))


def weigh(
    reading: Reading,
    field: str,
    scores: dict[str, float],
    thresholds: dict[str, float],
    features: frozenset[str] = frozenset(),
) -> list[Verdict]:
    """The verdicts that follow from the model's ``scores``, the rules and the rubric's logic."""
    hits = rule_hits(reading, field)
    sure = {hit.code for hit in hits if hit.sure}
    first = _FIRST["whole" if field == "whole" else "part"]
    asked = [code for code in CODES if code in ALLOWED[field]]
    needed = {code: min(thresholds[code] * first, _CERTAIN) for code in asked}

    def spoken(code: str, least: float) -> bool:
        return scores[code] > least or (code in sure and scores[code] > needed[code] * _WITH_A_SURE_RULE)

    found = [code for code in asked if spoken(code, needed[code])]
    if found:
        found = [code for code in asked if spoken(code, needed[code] * _FURTHER)]
    chosen: dict[str, Verdict] = {
        code: Verdict(code, tuple(hit for hit in hits if hit.code == code), scores[code], features)
        for code in found
    }
    _keep_the_likelier(chosen, scores, NO_DIRECTION, (VAGUE_DIRECTION, NO_SUPPORT))
    _keep_the_likelier(
        chosen,
        scores,
        EMPTY_PRAISE,
        (VAGUE_JUDGEMENT, NO_EVIDENCE, MIXED_MESSAGE, NO_DIRECTION, VAGUE_DIRECTION, NO_SUPPORT),
    )
    mixed = chosen.get(MIXED_MESSAGE)
    if (
        field == "highlight"
        and mixed
        and VAGUE_JUDGEMENT not in chosen
        and scores[VAGUE_JUDGEMENT] > _WEAK_CRITICISM
    ):
        own = tuple(hit for hit in hits if hit.code == VAGUE_JUDGEMENT)
        chosen[VAGUE_JUDGEMENT] = Verdict(VAGUE_JUDGEMENT, own, scores[VAGUE_JUDGEMENT], features)
    return list(chosen.values())


def _keep_the_likelier(
    chosen: dict[str, Verdict], scores: dict[str, float], code: str, excluded: tuple[str, ...]
) -> None:
    """``code`` and the ``excluded`` ones cannot both be true of a text: the likelier side stays."""
    rivals = [rival for rival in excluded if rival in chosen]
    if code not in chosen or not rivals:
        return
    if scores[code] >= max(scores[rival] for rival in rivals):
        for rival in rivals:
            del chosen[rival]
    else:
        del chosen[code]
