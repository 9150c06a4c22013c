from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click
from django.conf import settings
from django.core.management import call_command
from django.utils.translation import gettext as _

from huitan.cli.door import answers_refusals
from huitan.people import actions
from huitan.people.models import Account, Employee
from huitan.people.relations import system


@click.command()
@click.option(
    "--unless-present", is_flag=True, help="Do nothing when the data folder already holds a company."
)
@click.option("--people", default=160, show_default=True, help="How many people the company has.")
@click.option("--seed", default=7, show_default=True, help="Same seed and same day, same company.")
@click.option("--today", "on", help="The day the demo takes as today (YYYY-MM-DD); default: today.")
def demo(unless_present: bool, people: int, seed: int, on: str | None) -> None:
    """Build the demo company in an empty data folder: two years of history, one cycle in each stage of its life.

    Everything is made through the product's own actions, so history and hash chains are real. The log-in page of a
    demo offers its cast; a real installation never does.
    """
    call_command("migrate", verbosity=0, interactive=False)
    if Employee.objects.exists() or Account.objects.exists():
        if unless_present:
            return
        raise click.ClickException(
            _("%(home)s 里已经有一家公司。换一个空的数据文件夹（HUITAN_HOME）再试。")
            % {"home": settings.HUITAN_HOME}
        )
    from huitan.cli.demo.build import build

    now = datetime.fromisoformat(on).replace(hour=1, tzinfo=UTC) if on else datetime.now(UTC)
    build(people=people, seed=seed, now=now, progress=click.echo)
    Path(settings.HUITAN_HOME, "demo").write_text("demo\n")


@click.group()
def admin() -> None:
    """The first account of a real installation."""


@admin.command("create")
@click.argument("login_name")
@click.option("--email", default="", help="E-mail address, also good for logging in.")
@answers_refusals
def create(login_name: str, email: str) -> None:
    """Create an HR admin named LOGIN_NAME. The password is read from HUITAN_PASSWORD or asked for.

    A LOGIN_NAME that is a staff number of the roster becomes that person's account.
    """
    call_command("migrate", verbosity=0, interactive=False)
    password = os.environ.get("HUITAN_PASSWORD") or click.prompt(
        _("密码（至少 10 位）"), hide_input=True, confirmation_prompt=True
    )
    actor, at = system("cli"), datetime.now(UTC)
    account = actions.create_admin(login_name, password, email=email, actor=actor, at=at)
    click.echo(_("已创建 HR 管理员 %(who)s。") % {"who": account.login_name})


@admin.command("accounts")
@click.option(
    "--password-file", type=click.File("w"), default="-", help="Where to write staff number and password."
)
@answers_refusals
def accounts(password_file: TextIO) -> None:
    """Give everybody in the roster without an account one, with a random first password."""
    actor, at = system("cli"), datetime.now(UTC)
    for person in (
        Employee.objects.filter(account__isnull=True).exclude(status="left").order_by("staff_number")
    ):
        password = secrets.token_urlsafe(12)
        actions.open_account(person, actor=actor, at=at, password=password)
        password_file.write(f"{person.staff_number},{password}\n")
