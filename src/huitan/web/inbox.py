"""消息: what one was told, how one wants to be told, the private calendar, and HR's log of what was sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huitan.core.numbers import whole_number
from huitan.notifications import queries
from huitan.notifications.actions import choosing
from huitan.notifications.forms import MessagePreferencesForm
from huitan.notifications.models import Delivery
from huitan.notifications.words import words_of
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen


@screen()
def inbox(request: HttpRequest) -> HttpResponse:
    before = whole_number(request.GET.get("before", ""))
    found = queries.inbox(request.actor, before)
    # The newest message of the first page, on every older page too.
    until = whole_number(request.GET.get("until", "")) or (found.rows[0].id if found.rows else None)
    context = {
        "rows": found.rows,
        "until": until,
        "unread": any(not row.is_read for row in found.rows),
        "next_url": "?" + urlencode({"before": found.next_key, "until": until}) if found.next_key else "",
        "paged": before is not None,
    }
    return page(request, "screens/inbox.html", context, current="inbox")


@screen("POST")
def read_all(request: HttpRequest) -> HttpResponse:
    until = whole_number(request.POST.get("until", ""))
    count = choosing.mark_all_read(actor=request.actor, at=request.at, until=until)
    said(
        request,
        ngettext("%(n)s 条记为已读", "%(n)s 条记为已读", count) % {"n": count}
        if count
        else _("没有未读的消息"),
    )
    return HttpResponseRedirect(reverse("inbox"))


@screen()
def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark it read and go where it leads; what the reader may no longer see says so there."""
    message = get_object_or_404(queries.own_messages(request.actor), pk=pk)
    choosing.mark_read(message, actor=request.actor, at=request.at)
    return HttpResponseRedirect(words_of(message).path)


@screen("GET", "POST")
def preferences(request: HttpRequest) -> HttpResponse:
    wish = choosing.preference_of(request.user)
    groups = queries.groups_for(request.actor)
    form = (
        MessagePreferencesForm(request.POST, groups=groups)
        if request.method == "POST"
        else MessagePreferencesForm.of(wish, groups)
    )

    def act(sent: dict[str, Any]) -> None:
        choosing.choose(
            request.user,
            sent["groups"],
            quiet_from=sent["quiet_from"],
            quiet_until=sent["quiet_until"],
            digest_at=sent["digest_at"],
            robot=sent.get("robot", wish.robot),
        )

    status = attempt(request, form, act)
    if status == SEE_OTHER:
        said(request, _("已保存，从下一条消息起生效。"))
        return HttpResponseRedirect(reverse("message-preferences"))
    secret = choosing.feed_secret(request.user, wish.feed_version)
    context = {
        "form": form,
        "feed_url": request.build_absolute_uri(reverse("calendar-feed", args=[secret])),
    }
    return page(request, "screens/message_preferences.html", context, status=status)


@screen("POST")
def renew_feed(request: HttpRequest) -> HttpResponse:
    choosing.renew_feed(request.user)
    said(request, _("日历地址换了新的，旧地址不再能用。在日历软件里重新订阅。"))
    return HttpResponseRedirect(reverse("message-preferences") + "#calendar")


@screen()
def deliveries(request: HttpRequest) -> HttpResponse:
    """HR's log."""
    state = request.GET.get("state", "")
    name = " ".join(request.GET.get("name", "").replace("\x00", "").split())[:60]
    found = queries.delivery_log(request.actor, state, whole_number(request.GET.get("before", "")), name)
    named = {"name": name} if name else {}
    kept = {**({"state": state} if state in Delivery.STATES else {}), **named}
    context = {
        "rows": found.rows,
        "state": kept.get("state", ""),
        "name": name,
        "named": "&" + urlencode(named) if named else "",
        "states": [(key, word, found.counts.get(key, 0)) for key, word in Delivery.STATES.items()],
        "next_url": "?" + urlencode({**kept, "before": found.next_key}) if found.next_key else "",
    }
    return page(request, "screens/deliveries.html", context, current="deliveries")


@screen("POST")
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    delivery = get_object_or_404(Delivery.objects.visible_to(request.actor), pk=pk)
    choosing.send_again(delivery, actor=request.actor, at=request.at)
    said(request, _("已重新排队，下一轮就发。"))
    seen = {"state": "failed"} if request.POST.get("state") == "failed" else {}
    return HttpResponseRedirect(reverse("deliveries") + ("?" + urlencode(seen) if seen else ""))


@screen("POST")
def send_all_again(request: HttpRequest) -> HttpResponse:
    count = choosing.send_all_again(actor=request.actor, at=request.at)
    words = ngettext("%(n)s 条已重新排队，下一轮就发。", "%(n)s 条已重新排队，下一轮就发。", count)
    said(request, words % {"n": count} if count else _("没有要重新发的"))
    return HttpResponseRedirect(reverse("deliveries"))


urls = [
    path("inbox/", inbox, name="inbox"),
    path("inbox/read/", read_all, name="inbox-read"),
    path("inbox/<int:pk>/", open_message, name="inbox-open"),
    path("preferences/messages/", preferences, name="message-preferences"),
    path("preferences/calendar/", renew_feed, name="calendar-renew"),
    path("deliveries/", deliveries, name="deliveries"),
    path("deliveries/again/", send_all_again, name="deliveries-again"),
    path("deliveries/<int:pk>/again/", send_again, name="delivery-again"),
]
