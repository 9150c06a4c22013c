from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import click
from django.utils.translation import gettext as _

from huitan.cli.door import AS, JSON, actor_named, answers_refusals, tell
from huitan.conversations.actions import opening, preparation, record, room
from huitan.conversations.models import Conversation
from huitan.core.moves import Refused, available_moves
from huitan.core.numbers import whole_number
from huitan.core.sentences import say
from huitan.cycles.models import Cycle
from huitan.people.relations import Actor
from huitan.plans import actions as plans
from huitan.plans.models import PlanItem

THING = click.argument("thing", metavar="THING")


@click.group()
def move() -> None:
    """Show or make the next move. THING is conversation:17, item:42 or cycle:2026h1."""


@move.command("list")
@THING
@AS
@JSON
@answers_refusals
def list_(thing: str, acting: str | None, as_json: bool) -> None:
    """The moves open from here, and what is missing for each."""
    actor, at = actor_named(acting), datetime.now(UTC)
    row = _named(thing, actor)
    offers = [
        {
            "move": o.move.name,
            "label": _(o.move.label),
            "open": o.open,
            "missing": [str(m.sentence) for m in o.missing],
        }
        for o in available_moves(row, actor, at)
    ]
    lines = [_("状态：%(state)s") % {"state": _(row.lifecycle.states[row.state])}]
    for o in offers:
        lines.append(f"{o['move']}\t{o['label']}" + "".join(f"\n  · {m}" for m in o["missing"]))
    tell({"thing": thing, "state": row.state, "moves": offers}, as_json, "\n".join(lines))


@move.command()
@THING
@click.argument("name")
@click.option(
    "--set", "values", multiple=True, metavar="FIELD=VALUE", help="What the move needs, e.g. reason=…"
)
@AS
@JSON
@answers_refusals
def do(thing: str, name: str, values: tuple[str, ...], acting: str | None, as_json: bool) -> None:
    """Make the move NAME on THING, e.g. `huitan move do item:42 accept --as 00107`.

    Signing is not offered here: it needs the signer's own fresh authentication.
    """
    actor, at = actor_named(acting), datetime.now(UTC)
    given = dict(value.split("=", 1) for value in values if "=" in value)
    row = _named(thing, actor)
    act = ACTS.get((thing.split(":")[0], name))
    if act is None:
        known = ", ".join(sorted(n for kind, n in ACTS if kind == thing.split(":")[0]))
        raise click.UsageError(_("这里不能做 %(name)s。可以做：%(known)s") % {"name": name, "known": known})
    act(row, given, actor, at)
    row.refresh_from_db()
    tell(
        {"thing": thing, "state": row.state},
        as_json,
        _("状态：%(state)s") % {"state": _(row.lifecycle.states[row.state])},
    )


def _named(thing: str, actor: Actor) -> Any:
    kind, _colon, key = thing.partition(":")
    rows: Any = {"conversation": Conversation, "item": PlanItem, "cycle": Cycle}.get(kind)
    if rows is None or not key:
        raise click.UsageError(_("写成 conversation:17、item:42 或 cycle:2026h1。"))
    lookup = {"key": key} if kind == "cycle" else {"pk": whole_number(key) or 0}
    found = rows.objects.visible_to(actor).filter(**lookup).first()
    if found is None:
        raise Refused("invalid", say("没有 %(thing)s，或它不对你开放。", thing=thing))
    return found


def _percent(given: dict[str, str]) -> int:
    percent = whole_number(given.get("percent", ""))
    if percent is None:
        raise Refused("invalid", say("写明进度：--set percent=60"))
    return percent


def _fates(given: dict[str, str]) -> dict[int, plans.Fate]:
    """`--set goes_on=41,42 --set drop_43=不再需要`: what becomes of a plan's unsettled items."""
    named = (whole_number(number.strip()) for number in given.get("goes_on", "").split(","))
    found = {number: plans.GOES_ON for number in named if number is not None}
    for name, reason in given.items():
        number = whole_number(name.removeprefix("drop_"))
        if name.startswith("drop_") and number is not None:
            found[number] = plans.Fate(goes_on=False, reason=reason)
    return found


def _day(given: dict[str, str]) -> date:
    try:
        return date.fromisoformat(given.get("to", ""))
    except ValueError as unreadable:
        raise Refused("invalid", say("写明新的日期：--set to=2026-12-31")) from unreadable


ACTS: dict[tuple[str, str], Any] = {
    ("conversation", "share"): lambda c, v, a, t: preparation.share(c, actor=a, at=t),
    ("conversation", "begin"): lambda c, v, a, t: room.begin(c, actor=a, at=t),
    ("conversation", "complete"): lambda c, v, a, t: room.complete(c, actor=a, at=t),
    ("conversation", "revise"): lambda c, v, a, t: record.revise(c, v.get("note", ""), actor=a, at=t),
    ("conversation", "cancel"): lambda c, v, a, t: opening.cancel(c, v.get("reason", ""), actor=a, at=t),
    ("conversation", "close"): lambda c, v, a, t: record.close(
        c, v.get("outcome", ""), v.get("reason", ""), _fates(v), actor=a, at=t
    ),
    ("item", "progress"): lambda i, v, a, t: plans.update_progress(
        i, _percent(v), v.get("note", ""), actor=a, at=t
    ),
    ("item", "submit"): lambda i, v, a, t: plans.submit(i, v.get("evidence", ""), actor=a, at=t),
    ("item", "accept"): lambda i, v, a, t: plans.accept(i, v.get("note", ""), actor=a, at=t),
    ("item", "return"): lambda i, v, a, t: plans.send_back(i, v.get("reason", ""), actor=a, at=t),
    ("item", "drop"): lambda i, v, a, t: plans.drop(i, v.get("reason", ""), actor=a, at=t),
    ("item", "request_date"): lambda i, v, a, t: plans.request_date(
        i, _day(v), v.get("reason", ""), actor=a, at=t
    ),
    ("item", "take_over"): lambda i, v, a, t: plans.take_over(i, actor=a, at=t),
    ("cycle", "open"): lambda c, v, a, t: opening.open_cycle(c, actor=a, at=t),
    ("cycle", "close"): lambda c, v, a, t: opening.close_cycle(c, actor=a, at=t, reason=v.get("reason", "")),
}
