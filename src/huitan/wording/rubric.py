"""The fourteen codes, the seven fields, and which code may speak in which field."""

from __future__ import annotations

VAGUE_JUDGEMENT = "vague-judgement"
NO_EVIDENCE = "no-evidence"
EMPTY_PRAISE = "empty-praise"
MIXED_MESSAGE = "mixed-message"
PERSONAL_TRAIT = "personal-trait"
ABSOLUTE = "absolute"
PEER_COMPARISON = "peer-comparison"
BLAME_OR_THREAT = "blame-or-threat"
PROTECTED_ATTRIBUTE = "protected-attribute"
NO_DIRECTION = "no-direction"
VAGUE_DIRECTION = "vague-direction"
NO_SUPPORT = "no-support"
UNVERIFIABLE_GOAL = "unverifiable-goal"
VAGUE_DEADLINE = "vague-deadline"

CODES: tuple[str, ...] = (
    VAGUE_JUDGEMENT,
    NO_EVIDENCE,
    EMPTY_PRAISE,
    MIXED_MESSAGE,
    PERSONAL_TRAIT,
    ABSOLUTE,
    PEER_COMPARISON,
    BLAME_OR_THREAT,
    PROTECTED_ATTRIBUTE,
    NO_DIRECTION,
    VAGUE_DIRECTION,
    NO_SUPPORT,
    UNVERIFIABLE_GOAL,
    VAGUE_DEADLINE,
)

RESPECT: frozenset[str] = frozenset(
    {PERSONAL_TRAIT, ABSOLUTE, PEER_COMPARISON, BLAME_OR_THREAT, PROTECTED_ATTRIBUTE}
)

ALLOWED: dict[str, frozenset[str]] = {
    "feedback.issue": RESPECT | {VAGUE_JUDGEMENT, NO_EVIDENCE, MIXED_MESSAGE},
    "feedback.direction": RESPECT | {NO_DIRECTION, VAGUE_DIRECTION, VAGUE_DEADLINE, MIXED_MESSAGE},
    "feedback.support": RESPECT | {NO_SUPPORT, VAGUE_DEADLINE},
    "highlight": RESPECT | {EMPTY_PRAISE, MIXED_MESSAGE, VAGUE_JUDGEMENT},
    "plan.item": RESPECT | {UNVERIFIABLE_GOAL, VAGUE_DEADLINE},
    "plan.acceptance": RESPECT | {UNVERIFIABLE_GOAL, VAGUE_DEADLINE},
    "whole": frozenset(CODES) - {UNVERIFIABLE_GOAL, VAGUE_DEADLINE},
}

FIELDS: tuple[str, ...] = tuple(ALLOWED)

SEVERITY: dict[str, str] = {
    VAGUE_JUDGEMENT: "warning",
    NO_EVIDENCE: "warning",
    EMPTY_PRAISE: "advice",
    MIXED_MESSAGE: "advice",
    PERSONAL_TRAIT: "serious",
    ABSOLUTE: "warning",
    PEER_COMPARISON: "warning",
    BLAME_OR_THREAT: "serious",
    PROTECTED_ATTRIBUTE: "serious",
    NO_DIRECTION: "warning",
    VAGUE_DIRECTION: "warning",
    NO_SUPPORT: "advice",
    UNVERIFIABLE_GOAL: "warning",
    VAGUE_DEADLINE: "advice",
}
