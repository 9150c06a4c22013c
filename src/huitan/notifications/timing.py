"""When a message goes out: quiet hours, the daily digest, the next attempt, and what is folded into one. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

# A claimed delivery whose worker died is taken up again after this long.
LEASE = timedelta(minutes=10)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=4)
# With the doubling waits above, about three days; then HR sees it as failed.
ATTEMPTS = 25
# What waited longer than this is not sent one by one: an outage or a night ends in one message.
FOLD_AFTER = timedelta(hours=4)
# And never more than this many at once to one person.
AT_ONCE = 4
DIGEST_AT = time(9, 0)
# What a date brings about, not a person, happens at midnight and is said in the morning.
MORNING = time(8, 30)


def retry_after(attempts: int) -> timedelta:
    """How long to wait after the attempt number `attempts` (1 is the first) has failed."""
    return min(FIRST_RETRY * 2 ** min(attempts - 1, 20), LONGEST_RETRY)


def after_quiet(at: datetime, quiet_from: time | None, quiet_until: time | None, zone: str) -> datetime:
    """`at`, or the end of the quiet hours it falls into, by the person's own clock."""
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return at
    here = at.astimezone(ZoneInfo(zone))
    now = here.time().replace(tzinfo=None)
    if quiet_from < quiet_until:
        is_quiet, end_on = quiet_from <= now < quiet_until, here.date()
    else:
        is_quiet = now >= quiet_from or now < quiet_until
        end_on = here.date() + timedelta(days=1) if now >= quiet_from else here.date()
    if not is_quiet:
        return at
    return datetime.combine(end_on, quiet_until, tzinfo=ZoneInfo(zone)).astimezone(at.tzinfo)


def by_day(at: datetime, zone: str) -> datetime:
    """`at`, or the morning of its day, by the person's own clock."""
    here = at.astimezone(ZoneInfo(zone))
    if here.time() >= MORNING:
        return at
    return datetime.combine(here.date(), MORNING, tzinfo=ZoneInfo(zone)).astimezone(at.tzinfo)


def next_digest(at: datetime, digest_at: time, zone: str) -> datetime:
    """The next time of day `digest_at` after `at`, by the person's own clock."""
    here = at.astimezone(ZoneInfo(zone))
    due = datetime.combine(here.date(), digest_at, tzinfo=ZoneInfo(zone))
    if due <= here:
        due = datetime.combine(here.date() + timedelta(days=1), digest_at, tzinfo=ZoneInfo(zone))
    return due.astimezone(at.tzinfo)
