"""Which pages are measured, and what each asks of the database: run in a process of its own over a generated company.

``python -m bench.pages FILE`` writes what `bench.served` replays and `bench.load` requests.
"""

from __future__ import annotations

import cProfile
import pickle
import pstats
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from time import time_ns
from typing import Any

import django

TOKEN = "b" * 32
CONTROL = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "PRAGMA")


@dataclass(frozen=True)
class Wanted:
    """A page as one person opens it; `body` makes it a save, sent with the version of the text it replaces."""

    name: str
    path: str
    account: int
    body: str = ""


def wanted() -> list[Wanted]:
    from django.urls import NoReverseMatch, reverse

    from huitan.conversations.models import Conversation
    from huitan.people.models import Duty, Employee

    talks = Conversation.objects.select_related("review__employee__manager").order_by("pk")
    signed = talks.filter(state="signed").first()
    talking = list(talks.filter(state="talking", topics__kind="highlight")[:8])
    admin = Duty.objects.get(kind="hr_admin").account_id
    top = Employee.objects.get(manager=None)
    # The first centre's head: a line of nearly half the company below.
    head = Employee.objects.filter(manager=top).order_by("pk")[0]
    manager, employee, now = signed.review.employee.manager, signed.review.employee, talking[0]
    found = [
        Wanted("ledger, HR, 50 rows", reverse("ledger"), admin),
        Wanted("ledger, head of a line, 50 rows", reverse("ledger"), head.account_id),
        Wanted("ledger, manager of a team", reverse("ledger"), manager.account_id),
        Wanted("home, manager", reverse("home"), manager.account_id),
        Wanted("home, employee", reverse("home"), employee.account_id),
        Wanted("room, manager", reverse("room", args=[now.pk]), now.review.employee.manager.account_id),
        Wanted("record, employee", reverse("record", args=[signed.pk]), employee.account_id),
    ]
    with suppress(NoReverseMatch):
        found.append(Wanted("cockpit, HR", reverse("cockpit"), admin))
    for talk in talking:
        topic = talk.topics.get(kind="highlight")
        path = reverse("room-text", args=[talk.pk, topic.pk, "direction"])
        found.append(Wanted("autosave", path, talk.review.employee.manager.account_id, "direction"))
    return found


def main(target: Path) -> None:
    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from huitan.people.models import Account

    settings.ALLOWED_HOSTS = ["*"]
    made = []
    for page in wanted():
        client = Client()
        client.force_login(Account.objects.get(pk=page.account), backend="huitan.people.backend.Accounts")
        client.cookies["csrftoken"] = TOKEN
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        asked: list[tuple[str, Any]] = []

        def listen(execute: Any, sql: str, params: Any, many: bool, context: Any, asked: Any = asked) -> Any:
            asked.append((sql, params))
            return execute(sql, params, many, context)

        def fetch(page: Wanted = page, client: Any = client, seen: dict[str, int] | None = None) -> Any:
            if not page.body:
                return client.get(page.path)
            body = {page.body: f"文字 {time_ns()}", **(seen or {})}
            return client.post(page.path, body, headers={"X-Requested-With": "fetch"})

        first = fetch()
        seen = {"version": first.json()["version"]} if page.body else None
        with connection.execute_wrapper(listen):
            answer = fetch(seen=seen)
        if answer.status_code != 200:
            raise SystemExit(f"{page.name}: {page.path} answered {answer.status_code}")
        statements = [(_driver(sql), _params(params)) for sql, params in asked if not sql.startswith(CONTROL)]
        made.append(
            {
                "name": page.name,
                "path": page.path,
                "session": session,
                "body": page.body,
                "version": answer.json()["version"] if page.body else 0,
                "statements": statements,
                "content": answer.content,
                "slowest": _slowest(statements),
                "profile": _profile(fetch) if not page.body else {},
            }
        )
    target.write_bytes(pickle.dumps(made))


# Where a profile's own time is booked, by the path of the file.
BOOKED = {
    "the database driver": ("sqlite3", "psycopg", "Cursor"),
    "Django's ORM": ("django/db/",),
    "templates (Jinja2, escaping)": ("jinja2/", "markupsafe", "web/templates/"),
    "translation": ("utils/translation", "gettext"),
    "Huitan's own code": ("huitan/",),
}


def _profile(fetch: Any, times: int = 3) -> dict[str, int]:
    """Percent of a page's time by what spends it, under the profiler, which makes many small calls look dearer."""
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(times):
        fetch()
    profile.disable()
    spent: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        place = f"{file} {name}"
        spent[next((what for what, of in BOOKED.items() if any(one in place for one in of)), "the rest")] += (
            own
        )
    whole = sum(spent.values())
    return {what: round(100 * own / whole) for what, own in spent.most_common()}


def _driver(sql: str) -> str:
    """As the driver takes it; Django does this to every statement on SQLite."""
    from django.db import connection
    from django.db.backends.sqlite3.base import FORMAT_QMARK_REGEX

    if connection.vendor != "sqlite":
        return sql
    return FORMAT_QMARK_REGEX.sub("?", sql).replace("%%", "%")


def _params(params: Any) -> Any:
    return None if params is None else tuple(p.value if isinstance(p, Enum) else p for p in params)


def _slowest(statements: list[tuple[str, Any]]) -> list[tuple[float, str]]:
    """The three statements that take the database longest, in ms, each the best of three."""
    from time import perf_counter

    from django.db import connection

    cursor, found = connection.connection.cursor(), []
    for sql, params in statements:
        if not sql.startswith("SELECT"):
            continue
        times = []
        for _ in range(3):
            start = perf_counter()
            cursor.execute(sql, params or ())
            cursor.fetchall()
            times.append(perf_counter() - start)
        found.append((1000 * min(times), sql))
    return sorted(found, reverse=True)[:3]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
