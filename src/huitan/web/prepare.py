"""面谈准备: what the manager does before the talk, and HR's answer to a doubted number."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.conversations.actions import preparation as acts
from huitan.conversations.actions import voice
from huitan.conversations.forms import prepare as forms
from huitan.conversations.models import Conversation
from huitan.conversations.queries import prepare as reads
from huitan.conversations.queries.pack_preview import newest_pack, pack_preview
from huitan.conversations.queries.slots import what_speaks_against
from huitan.conversations.queries.talks import row_of, side_of
from huitan.core.access import judge
from huitan.core.moves import Refused, offer, require
from huitan.core.sentences import joined, say
from huitan.cycles.actions import rate
from huitan.evidence.actions import add as add_evidence
from huitan.evidence.models import Evidence
from huitan.evidence.queries import as_row
from huitan.web import prepare_topics as topics
from huitan.web.formats import amount, clock_time, day, score
from huitan.web.prepare_page import INCOMPLETE, back_to, carry_out, my_talk, show, talk_to_prepare
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen
from huitan.web.talks import step_view


@screen(live=True)
def prepare(request: HttpRequest, pk: int) -> HttpResponse:
    talk = talk_to_prepare(request, pk)
    if judge(talk, "prepare", request.actor):
        return show(request, talk)
    if side_of(talk, request.actor) == "hr":
        return _watch(request, talk)
    return redirect("talk", pk=pk)


def _watch(request: HttpRequest, talk: Any) -> HttpResponse:
    """What HR sees of a preparation: where it stands, when, and the numbers in doubt; nothing of its content."""
    row = row_of(talk, request.actor, request.at)
    contests = reads.contest_lines(talk, request.actor, request.at)
    context = {"row": row, "step": step_view(row, request.at), "contests": contests}
    return page(request, "screens/prepare_watch.html", context, current="talks")


@screen("POST")
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    talk = my_talk(request, pk)
    form = forms.ScheduleForm(request.POST)

    def act(sent: dict[str, Any]) -> Conversation:
        return acts.schedule(
            talk,
            sent["scheduled_at"],
            minutes=sent["minutes"],
            place=sent["place"],
            actor=request.actor,
            at=request.at,
        )

    def message(done: Conversation) -> str:
        settled = _("已定在 %(day)s %(time)s，%(n)s 分钟") % {
            "day": day(done.scheduled_at),
            "time": clock_time(done.scheduled_at),
            "n": done.minutes,
        }
        when = done.scheduled_at
        told = what_speaks_against(done, [when], done.minutes, request.at)[when] if when else ()
        return (
            _("%(settled)s。留意：%(told)s") % {"settled": settled, "told": joined(told)} if told else settled
        )

    return carry_out(request, talk, form, act, message, "schedule", schedule_form=form)


@screen("POST")
def purpose(request: HttpRequest, pk: int) -> HttpResponse:
    talk = my_talk(request, pk)
    form = forms.PurposeForm(request.POST)

    def message(done: Conversation) -> str:
        return _("这次谈%(purpose)s，议程已按它分配") % {"purpose": _(Conversation.PURPOSES[done.purpose])}

    return carry_out(
        request,
        talk,
        form,
        lambda sent: acts.choose_purpose(talk, sent["purpose"], actor=request.actor, at=request.at),
        message,
        "purpose",
        purpose_form=form,
    )


@screen("POST")
def give_score(request: HttpRequest, pk: int, evidence_pk: int) -> HttpResponse:
    talk = my_talk(request, pk)
    evidence = get_object_or_404(
        Evidence.objects.visible_to(request.actor), pk=evidence_pk, employee=talk.review.employee_id
    )
    form = forms.ScoreForm(request.POST, auto_id=f"score-{evidence.pk}-%s")
    return carry_out(
        request,
        talk,
        form,
        lambda sent: acts.score(
            talk, evidence, sent["score"], sent["reason"], actor=request.actor, at=request.at
        ),
        lambda done: _("「%(name)s」评了 %(score)s") % {"name": evidence.name, "score": score(done.score)},
        f"evidence-{evidence.pk}",
        scores={evidence.pk: form},
    )


@screen("POST")
def add_fact(request: HttpRequest, pk: int) -> HttpResponse:
    talk = my_talk(request, pk)
    form = forms.FactForm(request.POST, auto_id="fact-%s")

    def act(sent: dict[str, Any]) -> Evidence:
        return add_evidence(
            talk.review.employee,
            kind=sent["kind"],
            occurred_on=sent["occurred_on"],
            statement=sent["statement"],
            source=sent["source"],
            actor=request.actor,
            at=request.at,
        )

    def message(fact: Evidence) -> str:
        if talk.review.cycle.starts_on <= fact.occurred_on <= talk.review.cycle.ends_on:
            return _("记下了 %(ref)s。共享资料包后，对方会看到") % {"ref": fact.ref}
        return _("记下了 %(ref)s。它不在本周期内，不能作为这次的依据") % {"ref": fact.ref}

    return carry_out(request, talk, form, act, message, "facts", fact_form=form)


@screen("POST")
def informal_note(request: HttpRequest, pk: int) -> HttpResponse:
    talk = my_talk(request, pk)
    form = forms.InformalNoteForm(request.POST, auto_id="informal-%s")
    return carry_out(
        request,
        talk,
        form,
        lambda sent: acts.note_informal_talk(talk, sent["text"], actor=request.actor, at=request.at),
        lambda done: _("谈话记录已保存，对方能看到"),
        "survey",
        informal_form=form,
    )


@screen("POST")
def answer_question(request: HttpRequest, pk: int, question_pk: int) -> HttpResponse:
    """R12: a question ends answered, parked with a date, or declined with a reason."""
    talk = my_talk(request, pk)
    question = get_object_or_404(talk.questions, pk=question_pk)
    form = forms.AnswerForm(request.POST, auto_id=f"answer-{question.pk}-%s")

    def act(sent: dict[str, Any]) -> str:
        who = {"actor": request.actor, "at": request.at}
        if sent["how"] == "park":
            voice.park(question, sent["until"], sent["text"], **who)
            return _("约定 %(day)s 前答复") % {"day": day(sent["until"])}
        if sent["how"] == "decline":
            voice.decline(question, sent["text"], **who)
            return _("已说明为什么不答，对方能看到")
        voice.answer(question, sent["text"], **who)
        return _("已答复，对方能看到")

    return carry_out(request, talk, form, act, str, "questions", answers={question.pk: form})


@screen("POST")
def give_rating(request: HttpRequest, pk: int) -> HttpResponse:
    talk = talk_to_prepare(request, pk)
    require(talk.review, "rate", request.actor)
    if talk.state not in reads.UNSIGNED:
        raise Refused("not_now", say("记录已经生成，评级不再从这里改。有不同意见，走异议处理。"))
    levels = reads.levels_of(talk)
    form = forms.RatingForm(
        [(pk, level.label) for pk, level in levels.items()], request.POST, auto_id="rating-%s"
    )
    return carry_out(
        request,
        talk,
        form,
        lambda sent: rate(
            talk.review, levels[sent["level"]], sent["reason"], actor=request.actor, at=request.at
        ),
        lambda given: _("评级为「%(level)s」，理由已保存") % {"level": given.level.label},
        "rating",
        rating_form=form,
    )


@screen("POST")
def private_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Autosaved; answers in JSON to a script, and by going back to the page without one."""
    talk = talk_to_prepare(request, pk)
    form = forms.PrivateNoteForm(request.POST, auto_id="note-%s")
    scripted = request.headers.get("X-Requested-With") == "fetch"
    if not form.is_valid():
        return _errors(form) if scripted else back_to(talk, "note")
    seen = form.cleaned_data["version"]
    try:
        note = acts.keep_private_note(
            talk, form.cleaned_data["text"], actor=request.actor, at=request.at, seen_version=seen
        )
    except Refused as refusal:
        if not scripted:
            raise
        if refusal.kind != "stale":
            return JsonResponse({"error": str(refusal)}, status=refusal.status)
        kept = reads.note_of(talk, request.actor)
        return JsonResponse(
            {
                "version": kept.version,
                "values": {"text": kept.text},
                "changed_by": request.actor.name,
                "changed_at": clock_time(kept.saved_at),
            },
            status=refusal.status,
        )
    if scripted:
        return JsonResponse({"version": note.version, "saved_at": clock_time(note.saved_at)})
    said(request, _("笔记已保存，只有你能看到"))
    return back_to(talk, "note")


def _errors(form: Any) -> JsonResponse:
    texts = {name: [str(error) for error in found] for name, found in form.errors.items()}
    return JsonResponse({"errors": texts}, status=INCOMPLETE)


@screen("GET", "POST")
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """What the employee will read, the rule of notice, and the button; again after the data changed (R08)."""
    talk = my_talk(request, pk)
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            pack = acts.share(talk, actor=request.actor, at=request.at)
        except Refused as refused:
            refusal = refused
        else:
            said(
                request,
                _("已共享给%(name)s（第 %(v)s 版），%(day)s面谈")
                % {"name": talk.employee.name, "v": pack.version, "day": day(talk.scheduled_at)},
            )
            return back_to(talk, "share")
    row = row_of(talk, request.actor, request.at)
    context = {
        "row": row,
        "preview": pack_preview(talk, request.at),
        "pack": newest_pack(talk),
        "offered": offer(talk, "share", request.actor, request.at),
        "again": row.state == "shared",
        "cycle": talk.review.cycle,
        "refusal": refusal,
        "refusal_reasons": [
            {"text": str(r.sentence), "url": f"{reverse('prepare', args=[pk])}#{r.anchor}"}
            for r in (refusal.reasons if refusal else ())
        ],
    }
    status = refusal.status if refusal else 200
    return page(request, "screens/prepare_share.html", context, current="talks", status=status)


@screen()
def evidence(request: HttpRequest, pk: int, evidence_pk: int) -> HttpResponse:
    """The source of a fact, in the drawer; without a script, its line on the page."""
    talk = talk_to_prepare(request, pk)
    fact = get_object_or_404(
        Evidence.objects.visible_to(request.actor), pk=evidence_pk, employee=talk.review.employee_id
    )
    if not request.headers.get("HX-Request"):
        may_prepare = judge(talk, "prepare", request.actor)
        return back_to(talk, f"evidence-{fact.pk}") if may_prepare else redirect("talk", pk=pk)
    context = {"fact": as_row(fact), "contests": reads.doubts_about(talk, fact, request.actor, request.at)}
    return render(request, "screens/prepare_evidence.html", context)


@screen("GET", "POST")
def answer_contest(request: HttpRequest, pk: int, contest_pk: int) -> HttpResponse:
    """HR checks a number the employee doubts: it stands, or it is corrected and the pack gets a new version."""
    talk = talk_to_prepare(request, pk)
    contest = get_object_or_404(talk.contests.select_related("evidence"), pk=contest_pk)
    require(talk, "answer_number", request.actor)
    form = forms.ContestForm(request.POST or None)

    def settle(sent: dict[str, Any]) -> None:
        if sent["outcome"] == "correct":
            voice.correct_number(contest, sent["value"], sent["text"], actor=request.actor, at=request.at)
        else:
            voice.confirm_number(contest, sent["text"], actor=request.actor, at=request.at)
        said(request, _contest_words(contest, sent))

    status = attempt(request, form, settle)
    if status == SEE_OTHER:
        return redirect("home")
    line = next(c for c in reads.contest_lines(talk, request.actor, request.at) if c.id == contest.pk)
    context = {"row": row_of(talk, request.actor, request.at), "contest": line, "form": form}
    return page(request, "screens/prepare_contest.html", context, current="talks", status=status)


def _contest_words(contest: Any, sent: dict[str, Any]) -> str:
    fact = contest.evidence
    if sent["outcome"] == "confirm":
        return _("「%(name)s」核对无误，双方会看到说明") % {"name": fact.name}
    return _("「%(name)s」从 %(before)s 更正为 %(after)s，资料包有了新版本") % {
        "name": fact.name,
        "before": amount(contest.value_before, fact.unit),
        "after": amount(sent["value"], fact.unit),
    }


def _at(name: str) -> str:
    return f"talks/<int:pk>/prepare/{name}"


urls = [
    path(_at(""), prepare, name="prepare"),
    path(_at("schedule/"), schedule, name="prepare-schedule"),
    path(_at("purpose/"), purpose, name="prepare-purpose"),
    path(_at("scores/<int:evidence_pk>/"), give_score, name="prepare-score"),
    path(_at("topics/adopt/"), topics.adopt, name="prepare-topics-adopt"),
    path(_at("topics/add/"), topics.add_topic, name="prepare-topics-add"),
    path(_at("topics/order/"), topics.order_topics, name="prepare-topics-order"),
    path(_at("topics/<int:topic_pk>/move/"), topics.move_topic, name="prepare-topic-move"),
    path(_at("topics/<int:topic_pk>/remove/"), topics.remove_topic, name="prepare-topic-remove"),
    path(_at("topics/<int:topic_pk>/cite/"), topics.cite, name="prepare-topic-cite"),
    path(_at("facts/"), add_fact, name="prepare-fact"),
    path(_at("informal/"), informal_note, name="prepare-informal"),
    path(_at("questions/<int:question_pk>/"), answer_question, name="prepare-question"),
    path(_at("rating/"), give_rating, name="prepare-rate"),
    path(_at("note/"), private_note, name="prepare-note"),
    path(_at("share/"), share, name="share"),
    path(_at("evidence/<int:evidence_pk>/"), evidence, name="prepare-evidence"),
    path("talks/<int:pk>/contests/<int:contest_pk>/", answer_contest, name="contest-answer"),
]
