from __future__ import annotations

from datetime import UTC, datetime

import click
from django.utils.translation import gettext as _

from huitan.cli.door import AS, JSON, actor_named, answers_refusals, tell
from huitan.core import events
from huitan.insights.actions import keeping


@click.group()
def insights() -> None:
    """The cockpit's figures, which the worker keeps."""


@insights.command()
@AS
@JSON
@answers_refusals
def rebuild(acting: str | None, as_json: bool) -> None:
    """Count every figure again from scratch; the same numbers come out as the worker's."""
    at = datetime.now(UTC)
    try:
        talks = keeping.rebuild(actor=actor_named(acting), at=at)
    except events.Busy as busy:
        raise click.ClickException(_("有人正在写入，还没数完；后台进程会接着数，或过一会儿再试。")) from busy
    words = _("已从头重算，%(n)s 场面谈。") % {"n": talks}
    tell({"talks": talks, "as_of": at.isoformat()}, as_json, words)
