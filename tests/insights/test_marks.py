"""The talks HR's list shows behind a number of the cockpit are those the number counts."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests import walk
from tests.cast import at

from huitan.conversations.models import Conversation, Pack, Record, Refusal, Signature, Topic
from huitan.conversations.queries.marks import MARKS, marked
from huitan.insights.figures import FIGURES
from huitan.insights.measures import counts_of
from huitan.insights.queries.reading import facts_of
from huitan.plans.models import Plan

WHEN = at(7, 20)


def record(talk: Conversation, version: int, *, is_late: bool = False) -> Record:
    return Record.objects.create(
        conversation=talk,
        version=version,
        content={},
        hash=f"{talk.pk}-{version}",
        composed_at=WHEN,
        composed_by=talk.review.employee,
        due_on=WHEN.date(),
        is_late=is_late,
    )


def answer(kept: Record, choice: str) -> None:
    signer = kept.conversation.review.employee
    more = {"method": "password", "record_hash": kept.hash, "statement": "口径不同"}
    Signature.objects.create(
        record=kept, side="employee", choice=choice, sentence=choice, signer=signer, at=WHEN, **more
    )


def put(talk: Conversation, state: str, **more: object) -> Conversation:
    over = {"signed_at": WHEN} if state in ("signed", "closed") else {}
    Conversation.objects.filter(pk=talk.pk).update(state=state, **over, **more)
    return talk


@pytest.fixture
def talks(cast, cycle, talk) -> list[Conversation]:
    """One walked to its signatures; the others in every state and with every answer, some to an older version."""
    walk.to_signed(cast, talk)
    others = list(Conversation.objects.filter(review__cycle=cycle).exclude(pk=talk.pk).order_by("pk"))
    declined, refused, outdated, unanswered, *rest = others
    first = record(put(declined, "recorded"), 1, is_late=True)
    Refusal.objects.create(record=first, witness=cast.gu, reason="未说明", at=WHEN)
    answer(record(declined, 2), "decline")
    kept = record(put(refused, "recorded"), 1)
    answer(kept, "decline")
    Refusal.objects.create(record=kept, witness=cast.gu, reason="未说明", at=WHEN)
    answer(record(put(outdated, "signed"), 1), "agree")
    answer(record(outdated, 2), "reserve")
    record(put(unanswered, "recorded"), 1)
    Topic.objects.create(conversation=unanswered, kind="improvement", title="一", consensus="reserved")
    Topic.objects.create(
        conversation=outdated, kind="growth", title="二", consensus="partial", state="removed"
    )
    for state, one in zip(("cancelled", "shared", "closed"), rest, strict=False):
        put(one, state)
        Pack.objects.create(
            conversation=one, version=1, content={}, hash="x", shared_at=WHEN, notice_days=3, is_late=True
        )
    ended = Plan.objects.create(review=refused.review, state="concluded", outcome="not_met")
    put(refused, "recorded", plan=ended)
    return [talk, *others]


def counted_as(name: str, counts: dict[str, int]) -> bool:
    kind, _, check = name.partition(":")
    if kind != "lacks":
        return counts.get(name, 0) > 0
    return counts.get(f"quality:{check}:of", 0) > counts.get(f"quality:{check}", 0)


def test_every_mark_finds_the_talks_its_number_counts(talks) -> None:
    counts = {facts.id: counts_of(facts, WHEN.date()) for facts in facts_of([talk.pk for talk in talks])}
    for name in MARKS:
        wanted = {pk for pk, found in counts.items() if counted_as(name, found)}
        assert set(marked(Conversation.objects.all(), name).values_list("pk", flat=True)) == wanted, name
    assert sum(1 for name in MARKS if marked(Conversation.objects.all(), name).exists()) > 15


def test_what_is_about_the_organisation_leads_to_nobody() -> None:
    keys = {figure.key: {line.key for line in figure.lines} for figure in FIGURES}
    for figure in ("causes", "wording", "pulse"):
        assert keys[figure] and not keys[figure] & set(MARKS)


def test_the_list_says_what_it_is_narrowed_to_and_shows_only_what_one_watches(
    cast, talks, client, settings
) -> None:
    address = reverse("progress")
    settings.HUITAN_SCRIPTED_NOW = WHEN.isoformat()
    ended = Conversation.objects.get(plan__outcome="not_met").review.employee
    for who, served in (("he", True), ("gu", ended.department.full_name.startswith("制造中心"))):
        client.force_login(cast.account(who), backend="huitan.people.backend.Accounts")
        page = client.get(address, {"mark": "outcome:not_met"}).content.decode()
        assert "名单里只看：计划的结果：未达到" in page
        rows = page.split('id="talks-title"')[1]
        names = {talk.review.employee.name for talk in talks if talk.review.employee.name in rows}
        assert (ended.name in names) == served and not names - {ended.name, ended.manager.name}
    everything = client.get(address, {"mark": "cause:process"}).content.decode()
    assert "名单里只看" not in everything
    client.force_login(cast.account("lin"), backend="huitan.people.backend.Accounts")
    assert client.get(address, {"mark": "outcome:not_met"}).status_code in (403, 404)
