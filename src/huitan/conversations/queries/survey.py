"""The employee's survey (R07), as its author sees it; a draft has no other reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from huitan.conversations.actions.preparation import BEFORE_AND_DURING
from huitan.conversations.models import Conversation, Survey
from huitan.conversations.queries.pack_rows import PinnedQuestion, pinned
from huitan.conversations.queries.templates import script_of
from huitan.core.moves import Refused
from huitan.core.numbers import whole_number
from huitan.core.sentences import Sentence, say
from huitan.evidence.models import Evidence
from huitan.evidence.queries import EvidenceRow, as_row
from huitan.people.relations import SELF, Actor

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ScoredResult:
    """One result of the cycle beside the employee's own score, 1.0 to 5.0 or None."""

    row: EvidenceRow
    score: Decimal | None


@dataclass(frozen=True)
class SurveyPage:
    """`is_open` says that the employee may still write; otherwise `closed_because` says why not, when there is a reason.

    `version` changes with every save: microseconds since the epoch, 0 before the first. `asks` gives question and
    explanation per field by the talk's template (R25); once handed in, the questions as they were put. Empty: the usual.
    """

    talk_id: int
    manager: str
    talk_at: datetime | None
    is_open: bool
    closed_because: Sentence | None
    submitted_at: datetime | None
    saved_at: datetime | None
    version: int
    own_view: str
    difficulties: str
    growth: str
    results: tuple[ScoredResult, ...]
    questions: tuple[PinnedQuestion, ...]
    asks: Mapping[str, tuple[str, str]]

    @property
    def scores(self) -> dict[int, Decimal]:
        return {result.row.id: result.score for result in self.results if result.score is not None}


def survey_page(talk: Conversation, actor: Actor) -> SurveyPage:
    """The employee's own page. Refused for everybody else: what was handed in, the manager reads while preparing."""
    if SELF not in talk.relations_of(actor):
        raise Refused(
            "forbidden",
            say("这一页是员工自己写的。交了以后，直接上级在面谈准备页上看；HR 只看得到交没交。"),
        )
    survey = Survey.objects.filter(conversation=talk).first()
    handed_in = survey is not None and survey.submitted_at is not None
    given = {s.evidence_id: s.score for s in talk.self_scores.all()}
    shared = Evidence.objects.visible_to(actor).filter(kind="kpi").values("pk")
    kpis = talk.pack_evidence().filter(kind="kpi", pk__in=shared).order_by("-weight", "id")
    employee = talk.review.employee
    return SurveyPage(
        talk_id=talk.pk,
        manager=employee.manager.name if employee.manager else "",
        talk_at=talk.scheduled_at,
        is_open=not handed_in and talk.state in BEFORE_AND_DURING,
        closed_because=_closed_because(talk) if not handed_in else None,
        submitted_at=survey.submitted_at if survey else None,
        saved_at=survey.saved_at if survey else None,
        version=version_of(survey),
        own_view=survey.own_view if survey else "",
        difficulties=survey.difficulties if survey else "",
        growth=survey.growth if survey else "",
        results=tuple(ScoredResult(as_row(e), given.get(e.pk)) for e in kpis),
        questions=tuple(pinned(q) for q in talk.questions.all()),
        asks=_asks(talk, survey),
    )


def _asks(talk: Conversation, survey: Survey | None) -> dict[str, tuple[str, str]]:
    if survey is not None and survey.submitted_at is not None:
        return {name: (question, "") for name, question in survey.asked.items()}
    script = script_of(talk)
    return dict(script.survey) if script else {}


def version_of(survey: Survey | None) -> int:
    return (survey.saved_at - EPOCH) // timedelta(microseconds=1) if survey else 0


def seen_at(version: str) -> datetime | None:
    """The instant a version stands for; None for what is no version."""
    number = whole_number(version)
    return EPOCH + timedelta(microseconds=number) if number is not None and number < 10**17 else None


def _closed_because(talk: Conversation) -> Sentence | None:
    if talk.state == "cancelled":
        return say("面谈已经取消，调研不用填了。")
    if talk.state not in BEFORE_AND_DURING:
        return say("面谈已经谈完，调研没有交。想说的话，在签字时或记录的异议里写明。")
    return None
