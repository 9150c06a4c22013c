"""Focus topics proposed from both sides (R09). Pure: rows in, proposals with their reasons out.

A proposal says why it was made; nobody is ranked and nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from huitan.conversations.perception_gap import Gap
from huitan.conversations.told_before import Signal, heard
from huitan.core.days import day_words
from huitan.core.sentences import Sentence, say
from huitan.evidence.queries import EvidenceRow

HIGHLIGHTS_AT_MOST = 2
IMPROVEMENTS_AT_MOST = 4
SENTENCE_ENDS = "\u3002;\uff1b!\uff01?\uff1f"  # full-width and half-width


@dataclass(frozen=True)
class Proposal:
    """`key` stays the same for the same cause, so that adopting twice makes one topic. `pull` only orders."""

    key: str
    kind: str
    title: str
    why: tuple[Sentence, ...]
    evidence_ids: tuple[int, ...] = ()
    pull: float = 0.0
    first_raised: bool = False
    from_employee: bool = False
    signals: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class OpenItem:
    """An item of the last plan that was not accepted."""

    ref: str
    what: str


@dataclass(frozen=True)
class Material:
    """All that proposals are made from. `asked` and `contested` count per evidence id; `signals` are the times the
    person was told of something before (R11)."""

    kpis: Sequence[EvidenceRow] = ()
    events: Sequence[EvidenceRow] = ()
    gaps: Sequence[Gap] = ()
    asked: Mapping[int, int] = field(default_factory=dict)
    contested: frozenset[int] = frozenset()
    difficulties: str = ""
    growth: str = ""
    loose_questions: Sequence[str] = ()
    open_items: Sequence[OpenItem] = ()
    signals: Sequence[Signal] = ()


def propose(material: Material) -> list[Proposal]:
    """Highlights first, then improvement topics by pull, then what the employee wants to grow into."""
    highlights = sorted(_highlights(material), key=lambda p: -p.pull)[:HIGHLIGHTS_AT_MOST]
    improvements = sorted(_improvements(material), key=lambda p: -p.pull)[:IMPROVEMENTS_AT_MOST]
    return [*highlights, *improvements, *_growth(material)]


def _highlights(m: Material) -> Iterable[Proposal]:
    gaps = {g.evidence_id: g for g in m.gaps}
    for row in m.kpis:
        if row.completion is None or row.completion < 100:
            continue
        why = [say("完成率 %(p)s%%", p=_percent(row.completion))]
        gap = gaps.get(row.id)
        if gap and gap.size is not None and gap.size <= Decimal("0.3"):
            why.append(say("双方评分一致"))
        pull = float(row.completion) / 100 * _weight(row)
        yield Proposal(f"highlight:kpi:{row.id}", "highlight", row.name, tuple(why), (row.id,), pull)
    for row in m.events:
        if row.kind in ("achievement", "contribution"):
            reason = (
                say(
                    "%(date)s 有记录的%(kind)s",
                    date=day_words(row.occurred_on),
                    kind=Sentence(row.kind_word),
                ),
            )
            yield Proposal(
                f"highlight:event:{row.id}", "highlight", _short(row.title), reason, (row.id,), 0.35
            )


def _improvements(m: Material) -> Iterable[Proposal]:
    gaps = {g.evidence_id: g for g in m.gaps}
    for row in m.kpis:
        gap, why, pull = gaps.get(row.id), [], 0.0
        if gap and gap.is_wide:
            why.append(say("认知差 %(gap)s", gap=str(gap.size)))
            pull += 0.4 * float(gap.size or 0)
        if row.is_short and row.completion is not None:
            why.append(say("完成率 %(p)s%%", p=_percent(row.completion)))
            pull += (100 - float(row.completion)) / 100 * 2 * _weight(row) + 0.2
        if row.id in m.contested:
            why.append(say("员工对这个数字有疑问"))
            pull += 0.5
        if m.asked.get(row.id):
            why.append(say("员工有 %(n)s 个提问", n=m.asked[row.id]))
            pull += 0.3
        if why:
            told = heard(m.signals, {row.name}, {row.id})
            yield Proposal(
                f"improvement:kpi:{row.id}",
                "improvement",
                row.name,
                tuple(why),
                (row.id,),
                pull,
                first_raised=row.is_short and not told,
                from_employee=row.id in m.contested or bool(m.asked.get(row.id)),
                signals=told,
            )
    incidents = [row for row in m.events if row.kind == "incident"]
    for row in incidents:
        told = heard(m.signals, {row.about, row.title}, {row.id})
        why = [say("%(date)s 的事例", date=day_words(row.occurred_on))]
        if m.asked.get(row.id):
            why.append(say("员工有 %(n)s 个提问", n=m.asked[row.id]))
        yield Proposal(
            f"improvement:event:{row.id}",
            "improvement",
            _short(row.title),
            tuple(why),
            (row.id,),
            0.3,
            first_raised=not told,
            signals=told,
        )
    for item in m.open_items:
        yield Proposal(
            f"item:{item.ref}",
            "improvement",
            _short(item.what),
            (say("上期计划 %(ref)s 还没有验收", ref=item.ref),),
            pull=0.6,
        )
    if m.difficulties.strip():
        yield Proposal(
            "survey:difficulties",
            "improvement",
            _short(m.difficulties),
            (say("员工在调研里写的困难"),),
            pull=0.45,
            from_employee=True,
        )


def _growth(m: Material) -> Iterable[Proposal]:
    if m.growth.strip():
        yield Proposal(
            "survey:growth",
            "growth",
            _short(m.growth),
            (say("员工在调研里写的发展方向"),),
            from_employee=True,
        )
    for number, text in enumerate(m.loose_questions[:1]):
        if not m.growth.strip():
            yield Proposal(
                f"question:{number}", "growth", _short(text), (say("员工的提问"),), from_employee=True
            )


def _weight(row: EvidenceRow) -> float:
    return float(row.weight) / 100 if row.weight else 0.25


def _percent(value: Decimal) -> str:
    return f"{value:.0f}"


def _short(text: str, limit: int = 28) -> str:
    line = text.strip().splitlines()[0]
    for stop in SENTENCE_ENDS:
        line = line.split(stop)[0]
    return line if len(line) <= limit else line[: limit - 1] + "…"
