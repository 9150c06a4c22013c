"""What the manager sees while preparing: dossier, perception gap, focus topics and proposals, readiness, pack.

`preparation` reads everything once, a fixed number of queries however long the lists are; the rest is arithmetic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, TextField, Value

from huitan.conversations import agenda, situation
from huitan.conversations.focus import Material, OpenItem, Proposal, propose
from huitan.conversations.models import (
    Contest,
    Conversation,
    PrivateNote,
    Question,
    Template,
    Topic,
)
from huitan.conversations.models.conversation import SECTIONS
from huitan.conversations.perception_gap import Gap, headline
from huitan.conversations.queries import readiness
from huitan.conversations.queries.pack_preview import pack_line, previous_items
from huitan.conversations.queries.prepare_rows import (
    AgendaPart,
    ContestLine,
    KpiLine,
    Level,
    NoteLine,
    Preparation,
    PreviousItem,
    ProposalLine,
    QuestionLine,
    RatingLine,
    SurveyLine,
    TemplateLine,
    TopicLine,
)
from huitan.conversations.queries.talks import with_facts
from huitan.conversations.queries.templates import planned_minutes, script_of
from huitan.conversations.queries.told import told_before
from huitan.conversations.told_before import Signal
from huitan.conversations.topic_order import order_words
from huitan.core.access import judge
from huitan.core.days import local_day
from huitan.core.moves import available_moves, offer
from huitan.core.sentences import N_, Sentence, say
from huitan.cycles.models import Rating, RatingLevel, Review
from huitan.evidence.models import Evidence
from huitan.evidence.queries import Dossier, EvidenceRow, known, sort_out
from huitan.evidence.trend import trends
from huitan.people.relations import Actor
from huitan.plans.models import CAUSES

BEFORE = ("preparing", "shared")
# The record freezes the rating with the rest; from then on a change goes the way of a dispute.
UNSIGNED = (*BEFORE, "talking")


def for_preparation(talks: Any, actor: Actor) -> QuerySet[Conversation]:
    """The talk with its stage's facts, survey and last plan, the viewer's own note and the level of the cycle before,
    still one query."""
    newest = Template.objects.filter(
        purpose=OuterRef("purpose"), situation=OuterRef("situation"), minutes=OuterRef("minutes")
    ).order_by("-version")
    note = PrivateNote.objects.visible_to(actor).filter(conversation=OuterRef("pk"))
    before = Rating.objects.filter(
        review__employee=OuterRef("review__employee"),
        review__cycle__starts_on__lte=OuterRef("review__cycle__starts_on"),
    ).exclude(review=OuterRef("review"))
    return (
        with_facts(talks)
        .with_pack_evidence()
        .select_related("survey", "previous_plan", "template")
        .annotate(
            newest_template=Subquery(newest.values("version")[:1]),
            note_text=Subquery(note.values("text")[:1]),
            note_version=Subquery(note.values("version")[:1]),
            note_saved_at=Subquery(note.values("saved_at")[:1]),
            rating_before=Subquery(
                before.order_by("-review__cycle__starts_on", "-at", "-id").values("level__label")[:1]
            ),
        )
    )


def preparation(talk: Any, actor: Actor, at: datetime) -> Preparation:
    """`talk` comes through `for_preparation`."""
    cycle = talk.review.cycle
    rows = known(talk.review.employee_id, actor)
    dossier = sort_out(rows, cycle)
    facts = {row.id: row for row in dossier.all}
    survey = handed_in(talk)
    own, theirs = scores(talk)
    found_gaps = gaps(dossier, own if survey else {}, theirs)
    asked = list(talk.questions.all())
    contests = contest_lines(talk, actor, at)
    previous = previous_items(talk)
    all_topics, cited = topics_with_facts(talk, facts)
    topics = topic_lines([t for t in all_topics if t.state == "active"], cited)
    told = told_before(talk, rows, talk.shared_at)
    found = propose(_material(dossier, found_gaps, asked, contests, survey, previous, told))
    taken = {t.key for t in all_topics if t.key}
    latest = talk.packs.last()
    pack = pack_line(latest, dossier) if latest else None
    levels, ratings = levels_and_ratings(talk.review)
    kpis = kpi_lines(dossier, found_gaps, {pk: reason for pk, (_, reason) in theirs.items()}, contests, asked)
    return Preparation(
        closed=why_closed(talk),
        kpis=kpis,
        events=dossier.events,
        outside=dossier.facts_outside,
        trends=trends(rows, cycle),
        gaps=tuple(found_gaps),
        gap_headline=headline(found_gaps),
        topics=topics,
        order_words=order_words(
            ((t.manager_place, t.employee_place) for t in topics), talk.review.employee.name
        ),
        proposals=tuple(
            ProposalLine(p, tuple(facts[pk] for pk in p.evidence_ids if pk in facts))
            for p in found
            if p.key not in taken
        ),
        survey=survey,
        informal_note=talk.informal_note,
        questions=tuple(question_line(q, talk, facts, actor, at) for q in asked),
        contests=contests,
        previous=previous,
        previous_outcome=_outcome(talk),
        previous_reason=talk.previous_plan.outcome_reason if talk.previous_plan else "",
        agenda=agenda_parts(talk, topics),
        pack=pack,
        share=offer(talk, "share", actor, at),
        begin=offer(talk, "begin", actor, at),
        checks=readiness.checks(
            talk,
            at,
            pack=pack,
            topics=topics,
            unscored=sum(k.manager is None for k in kpis),
            previous=previous,
            taken=taken,
        ),
        levels=levels,
        ratings=ratings,
        may_rate=bool(judge(talk.review, "rate", actor)) and talk.state in UNSIGNED,
        note=NoteLine(talk.note_text or "", talk.note_version or 0, talk.note_saved_at),
        template=template_line(talk, dossier, ratings[-1].level if ratings else "", at),
    )


def _outcome(talk: Conversation) -> str:
    """The last plan's outcome, or that it still has none (R03)."""
    plan = talk.previous_plan
    if plan is None:
        return ""
    return plan.OUTCOMES.get(plan.outcome, N_("还没有结果"))


def levels_and_ratings(review: Review) -> tuple[tuple[Level, ...], tuple[RatingLine, ...]]:
    """The cycle's scale, and what this review was rated, oldest first. One query."""
    given = FilteredRelation("rating", condition=Q(rating__review=review.pk))
    rows = list(
        RatingLevel.objects.filter(cycle=review.cycle_id)
        .annotate(given=given)
        .order_by("order", "pk")
        .values_list("pk", "label", "meaning", "given__pk", "given__reason", "given__at")
    )
    levels = {pk: Level(pk, label, meaning) for pk, label, meaning, *_ in rows}
    rated = sorted((at, rating, pk, reason) for pk, _, _, rating, reason, at in rows if rating is not None)
    return (
        tuple(levels.values()),
        tuple(RatingLine(levels[pk].label, levels[pk].meaning, reason, at) for at, _, pk, reason in rated),
    )


def template_line(talk: Any, dossier: Dossier, own: str, at: datetime) -> TemplateLine:
    """The talk's template (R25), and the situation the facts propose; `own` is the level this review has, if any."""
    ratings = [level for level in (talk.rating_before, own) if level]
    employee = talk.review.employee
    return TemplateLine(
        situation=talk.situation,
        proposed=situation.propose(
            status=employee.status,
            hired_on=employee.hired_on,
            ratings=ratings,
            results=[situation.Reached(row.weight, row.completion) for row in dossier.kpis],
            on=local_day(at),
        ),
        version=talk.template.version if talk.template else 0,
        newer=talk.newest_template if talk.template and talk.newest_template > talk.template.version else 0,
        script=script_of(talk),
    )


def why_closed(talk: Conversation) -> Sentence | None:
    if talk.state in BEFORE:
        return None
    if talk.state == "cancelled":
        return say("面谈已取消：%(why)s", why=talk.cancel_reason)
    if talk.state == "talking":
        return say("面谈正在进行，准备不再修改。要改的，在面谈室里改。")
    return say("面谈已经谈过，这里只供查看。")


def handed_in(talk: Any) -> SurveyLine | None:
    survey = getattr(talk, "survey", None)
    if survey is None or survey.submitted_at is None:
        return None
    return SurveyLine(
        survey.submitted_at, survey.own_view, survey.difficulties, survey.growth, dict(survey.asked)
    )


def scores(talk: Conversation) -> tuple[dict[int, Decimal], dict[int, tuple[Decimal, str]]]:
    """The employee's scores, and the manager's with their reasons, by evidence id. One query."""
    is_own, no_reason = Value(True), Value("", output_field=TextField())
    given = talk.manager_scores.values_list("evidence_id", "score", "reason", Value(False))
    rows = list(given.union(talk.self_scores.values_list("evidence_id", "score", no_reason, is_own)))
    own = {pk: score for pk, score, _, mine in rows if mine}
    return own, {pk: (score, reason) for pk, score, reason, mine in rows if not mine}


def gaps(
    dossier: Dossier, own: Mapping[int, Decimal], theirs: Mapping[int, tuple[Decimal, str]]
) -> list[Gap]:
    """Self score beside manager score per result; the employee's scores count once the survey is handed in."""
    return [
        Gap(row.id, row.name, own.get(row.id), theirs[row.id][0] if row.id in theirs else None)
        for row in dossier.kpis
    ]


def topics_with_facts(
    talk: Conversation, facts: Mapping[int, EvidenceRow]
) -> tuple[list[Topic], dict[int, list[EvidenceRow]]]:
    """Every topic in its order, and the facts it rests on as far as they are known here. One query."""
    topics: dict[int, Topic] = {}
    cited: dict[int, list[EvidenceRow]] = {}
    for topic in talk.topics.annotate(rests_on=F("evidence")).order_by("position", "id", "evidence"):
        topics[topic.pk] = topic
        found = cited.setdefault(topic.pk, [])
        if topic.rests_on in facts:
            found.append(facts[topic.rests_on])
    return list(topics.values()), cited


def kpi_lines(
    dossier: Dossier,
    found: Iterable[Gap],
    reasons: Mapping[int, str],
    contests: Iterable[ContestLine],
    asked: Iterable[Question],
) -> tuple[KpiLine, ...]:
    by_id = {g.evidence_id: g for g in found}
    # The newest doubt about a number stands for it.
    doubts = {c.evidence_id: c for c in contests}
    pinned = Counter(q.evidence_id for q in asked if q.evidence_id)
    return tuple(
        KpiLine(
            row,
            by_id[row.id].own,
            by_id[row.id].manager,
            reasons.get(row.id, ""),
            doubts.get(row.id),
            pinned[row.id],
        )
        for row in dossier.kpis
    )


def topic_lines(topics: Iterable[Topic], cited: Mapping[int, Sequence[EvidenceRow]]) -> tuple[TopicLine, ...]:
    lines, number = [], 0
    for topic in topics:
        if topic.kind != "highlight":
            number += 1
        lines.append(
            TopicLine(
                id=topic.pk,
                kind=topic.kind,
                number=number if topic.kind != "highlight" else None,
                title=topic.title,
                why=tuple(Sentence.from_json(stored) for stored in topic.why),
                evidence=tuple(cited[topic.pk]),
                first_raised=topic.first_raised,
                signals=tuple(Sentence.from_json(stored) for stored in topic.signals),
                manager_place=topic.manager_place,
                employee_place=topic.employee_place,
                wanted_by_employee=topic.wanted_by_employee,
                causes=tuple(CAUSES[c] for c in topic.causes if c in CAUSES),
                support=topic.support,
            )
        )
    return tuple(lines)


def question_line(
    question: Question, talk: Conversation, facts: Mapping[int, EvidenceRow], actor: Actor, at: datetime
) -> QuestionLine:
    question.conversation = talk
    return QuestionLine(
        question.pk,
        question.text,
        facts.get(question.evidence_id) if question.evidence_id else None,
        question.asked_at,
        question.state,
        question.answer,
        question.parked_until,
        _moves(question, actor, at) if talk.state in (*BEFORE, "talking") else frozenset(),
    )


def contest_lines(talk: Conversation, actor: Actor, at: datetime) -> tuple[ContestLine, ...]:
    lines = []
    for contest in talk.contests.select_related("evidence"):
        contest.conversation, fact = talk, contest.evidence
        lines.append(
            ContestLine(
                contest.pk,
                fact.pk,
                fact.ref,
                fact.title,
                fact.unit,
                fact.source,
                contest.claim,
                contest.reason,
                contest.raised_at,
                contest.state,
                contest.value_before,
                contest.value_after,
                contest.answer,
                _moves(contest, actor, at),
            )
        )
    return tuple(lines)


def agenda_parts(talk: Conversation, topics: Sequence[TopicLine]) -> tuple[AgendaPart, ...]:
    """Minutes per part by purpose and length (R16), with the topics that fall into it."""
    of_kind = Counter(topic.kind for topic in topics)
    within = {"highlights": "highlight", "improvements": "improvement", "support": "growth"}
    return tuple(
        AgendaPart(key, SECTIONS[key], minutes, of_kind[within.get(key, "")], key == agenda.PROTECTED)
        for key, minutes in planned_minutes(talk).items()
    )


def material(talk: Conversation) -> Material:
    """All that focus topics are proposed from (R09)."""
    people = ("added_by", "employee", "cycle")
    rows = list(Evidence.objects.standing().filter(employee=talk.review.employee_id).select_related(*people))
    dossier = sort_out(rows, talk.review.cycle)
    first_pack = talk.packs.first()
    survey, (own, theirs) = handed_in(talk), scores(talk)
    return _material(
        dossier,
        gaps(dossier, own if survey else {}, theirs),
        list(talk.questions.all()),
        list(talk.contests.all()),
        survey,
        previous_items(talk),
        told_before(talk, rows, first_pack.shared_at if first_pack else None),
    )


def proposals(talk: Conversation) -> list[Proposal]:
    """Proposals not yet on the list."""
    taken = {t.key for t in talk.topics.all() if t.key}
    return [p for p in propose(material(talk)) if p.key not in taken]


def _material(
    dossier: Dossier,
    found: Sequence[Gap],
    asked: Sequence[Question],
    contests: Iterable[Contest | ContestLine],
    survey: SurveyLine | None,
    previous: Iterable[PreviousItem],
    told: Sequence[Signal],
) -> Material:
    return Material(
        kpis=dossier.kpis,
        events=dossier.events,
        gaps=found,
        asked=Counter(q.evidence_id for q in asked if q.evidence_id and q.state == "open"),
        contested=frozenset(c.evidence_id for c in contests if c.state == "open"),
        difficulties=survey.difficulties if survey else "",
        growth=survey.growth if survey else "",
        loose_questions=[q.text for q in asked if not q.evidence_id],
        open_items=[OpenItem(item.ref, item.what) for item in previous if not item.is_settled],
        signals=told,
    )


def _moves(thing: Question | Contest, actor: Actor, at: datetime) -> frozenset[str]:
    return frozenset(offered.move.name for offered in available_moves(thing, actor, at))


def levels_of(talk: Conversation) -> dict[int, RatingLevel]:
    return {level.pk: level for level in talk.review.cycle.levels.all()}


def note_of(talk: Conversation, actor: Actor) -> NoteLine:
    """The viewer's own private note, empty if there is none."""
    note = PrivateNote.objects.visible_to(actor).filter(conversation=talk).first()
    return NoteLine(note.text, note.version, note.saved_at) if note else NoteLine("", 0, None)


def doubts_about(talk: Conversation, fact: Evidence, actor: Actor, at: datetime) -> tuple[ContestLine, ...]:
    return tuple(line for line in contest_lines(talk, actor, at) if line.evidence_id == fact.pk)
