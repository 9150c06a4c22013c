"""The database: reachable, of a version we know, whole, and with the tables of this product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

from huitan.core.days import minute_words
from huitan.core.models import Event
from huitan.core.sentences import N_, say
from huitan.operations import product
from huitan.operations.findings import Finding, bad, good

OLDEST_POSTGRESQL = 15
CLOCKS_APART = timedelta(seconds=5)
DAMAGED = N_("数据库文件已损坏：%(problem)s")
RESTORE = N_("先停下 huitan serve 和 worker，把数据文件夹另存一份，再用 huitan restore 恢复最近一次备份。")
REACHED = N_("数据库连得上：%(name)s。")


def examine(at: datetime) -> Iterator[Finding]:
    yield from _sqlite() if connection.vendor == "sqlite" else _postgresql()
    yield _tables()


def _sqlite() -> Iterator[Finding]:
    name = "SQLite " + _one("SELECT sqlite_version()")
    yield good("database", say(REACHED, name=name))
    if connection.is_in_memory_db() or _one("PRAGMA journal_mode") == "wal":
        yield good("database.wal", say("SQLite 用 WAL 日志，页面和 worker 可以同时用。"))
    else:
        yield bad(
            "database.wal",
            say("SQLite 没有用 WAL 日志，写入时别人要等。"),
            say("确认数据文件夹在本机磁盘上（不是网络盘），然后重启 huitan serve。"),
        )
    if _one("PRAGMA foreign_keys") != "1":
        yield bad("database.keys", say("SQLite 没有打开外键检查。"), say("换一个支持外键的 SQLite。"))
    problem = _one("PRAGMA quick_check(1)")
    broken = _one("SELECT count(*) FROM pragma_foreign_key_check")
    if problem == "ok" and broken == "0":
        yield good("database.whole", say("数据库文件完好。"))
    else:
        yield bad(
            "database.whole",
            say(DAMAGED, problem=problem if problem != "ok" else f"{broken} foreign keys"),
            say(RESTORE),
        )


def _postgresql() -> Iterator[Finding]:
    number = connection.pg_version
    name = f"PostgreSQL {number // 10000}.{number % 10000}"
    yield good("database", say(REACHED, name=name))
    if number // 10000 < OLDEST_POSTGRESQL:
        yield bad(
            "database.version",
            say("%(name)s 太旧。", name=name),
            say("升级到 PostgreSQL %(least)s 或更新的版本。", least=OLDEST_POSTGRESQL),
        )
    if _one("SHOW server_encoding") != "UTF8":
        yield bad(
            "database.encoding",
            say("数据库的编码不是 UTF8，中文会出错。"),
            say("用 UTF8 编码新建一个数据库，再用 huitan restore 恢复。"),
        )


def _tables() -> Finding:
    applied, known = product.migrations_applied(), product.migrations_known()
    if applied - known:
        return bad(
            "tables",
            say("数据库是更新版本的会谈建的（%(name)s）。", name=min(applied - known)),
            say("换回较新的会谈；不要用旧版本打开它。"),
        )
    if known - applied:
        return bad(
            "tables",
            say("还有 %(n)s 个数据库更新没有做。", n=len(known - applied)),
            say("运行 huitan migrate。"),
        )
    return good("tables", say("数据库的表是最新的。"))


def clock(at: datetime) -> Iterator[Finding]:
    """The server's clock against the database's, and against what has already been written."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            apart = abs(cursor.fetchone()[0] - at)
        if apart > CLOCKS_APART:
            yield bad(
                "clock.database",
                say("这台机器和数据库的时钟差 %(n)s 秒。", n=round(apart.total_seconds())),
                say("在两台机器上都打开时间同步（NTP）。"),
            )
    newest = Event.objects.order_by("-id").values_list("at", flat=True).first()
    if newest is not None and newest > at + CLOCKS_APART:
        yield bad(
            "clock.future",
            say("历史里最新的一条写于 %(when)s，比现在还晚。", when=minute_words(newest)),
            say("先对准这台机器的时钟，再继续使用：签字的时间要靠它。"),
        )
    else:
        yield good("clock", say("时钟和历史对得上。"))


def unreachable(problem: DatabaseError) -> Finding:
    said = str(problem).strip().splitlines() or [type(problem).__name__]
    if connection.vendor == "sqlite" and type(problem) is DatabaseError:
        return bad("database", say(DAMAGED, problem=said[0]), say(RESTORE))
    return bad(
        "database",
        say("连不上数据库：%(problem)s", problem=said[0]),
        say("看看 DATABASE_URL 对不对、数据库开着没有、网络通不通。"),
    )


def _one(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return str(row[0]) if row else ""
