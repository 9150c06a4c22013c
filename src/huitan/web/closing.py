"""The plan's result, and with it the end of the conversation (R03)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.conversations.actions import record
from huitan.conversations.models import Conversation
from huitan.conversations.queries.closing import closing
from huitan.core.moves import Refused
from huitan.plans.forms import OutcomeForm
from huitan.web.screen import form_problems, page, said, screen


@screen("GET", "POST")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan's result, and with it the end of the conversation."""
    talks = Conversation.objects.visible_to(request.actor).select_related(
        "plan", "review__employee__department", "review__employee__manager", "review__cycle"
    )
    talk = get_object_or_404(talks, pk=pk)
    seen = closing(talk, request.actor, request.at)
    form = OutcomeForm(
        request.POST or None, unsettled=[(one.line.pk, one.may_drop) for one in seen.unsettled]
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            sent = form.cleaned_data
            try:
                record.close(
                    talk,
                    sent["outcome"],
                    sent["outcome_reason"],
                    form.fates,
                    actor=request.actor,
                    at=request.at,
                )
            except Refused as refusal:
                form_problems(form, refusal)
                status = refusal.status
            else:
                name = talk.review.employee.name
                said(request, _("与%(name)s的这次面谈结束了，下一次从这里的结果谈起。") % {"name": name})
                return HttpResponseRedirect(reverse("talk-close", args=[pk]))
    context = {"seen": seen, "form": form, "unsent": "" if seen.may_close else _reasons(request.POST)}
    return page(request, "screens/item_close.html", context, current="talks", status=status)


def _reasons(sent: QueryDict) -> str:
    """What was written on a screen whose form is gone meanwhile: closed in another window, or by somebody else."""
    names = ("outcome_reason", *(name for name in sent if name.startswith("why_")))
    return "\n".join(sent[name] for name in names if sent.get(name))


urls = [path("talks/<int:pk>/close/", close, name="talk-close")]
