from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import click
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.cli.door import JSON, answers_refusals, tell
from huitan.core import whole_files
from huitan.people import actions, company_login, invitations, passwords, second_factor
from huitan.people.account_list import waiting
from huitan.people.models import Account, Employee
from huitan.people.relations import Actor, system

# Below it the story has no parts to play.
SMALLEST = 60


@click.command()
@click.option(
    "--unless-present", is_flag=True, help="Do nothing when the data folder already holds a company."
)
@click.option(
    "--people",
    type=click.IntRange(SMALLEST),
    default=160,
    show_default=True,
    help="How many people the company has.",
)
@click.option("--seed", default=7, show_default=True, help="Same seed and same day, same company.")
@click.option(
    "--today",
    "on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day the demo takes as today (YYYY-MM-DD); default: today.",
)
def demo(unless_present: bool, people: int, seed: int, on: datetime | None) -> None:
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

    now = on.replace(hour=1, tzinfo=UTC) if on else datetime.now(UTC)
    build(people=people, seed=seed, now=now, progress=click.echo)
    Path(settings.HUITAN_HOME, "demo").write_text("demo\n")


@click.group()
def admin() -> None:
    """Accounts of a real installation: the first HR admin, and what only an operator can mend."""


@admin.command("create")
@click.argument("login_name")
@click.option("--name", default="", help="The person's name, when LOGIN_NAME is nobody in the roster.")
@click.option("--email", default="", help="E-mail address, also good for logging in.")
@click.option(
    "--link", is_flag=True, help="Print a one-time link to set the password, instead of asking for one."
)
@JSON
@answers_refusals
def create(login_name: str, name: str, email: str, link: bool, as_json: bool) -> None:
    """Create an HR admin named LOGIN_NAME. The password is asked for, or read from HUITAN_PASSWORD; never an argument.

    A LOGIN_NAME that is a staff number of the roster becomes that person's account.
    """
    call_command("migrate", verbosity=0, interactive=False)
    actor, at = system("cli"), datetime.now(UTC)
    password = None if link else _asked_password()
    account = actions.create_admin(login_name, password, name=name, email=email, actor=actor, at=at)
    report: dict[str, str] = {"login_name": account.login_name}
    words = [_("已创建 HR 管理员 %(who)s。") % {"who": account.login_name}]
    if link:
        report["link"] = _link(account, actor, at)
        words.append(_("一天内打开，设一个密码，只能用一次：%(link)s") % {"link": report["link"]})
    tell(report, as_json, "\n".join(words))


@admin.command("link")
@click.argument("login_name")
@JSON
@answers_refusals
def link(login_name: str, as_json: bool) -> None:
    """Print a one-time link with which the owner of LOGIN_NAME sets a new password. Hand it to nobody else."""
    actor, at = system("cli"), datetime.now(UTC)
    url = _link(_account(login_name), actor, at)
    tell({"link": url}, as_json, _("一天内打开，设一个密码，只能用一次：%(link)s") % {"link": url})


@admin.command("reset-second-factor")
@click.argument("login_name")
@click.option("--reason", required=True, help="Why, and how the owner was recognised; kept in the history.")
@answers_refusals
def reset_second_factor(login_name: str, reason: str) -> None:
    """Take one-time codes and passkeys off LOGIN_NAME and end all its sessions. The owner is told."""
    second_factor.reset(_account(login_name), reason, actor=system("cli"), at=datetime.now(UTC))
    click.echo(_("已重置 %(who)s 的第二步验证，本人会收到通知。") % {"who": login_name})


@admin.command("unlink")
@click.argument("login_name")
@answers_refusals
def unlink(login_name: str) -> None:
    """Forget which company account (OIDC, Feishu, DingTalk, WeCom) belongs to LOGIN_NAME; the next one is matched anew."""
    count = company_login.unlink(_account(login_name), actor=system("cli"), at=datetime.now(UTC))
    click.echo(_("解除了 %(n)s 个关联。") % {"n": count})


def _asked_password() -> str:
    given = os.environ.get("HUITAN_PASSWORD")
    if given:
        return given
    for rule in passwords.rules():
        click.echo(f"· {rule}", err=True)
    return str(click.prompt(_("密码"), hide_input=True, confirmation_prompt=True))


def _link(account: Account, actor: Actor, at: datetime) -> str:
    secret = invitations.link_for(account, actor=actor, at=at)
    return settings.HUITAN_URL + reverse("welcome", args=[secret])


def _account(login_name: str) -> Account:
    account = Account.objects.filter(login_name=login_name).first()
    if account is None:
        raise click.UsageError(_("没有账号 %(name)s。") % {"name": login_name})
    return account


@admin.command("accounts")
@click.option(
    "--codes-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new file for the codes, readable by you alone; without it they are printed.",
)
@click.option(
    "--on-paper",
    is_flag=True,
    help="Codes for everybody: no letters, also to those with an address. For a company without a mail server.",
)
@answers_refusals
def accounts(codes_file: Path | None, on_paper: bool) -> None:
    """Invite everybody in the roster who has neither an account nor an invitation that is still good.

    Who has an e-mail address gets a letter with a link from the worker, the others a one-time code for /welcome/.
    Either way they choose their own password; nobody else ever knows it.
    """
    actor, at = system("cli"), datetime.now(UTC)
    people = list(waiting(actor, at).select_related("department").order_by("staff_number"))
    # A code nobody could write down is worth nothing: without the file there is none.
    with transaction.atomic():
        asked = None if on_paper else invitations.invite(people, actor=actor, at=at)
        codes = invitations.print_codes(people, actor=actor, at=at, also_by_address=on_paper)
        if codes:
            _hand_out(codes, codes_file)
    if asked is not None:
        click.echo(_("%(n)s 封邀请排进了发送队列。") % {"n": asked.invited}, err=True)
    click.echo(_("%(n)s 个一次性密码，两周内有效。") % {"n": len(codes)}, err=True)


def _hand_out(codes: Sequence[invitations.PaperCode], file: Path | None) -> None:
    """One line each: staff number, name, department, code, address to enter it, last day."""
    made, address = StringIO(), settings.HUITAN_URL + reverse("welcome-code")
    lines = csv.writer(made, lineterminator="\n")
    lines.writerow(["staff_number", "name", "department", "code", "address", "good_until"])
    for one in codes:
        until = timezone.localdate(one.expires_at).isoformat()
        person = one.employee
        lines.writerow(
            [person.staff_number, person.name, person.department.full_name, one.code, address, until]
        )
    if file is None:
        click.echo(made.getvalue(), nl=False)
    elif file.exists():
        raise click.UsageError(_("%(file)s 已经在了，换一个名字。") % {"file": file})
    else:
        whole_files.write(file, made.getvalue().encode("utf-8-sig"), replace=False)
