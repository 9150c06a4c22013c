"""The product itself: built files, catalogues, the calendar, and settings that fit a real installation."""

from __future__ import annotations

import gettext
import ipaddress
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

import huitan
from huitan.core.sentences import say
from huitan.cycles import working_days
from huitan.operations.findings import Finding, bad, good, look

PACKAGE = Path(huitan.__file__).parent
BUILT = ("app.js", "huitan.css", "icons.svg")


def built() -> Iterator[Finding]:
    dist = PACKAGE / "web" / "static" / "dist"
    missing = [name for name in BUILT if not (dist / name).is_file() or not (dist / name).stat().st_size]
    if missing:
        yield bad(
            "frontend",
            say("页面的样式和脚本没有构建：缺 %(files)s。", files=missing),
            say("在源码目录运行 make frontend，或重新安装会谈。"),
        )
    else:
        yield good("frontend", say("页面的样式和脚本都已构建。"))


def catalogues() -> Iterator[Finding]:
    for po in sorted((PACKAGE / "locale").glob("*/LC_MESSAGES/django.po")):
        language = po.parent.parent.name
        wanted = len(re.findall(r'^msgstr(?:\[0\])? "', po.read_text(encoding="utf-8"), re.M))
        if _compiled(po.with_suffix(".mo")) < wanted:
            yield bad(
                "catalogues",
                say("语言目录 %(language)s 没有编译，或不是最新的。", language=language),
                say("在源码目录运行 make catalogues，或重新安装会谈。"),
            )
            return
    yield good("catalogues", say("语言目录都已编译。"))


def _compiled(mo: Path) -> int:
    """How many messages a compiled catalogue holds, its header included."""
    try:
        with mo.open("rb") as file:
            entries = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    except (OSError, ValueError):
        return 0
    return len({key[0] if isinstance(key, tuple) else key for key in entries})


def calendar(at: datetime) -> Iterator[Finding]:
    today = timezone.localdate(at)
    own = {day.year for day, is_working in working_days.own_days().items() if not is_working}
    until = date(today.year + 1, today.month, min(today.day, 28))
    years = sorted({today.year, until.year} - set(working_days.KNOWN_YEARS) - own)
    if years:
        yield look(
            "calendar",
            say("%(years)s 年的法定假日还不知道，暂按周一到周五算工作日。", years=[str(y) for y in years]),
            say("国务院公布后，HR 在「周期管理 → 工作日」里录入，或升级会谈。"),
        )
    else:
        yield good("calendar", say("今后一年的工作日都知道。"))


def installation() -> Iterator[Finding]:
    """What is fine while trying out, and wrong where real people log in."""
    hosts = [host for host in settings.ALLOWED_HOSTS if host != "testserver" and not _is_here(host)]
    if settings.DEBUG:
        yield bad("settings.debug", say("DEBUG 开着，出错时会把内部信息给人看。"), say("关掉 DEBUG。"))
    if settings.HUITAN_SCRIPTED_NOW:
        yield bad(
            "settings.now",
            say("时间被 HUITAN_SCRIPTED_NOW 定在 %(when)s。", when=settings.HUITAN_SCRIPTED_NOW),
            say("去掉这个环境变量：真实安装里，签字要用真实的时间。"),
        )
    if settings.HUITAN_DEMO:
        yield (bad if hosts else look)(
            "settings.demo",
            say("这是演示公司：任何人点一下就能进去。"),
            say("真实安装换一个空的数据文件夹，不要设 HUITAN_DEMO。"),
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield bad(
            "settings.hosts",
            say("HUITAN_HOSTS 是 *，什么主机名都答应。"),
            say("把 HUITAN_HOSTS 设成大家用的主机名。"),
        )
    if not hosts:
        yield look(
            "settings.hosts",
            say("只在本机能打开。"),
            say("给大家用之前，设 HUITAN_HOSTS、HUITAN_URL 和 HUITAN_HTTPS=1。"),
        )
        return
    if not settings.SESSION_COOKIE_SECURE:
        yield bad(
            "settings.https",
            say("没有设 HUITAN_HTTPS=1，登录状态可能被人截走。"),
            say("在前面放一个带 TLS 的反向代理，然后设 HUITAN_HTTPS=1。"),
        )
    if _is_here(urlsplit(settings.HUITAN_URL).hostname or ""):
        yield bad(
            "settings.url",
            say("HUITAN_URL 是 %(url)s，邮件里的链接别人打不开。", url=settings.HUITAN_URL),
            say("把 HUITAN_URL 设成大家打开会谈的地址。"),
        )


def _is_here(host: str) -> bool:
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
