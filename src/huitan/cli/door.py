"""What the commands share: who acts, JSON or words, and refusals as exit codes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click
from django.utils.translation import gettext as _

from huitan.cli.language import JSON as JSON
from huitan.cli.language import tell as tell
from huitan.core.moves import EXIT_STATUS, Refused
from huitan.people.actions import actor_for
from huitan.people.models import Account
from huitan.people.relations import Actor, system

AS = click.option(
    "--as", "acting", metavar="STAFF_NUMBER", help="Act as this person; without it, as the system itself."
)


def actor_named(acting: str | None) -> Actor:
    if not acting:
        return system("cli")
    account = Account.objects.filter(login_name=acting).select_related("employee").first()
    if account is None:
        raise click.UsageError(_("没有工号为 %(who)s 的账号。") % {"who": acting})
    return actor_for(account)


def answers_refusals(command: Callable[..., Any]) -> Callable[..., Any]:
    """Say a refusal in words on standard error and exit with its code (4 forbidden, 5 not now, 6 incomplete, 7 stale)."""

    @functools.wraps(command)
    def answered(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Refused as refusal:
            for reason in refusal.reasons:
                click.echo(str(reason.sentence), err=True)
            raise SystemExit(EXIT_STATUS[refusal.kind]) from refusal

    return answered
