"""Minutes per part of the talk (R16, R06): pure arithmetic over purpose and length."""

from __future__ import annotations

from collections.abc import Mapping

# Shares of the four parts, in percent. Sixty minutes for improvement give 12-25-13-10.
WEIGHTS: Mapping[str, Mapping[str, int]] = {
    "improvement": {"highlights": 20, "improvements": 42, "plan": 22, "support": 16},
    "growth": {"highlights": 25, "improvements": 20, "plan": 20, "support": 35},
    "collaboration": {"highlights": 18, "improvements": 44, "plan": 24, "support": 14},
}
# Where the situation moves percents to and from.
SHIFTS: Mapping[str, Mapping[str, int]] = {
    "high": {"highlights": 6, "improvements": -12, "support": 6},
    "low": {"highlights": -4, "plan": -4, "support": 8},
    "new": {"improvements": -8, "support": 8},
    "changed": {"improvements": 4, "plan": -4},
    "probation": {"improvements": -4, "plan": 4},
}
# The employee's part: others may borrow from each other, never from here.
PROTECTED = "support"
SMALLEST = 3


def minutes(purpose: str, length: int, situation: str = "usual") -> dict[str, int]:
    """Whole minutes per part, in order, summing to `length` (30, 45 or 60)."""
    shift = SHIFTS.get(situation, {})
    weights = WEIGHTS.get(purpose) or WEIGHTS["improvement"]
    shares = {key: share + shift.get(key, 0) for key, share in weights.items()}
    exact = {key: length * share / 100 for key, share in shares.items()}
    whole = {key: int(value) for key, value in exact.items()}
    for key in sorted(exact, key=lambda k: exact[k] - whole[k], reverse=True)[: length - sum(whole.values())]:
        whole[key] += 1
    return whole


def borrow(current: Mapping[str, int], towards: str, wanted: int) -> dict[str, int]:
    """Move up to `wanted` minutes to `towards` from the later parts, the fullest first; the employee's part is
    never cut and no part falls below three minutes. Returns the new minutes, unchanged if nothing can be lent."""
    result = dict(current)
    keys = list(current)
    later = [k for k in keys[keys.index(towards) + 1 :] if k != PROTECTED]
    for _ in range(wanted):
        lender = max(later, key=lambda k: result[k], default=None)
        if lender is None or result[lender] <= SMALLEST:
            break
        result[lender] -= 1
        result[towards] += 1
    return result
