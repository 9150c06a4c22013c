"""Focus topics while preparing: adopt, add, order, cite, take off (R09, R11)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from huitan.conversations.actions import preparation as acts
from huitan.conversations.actions import room
from huitan.conversations.forms import prepare as forms
from huitan.conversations.queries import prepare as reads
from huitan.core.access import judge
from huitan.core.moves import require
from huitan.core.numbers import whole_number
from huitan.evidence.models import Evidence
from huitan.web.prepare_page import back_to, carry_out, citable, my_talk, talk_to_prepare
from huitan.web.room.door import shown_topics
from huitan.web.screen import screen


@screen("POST")
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    talk = my_talk(request, pk)
    proposed = {p.key: p for p in reads.proposals(talk)}
    form = forms.AdoptForm(proposed, request.POST)
    return carry_out(
        request,
        talk,
        form,
        lambda sent: acts.adopt(
            talk, [proposed[key] for key in sent["key"]], actor=request.actor, at=request.at
        ),
        lambda made: _("加上了 %(n)s 个话题") % {"n": len(made)},
        "topics",
        adopt_form=form,
    )


@screen("POST")
def add_topic(request: HttpRequest, pk: int) -> HttpResponse:
    talk = my_talk(request, pk)
    prepared = reads.preparation(talk, request.actor, request.at)
    form = forms.TopicForm(citable(prepared), request.POST, auto_id="topic-%s")

    def act(sent: dict[str, Any]) -> Any:
        cited = Evidence.objects.visible_to(request.actor).filter(pk__in=sent["evidence"])
        return acts.add_topic(
            talk,
            sent["kind"],
            sent["title"],
            evidence=cited,
            first_raised=sent["first_raised"],
            actor=request.actor,
            at=request.at,
        )

    return carry_out(
        request,
        talk,
        form,
        act,
        lambda topic: _("加上了话题「%(title)s」") % {"title": topic.title},
        "topics",
        topic_form=form,
    )


@screen("POST")
def move_topic(request: HttpRequest, pk: int, topic_pk: int) -> HttpResponse:
    """One place up or down; for both sides."""
    talk = _talk_with_order(request, pk)
    order = [topic.pk for topic in talk.live_topics()]
    topic = get_object_or_404(talk.topics.filter(state="active"), pk=topic_pk)
    here = order.index(topic.pk)
    there = here + (-1 if request.POST.get("direction") == "up" else 1)
    if 0 <= there < len(order):
        order[here], order[there] = order[there], order[here]
        acts.order_topics(talk, order, actor=request.actor, at=request.at)
    return _ordered(request, talk, f"topic-{topic.pk}")


@screen("POST")
def order_topics(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole order at once, as dragging leaves it."""
    talk = _talk_with_order(request, pk)
    wanted = [pk for pk in map(whole_number, request.POST.getlist("topic")) if pk is not None]
    acts.order_topics(talk, wanted, actor=request.actor, at=request.at)
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return _ordered(request, talk, "topics")


def _talk_with_order(request: HttpRequest, pk: int) -> Any:
    """Whose topics the viewer may order. Until the pack is shared they are the manager's draft: to the employee there are
    none, whatever number is tried."""
    talk = talk_to_prepare(request, pk)
    require(talk, "order_topics", request.actor)
    if not shown_topics(talk, request.actor):
        raise Http404
    return talk


def _ordered(request: HttpRequest, talk: Any, anchor: str) -> HttpResponse:
    """Back to where this side orders the topics: the manager's page, or the employee's pack once there is one."""
    if judge(talk, "prepare", request.actor):
        return back_to(talk, anchor)
    return HttpResponseRedirect(f"{reverse('pack', args=[talk.pk])}#{anchor}")


@screen("POST")
def remove_topic(request: HttpRequest, pk: int, topic_pk: int) -> HttpResponse:
    talk = my_talk(request, pk)
    topic = get_object_or_404(talk.topics.filter(state="active"), pk=topic_pk)
    form = forms.RemoveTopicForm(request.POST, auto_id=f"remove-{topic.pk}-%s")
    return carry_out(
        request,
        talk,
        form,
        lambda sent: acts.remove_topic(topic, sent["reason"], actor=request.actor, at=request.at),
        lambda done: _("「%(title)s」不谈了，历史里留着") % {"title": done.title},
        "topics",
        removals={topic.pk: form},
    )


@screen("POST")
def cite(request: HttpRequest, pk: int, topic_pk: int) -> HttpResponse:
    """Tie a fact to a topic, or untie it (R11)."""
    talk = my_talk(request, pk)
    topic = get_object_or_404(talk.topics.filter(state="active"), pk=topic_pk)
    facts = {
        fact.pk: fact for fact in Evidence.objects.visible_to(request.actor).filter(employee=talk.employee)
    }
    form = forms.CiteForm(
        [(pk, fact.title) for pk, fact in facts.items()], request.POST, auto_id=f"cite-{topic.pk}-%s"
    )

    def act(sent: dict[str, Any]) -> str:
        fact = facts[sent["evidence"]]
        room.cite(topic, fact, actor=request.actor, at=request.at, remove=sent["remove"])
        words = _("「%(title)s」不再引用 %(ref)s") if sent["remove"] else _("「%(title)s」引用了 %(ref)s")
        return words % {"title": topic.title, "ref": fact.ref}

    return carry_out(request, talk, form, act, str, f"topic-{topic.pk}", citations={topic.pk: form})
