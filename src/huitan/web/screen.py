"""What every screen shares: the log-in guard, refusals, and the frame (viewer, navigation) around a page."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.db.models import BigIntegerField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.core.events import newest
from huitan.core.moves import Refused
from huitan.notifications.queries import unread
from huitan.people.relations import Actor
from huitan.people.second_factor import is_required
from huitan.web import errors

View = Callable[..., HttpResponse]


def screen(*methods: str, live: bool = False) -> Callable[[View], View]:
    """Guard a view: allowed HTTP methods, somebody logged in, and every `Refused` answered in words.

    A `live` page follows what happens from the last event before it was put together; what to follow, its template says.
    """

    allowed = list(methods) or ["GET", "HEAD"]

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in allowed:
                return (
                    errors.not_opened(request, allowed)
                    if request.method == "GET"
                    else HttpResponseNotAllowed(allowed)
                )
            if request.actor is None:
                here = quote(request.get_full_path()) if request.method == "GET" else ""
                return HttpResponseRedirect(reverse("login") + (f"?next={here}" if here else ""))
            if must_add_factor(request):
                return HttpResponseRedirect(reverse("security"))
            if live and request.method == "GET" and not request.headers.get("HX-Request"):
                request.live_after = newest()
            try:
                return view(request, *args, **kwargs)
            except Refused as refusal:
                return errors.refused(request, refusal)

        guarded.methods = allowed  # type: ignore[attr-defined]
        return guarded

    return guard


# Where somebody who has to add a second factor still gets to.
ON_THE_WAY = ("security", "preferences", "drafts")


def must_add_factor(request: HttpRequest) -> bool:
    """Whether the installation's policy keeps this person at the door until they have a second factor."""
    if not is_required(request.actor) or request.handed is not None:
        return False
    name = request.resolver_match.url_name if request.resolver_match else ""
    return not name.startswith(ON_THE_WAY) and not request.user.has_factor


@dataclass(frozen=True)
class Viewer:
    """Who looks, as templates need it."""

    id: int
    name: str
    position: str
    voice: str
    is_employee: bool
    is_manager: bool
    is_hr_admin: bool
    is_hrbp: bool
    is_auditor: bool
    language: str
    theme: str
    unread: int = 0

    @property
    def is_hr(self) -> bool:
        return self.is_hr_admin or self.is_hrbp

    @property
    def initials(self) -> str:
        return self.name[-2:] if len(self.name) > 2 else self.name


@dataclass(frozen=True)
class NavItem:
    icon: str
    label: str
    url: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True)
class AccountLink:
    icon: str
    label: str
    url: str
    method: str = "get"


def viewer_of(request: HttpRequest) -> Viewer:
    """One query: how many messages are unread."""
    actor: Actor = request.actor
    employee = getattr(request.user, "employee", None)
    manages = employee is not None and employee.manages
    voice = "hr" if actor.is_hr_admin or actor.is_hrbp or actor.is_auditor else "mgr" if manages else "emp"
    return Viewer(
        id=request.user.pk,
        name=actor.name,
        position=employee.position if employee else "",
        voice=voice,
        is_employee=employee is not None,
        is_manager=manages,
        is_hr_admin=actor.is_hr_admin,
        is_hrbp=actor.is_hrbp,
        is_auditor=actor.is_auditor,
        language=request.user.language,
        theme=request.user.theme,
        unread=unread(actor),
    )


def frame(request: HttpRequest, current: str, viewer: Viewer | None = None) -> dict[str, Any]:
    """Viewer and navigation; `current` is the name of the navigation entry this page belongs to."""
    if request.actor is None:
        return {"viewer": None, "nav": []}
    viewer = viewer or viewer_of(request)
    drafts_url = reverse("drafts") if request.session.get("drafts") else ""
    if request.handed is not None:
        return {
            "viewer": viewer,
            "nav": [],
            "handed": request.handed,
            "idle_minutes": settings.HUITAN_HANDED_IDLE_MINUTES,
            "home_url": reverse("device"),
            "drafts_url": drafts_url,
            "now": timezone.localtime(request.at),
        }
    entries = [
        ("home", "home", _("工作台")),
        ("talks", "messages", _("面谈")),
        ("ledger", "list-check", _("改进台账")),
    ]
    if viewer.is_employee or viewer.is_hr:
        entries.append(("evidence", "notebook", _("事实记录")))
    if request.actor.answers_for:
        entries.append(("numbers", "zoom-check", _("核对数字")))
    if viewer.is_manager:
        entries.append(("team", "users", _("我的团队")))
    if viewer.is_hr or viewer.is_auditor:
        entries.append(("cockpit", "dashboard", _("驾驶舱")))
    if viewer.is_hr:
        entries.append(("progress", "chart-dots", _("面谈进度")))
        entries.append(("cycles", "refresh", _("周期管理")))
        entries.append(("templates", "template", _("面谈模板")))
    if viewer.is_manager or viewer.is_hr or viewer.is_auditor:
        entries.append(("disputes", "scale", _("申诉")))
    if viewer.is_hr_admin:
        entries.append(("imports", "database-import", _("数据导入")))
        entries.append(("accounts", "user-plus", _("账号")))
        entries.append(("wording-words", "book", _("措辞")))
    if viewer.is_auditor or viewer.is_hr_admin:
        entries.append(("verify", "shield-check", _("校验")))
    return {
        "viewer": viewer,
        "nav": [NavItem(icon, label, reverse(name), name == current) for name, icon, label in entries],
        "now": timezone.localtime(request.at),
        "live_after": getattr(request, "live_after", None),
        "search_url": reverse("search"),
        "bell": {"url": reverse("inbox"), "count": viewer.unread},
        "drafts_url": drafts_url,
        "account_links": [
            AccountLink("settings", _("语言与外观"), reverse("preferences")),
            AccountLink("shield-lock", _("安全"), reverse("security")),
            AccountLink("bell-cog", _("消息和日历"), reverse("message-preferences")),
            *([AccountLink("send", _("发送记录"), reverse("deliveries"))] if viewer.is_hr_admin else []),
            AccountLink("logout", _("退出"), reverse("logout"), "post"),
        ],
    }


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    current: str = "",
    status: int = 200,
) -> HttpResponse:
    return render(request, template, {**frame(request, current), **(context or {})}, status=status)


def seen_or_404(find: Callable[[Actor, tuple[int]], list[Any]], actor: Actor, pk: int) -> Any:
    """The row an address names, as far as a prepared query finds it for the actor."""
    found = find(actor, (pk,)) if pk <= BigIntegerField.MAX_BIGINT else []
    if not found:
        raise Http404
    return found[0]


def said(request: HttpRequest, message: str) -> None:
    """What just happened, shown on the next page."""
    messages.success(request, message)


# What `attempt` answers when the form's work is done and the next page can be shown.
SEE_OTHER = 303


def attempt(request: HttpRequest, form: Any, act: Callable[[dict[str, Any]], Any]) -> int:
    """Do what a form asks, if it was sent: `SEE_OTHER`, or the status of the page that shows the form again.

    200 when nothing was sent, 422 when it is not valid, a refusal's own status with its sentences on the form.
    """
    if request.method != "POST":
        return 200
    if not form.is_valid():
        return 422
    try:
        act(form.cleaned_data)
    except Refused as refusal:
        form_problems(form, refusal)
        return refusal.status
    return SEE_OTHER


def form_problems(form: Any, refusal: Refused) -> None:
    """Put a refusal's sentences on the form they belong to, the rest on top, so nothing typed is lost."""
    for reason in refusal.reasons:
        field = reason.anchor.removeprefix("id_")
        form.add_error(field if field in form.fields else None, str(reason.sentence))


def typed_words(form: Any) -> str:
    """Everything somebody wrote into a form the page no longer offers, a line for each field."""
    written = (name for name in form.fields if form.data.get(name) and not form[name].is_hidden)
    return "\n".join(str(form.data[name]) for name in written)
