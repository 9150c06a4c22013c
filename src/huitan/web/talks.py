"""The talks one may see, and the way from a talk to the page that fits role and state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.conversations.queries.stage import NextStep, latest_instant
from huitan.conversations.queries.talks import (
    STATE_CHOICES,
    TalkRow,
    cycle_choices,
    has_record,
    page_of_talks,
    talk_row,
)
from huitan.core.numbers import whole_number
from huitan.web.formats import day, days_left, moment
from huitan.web.screen import page, screen

# Pages of the product as a whole; every other page of a step belongs to one talk.
WHOLE = ("ledger",)


@dataclass(frozen=True)
class Due:
    """A latest time in words. `tone` is risk once passed, warn today and tomorrow."""

    text: str = ""
    tone: str = ""


@dataclass(frozen=True)
class StepView:
    """A next step as a page shows it: without `url` there is nothing to press."""

    text: str
    due: Due
    url: str
    button: str
    waits: bool


def due_of(by: datetime | date | None, at: datetime) -> Due:
    latest = latest_instant(by)
    if by is None or latest is None:
        return Due()
    today = timezone.localdate(at)
    on = timezone.localdate(by) if isinstance(by, datetime) else by
    if latest < at:
        return Due(days_left(on, today) if on < today else _("今天已过"), "risk")
    words = moment(by, today) if isinstance(by, datetime) else day(by, today)
    return Due(words, "warn" if (on - today).days <= 1 else "")


def step_url(row: TalkRow, step: NextStep) -> str:
    address = reverse(step.page) if step.page in WHOLE else reverse(step.page, args=[row.id])
    return f"{address}#{step.anchor}" if step.anchor else address


def step_view(row: TalkRow, at: datetime, step: NextStep | None = None) -> StepView:
    step = step or row.step
    return StepView(str(step.text), due_of(step.by, at), step_url(row, step), _(step.button), step.waits)


def page_of(row: TalkRow) -> str:
    """The name of the page a talk opens on for this viewer."""
    if row.side == "reader":
        return "record"
    if row.side == "employee":
        if row.state == "recorded":
            return "record" if "employee" in row.facts.signed else "sign"
        by_state = {"talking": "room", "signed": "record", "closed": "record"}
        waiting_for_survey = row.state == "shared" and row.facts.opened_at and not row.facts.survey_in
        return by_state.get(row.state, "survey" if waiting_for_survey else "pack")
    if has_record(row):
        return "record"
    return "room" if row.state == "talking" and row.side == "manager" else "prepare"


@screen()
def talk(request: HttpRequest, pk: int) -> HttpResponse:
    row = talk_row(request.actor, pk, request.at)
    if row is None:
        raise Http404
    return HttpResponseRedirect(reverse(page_of(row), args=[pk]))


@screen(live=True)
def talks(request: HttpRequest) -> HttpResponse:
    asked = {name: request.GET.get(name, "").strip()[:64] for name in ("cycle", "state", "name")}
    states = {choice.value for choice in STATE_CHOICES}
    if asked["state"] not in states:
        asked["state"] = ""
    before = request.GET.get("before", "")
    found = page_of_talks(
        request.actor,
        request.at,
        **asked,
        before=whole_number(before),
    )
    kept = {name: value for name, value in asked.items() if value}
    return page(
        request,
        "screens/talks.html",
        {
            "rows": [(row, step_view(row, request.at)) for row in found.rows],
            "asked": asked,
            "is_filtered": bool(kept),
            "by_urgency": found.by_urgency,
            "cycles": cycle_choices(request.actor),
            "states": STATE_CHOICES,
            "next_url": "?" + urlencode({**kept, "before": found.next_key}) if found.next_key else "",
            "first_url": "?" + urlencode(kept) if before else "",
        },
        current="talks",
    )


urls = [
    path("talks/", talks, name="talks"),
    path("talks/<int:pk>/", talk, name="talk"),
]
