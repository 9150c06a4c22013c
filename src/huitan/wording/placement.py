"""Where a finding points: the clause that speaks loudest for it, and in that clause the shortest telling words."""

from __future__ import annotations

from dataclasses import dataclass

from .decide import Verdict
from .features import unit_features
from .model import Model, lane_of, model_for
from .reading import Clause, Reading, Sentence
from .rubric import CODES, NO_DIRECTION, NO_SUPPORT, RESPECT
from .rules import TAGS_BEHIND, RuleHit, inner_words

_MOST_CLAUSES = 60
_MOST_PLACES = 4


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


def _rank(hit: RuleHit) -> int:
    return TAGS_BEHIND[hit.code].index(hit.rule.split("/", 1)[1])


def _telling(reading: Reading, clause: Clause, hits: list[RuleHit]) -> tuple[int, int, str]:
    if hits:
        best = max(hits, key=lambda hit: (hit.sure, -_rank(hit), hit.end - hit.start, -hit.start))
        return best.start, best.end, best.rule
    start, end = inner_words(reading.text, clause)
    return start, end, ""


def placed(reading: Reading, field: str, verdict: Verdict) -> list[Place]:
    model = model_for(reading.language)
    clauses = reading.clauses()[:_MOST_CLAUSES]
    reasons = tuple(
        f"{name} ({weight:+.2f})" for name, weight in model.reasons(set(verdict.features), verdict.code)
    )
    missing = verdict.code == NO_SUPPORT and field == "whole"
    missing = missing or (verdict.code == NO_DIRECTION and field == "whole" and not verdict.hits)
    if missing:
        return [Place(None, 0, clauses, f"model:{verdict.code}", reasons)]
    lane = CODES.index(verdict.code)
    hits_of = {
        id(clause): [hit for hit in verdict.hits if clause.start <= hit.start < clause.end]
        for clause in clauses
    }
    loud = [
        (_loudness(model, reading, clause, lane) + 300 * bool(hits_of[id(clause)]), -clause.start, clause)
        for clause in clauses
    ]
    loud.sort(key=lambda row: row[:2], reverse=True)
    chosen = [loud[0][2]]
    if verdict.code in RESPECT:
        chosen += [
            c for value, _, c in loud[1:_MOST_PLACES] if hits_of[id(c)] and value > 0.6 * loud[0][0] > 0
        ]
    places = []
    for clause in chosen:
        start, end, rule = _telling(reading, clause, hits_of[id(clause)])
        sure = any(hit.sure for hit in hits_of[id(clause)])
        words = (reading.text[start:end],) if rule else ()
        name = rule if sure else f"model:{verdict.code}"
        places.append(Place(start, end, [clause], name, words + reasons))
    return places
