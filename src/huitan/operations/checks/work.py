"""What has to happen by itself: the worker, the seals, the mail, the backups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.mail import get_connection
from django.db import connection as database
from django_tasks_db.models import DBTaskResult

from huitan.core import seals
from huitan.core.days import minute_words
from huitan.core.models import Event, Seal
from huitan.core.sentences import say
from huitan.notifications.models import Delivery
from huitan.operations import product
from huitan.operations.findings import Finding, bad, good, look
from huitan.operations.models import Heartbeat

# A round comes every half minute; after so long without one something is wrong, unless a long job is being done.
SILENT_FOR = timedelta(minutes=3)
JOB_LASTS = timedelta(hours=2)
UNSEALED_FOR = timedelta(minutes=15)
SESSIONS_ASKED = 20
UNSENT_FOR = timedelta(hours=1)
BACKUP_EVERY = timedelta(days=2)
START_WORKER = say("启动 huitan worker（或 huitan serve --with-worker），并设成随机器自动启动。")


def workers(at: datetime) -> Iterator[Finding]:
    found = list(Heartbeat.objects.order_by("-at"))
    if not found:
        yield bad("worker", say("没有 worker 在运行：到期的事没人做，消息也发不出去。"), START_WORKER)
        return
    newest = found[0]
    silent = at - newest.at
    since = {"worker": newest.worker, "ago": max(0, round(silent.total_seconds()))}
    busy = silent < JOB_LASTS and DBTaskResult.objects.running().exists()
    if silent <= SILENT_FOR:
        yield good("worker", say("worker 在运行（%(worker)s，%(ago)s 秒前）。", **since))
    elif busy:
        yield good("worker", say("worker 在做一件长的事（%(worker)s，%(ago)s 秒前开始）。", **since))
    else:
        yield bad("worker", say("worker 停了：%(worker)s 最后一次在 %(ago)s 秒前。", **since), START_WORKER)
    alive = [beat for beat in found if at - beat.at <= SILENT_FOR]
    if database.vendor == "sqlite" and len({beat.host for beat in alive}) > 1:
        yield bad(
            "worker.hosts",
            say("几台机器上的 worker 共用一个 SQLite 文件：%(hosts)s", hosts=sorted({b.host for b in alive})),
            say("只留一台机器，或改用 PostgreSQL：SQLite 的锁在网络盘上靠不住。"),
        )
    others = sorted({beat.version for beat in alive} - {product.version()})
    if others:
        yield bad(
            "worker.version",
            say("还有旧版本的 worker 在运行：%(versions)s", versions=others),
            say("重启 worker，让它和页面是同一个版本。"),
        )


def secret(at: datetime) -> Iterator[Finding]:
    """Whoever starts without keys/secret makes a new one; the sessions that are still good tell that there was another."""
    newest = Session.objects.filter(expire_date__gt=at).order_by("-expire_date")[:SESSIONS_ASKED]
    signed = list(newest.values_list("session_data", flat=True))
    if signed and not any(_is_signed_here(data) for data in signed):
        yield bad(
            "keys.secret",
            say("keys/secret 不是原来的那一个：大家都被退出了，动态码也用不了。"),
            say("从备份里把它放回来，再重启 huitan serve 和 worker。"),
        )


def _is_signed_here(session_data: str) -> bool:
    store = SessionStore()
    try:
        signing.loads(session_data, salt=store.key_salt, serializer=store.serializer)
    except signing.BadSignature:
        return False
    return True


def sealed(at: datetime) -> Iterator[Finding]:
    last = Seal.objects.order_by("-last_event_id").first()
    waiting = Event.objects.filter(id__gt=last.last_event_id if last else 0).order_by("id")
    oldest = waiting.values_list("at", flat=True).first()
    if oldest is not None and at - oldest > UNSEALED_FOR:
        yield bad(
            "seals",
            say("%(when)s 以来的记录还没有封印。", when=minute_words(oldest)),
            START_WORKER,
        )
    else:
        yield good("seals", say("记录都已封印。"))
    if last is not None and not _is_ours(last):
        yield bad(
            "seals.key",
            say("盖上一个封印的密钥不在这里。"),
            say("把原来的 keys/seal.pem 从备份里放回来，再运行 huitan verify。"),
        )


def _is_ours(last: Seal) -> bool:
    """Asking for a key makes one where there is none; looking must not."""
    return (
        Path(settings.HUITAN_HOME) / "keys" / "seal.pem"
    ).exists() and last.public_key == seals.public_key()


def mail(at: datetime) -> Iterator[Finding]:
    """Up to the server's greeting and our name and password; nothing is sent."""
    if settings.EMAIL_BACKEND.startswith("huitan."):
        yield look(
            "mail",
            say("没有设邮件服务器，邮件只写成文件。"),
            say("设 HUITAN_MAIL_URL 和 HUITAN_MAIL_FROM，大家才收得到通知。"),
        )
    else:
        server = {"server": f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"}
        connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
        try:
            connection.open()
        except OSError as problem:
            yield bad(
                "mail",
                say("连不上邮件服务器 %(server)s：%(problem)s", **server, problem=str(problem)[:200]),
                say("看看 HUITAN_MAIL_URL 的地址、端口、用户名和密码，以及防火墙。"),
            )
        else:
            connection.close()
            yield good("mail", say("邮件服务器 %(server)s 连得上（没有发邮件）。", **server))
    stuck = Delivery.objects.filter(state="planned", next_at__lt=at - UNSENT_FOR).count()
    failed = Delivery.objects.filter(state="failed").count()
    if stuck or failed:
        yield look(
            "mail.waiting",
            say("%(stuck)s 条消息该发还没发，%(failed)s 条没发出去。", stuck=stuck, failed=failed),
            say("HR 管理员在「发送记录」里看原因，修好后点「重新发」。"),
        )


def backups(at: datetime) -> Iterator[Finding]:
    made = Event.objects.filter(stream="operations", verb="backup.made").order_by("-seq")
    last = made.values_list("at", flat=True).first()
    todo = say("每天运行一次 huitan backup，把备份放到另一台机器上，并时常演练恢复。")
    if last is None:
        yield look("backup", say("还没有做过备份。"), todo)
    elif at - last > BACKUP_EVERY:
        yield look("backup", say("上一次备份是 %(n)s 天前。", n=(at - last).days), todo)
    else:
        yield good("backup", say("上一次核对过的备份：%(when)s。", when=minute_words(last)))
