from __future__ import annotations

from datetime import UTC, datetime

import click
from django.utils.translation import gettext as _

from huitan.cli.door import JSON, tell
from huitan.conversations.queries.verification import verify as check


@click.command()
@click.option("--stream", help="Check one stream only, e.g. conversation:17.")
@JSON
def verify(stream: str | None, as_json: bool) -> None:
    """Check the history: every event's hash and chain, every seal, every frozen pack, record and signature.

    Exit 0 when all holds, 1 when something does not; each break is named.
    """
    result = check(stream, at=datetime.now(UTC))
    lines = [f"✗ {b.where} — {b.sentence}" for b in result.breaks]
    lines.append(
        _(
            "核对了 %(events)s 条记录、%(streams)s 串、%(seals)s 个封印、%(records)s 份面谈记录、%(packs)s 份资料包、%(files)s 个附件。"
        )
        % result.counts
    )
    lines.append(_("全部完好。") if result.holds else _("有 %(n)s 处不符。") % {"n": len(result.breaks)})
    tell(
        {
            **result.counts,
            "holds": result.holds,
            "breaks": [{"where": b.where, "problem": str(b.sentence)} for b in result.breaks],
        },
        as_json,
        "\n".join(lines),
    )
    if not result.holds:
        raise SystemExit(1)
