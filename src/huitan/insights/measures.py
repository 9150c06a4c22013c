"""What one talk adds to each figure: `counts_of` names every count there is. Pure; the day comes in as `today`.

A count is a whole number under a key such as "stage:signed"; the figures (`figures.py`) say what is divided by what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from huitan.insights.facts import ItemEvent, ItemFacts, TalkFacts

PEOPLE, HELD, ANSWERED = "people", "held", "answered"
RUNNING = frozenset({"active", "returned"})
# Spans of days between two steps: (key, last day that still belongs to it).
SPANS = (("0", 0), ("1", 1), ("2", 2), ("3", 3), ("4-7", 7), ("8-14", 14), ("15+", None))
OVERDUE_WEEK = "overdue-week:"
CHECKS = (
    "notice",
    "survey",
    "highlight",
    "topics",
    "action",
    "support",
    "record",
    "signatures",
    "check_in",
)


def counts_of(talk: TalkFacts, today: date) -> dict[str, int]:
    """Everything one talk adds, without zeros."""
    found: Counter[str] = Counter()
    if talk.kind == "main":
        found.update(_course(talk))
        if talk.has_record:
            found.update(_time_taken(talk))
            found[f"answer:{talk.employee_answer or 'waiting'}"] += 1
            found.update(_quality(talk))
    if talk.has_record:
        found.update(_content(talk))
        found.update(_disputes(talk))
    found.update(_outcome(talk))
    for item in talk.items:
        found.update(_item(item, today))
        found.update(overdue_weeks(item))
    return {key: n for key, n in sorted(found.items()) if n}


def _course(talk: TalkFacts) -> Iterator[str]:
    """How far a talk of the cycle has come; a cancelled one is nobody's lag."""
    yield PEOPLE
    yield f"stage:{talk.state}"
    if talk.state == "cancelled":
        return
    yield "expected"
    if talk.is_shared:
        yield "reached:shared"
        yield "notice:late" if talk.is_late else "notice:in_time"
    if talk.has_record:
        yield HELD
    if talk.state in ("signed", "closed"):
        yield "reached:signed"
    if talk.state == "closed":
        yield "reached:closed"


def _time_taken(talk: TalkFacts) -> Iterator[str]:
    yield "record:late" if talk.record_late else "record:in_time"
    if talk.ended_on and talk.frozen_on:
        yield "record:timed"
        yield f"record:{span_of((talk.frozen_on - talk.ended_on).days)}"
    if talk.ended_on and talk.signed_on:
        yield "signed:timed"
        yield f"signed:{span_of((talk.signed_on - talk.ended_on).days)}"


def span_of(days: int) -> str:
    return next(key for key, last in SPANS if last is None or days <= last)


def _content(talk: TalkFacts) -> Counter[str]:
    """What the record says: consensus, causes, and what the wording check had left to say."""
    found: Counter[str] = Counter({"wording:talks": 1})
    for topic in talk.topics:
        if topic.consensus:
            found["consensus:all"] += 1
            found[f"consensus:{topic.consensus}"] += 1
        if topic.kind == "improvement" and topic.causes:
            found["cause:topics"] += 1
            found.update(f"cause:{cause}" for cause in set(topic.causes))
    for code, n in talk.wording.items():
        found[f"wording:{code}"] += n
    found["wording:clean"] = int(not any(talk.wording.values()))
    return found


def _disputes(talk: TalkFacts) -> Iterator[str]:
    for verdict in talk.disputes:
        yield "dispute:raised"
        yield f"dispute:{verdict}"


def _outcome(talk: TalkFacts) -> Iterator[str]:
    if talk.outcome:
        yield "outcome:all"
        yield f"outcome:{talk.outcome}"


def _item(item: ItemFacts, today: date) -> Iterator[str]:
    if item.state == "draft" or item.due_on is None:
        return
    yield f"{item.kind}:all"
    overdue = item.state in RUNNING and item.due_on < today
    if item.state == "accepted":
        in_time = item.submitted_on is not None and item.submitted_on <= item.due_on
        yield f"{item.kind}:in_time" if in_time else f"{item.kind}:late"
    elif overdue:
        yield f"{item.kind}:overdue"
    elif item.state in RUNNING:
        yield f"{item.kind}:running"
    else:
        yield f"{item.kind}:{item.state}"
    if overdue or item.state == "accepted":
        yield f"{item.kind}:due"


def _quality(talk: TalkFacts) -> Iterator[str]:
    """METHOD.md's checklist for one talk: `quality:x` of `quality:x:of`. What cannot be known yet is in neither."""
    improvements = [t for t in talk.topics if t.kind == "improvement"]
    actions = [i for i in talk.items if i.kind == "action"]
    passed = {
        "notice": talk.is_shared and not talk.is_late and talk.pack_opened,
        "survey": talk.survey_in,
        "highlight": any(t.kind == "highlight" and t.has_evidence for t in talk.topics),
        "topics": all(t.has_evidence and t.causes and t.is_whole and t.consensus for t in improvements),
        "action": any(i.has_criterion for i in actions),
        "support": any(i.kind == "support" for i in talk.items),
        "record": not talk.record_late,
        "signatures": talk.state in ("signed", "closed"),
        "check_in": talk.first_check_in == "on_time",
    }
    for check in CHECKS:
        if check == "check_in" and talk.first_check_in not in ("on_time", "late"):
            continue
        yield f"quality:{check}:of"
        if passed[check]:
            yield f"quality:{check}"


def overdue_weeks(item: ItemFacts) -> Counter[str]:
    """The Sundays at whose end an item was overdue, as steps: +1 where that begins, -1 where it has ended.

    The sum of all steps up to a Sunday is the number overdue then, so the past needs no counting again.
    """
    found: Counter[str] = Counter()
    if item.first_due_on is None:
        return found
    for start, end in overdue_spans(item.first_due_on, item.history):
        first, after = sunday(start), sunday(end) if end else None
        if first != after:
            found[OVERDUE_WEEK + first.isoformat()] += 1
            if after:
                found[OVERDUE_WEEK + after.isoformat()] -= 1
    return found


def overdue_spans(due_on: date, history: Sequence[ItemEvent]) -> list[tuple[date, date | None]]:
    """[first day overdue, first day no longer) while an item ran past its date; the last may still be open."""
    spans: list[tuple[date, date | None]] = []
    running = False
    for number, event in enumerate(history):
        following = history[number + 1] if number + 1 < len(history) else None
        if event.what in ("activate", "return"):
            running = True
        elif event.what in ("submit", "accept", "drop"):
            running = False
        elif event.to is not None:
            due_on = event.to
        if not running:
            continue
        start, end = max(event.on, due_on + timedelta(days=1)), following.on if following else None
        if end is not None and end <= start:
            continue
        if spans and spans[-1][1] == start:
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def sunday(on: date) -> date:
    """The end of the week a day belongs to."""
    return on + timedelta(days=6 - on.weekday())
