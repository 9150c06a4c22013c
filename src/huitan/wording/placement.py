"""Where a finding points: the clauses that carry it, and in each of them the shortest telling words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from .decide import Verdict
from .features import EVIDENCE, text_features, unit_features
from .model import Model, lane_of, model_for
from .reading import Clause, Reading, Sentence, negation_start
from .rubric import CODES, NO_DIRECTION, NO_SUPPORT, RESPECT, VAGUE_DEADLINE
from .rules import TAGS_BEHIND, RuleHit, inner_words

_MOST_CLAUSES = 60
_MOST_PLACES = 8
_MOST_HITS = 40
_LONGEST_WORD = 24
_TOLD_BY_A_WORD = RESPECT | {VAGUE_DEADLINE}


@dataclass(frozen=True, slots=True)
class Place:
    start: int | None
    end: int
    clauses: list[Clause]
    rule: str
    reasons: tuple[str, ...]


def _loudness(model: Model, reading: Reading, clause: Clause, lane: int) -> float:
    features = unit_features(reading, [Sentence(clause.start, clause.end, [clause])])
    spoken = (model.rows.get(name, 0) for name in features if name[0] in "npw")
    return float(lane_of(sum(spoken), lane))


def _carries(model: Model, reading: Reading, clause: Clause, field: str, code: str) -> bool:
    """Would this clause get the code if it were the whole text? What evidence stands beside backs it."""
    sentence = next(s for s in reading.sentences if s.start <= clause.start < s.end)
    if code not in _TOLD_BY_A_WORD and sentence.tags & EVIDENCE:
        return False
    alone = Reading(reading.language, reading.norm, [Sentence(clause.start, clause.end, [clause])])
    score = model.probabilities(text_features(alone, field))[CODES.index(code)]
    return score > model.thresholds_in(field)[code]


def _rank(hit: RuleHit) -> int:
    return TAGS_BEHIND[hit.code].index(hit.rule.split("/", 1)[1])


def _speaks_for_itself(hit: RuleHit) -> bool:
    """A quality alone, or one character, names no further place."""
    return hit.end - hit.start > 1 and not hit.rule.endswith("/dim")


def _best(hits: list[RuleHit]) -> RuleHit:
    return max(hits, key=lambda hit: (hit.sure, -_rank(hit), hit.end - hit.start, -hit.start))


def _whole_words(reading: Reading, clause: Clause, hit: RuleHit) -> tuple[int, int]:
    """The hit with the word it begins or ends in, the negation before it, and the quality it judges beside it."""
    start, end = hit.start, hit.end
    if "/not:" in hit.rule:
        start = negation_start(reading.language, reading.text, clause, start)
    for other in clause.found:
        if other.end - other.start > _LONGEST_WORD or "<" in other.entry:
            continue
        before = other.start < start < other.end or (other.tag == "dim" and other.end == start)
        after = other.start < end < other.end or (other.tag == "dim" and other.start == end)
        start = other.start if before else start
        end = other.end if after else end
    return start, end


def _apart(hits: list[RuleHit], code: str) -> list[RuleHit]:
    """The most telling hit, and where single words tell, the others that touch none before them."""
    best = _best(hits)
    if code not in _TOLD_BY_A_WORD:
        return [best]
    kept = [best]
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start)):
        alike = hit.sure if code in RESPECT else hit.rule == best.rule
        if alike and all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.start)


def placed(reading: Reading, field: str, verdict: Verdict) -> list[Place]:
    """Every place where the code occurs, in the order of the text; no two of them overlap."""
    code = verdict.code
    model = model_for(reading.language)
    clauses = reading.clauses()[:_MOST_CLAUSES]
    reasons = tuple(f"{name} ({weight:+.2f})" for name, weight in model.reasons(set(verdict.features), code))
    missing = code == NO_SUPPORT and field == "whole"
    missing = missing or (code == NO_DIRECTION and field == "whole" and not verdict.hits)
    if missing:
        return [Place(None, 0, clauses, f"model:{code}", reasons)]
    lane = CODES.index(code)
    hits_of = {
        clause.start: list(
            islice((hit for hit in verdict.hits if clause.start <= hit.start < clause.end), _MOST_HITS)
        )
        for clause in clauses
    }
    loudest = clauses[0]
    if len(clauses) > 1:
        loudest = max(
            clauses,
            key=lambda c: (_loudness(model, reading, c, lane) + 300 * bool(hits_of[c.start]), -c.start),
        )
    places: list[Place] = []
    for clause in clauses:
        hits = hits_of[clause.start]
        if clause is not loudest:
            hits = [hit for hit in hits if _speaks_for_itself(hit)]
            if not hits or len(places) >= _MOST_PLACES:
                continue
            if not any(hit.sure for hit in hits) and not _carries(model, reading, clause, field, code):
                continue
        if not hits:
            start, end = inner_words(reading.text, clause)
            places.append(Place(start, end, [clause], f"model:{code}", reasons))
            continue
        for hit in _apart(hits, code):
            rule = hit.rule if hit.sure else f"model:{code}"
            start, end = _whole_words(reading, clause, hit)
            places.append(Place(start, end, [clause], rule, (hit.words, *reasons)))
    return _without_overlaps(places)


def _without_overlaps(places: list[Place]) -> list[Place]:
    """Widening to whole words can make neighbours touch; the first one stays."""
    kept: list[Place] = []
    for place in places:
        if not kept or (place.start or 0) >= kept[-1].end:
            kept.append(place)
    return kept
