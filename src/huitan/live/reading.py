"""What the hub asks the database: always for all listeners at once, so that its cost does not grow with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.shortcuts import get_object_or_404
from django.utils import timezone

from huitan.conversations import audience as talk_audience
from huitan.conversations.actions import presence
from huitan.conversations.models import Conversation
from huitan.conversations.queries.presence import There, present
from huitan.core import access, events
from huitan.core.events import Told
from huitan.live.follows import Follows, number_in
from huitan.people.relations import Actor
from huitan.people.sessions import actors_of
from huitan.plans import audience as plan_audience
from huitan.plans.models import Plan, PlanItem


@dataclass(frozen=True)
class Who:
    """A listener as far as the database has to know: `key` is the hub's own, `seat` the page in a room."""

    key: int
    session: str
    follows: Follows
    seat: str = ""
    room: int | None = None


class Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


def now() -> datetime:
    """The real present, also where pages are shown at a scripted one: sessions and presence lapse in real time."""
    return timezone.now()


def admit(who: Who) -> Actor:
    """Whoever opens a stream; 401 without a log-in, 404 where something followed is not theirs to see."""
    actor = actors_of([who.session], now()).get(who.session) if who.session else None
    if actor is None:
        raise Refused(401)
    for pk in who.follows.talks:
        get_object_or_404(Conversation.objects.visible_to(actor), pk=pk)
    plans = plan_audience.plans_heard(who.follows.plans) if who.follows.plans else {}
    for pk in who.follows.plans:
        seen = PlanItem.objects.visible_to(actor).filter(plan_id=pk).exists() or (
            Plan.objects.visible_to(actor).filter(pk=pk).exists()
        )
        if not seen or not plan_audience.sees(plans[pk], actor):
            raise Refused(404)
    if who.room is not None:
        talk = get_object_or_404(
            Conversation.objects.visible_to(actor).select_related(*Conversation.judged_with), pk=who.room
        )
        if not access.judge(talk, "read_content", actor):
            raise Refused(404)
    return actor


def sit_down(who: Who, topic_id: int | None) -> None:
    """The page shows that its reader is in the room."""
    if who.room is None or not who.seat:
        return
    actor = actors_of([who.session], now()).get(who.session)
    if actor is None:
        return
    talk = (
        Conversation.objects.visible_to(actor).select_related(*Conversation.judged_with).filter(pk=who.room)
    )
    for seen in talk:
        presence.here(seen, who.seat, actor=actor, at=now(), topic_id=topic_id)


@dataclass(frozen=True)
class Round:
    """What one look found: per listener what it is told, who has no log-in any more, and whether relations changed."""

    told: list[Told]
    heard: Mapping[int, list[Told]]
    gone: frozenset[int]
    relations_changed: bool


def look(told: list[Told], listeners: Collection[Who]) -> Round:
    """Who of the listeners hears which of the events. The log-ins behind those asked are read anew each time."""
    asked: dict[int, list[Told]] = {}
    by_name: dict[str, list[Who]] = {}
    by_kind: dict[str, list[Who]] = {}
    for who in listeners:
        for name in who.follows.named:
            by_name.setdefault(name, []).append(who)
        for kind in who.follows.kinds:
            by_kind.setdefault(kind, []).append(who)
    for one in told:
        followers = {w.key: w for w in by_name.get(one.stream, ())}
        followers |= {w.key: w for w in by_kind.get(one.stream.partition(":")[0], ())}
        for key in followers:
            asked.setdefault(key, []).append(one)
    wanted = {w.key: w for w in listeners if w.key in asked}
    actors = actors_of({w.session for w in wanted.values()}, now()) if wanted else {}
    talks, plans = _subjects(one.stream for some in asked.values() for one in some)
    heard = {
        key: [one for one in asked[key] if _hears(one, actors[who.session], talks, plans)]
        for key, who in wanted.items()
        if who.session in actors
    }
    return Round(
        told,
        {key: some for key, some in heard.items() if some},
        frozenset(key for key, who in wanted.items() if who.session not in actors),
        any(one.stream.partition(":")[0] in ("employee", "account") for one in told),
    )


def _subjects(streams: Iterable[str]) -> tuple[dict[int, Conversation], dict[int, Plan]]:
    names = set(streams)
    talk_ids = {pk for name in names if (pk := number_in(name, "conversation")) is not None}
    plan_ids = {pk for name in names if (pk := number_in(name, "plan")) is not None}
    talks = talk_audience.talks_heard(talk_ids) if talk_ids else {}
    return talks, plan_audience.plans_heard(plan_ids) if plan_ids else {}


def _hears(one: Told, actor: Actor, talks: Mapping[int, Conversation], plans: Mapping[int, Plan]) -> bool:
    talk = talks.get(number_in(one.stream, "conversation") or 0)
    if talk is not None:
        return talk_audience.hears(talk, one, actor)
    plan = plans.get(number_in(one.stream, "plan") or 0)
    return plan is not None and plan_audience.hears(plan, one, actor)


def still_allowed(listeners: Collection[Who]) -> frozenset[int]:
    """The listeners whose log-in stands, who may still see everything they follow by number, and who still take part in the
    room they are in."""
    actors = actors_of({w.session for w in listeners}, now())
    talks, plans = _subjects(name for w in listeners for name in w.follows.named)

    def allowed(who: Who) -> bool:
        actor = actors.get(who.session)
        return (
            actor is not None
            and all(pk in talks and talk_audience.sees(talks[pk], actor) for pk in who.follows.talks)
            and all(pk in plans and plan_audience.sees(plans[pk], actor) for pk in who.follows.plans)
            and (who.room is None or bool(access.judge(talks[who.room], "read_content", actor)))
        )

    return frozenset(w.key for w in listeners if allowed(w))


def missed(who: Who, after: int, until: int, limit: int) -> list[Told] | None:
    """What this listener would have been told after one event and up to another; None when that is too much to tell."""
    if until - after > limit:
        return None
    told = [one for one in events.told_after(after, limit=limit) if one.id <= until]
    return list(look(told, [who]).heard.get(who.key, []))


def who_is_where(rooms: Collection[int]) -> dict[tuple[int, int], There]:
    return present(rooms, now()) if rooms else {}


def still_here(seats: Collection[str]) -> None:
    presence.still_here(seats, now())


def left(seats: Collection[str]) -> None:
    presence.gone(seats, now())
