"""What is agreed: actions, no action with a reason, questions settled, the follow-up's date."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.conversations.actions import room as actions
from huitan.conversations.actions import voice
from huitan.conversations.forms.room import ActionForm, AnswerForm, AskForm, FollowUpForm, ReasonForm
from huitan.conversations.lifecycle import OUTSIDE_CONTROL
from huitan.conversations.models import Conversation, Question, Topic
from huitan.conversations.queries.room_steps import has_action, possible_owners
from huitan.core.moves import Refused, require
from huitan.core.numbers import whole_number
from huitan.plans.models import PlanItem
from huitan.web import formats
from huitan.web.room.door import back_to_room, beside, not_done, talk_for, topic_for
from huitan.web.screen import screen


@screen("GET", "POST")
def put(request: HttpRequest, pk: int, item_pk: int | None = None) -> HttpResponse:
    """R17, R20: an action from the topic it came from, or one changed while the plan is a draft."""
    talk = talk_for(request, pk)
    require(talk, "write", request.actor)
    item = _item(talk, item_pk) if item_pk else None
    topic = None if item else _topic_named(request, talk)
    form = ActionForm(
        request.POST or None,
        initial=_filled(item, topic, talk),
        owners=possible_owners(talk, request.actor, item),
        today=timezone.localdate(request.at),
    )

    def act(given: dict[str, Any]) -> HttpResponse:
        kept = actions.put_action(
            talk, form.item_fields, actor=request.actor, at=request.at, topic=topic, item=item
        )
        message = _("改好了 %(ref)s。") if item else _("定下了 %(ref)s。")
        return back_to_room(request, talk, message % {"ref": kept.ref}, anchor="actions")

    title = _("修改 %(ref)s") % {"ref": item.ref} if item else _("定一项行动")
    context = {"item": item, "topic": topic, "outside": bool(topic and _outside(topic))}
    return beside(request, talk, form, act, "screens/room/action_form.html", title, context)


@screen("POST")
def remove(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    talk = talk_for(request, pk)
    item = _item(talk, item_pk)
    ref = item.ref
    try:
        actions.remove_action(item, talk, actor=request.actor, at=request.at)
    except Refused as refusal:
        return not_done(request, talk, refusal)
    return back_to_room(request, talk, _("去掉了 %(ref)s。") % {"ref": ref}, anchor="actions")


@screen("GET", "POST")
def none_needed(request: HttpRequest, pk: int) -> HttpResponse:
    """R01: the stated reason for no action."""
    talk = talk_for(request, pk)
    require(talk, "write", request.actor)
    before = talk.plan.no_action_reason if talk.plan else ""
    form = ReasonForm(request.POST or None, initial={"reason": before})
    form.fields["reason"].required = not before

    def act(given: dict[str, Any]) -> HttpResponse:
        actions.no_action(talk, given["reason"], actor=request.actor, at=request.at)
        return back_to_room(request, talk, _("写下了这次不需要行动的原因。"), anchor="actions")

    context = {
        "note": _("谈完没有行动也可以，但要说清为什么。这句话会进记录。"),
        "action": _("写下原因"),
    }
    return beside(request, talk, form, act, "screens/room/reason_form.html", _("这次不需要行动"), context)


@screen("GET", "POST")
def follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    """R16: when the topics not reached are talked about."""
    talk = talk_for(request, pk)
    require(talk, "write", request.actor)
    form = FollowUpForm(request.POST or None, initial={"follow_up_at": talk.follow_up_at})

    def act(given: dict[str, Any]) -> HttpResponse:
        stored = actions.set_follow_up(talk, form.when, actor=request.actor, at=request.at)
        message = _("后续面谈定在 %(when)s。") % {"when": formats.moment(stored.follow_up_at)}
        return back_to_room(request, talk, message)

    return beside(request, talk, form, act, "screens/room/follow_up_form.html", _("后续面谈"), {})


@screen("GET", "POST")
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    talk = talk_for(request, pk)
    require(talk, "speak", request.actor)
    form = AskForm(request.POST or None)

    def act(given: dict[str, Any]) -> HttpResponse:
        voice.ask(talk, given["text"], actor=request.actor, at=request.at)
        return back_to_room(request, talk, _("问题已经在对方的页面上了。"), anchor="questions")

    return beside(request, talk, form, act, "screens/room/ask_form.html", _("我想问"), {})


@screen("GET", "POST")
def answer(request: HttpRequest, pk: int, question_pk: int) -> HttpResponse:
    """R12: answered, parked with a date, or declined with a reason."""
    talk = talk_for(request, pk)
    question: Question = get_object_or_404(talk.questions.select_related("evidence"), pk=question_pk)
    form = AnswerForm(request.POST or None, initial={"text": question.answer})
    if question.state == "parked":
        form.fields["way"].choices = [w for w in AnswerForm.WAYS if w[0] != "park"]

    def act(given: dict[str, Any]) -> HttpResponse:
        if given["way"] == "park":
            voice.park(question, given["parked_until"], given["text"], actor=request.actor, at=request.at)
            message = _("约定 %(day)s 答复。") % {"day": formats.day(given["parked_until"])}
        elif given["way"] == "decline":
            voice.decline(question, given["text"], actor=request.actor, at=request.at)
            message = _("说明了不答的原因。")
        else:
            voice.answer(question, given["text"], actor=request.actor, at=request.at)
            message = _("答复已经在对方的页面上。")
        return back_to_room(request, talk, message, anchor="questions")

    may_answer = bool({"manager"} & talk.relations_of(request.actor))
    context = {"question": question, "may_answer": may_answer}
    return beside(request, talk, form, act, "screens/room/question_form.html", _("员工的提问"), context)


def _item(talk: Conversation, pk: int) -> PlanItem:
    """A draft item of this talk's own plan; anything else is not there."""
    if talk.plan is None:
        raise Http404
    item: PlanItem = get_object_or_404(talk.plan.items.select_related("owner", "plan"), pk=pk)
    return item


def _topic_named(request: HttpRequest, talk: Conversation) -> Topic | None:
    pk = whole_number(request.GET.get("from", ""))
    return topic_for(request, talk, pk) if pk is not None else None


def _outside(topic: Topic) -> frozenset[str]:
    return OUTSIDE_CONTROL & set(topic.causes)


def _filled(item: PlanItem | None, topic: Topic | None, talk: Conversation) -> dict[str, object]:
    """What the form starts with: the item as it stands, or the topic's direction with its likely owner (R20)."""
    if item is not None:
        return {
            "what": item.what,
            "owner": item.owner_id,
            "due_on": item.due_on,
            "criterion": item.criterion,
        }
    only_outside = bool(topic and topic.causes and set(topic.causes) <= OUTSIDE_CONTROL)
    owner = talk.held_by_id if only_outside else talk.review.employee_id
    return {"what": "" if topic is None or has_action(topic) else topic.direction, "owner": owner}
