"""Rules that a reader can follow: which words, in which clause, speak for a code.

A *sure* hit decides unless the model strongly objects; the other hits only show where a decision points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .lexicon_index import Match
from .reading import Clause, Reading
from .rubric import (
    ABSOLUTE,
    ALLOWED,
    BLAME_OR_THREAT,
    EMPTY_PRAISE,
    MIXED_MESSAGE,
    NO_DIRECTION,
    NO_EVIDENCE,
    NO_SUPPORT,
    PEER_COMPARISON,
    PERSONAL_TRAIT,
    PROTECTED_ATTRIBUTE,
    RESPECT,
    UNVERIFIABLE_GOAL,
    VAGUE_DEADLINE,
    VAGUE_DIRECTION,
    VAGUE_JUDGEMENT,
)

TAGS_BEHIND: dict[str, tuple[str, ...]] = {
    VAGUE_JUDGEMENT: ("neg", "not:pos", "not:topic", "dim"),
    NO_EVIDENCE: ("freq", "neg", "not:pos", "not:topic", "habit", "defect"),
    EMPTY_PRAISE: ("pos", "formula"),
    MIXED_MESSAGE: ("hedge", "mini", "but"),
    PERSONAL_TRAIT: ("trait", "trait?"),
    ABSOLUTE: ("absolute", "freqabs", "absolute?"),
    PEER_COMPARISON: ("peer", "peer?"),
    BLAME_OR_THREAT: ("threat", "blame", "sarcasm", "rhetq", "blame?"),
    PROTECTED_ATTRIBUTE: ("protected", "protected?", "ageword"),
    NO_DIRECTION: ("pushback", "continuation"),
    VAGUE_DIRECTION: ("topic",),
    NO_SUPPORT: ("supnominal", "willing"),
    UNVERIFIABLE_GOAL: ("vaguegoal", "topic"),
    VAGUE_DEADLINE: ("vaguedue", "vaguedue?"),
}
_SURE_TAGS: dict[str, frozenset[str]] = {
    PERSONAL_TRAIT: frozenset({"trait"}),
    ABSOLUTE: frozenset({"absolute", "freqabs"}),
    PEER_COMPARISON: frozenset({"peer"}),
    BLAME_OR_THREAT: frozenset({"threat", "blame"}),
    PROTECTED_ATTRIBUTE: frozenset({"protected"}),
}
_DENIED = re.compile(r"(?:不|没|没有|并非|不是|别|勿|not|n't|never|no)\s?$")
_UNFAVOURABLE = frozenset({"neg", "not:pos", "defect", "freq", "trait", "negfact", "blame"})


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A place in the normalised text that a code can point at."""

    code: str
    start: int
    end: int
    words: str
    rule: str
    sure: bool


def inner_words(text: str, clause: Clause) -> tuple[int, int]:
    """The clause without the marks around it."""
    start, end = clause.start, clause.end
    while start < end and not text[start].isalnum() and text[start] not in "“\"'《(":
        start += 1
    while end > start and not text[end - 1].isalnum() and text[end - 1] not in "”\"'》)%":
        end -= 1
    return start, end


def _is_sure(code: str, match: Match, clause: Clause, sentence_tags: set[str], text: str) -> bool:
    if match.tag not in _SURE_TAGS.get(code, ()) or "domain" in clause.tags:
        return False
    if _DENIED.search(text, max(clause.start, match.start - 6), match.start):
        return False
    lexical = not match.entry.startswith("<")
    if code == ABSOLUTE:
        return lexical and bool(clause.tags & _UNFAVOURABLE) and "quote" not in sentence_tags
    if code == PEER_COMPARISON:
        return lexical
    if code == BLAME_OR_THREAT:
        return "cond" not in sentence_tags and "quote" not in clause.tags
    return True


def rule_hits(reading: Reading, field: str) -> list[RuleHit]:
    hits: list[RuleHit] = []
    wanted: dict[str, list[str]] = {}
    for code in sorted(ALLOWED[field]):
        for tag in TAGS_BEHIND[code]:
            wanted.setdefault(tag, []).append(code)
    for sentence in reading.sentences:
        sentence_tags = sentence.tags
        for clause in sentence.clauses:
            for match in clause.found:
                for code in wanted.get(match.tag, ()):
                    hits.append(_hit(reading.text, code, match, clause, sentence_tags))
    return hits


def _hit(text: str, code: str, match: Match, clause: Clause, sentence_tags: set[str]) -> RuleHit:
    start, end = match.start, match.end
    if end - start > 40:
        start, end = inner_words(text, clause)
    sure = code in RESPECT and _is_sure(code, match, clause, sentence_tags, text)
    return RuleHit(code, start, end, text[start:end], f"{code}/{match.tag}", sure)
