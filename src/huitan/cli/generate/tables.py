"""The tables a generated company fills, each with the columns its rows bring."""

from __future__ import annotations

from huitan.conversations import models as talks
from huitan.core.bulk import Table
from huitan.core.models import Event, Stream
from huitan.cycles.models import Cycle, Rating, Review
from huitan.evidence.models import Evidence
from huitan.notifications.models import Cursor
from huitan.people.models import Account, Department, Duty, Employee
from huitan.plans.models import CheckIn, Plan, PlanItem, Progress


class Tables:
    """One `Table` each, by the name of what it holds."""

    def __init__(self) -> None:
        self.department = Table(Department, "name", "parent_id", "path", "full_name")
        self.account = Table(Account, "login_name", "email", "password")
        self.employee = Table(
            Employee,
            "staff_number",
            "name",
            "email",
            "department_id",
            "position",
            "manager_id",
            "line",
            "hired_on",
            "account_id",
        )
        self.duty = Table(Duty, "account_id", "kind", "department_id")
        self.cycle = Table(Cycle)
        self.review = Table(Review, "cycle_id", "employee_id")
        self.rating = Table(Rating, "review_id", "level_id", "reason", "given_by_id", "at")
        self.evidence = Table(
            Evidence,
            "employee_id",
            "cycle_id",
            "kind",
            "occurred_on",
            "source",
            "statement",
            "name",
            "weight",
            "target",
            "actual",
            "unit",
            "direction",
            "added_at",
            "shared_at",
            "cited_at",
        )
        self.plan = Table(
            Plan, "review_id", "state", "activated_at", "outcome", "outcome_reason", "concluded_at"
        )
        self.item = Table(
            PlanItem,
            "plan_id",
            "kind",
            "what",
            "owner_id",
            "due_on",
            "criterion",
            "causes",
            "state",
            "progress",
            "latest_note",
            "updated_at",
            "submitted_evidence",
            "submitted_at",
            "return_reason",
            "drop_reason",
            "accepted_at",
        )
        self.progress = Table(Progress, "item_id", "percent", "note", "by_id", "at")
        self.check_in = Table(CheckIn, "plan_id", "due_on", "state", "note", "held_at", "held_by_id")
        self.talk = Table(
            talks.Conversation,
            "review_id",
            "state",
            "purpose",
            "minutes",
            "template_id",
            "scheduled_at",
            "place",
            "opened_at",
            "held_by_id",
            "began_at",
            "ended_at",
            "completed_at",
            "signing_due_on",
            "signed_at",
            "closed_at",
            "cancel_reason",
            "plan_id",
            "previous_plan_id",
        )
        self.section = Table(
            talks.TalkSection, "conversation_id", "key", "minutes", "spent_seconds", "running_since"
        )
        self.manager_score = Table(talks.ManagerScore, "conversation_id", "evidence_id", "score", "reason")
        self.self_score = Table(talks.SelfScore, "conversation_id", "evidence_id", "score")
        self.pack = Table(
            talks.Pack,
            "conversation_id",
            "version",
            "content",
            "hash",
            "shared_at",
            "notice_days",
            "is_late",
        )
        self.opening = Table(talks.PackOpening, "pack_id", "by_id", "at")
        self.survey = Table(
            talks.Survey,
            "conversation_id",
            "own_view",
            "difficulties",
            "growth",
            "saved_at",
            "submitted_at",
        )
        self.question = Table(
            talks.Question,
            "conversation_id",
            "evidence_id",
            "text",
            "asked_at",
            "state",
            "answer",
            "answered_at",
        )
        self.topic = Table(
            talks.Topic,
            "conversation_id",
            "kind",
            "title",
            "position",
            "first_raised",
            "causes",
            "issue",
            "direction",
            "support",
            "support_due_on",
            "support_criterion",
            "words",
            "consensus",
            "manager_statement",
            "versions",
        )
        self.topic_evidence = Table(talks.Topic.evidence.through, "topic_id", "evidence_id")
        self.topic_action = Table(talks.TopicAction, "topic_id", "item_id")
        self.record = Table(
            talks.Record,
            "conversation_id",
            "version",
            "content",
            "hash",
            "composed_at",
            "composed_by_id",
            "due_on",
            "is_late",
        )
        self.signature = Table(
            talks.Signature,
            "record_id",
            "side",
            "choice",
            "sentence",
            "statement",
            "signer_id",
            "at",
            "method",
            "record_hash",
            "shown",
            "language",
        )
        self.event = Table(Event, "stream", "seq", "at", "actor", "verb", "payload", "previous_hash", "hash")
        self.stream = Table(Stream, "name", "length", "head")
        self.cursor = Table(Cursor, "reader", "event_id")

    @property
    def all(self) -> list[Table]:
        return list(vars(self).values())
