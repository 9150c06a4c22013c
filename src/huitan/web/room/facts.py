"""Facts beside words: the evidence of this cycle in the drawer, cited, untied, or added on the spot (R11)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from huitan.conversations.actions import room as actions
from huitan.conversations.forms.room import FactForm
from huitan.conversations.queries.room_steps import fact as read_fact
from huitan.conversations.queries.room_steps import facts_of
from huitan.core.moves import Refused
from huitan.core.numbers import whole_number
from huitan.evidence.models import Evidence
from huitan.web.room.door import back_to_room, beside, not_done, side_page, talk_for, topic_for
from huitan.web.screen import screen


@screen("GET", "POST")
def facts(request: HttpRequest, pk: int, topic_pk: int) -> HttpResponse:
    """The list to cite from, and the form for a new fact."""
    talk = talk_for(request, pk)
    topic = topic_for(request, talk, topic_pk)
    form = FactForm(request.POST or None)

    def act(given: dict[str, Any]) -> HttpResponse:
        made = actions.add_fact(topic, actor=request.actor, at=request.at, **given)
        message = _("补充了 %(ref)s，双方都看得到。") % {"ref": made.ref}
        return back_to_room(request, talk, message, topic=topic.pk)

    rows, cited = facts_of(talk, topic, request.actor)
    may_untie = "manager" in talk.relations_of(request.actor)
    context = {"facts": rows, "cited": cited, "topic": topic, "may_untie": may_untie}
    return beside(request, talk, form, act, "screens/room/fact_list.html", _("事实"), context)


@screen("POST")
def cite(request: HttpRequest, pk: int, topic_pk: int) -> HttpResponse:
    talk = talk_for(request, pk)
    topic = topic_for(request, talk, topic_pk)
    evidence = get_object_or_404(
        Evidence.objects.visible_to(request.actor), pk=whole_number(request.POST.get("evidence", "")) or 0
    )
    remove = "remove" in request.POST
    try:
        actions.cite(topic, evidence, actor=request.actor, at=request.at, remove=remove)
    except Refused as refusal:
        return not_done(request, talk, refusal)
    words = _("「%(title)s」不再引用 %(ref)s。") if remove else _("「%(title)s」引用了 %(ref)s。")
    return back_to_room(request, talk, words % {"title": topic.title, "ref": evidence.ref}, topic=topic.pk)


@screen()
def fact(request: HttpRequest, pk: int, fact_pk: int) -> HttpResponse:
    """One fact in place: what, when, target and actual, from where."""
    talk = talk_for(request, pk)
    found = read_fact(talk, fact_pk, request.actor)
    if found is None:
        raise Http404
    return side_page(request, talk, "screens/room/fact.html", found.ref, {"fact": found})
