"""One search over what the viewer may see: people, facts, items. Three queries, ten rows each."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from huitan.conversations.models import Conversation
from huitan.core.days import day_words
from huitan.core.numbers import whole_number
from huitan.core.sentences import Sentence, say
from huitan.evidence.models import Evidence
from huitan.people.relations import Actor
from huitan.plans.models import PlanItem

AT_MOST = 10


@dataclass(frozen=True)
class Found:
    """`key` is what the link needs: a conversation's or an item's id."""

    key: int
    title: str
    detail: str | Sentence
    ref: str = ""


@dataclass(frozen=True)
class Results:
    text: str
    talks: tuple[Found, ...] = ()
    facts: tuple[Found, ...] = ()
    items: tuple[Found, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.talks or self.facts or self.items)


def search(text: str, actor: Actor) -> Results:
    """People by name or staff number (their newest talks), facts and items by words or number (E-0412, A-0041)."""
    text = text.strip()[:64]
    if not text:
        return Results(text)
    number = whole_number(text[2:]) if text[:2].upper() in ("E-", "A-", "S-") else None
    talks = (
        Conversation.objects.listed_for(actor)
        .filter(
            Q(review__employee__name__icontains=text)
            | Q(review__employee__staff_number__icontains=text.lstrip("0") or text)
        )
        .select_related("review__employee__department", "review__cycle")
        .order_by("-review__cycle__ends_on", "review__employee__staff_number")[:AT_MOST]
    )
    facts = (
        Evidence.objects.listed_for(actor)
        .filter(
            Q(pk=number) if number is not None else Q(name__icontains=text) | Q(statement__icontains=text)
        )
        .select_related("employee")
        .order_by("-occurred_on", "-id")[:AT_MOST]
    )
    items = (
        PlanItem.objects.listed_for(actor)
        .filter(
            Q(pk=number) if number is not None else Q(what__icontains=text) | Q(owner__name__icontains=text)
        )
        .select_related("owner")
        .order_by("-id")[:AT_MOST]
    )
    return Results(
        text,
        tuple(Found(t.pk, t.employee.name, f"{t.employee.position} · {t.review.cycle.name}") for t in talks),
        tuple(
            Found(
                f.employee_id,
                f.title,
                say("%(name)s · %(day)s", name=f.employee.name, day=day_words(f.occurred_on)),
                f.ref,
            )
            for f in facts
        ),
        tuple(Found(i.pk, i.what, i.owner.name if i.owner else "", i.ref) for i in items),
    )
