from __future__ import annotations

import time
from datetime import UTC, datetime

import click
from django.utils.translation import gettext as _

from huitan.cli.language import JSON, tell
from huitan.operations import doctor as operations

MARKS = {"good": "✓", "look": "!", "bad": "✗"}


@click.command()
@JSON
def doctor(as_json: bool) -> None:
    """Look at everything an installation needs: database, keys, mail, clock, disk, worker, seals, settings.

    Changes nothing and sends nothing. Each finding says what to do. Exit 0 when nothing is wrong (remarks marked with !
    included), 1 when something is.
    """
    wall, steady = time.time(), time.monotonic()
    found = list(operations.examine(datetime.now(UTC)))
    found.append(operations.steadiness((time.time() - wall) - (time.monotonic() - steady)))
    wrong = sum(finding.level == "bad" for finding in found)
    lines = [f"{MARKS[f.level]} {f.sentence}" + (f"\n  → {f.todo}" if f.todo else "") for f in found]
    lines.append(_("%(n)s 处要修。") % {"n": wrong} if wrong else _("没有要修的。"))
    tell(
        {"holds": not wrong, "findings": [finding.as_json() for finding in found]}, as_json, "\n".join(lines)
    )
    if wrong:
        raise SystemExit(1)
