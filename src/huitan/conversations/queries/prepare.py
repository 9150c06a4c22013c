"""What the manager sees while preparing: dossier, perception gap, proposals, readiness."""

from __future__ import annotations

from collections import Counter

from huitan.conversations.focus import Material, OpenItem, Proposal, propose
from huitan.conversations.models import Conversation
from huitan.conversations.perception_gap import Gap
from huitan.evidence.models import Evidence
from huitan.evidence.queries import Dossier, sort_out


def gaps(talk: Conversation, dossier: Dossier) -> list[Gap]:
    """Self score beside manager score per result; the employee's scores count once the survey is handed in."""
    survey = getattr(talk, "survey", None)
    handed_in = survey is not None and survey.submitted_at is not None
    own = {s.evidence_id: s.score for s in talk.self_scores.all()} if handed_in else {}
    given = {s.evidence_id: s.score for s in talk.manager_scores.all()}
    return [Gap(row.id, row.name, own.get(row.id), given.get(row.id)) for row in dossier.kpis]


def material(talk: Conversation) -> Material:
    """All that focus topics are proposed from (R09)."""
    cycle = talk.review.cycle
    facts = Evidence.objects.filter(employee=talk.review.employee_id)
    dossier = sort_out(facts, cycle)
    survey = getattr(talk, "survey", None)
    handed_in = survey if survey is not None and survey.submitted_at is not None else None
    questions = list(talk.questions.all())
    earlier = {
        row.name or row.kind
        for row in dossier.outside
        if row.occurred_on < cycle.starts_on and (row.is_short or row.kind == "incident")
    }
    previous = talk.previous_plan
    unfinished = previous.items.exclude(state__in=["accepted", "dropped"]) if previous else []
    return Material(
        kpis=dossier.kpis,
        events=dossier.events,
        gaps=gaps(talk, dossier),
        asked=Counter(q.evidence_id for q in questions if q.evidence_id and q.state == "open"),
        contested=frozenset(c.evidence_id for c in talk.contests.all() if c.state == "open"),
        difficulties=handed_in.difficulties if handed_in else "",
        growth=handed_in.growth if handed_in else "",
        loose_questions=[q.text for q in questions if not q.evidence_id],
        open_items=[OpenItem(item.ref, item.what) for item in unfinished],
        raised_before=frozenset(earlier),
    )


def proposals(talk: Conversation) -> list[Proposal]:
    """Proposals not yet on the list."""
    taken = {t.key for t in talk.topics.all() if t.key}
    return [p for p in propose(material(talk)) if p.key not in taken]
