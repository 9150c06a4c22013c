"""`huitan doctor`: everything that has to be right for an installation to be relied upon, looked at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import DatabaseError, connection

from huitan.core.sentences import say
from huitan.operations.checks import database, home, product, work
from huitan.operations.findings import Finding, bad, good

# The clock may be put right by so much while we look; more is somebody setting it.
STEADY_WITHIN = 1.0


def examine(at: datetime) -> Iterator[Finding]:
    """Nothing is changed and nothing sent. What needs the database is left out when it cannot be reached."""
    try:
        connection.ensure_connection()
        reached = list(database.examine(at))
    except DatabaseError as problem:
        reached = [database.unreachable(problem)]
    yield from reached
    yield from home.keys()
    yield from home.private()
    yield from home.restored()
    yield from home.disk()
    yield from product.built()
    yield from product.catalogues()
    yield from product.installation()
    if any(f.level == "bad" and f.key in ("database", "tables") for f in reached):
        return
    yield from database.clock(at)
    yield from work.workers(at)
    yield from work.secret(at)
    yield from work.sealed(at)
    yield from work.mail(at)
    yield from work.backups(at)
    yield from product.calendar(at)


def steadiness(drift: float) -> Finding:
    """`drift`: by how many seconds the clock moved against one that cannot be set, while we looked."""
    if abs(drift) <= STEADY_WITHIN:
        return good("clock.steady", say("时钟走得稳。"))
    return bad(
        "clock.steady",
        say("时钟刚才跳了 %(n)s 秒。", n=round(drift)),
        say("用时间同步（NTP）慢慢对准，不要手工拨时钟。"),
    )
