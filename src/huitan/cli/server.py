from __future__ import annotations

import logging
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import click
from django.conf import settings
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils.translation import gettext as _

from huitan.cli import duties
from huitan.core import jobs, lease
from huitan.operations import heartbeat

log = logging.getLogger("huitan.worker")
# Streams end at the signal; a page still being answered gets this long.
STOPPED_WITHIN = 8
# Connections a process has for pages beside those of its streams, and files it may have open beside both.
BESIDE_STREAMS = 1000


PORT, COUNT = click.IntRange(1, 65535), click.IntRange(1)


@click.command()
def migrate() -> None:
    """Create or update the database tables."""
    _bring_up_to_date()
    click.echo(_("数据库已是最新。"))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", type=COUNT, default=1, show_default=True, help="Web processes.")
@click.option(
    "--threads", type=COUNT, default=4, show_default=True, help="Pages answered at once, per process."
)
@click.option(
    "--interface",
    type=click.Choice(["one", "split", "pages", "live"]),
    default="one",
    show_default=True,
    help="one: pages and live streams on one port. split: streams on --live-port, for a proxy that sends /live/ there. "
    "pages, live: only one of the two.",
)
@click.option(
    "--live-port", type=PORT, help="Port of the streams with --interface split (default: port + 1)."
)
@click.option("--with-worker", is_flag=True, help="Also run the worker, as one process of its own.")
def serve(
    host: str, port: int, workers: int, threads: int, interface: str, live_port: int | None, with_worker: bool
) -> None:
    """Serve the pages (WSGI) and the live streams (ASGI), by granian."""
    _require_free(host, port)
    if interface == "split":
        live_port = live_port or PORT.convert(port + 1, None, None)
        _require_free(host, live_port)
    if interface != "live":
        _bring_up_to_date()
    _may_open_many()
    # The worker and the web processes put the address people see into messages.
    os.environ.setdefault("HUITAN_URL", f"http://{host}:{port}")
    helpers = [_also("worker", "--with-parent")] if with_worker else []
    if interface == "split":
        helpers.append(_also("serve", "--interface", "live", "--host", host, "--port", str(live_port)))
    if interface != "live":
        click.echo(_("会谈已就绪：%(url)s（按 Ctrl C 结束）") % {"url": f"http://{host}:{port}/"})
        sys.stdout.flush()
    try:
        _server(host, port, workers, threads, interface).serve()
    finally:
        for helper in helpers:
            helper.send_signal(signal.SIGTERM)
        for helper in helpers:
            helper.wait(timeout=STOPPED_WITHIN)


def _require_free(host: str, port: int) -> None:
    """Said here in a sentence: the server itself dies of it."""
    try:
        address = ip_address("127.0.0.1" if host == "localhost" else host)
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((str(address), port))
    except ValueError as no_address:
        raise click.UsageError(
            _("--host 要写 IP 地址，例如 127.0.0.1，不是 %(host)s。") % {"host": host}
        ) from no_address
    except OSError as taken:
        raise click.ClickException(
            _("不能在 %(host)s 的 %(port)s 端口上监听：%(problem)s。换一个端口，或先停下占用它的程序。")
            % {"host": host, "port": port, "problem": taken.strerror}
        ) from taken


def _bring_up_to_date() -> None:
    """By one process at a time, however many machines start together; the others find nothing left to do."""
    with lease.held("migrate", wait=True):
        call_command("migrate", verbosity=0, interactive=False)


def _may_open_many() -> None:
    """Every stream is an open file, and a shell often allows 1,024: up to as many as the system lets this user have."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.HUITAN_STREAMS + 2 * BESIDE_STREAMS
    if most != resource.RLIM_INFINITY:
        wanted = min(wanted, most)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _server(host: str, port: int, workers: int, threads: int, interface: str) -> Any:
    from granian import Granian
    from granian.constants import Interfaces, Loops

    shared: dict[str, Any] = {
        "address": host,
        "port": port,
        "workers": workers,
        "log_level": "warning",
        "workers_kill_timeout": STOPPED_WITHIN,
    }
    if interface in ("split", "pages"):
        target = "huitan.config.wsgi:application"
        return Granian(target, interface=Interfaces.WSGI, blocking_threads=threads, **shared)
    # Web processes read it when they load the application.
    os.environ["HUITAN_THREADS"] = str(threads)
    target = "huitan.config.asgi:application" if interface == "one" else "huitan.config.streams:application"
    # Left to itself the server answers nobody any more behind 1,024 open streams, pages included.
    shared["backpressure"] = settings.HUITAN_STREAMS + BESIDE_STREAMS
    return Granian(target, interface=Interfaces.ASGI, loop=Loops.asyncio, **shared)


def _also(*command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "huitan.cli.main", *command])


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now and stop.")
@click.option("--every", type=COUNT, default=30, show_default=True, help="Seconds between rounds.")
@click.option("--with-parent", is_flag=True, help="End when the process that started this one has ended.")
def worker(once: bool, every: int, with_parent: bool) -> None:
    """Do what falls due by itself, send messages and reminders, and work off large imports.

    Several workers share the work, also on several machines (PostgreSQL): each job is done by one of them. A worker
    that dies leaves whole parts behind, and the next one goes on from there.
    """
    stopping: list[int] = []

    def leave(number: int, _frame: object) -> None:
        jobs.leave()
        stopping.append(number)

    signal.signal(signal.SIGTERM, leave)
    parent = os.getppid()
    if once:
        _once()
        return
    asked_to_end = False
    while not asked_to_end:
        with _living_through_outages():
            heartbeat.beat(datetime.now(UTC))
            duties.round_at(_present())
        for _second in range(every):
            asked_to_end = bool(stopping) or (with_parent and os.getppid() != parent)
            if asked_to_end:
                break
            did = 0
            with _living_through_outages():
                close_old_connections()
                did = jobs.work_off()
            if not did:
                time.sleep(1)
    with _living_through_outages():
        heartbeat.stop()


def _present() -> datetime:
    """What falls due is judged by the present the pages show (HUITAN_SCRIPTED_NOW); that a worker lives, by the real one."""
    scripted = settings.HUITAN_SCRIPTED_NOW
    return datetime.fromisoformat(scripted) if scripted else datetime.now(UTC)


def _once() -> None:
    heartbeat.beat(datetime.now(UTC))
    done = duties.round_at(_present())
    done["jobs"] = jobs.work_off()
    click.echo(
        _(
            "签字超期 %(lapsed)s，错过跟进 %(missed)s，共享资料包 %(shared)s，提醒 %(reminded)s，封存记录 %(sealed)s，后台任务 %(jobs)s。"
        )
        % done
    )
    click.echo(_("新消息 %(told)s，发出 %(sent)s，没发出去 %(failed)s。") % done)
    heartbeat.stop()


@contextmanager
def _living_through_outages() -> Iterator[None]:
    """A database that restarts or is full for a while is waited for: whatever was begun is undone there and is due again."""
    try:
        yield
    except (OperationalError, InterfaceError) as gone:
        log.error("the database does not answer, trying again: %s", str(gone).strip().partition("\n")[0])
        connection.close()
