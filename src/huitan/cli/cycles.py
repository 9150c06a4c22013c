from __future__ import annotations

from datetime import UTC, date, datetime

import click
from django.utils.translation import gettext as _

from huitan.cli.door import AS, JSON, actor_named, answers_refusals, tell
from huitan.conversations.actions import opening
from huitan.conversations.queries.progress import stage_counts
from huitan.core.sentences import listed
from huitan.cycles import actions
from huitan.cycles.models import Cycle
from huitan.people.models import Department

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def cycle() -> None:
    """List, create, open and close cycles."""


@cycle.command("list")
@AS
@JSON
def list_(acting: str | None, as_json: bool) -> None:
    """All cycles with their state and how many talks stand where."""
    actor = actor_named(acting)
    rows = [
        {
            "key": c.key,
            "name": c.name,
            "state": c.state,
            "starts_on": c.starts_on.isoformat(),
            "ends_on": c.ends_on.isoformat(),
            "talks": stage_counts(c, actor),
        }
        for c in Cycle.objects.visible_to(actor).order_by("-starts_on")
    ]
    words = "\n".join(
        f"{row['key']}\t{row['name']}\t{_(Cycle.lifecycle.states[str(row['state'])])}\t{sum(row['talks'].values())}"
        for row in rows
    )
    tell(rows, as_json, words)


@cycle.command()
@click.argument("key")
@click.option("--name", required=True, help="Name on screen.")
@click.option("--from", "starts_on", type=DAY, required=True, help="First day of the period.")
@click.option("--to", "ends_on", type=DAY, required=True, help="Last day of the period.")
@click.option("--talks-from", type=DAY, required=True, help="First day for talks.")
@click.option("--talks-until", type=DAY, required=True, help="Last day for talks.")
@click.option(
    "--department", "departments", multiple=True, required=True, help="Path of names; may be repeated."
)
@click.option("--notice-days", default=7, show_default=True, help="Days the pack is shared ahead.")
@click.option("--notice-rule", type=click.Choice(["enforce", "warn"]), default="warn", show_default=True)
@click.option(
    "--check-ins", type=click.Choice(["monthly", "quarterly"]), default="monthly", show_default=True
)
@AS
@JSON
@answers_refusals
def create(
    key: str,
    name: str,
    starts_on: datetime,
    ends_on: datetime,
    talks_from: datetime,
    talks_until: datetime,
    departments: tuple[str, ...],
    notice_days: int,
    notice_rule: str,
    check_ins: str,
    acting: str | None,
    as_json: bool,
) -> None:
    """Create the draft cycle KEY."""
    actor = actor_named(acting)
    chosen = list(Department.objects.visible_to(actor).filter(full_name__in=departments))
    missing = set(departments) - {d.full_name for d in chosen}
    if missing:
        raise click.UsageError(_("没有这个部门：%(names)s") % {"names": listed(sorted(missing))})
    days: dict[str, date] = {
        "starts_on": starts_on.date(),
        "ends_on": ends_on.date(),
        "talks_from": talks_from.date(),
        "talks_until": talks_until.date(),
    }
    made = actions.set_up(
        {
            "key": key,
            "name": name,
            "notice_days": notice_days,
            "notice_rule": notice_rule,
            "check_in_rhythm": check_ins,
            **days,
        },
        departments=chosen,
        levels=actions.DEFAULT_LEVELS,
        actor=actor,
        at=datetime.now(UTC),
    )
    tell({"key": made.key, "state": made.state}, as_json, _("已建好周期草稿 %(key)s。") % {"key": made.key})


@cycle.command("open")
@click.argument("key")
@AS
@JSON
@answers_refusals
def open_(key: str, acting: str | None, as_json: bool) -> None:
    """Open the draft cycle KEY: one conversation per participant."""
    actor = actor_named(acting)
    opened = opening.open_cycle(cycle_named(key, acting), actor=actor, at=datetime.now(UTC))
    left_out = [f"{p.staff_number} {p.name}" for p in opened.without_manager]
    words = _("已开启，%(n)s 场面谈。") % {"n": opened.conversations}
    if left_out:
        words += "\n" + _("没有直接上级、未列入：%(names)s") % {"names": listed(left_out)}
    tell({"key": key, "conversations": opened.conversations, "without_manager": left_out}, as_json, words)


@cycle.command()
@click.argument("key")
@click.option("--reason", default="", help="Why it closes although talks are unfinished.")
@AS
@JSON
@answers_refusals
def close(key: str, reason: str, acting: str | None, as_json: bool) -> None:
    """Close the cycle KEY."""
    opening.close_cycle(
        cycle_named(key, acting), actor=actor_named(acting), at=datetime.now(UTC), reason=reason
    )
    tell({"key": key, "state": "closed"}, as_json, _("已关闭周期 %(key)s。") % {"key": key})


def cycle_named(key: str, acting: str | None = None) -> Cycle:
    found = Cycle.objects.visible_to(actor_named(acting)).filter(key=key).first()
    if found is None:
        raise click.UsageError(
            _("没有代号为 %(key)s 的周期。用 huitan cycle list 看看有哪些。") % {"key": key}
        )
    return found
