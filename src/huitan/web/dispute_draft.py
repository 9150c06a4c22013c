"""The employee's own way into a dispute (R23): write it point by point, kept as typed, and hand it in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.conversations.models import Conversation
from huitan.core.moves import Refused, require
from huitan.core.numbers import whole_number
from huitan.disputes.actions import drafting
from huitan.disputes.forms import DraftForm, FileForm, seen_version, values_of
from huitan.disputes.models import Dispute
from huitan.disputes.queries.draft import DraftPage, dispute_of, draft_page
from huitan.web import formats
from huitan.web.screen import attempt, form_problems, page, said, screen


@screen("GET", "POST")
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Write or read the draft. The button pressed says what else: add a point, take one off, keep it, hand it in."""
    talk = _talk(request, pk)
    dispute = dispute_of(talk, request.actor)
    if dispute is not None and dispute.state != "draft":
        if request.method == "POST":
            raise Refused("not_now", drafting.HANDED_IN)
        return HttpResponseRedirect(reverse("dispute", args=[dispute.pk]))
    seen = draft_page(talk, dispute, request.actor, request.at)
    if request.method != "POST" or dispute is None:
        return _page(request, seen, DraftForm.filled(seen))
    form = DraftForm(request.POST, points=seen.points, facts=seen.facts)
    if not form.is_valid():
        return _page(request, seen, form, 422)
    by: dict[str, Any] = {"actor": request.actor, "at": request.at}
    try:
        if "submit" in request.POST:
            drafting.submit(dispute, form.texts, seen=seen_version(request.POST), **by)
            said(request, _("申诉提交了。从现在起评级暂不生效，每一步的最晚时间都在这一页。"))
            # Without a place of its own a browser would keep the one of the draft and skip the heading.
            return HttpResponseRedirect(reverse("dispute", args=[dispute.pk]) + "#main")
        drafting.save_draft(dispute, form.texts, seen=seen_version(request.POST), **by)
        anchor = _change(request, dispute, by)
    except Refused as refusal:
        if refusal.kind == "forbidden":
            raise
        fresh = draft_page(talk, dispute, request.actor, request.at)
        shown = DraftForm(request.POST, points=fresh.points, facts=fresh.facts)
        shown.is_valid()
        form_problems(shown, refusal)
        both = _both_wrote(shown, fresh) if refusal.kind == "stale" else ()
        return _page(request, fresh, shown, refusal.status, both)
    if "later" in request.POST:
        said(request, _("草稿留下了，只有你能看到。"))
    return HttpResponseRedirect(reverse("talk-dispute", args=[talk.pk]) + anchor)


def _change(request: HttpRequest, dispute: Dispute, by: dict[str, Any]) -> str:
    """Add or take off the point the button names; the place on the page to go on at."""
    added, removed = request.POST.get("add", ""), whole_number(request.POST.get("remove", ""))
    if added:
        kind, _colon, thing = added.partition(":")
        return f"#point-{drafting.add_point(dispute, kind, whole_number(thing), **by).pk}"
    if removed is not None:
        point = get_object_or_404(dispute.points.select_related("dispute"), pk=removed)
        drafting.remove_point(point, **by)
    return "#points"


@screen("POST")
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Start the draft; nobody is told."""
    talk = _talk(request, pk)
    drafting.begin(talk, actor=request.actor, at=request.at)
    return HttpResponseRedirect(reverse("talk-dispute", args=[talk.pk]))


@screen("POST")
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft while typing."""
    talk = _talk(request, pk)
    dispute = _own_draft(request, talk)
    seen = draft_page(talk, dispute, request.actor, request.at)
    form = DraftForm(request.POST, points=seen.points, facts=seen.facts)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    try:
        kept = drafting.save_draft(
            dispute, form.texts, seen=seen_version(request.POST), actor=request.actor, at=request.at
        )
    except Refused as refusal:
        if refusal.kind != "stale":
            raise
        fresh = draft_page(talk, refusal.current, request.actor, request.at)
        return JsonResponse(
            {
                "version": fresh.version,
                "values": values_of(fresh.points),
                "changed_by": _("你自己（另一台设备）"),
                "changed_at": formats.clock_time(refusal.current.saved_at),
            },
            status=412,
        )
    return JsonResponse({"version": kept.version, "saved_at": formats.stamp(kept.saved_at)[-8:]})


@screen("POST")
def attach(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    talk = _talk(request, pk)
    dispute = _own_draft(request, talk)
    contested = get_object_or_404(dispute.points.select_related("dispute"), pk=point)
    form = FileForm(request.POST, request.FILES)

    def keep(given: dict[str, Any]) -> None:
        upload = given["file"]
        drafting.attach(contested, upload.name, upload.read(), actor=request.actor, at=request.at)

    status = attempt(request, form, keep)
    if status >= 400:
        seen = draft_page(talk, dispute, request.actor, request.at)
        return _page(request, seen, DraftForm.filled(seen), status, file_form=form, file_at=contested.pk)
    said(request, _("附上了。提交前可以拿掉。"))
    return HttpResponseRedirect(reverse("talk-dispute", args=[talk.pk]) + f"#point-{contested.pk}")


@screen("POST")
def detach(request: HttpRequest, pk: int, file_id: int) -> HttpResponse:
    talk = _talk(request, pk)
    dispute = _own_draft(request, talk)
    points = dispute.points.prefetch_related("files")
    file = next((f for p in points for f in p.files.all() if f.pk == file_id), None)
    if file is None:
        return get_object_or_404(dispute.points.none(), pk=file_id)
    drafting.detach(file, actor=request.actor, at=request.at)
    said(request, _("附件拿掉了。"))
    return HttpResponseRedirect(reverse("talk-dispute", args=[talk.pk]) + f"#point-{file.point_id}")


def _both_wrote(sent: DraftForm, stored: DraftPage) -> list[tuple[str, str]]:
    """(label, stored text) of each text that was saved elsewhere in other words than this form's."""
    found = []
    for point in stored.points:
        for part, text in (("claim", point.claim), ("wanted", point.wanted)):
            name = f"{part}-{point.id}"
            if text and text != sent.data.get(name, ""):
                label = _("第 %(n)s 点 · %(part)s") % {"n": point.number, "part": sent.fields[name].label}
                found.append((label, text))
    return found


def _page(
    request: HttpRequest,
    seen: DraftPage,
    form: DraftForm,
    status: int = 200,
    other_device: Sequence[tuple[str, str]] = (),
    file_form: FileForm | None = None,
    file_at: int | None = None,
) -> HttpResponse:
    context = {
        "draft": seen,
        "talk": seen.talk,
        "form": form,
        "other_device": other_device,
        "file_form": file_form,
        "file_at": file_at,
    }
    return page(request, "screens/dispute_draft.html", context, current="talks", status=status)


def _talk(request: HttpRequest, pk: int) -> Conversation:
    """The talk, for the employee it is about; its record is what can be disputed."""
    talks = Conversation.objects.visible_to(request.actor).select_related(*Conversation.judged_with)
    talk: Conversation = get_object_or_404(talks, pk=pk)
    require(Dispute(conversation=talk, begun_at=request.at, saved_at=request.at), "write", request.actor)
    return talk


def _own_draft(request: HttpRequest, talk: Conversation) -> Dispute:
    drafts = Dispute.objects.visible_to(request.actor).select_related(*Dispute.judged_with)
    return get_object_or_404(drafts.exclude(state="withdrawn", level=1), conversation=talk)


urls = [
    path("talks/<int:pk>/dispute/", draft, name="talk-dispute"),
    path("talks/<int:pk>/dispute/begin/", begin, name="talk-dispute-begin"),
    path("talks/<int:pk>/dispute/save/", save, name="talk-dispute-save"),
    path("talks/<int:pk>/dispute/points/<int:point>/file/", attach, name="talk-dispute-attach"),
    path("talks/<int:pk>/dispute/files/<int:file_id>/remove/", detach, name="talk-dispute-detach"),
]
