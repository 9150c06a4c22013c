from __future__ import annotations

import os
from datetime import UTC, datetime
from time import perf_counter

import click
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.utils.translation import gettext as _

from huitan.cli.door import answers_refusals

SMALLEST = 60


@click.group()
def data() -> None:
    """Companies made up for load tests."""


@data.command()
@click.option("--employees", type=click.IntRange(SMALLEST), required=True, help="How many people.")
@click.option("--seed", default=7, show_default=True, help="Same seed and same day, same company.")
@click.option(
    "--cycles",
    type=click.IntRange(1, 20),
    default=1,
    show_default=True,
    help="How many cycles; the last one is running, the ones before it have ended.",
)
@click.option(
    "--today",
    "on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day the company is at (YYYY-MM-DD); default: today.",
)
@answers_refusals
def generate(employees: int, seed: int, cycles: int, on: datetime | None) -> None:
    """Fill an empty database with a company of any size: people, talks in every stage, records, plans, history.

    Rows are written straight into the tables, which is why a database that holds anything is refused. The history's
    chains and seals hold: `huitan verify` finds nothing. Everybody's password is HUITAN_PASSWORD; without it nobody
    can log in.
    """
    call_command("migrate", verbosity=0, interactive=False)
    from huitan.cli.generate.build import Building

    now = on.replace(hour=4, tzinfo=UTC) if on else datetime.now(UTC)
    password = os.environ.get("HUITAN_PASSWORD")
    encoded = make_password(password) if password else "!"
    building, began = Building(employees, seed, cycles, now.replace(microsecond=0), encoded), perf_counter()
    building.build(lambda line: click.echo(line, err=True))
    spent = perf_counter() - began
    click.echo(
        _("已生成 %(people)s 人，共 %(rows)s 行，用了 %(seconds)s 秒（每秒 %(rate)s 人、%(row_rate)s 行）。")
        % {
            "people": employees,
            "rows": building.rows,
            "seconds": f"{spent:.1f}",
            "rate": f"{employees / spent:.0f}",
            "row_rate": f"{building.rows / spent:.0f}",
        }
    )
