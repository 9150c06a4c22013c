"""The wording check: asked while somebody types, answered without keeping a word; HR's list of
company words; and the guide to what it says."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.conversations.actions import wording as actions
from huitan.conversations.forms.wording import CheckForm, DismissForm, TryForm, WordForm
from huitan.conversations.models import CompanyWord, Conversation
from huitan.conversations.queries import wording as reads
from huitan.core.moves import Refused, require
from huitan.core.sentences import is_english
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen
from huitan.wording.guide import INTRO, entries

INVALID = 422


@screen("POST")
def check(request: HttpRequest) -> HttpResponse:
    """The findings in a text as JSON, in the text's language; nothing of the text is stored or logged."""
    form = CheckForm(request.POST)
    if not form.is_valid():
        return _invalid(form)
    given = form.cleaned_data
    findings = reads.check(
        given["text"],
        given["field"],
        request.actor,
        lang=given["lang"] or None,
        talk=given["talk"],
        topic=given["topic"],
        box=given["box"],
    )
    answer: dict[str, Any] = {"findings": [asdict(hint) for hint in findings]}
    if form.is_cut:
        answer["cut"] = True
    return JsonResponse(answer)


@screen("POST")
def dismiss(request: HttpRequest) -> HttpResponse:
    """R05: this finding does not apply here, for this reason."""
    form = DismissForm(request.POST)
    if not form.is_valid():
        return _invalid(form)
    given = form.cleaned_data
    seen = Conversation.objects.visible_to(request.actor).select_related(*Conversation.judged_with)
    talk = get_object_or_404(seen, pk=given["talk"])
    try:
        if given["topic"]:
            # Asked first: which topics there are is told to nobody who does not write them.
            require(talk, "write", request.actor)
        actions.dismiss(
            talk,
            topic=get_object_or_404(talk.topics.all(), pk=given["topic"]) if given["topic"] else None,
            field=given["box"],
            code=given["code"],
            words=given["words"],
            reason=given["reason"],
            actor=request.actor,
            at=request.at,
        )
    except Refused as refusal:
        return JsonResponse({"error": str(refusal), "said": str(refusal)}, status=refusal.status)
    return JsonResponse({"dismissed": True})


def _invalid(form: Any) -> JsonResponse:
    errors = {name: [str(text) for text in texts] for name, texts in form.errors.items()}
    sentences = " ".join(text for texts in errors.values() for text in texts)
    return JsonResponse({"errors": errors, "said": sentences}, status=INVALID)


@screen("GET", "POST")
def words(request: HttpRequest) -> HttpResponse:
    """The company's own words; adding one takes effect with the next check."""
    actions.require_words(request.actor)
    form = WordForm(request.POST or None)

    def add(given: dict[str, Any]) -> None:
        made = actions.add_word(**given, actor=request.actor, at=request.at)
        message = _("「%(word)s」可以用，不再提示。")
        if made.kind == "forbid":
            message = _("「%(word)s」约定不用，从现在起会提示。")
        said(request, message % {"word": made.word})

    status = attempt(request, form, add)
    if status == SEE_OTHER:
        return HttpResponseRedirect(reverse("wording-words"))
    return _words_page(request, form, TryForm(), status)


@screen("POST")
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    word = get_object_or_404(CompanyWord.objects.visible_to(request.actor), pk=pk)
    actions.retire_word(word, actor=request.actor, at=request.at)
    said(request, _("「%(word)s」停用了，检查不再看它。") % {"word": word.word})
    return HttpResponseRedirect(reverse("wording-words"))


@screen("POST")
def try_out(request: HttpRequest) -> HttpResponse:
    """What the check says about one sentence, with the company's words; the sentence is not kept."""
    actions.require_words(request.actor)
    form = TryForm(request.POST)
    status, tried = INVALID, None
    if form.is_valid():
        status = 200
        tried = reads.check(form.cleaned_data["text"], form.cleaned_data["field"], request.actor)
    if request.headers.get("HX-Request"):
        context = {"tried": tried, "try_form": form, "code_words": reads.CODE_WORDS}
        return render(request, "screens/wording_tried.html", context, status=status)
    return _words_page(request, WordForm(), form, status, tried)


def _words_page(
    request: HttpRequest,
    form: WordForm,
    try_form: TryForm,
    status: int,
    tried: list[reads.Hint] | None = None,
) -> HttpResponse:
    rows = reads.company_words(request.actor)
    context = {
        "form": form,
        "try_form": try_form,
        "tried": tried,
        "active": [row for row in rows if row.active],
        "retired": [row for row in rows if not row.active],
        "code_words": reads.CODE_WORDS,
    }
    return page(request, "screens/wording_words.html", context, current="wording-words", status=status)


@screen()
def guide(request: HttpRequest) -> HttpResponse:
    """What each hint means, with examples, in the reader's language; the same texts the check speaks with."""
    language = "en" if is_english() else "zh"
    context = {"intro": INTRO[language], "entries": entries(language)}
    return page(request, "screens/wording_guide.html", context, current="wording-words")


urls = [
    path("wording/", check, name="wording"),
    path("wording/dismiss/", dismiss, name="wording-dismiss"),
    path("wording/words/", words, name="wording-words"),
    path("wording/words/<int:pk>/retire/", retire, name="wording-retire"),
    path("wording/try/", try_out, name="wording-try"),
    path("guide/wording/", guide, name="wording-guide"),
]
