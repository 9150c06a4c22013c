"""周期管理: the rules of a cycle with what each of them means, who takes part, its calendar, opening and closing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.conversations.actions import opening
from huitan.conversations.queries.progress import stage_counts, totals_by_cycle
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, offer
from huitan.core.numbers import whole_number
from huitan.core.sentences import Sentence, say
from huitan.cycles import actions
from huitan.cycles.consequences import consequences, policy_of, preview
from huitan.cycles.forms import CloseForm, CycleForm, DayForm, Scale, defaults, initial_of
from huitan.cycles.models import Cycle
from huitan.cycles.queries import (
    cycle_rows,
    declared_days,
    department_tree,
    levels_of,
    who_takes_part,
)
from huitan.cycles.working_days import KNOWN_YEARS, own_days, years_to_enter
from huitan.people.actions import require_office
from huitan.web import formats
from huitan.web.screen import SEE_OTHER, attempt, form_problems, page, said, screen, typed_words

UNSAVED = say(
    "页面上写的和存下的草稿不一样：有改动还没保存，或别人刚改过。先保存草稿，看过日历和名单再开启。"
)
UNSIGNED = ("preparing", "shared", "talking", "recorded")


@screen()
def cycles(request: HttpRequest) -> HttpResponse:
    require_office(request.actor, "see_progress")
    totals = totals_by_cycle(request.actor)
    lines = [(row, *totals.get(row.id, (0, 0))) for row in cycle_rows(request.actor)]
    return page(request, "screens/cycles.html", {"lines": lines}, current="cycles")


@screen("GET", "POST")
def new(request: HttpRequest) -> HttpResponse:
    require_office(request.actor, "edit_cycle")
    if request.method == "POST":
        return _save(request, None)
    form = CycleForm(initial=defaults())
    return _form_page(request, None, form, Scale(actions.DEFAULT_LEVELS))


@screen("GET", "POST")
def cycle(request: HttpRequest, key: str) -> HttpResponse:
    """A draft is a form; once opened, its rules are there to read."""
    require_office(request.actor, "see_progress")
    found = _cycle(request, key)
    if request.method == "POST":
        return _save(request, found)
    if found.state == "draft" and request.actor.is_hr_admin:
        form = CycleForm(initial=initial_of(found), cycle=found)
        scale = Scale([(level.label, level.meaning) for level in levels_of(found)])
        return _form_page(request, found, form, scale)
    return _read_page(request, found, CloseForm())


@screen("POST")
def live(request: HttpRequest) -> HttpResponse:
    """What the values just typed would mean, and their calendar; nothing is saved."""
    require_office(request.actor, "edit_cycle")
    form = CycleForm(request.POST)
    form.is_valid()
    return page(request, "screens/cycle_live.html", {**_meaning(form.cleaned_data), "oob": True})


@screen("POST")
def open_(request: HttpRequest, key: str) -> HttpResponse:
    found = _cycle(request, key)
    if "name" in request.POST and found.state == "draft":
        require_office(request.actor, "edit_cycle")
        form, scale = CycleForm(request.POST, cycle=found), Scale.sent(request.POST)
        if not _is_saved(form, scale, found):
            refusal = Refused("not_now", Shortfall(UNSAVED, "part-dates"))
            return _form_page(request, found, form, scale, status=refusal.status, refusal=refusal)
    try:
        opened = opening.open_cycle(found, actor=request.actor, at=request.at)
    except Refused as refusal:
        if refusal.kind == "forbidden":
            raise
        form = CycleForm(initial=initial_of(found), cycle=found)
        scale = Scale([(level.label, level.meaning) for level in levels_of(found)])
        return _form_page(request, found, form, scale, status=refusal.status, refusal=refusal)
    left_out = len(opened.without_manager)
    words = _("已开启「%(name)s」，%(n)s 场面谈。") % {"name": found.name, "n": opened.conversations}
    if left_out:
        words += _("%(n)s 人没有直接上级，没有列入。") % {"n": left_out}
    said(request, words)
    return HttpResponseRedirect(reverse("cycle", args=[key]))


@screen("POST")
def close(request: HttpRequest, key: str) -> HttpResponse:
    found = _cycle(request, key)
    form = CloseForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            opening.close_cycle(found, actor=request.actor, at=request.at, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            if refusal.kind == "forbidden":
                raise
            form_problems(form, refusal)
            status = refusal.status
        else:
            said(request, _("已关闭「%(name)s」。") % {"name": found.name})
            return HttpResponseRedirect(reverse("cycle", args=[key]))
    return _read_page(request, found, form, status)


@screen("GET", "POST")
def days(request: HttpRequest) -> HttpResponse:
    """Days HR declares working or free, against or beyond what the calendar knows."""
    require_office(request.actor, "edit_cycle")
    form = DayForm(request.POST or None)

    def declare(given: dict[str, Any]) -> None:
        actions.declare_day(
            given["on"], given["is_working"], given["note"], actor=request.actor, at=request.at
        )
        word = _("上班") if given["is_working"] else _("放假")
        said(request, _("已记下：%(day)s %(word)s。") % {"day": formats.day(given["on"]), "word": word})

    status = attempt(request, form, declare)
    if status == SEE_OTHER:
        return HttpResponseRedirect(reverse("cycle-days"))
    shown = declared_days()
    today = timezone.localdate(request.at)
    context = {
        "form": form,
        "days": shown,
        "known": KNOWN_YEARS,
        "to_enter": years_to_enter(
            today, today.replace(year=today.year + 1, day=1), {day.on: day.is_working for day in shown}
        ),
    }
    return page(request, "screens/cycle_days.html", context, current="cycles", status=status)


def _cycle(request: HttpRequest, key: str) -> Cycle:
    return get_object_or_404(Cycle.objects.visible_to(request.actor), key=key)


def _save(request: HttpRequest, found: Cycle | None) -> HttpResponse:
    """Save, or only add or drop a row of the scale for whoever has no JavaScript."""
    form, scale = CycleForm(request.POST, cycle=found), Scale.sent(request.POST)
    rows = request.POST.get("rows", "")
    if rows:
        dropped = scale.without(rows.removeprefix("drop-")) if rows.startswith("drop-") else scale
        return _form_page(request, found, form, dropped.padded(1 if rows == "add" else 0), checked=False)
    sound = form.is_valid()
    if not (scale.check() and sound):
        return _form_page(request, found, form, scale, status=422)
    fields = {name: value for name, value in form.cleaned_data.items() if name != "departments"}
    try:
        saved = actions.set_up(
            fields,
            departments=form.cleaned_data["departments"],
            levels=scale.rows,
            actor=request.actor,
            at=request.at,
            cycle=found,
        )
    except Refused as refusal:
        if refusal.kind == "forbidden":
            raise
        form_problems(form, refusal)
        return _form_page(request, found, form, scale, status=refusal.status)
    said(request, _("已存下「%(name)s」的草稿。看一眼日历和名单，就可以开启。") % {"name": saved.name})
    return HttpResponseRedirect(reverse("cycle", args=[saved.key]) + "#open")


def _is_saved(form: CycleForm, scale: Scale, found: Cycle) -> bool:
    """Whether what stands on the page is what was stored: opening cannot be taken back, and opens what was stored."""
    if not (scale.check() and form.is_valid()):
        return False
    given = {**form.cleaned_data, "departments": {d.pk for d in form.cleaned_data["departments"]}}
    stored = initial_of(found)
    stored["departments"] = set(stored["departments"])
    return given == stored and scale.rows == [(level.label, level.meaning) for level in levels_of(found)]


def _form_page(
    request: HttpRequest,
    found: Cycle | None,
    form: CycleForm,
    scale: Scale,
    *,
    status: int = 200,
    refusal: Refused | None = None,
    checked: bool = True,
) -> HttpResponse:
    if form.is_bound:
        form.is_valid()
        known = dict(form.cleaned_data)
        if not checked:
            form._errors = None
            form = CycleForm(initial=_typed(form), cycle=found)
    else:
        known = dict(form.initial)
    chosen = _chosen(form)
    context = {
        "cycle": found,
        "form": form,
        "scale": scale.padded(),
        "scale_errors": scale.errors,
        "tree": department_tree(chosen),
        "refusal": refusal,
        "opening": offer(found, "open", request.actor, request.at) if found else None,
        "taking_part": who_takes_part(found) if found else None,
        "oob": False,
        **_meaning(known),
    }
    return page(request, "screens/cycle_form.html", context, current="cycles", status=status)


def _read_page(request: HttpRequest, found: Cycle, form: CloseForm, status: int = 200) -> HttpResponse:
    counts = stage_counts(found, request.actor)
    closing = offer(found, "close", request.actor, request.at)
    context = {
        "cycle": found,
        "state_word": found.lifecycle.states[found.state],
        "form": form,
        "levels": levels_of(found),
        "counts": counts,
        "unsigned": sum(counts[state] for state in UNSIGNED),
        "total": sum(counts.values()) - counts["cancelled"],
        "departments": [d.full_name for d in found.departments.all()],
        "closing": closing,
        "unsent": "" if closing else typed_words(form),
        "rules": _rules(found),
        "oob": False,
        **_meaning(policy_of(found)),
    }
    return page(request, "screens/cycle_read.html", context, current="cycles", status=status)


def _meaning(known: Any) -> dict[str, Any]:
    own = own_days()
    policy = known if not isinstance(known, dict) else policy_of(known)
    return {
        "means": {name: str(sentence) for name, sentence in consequences(policy, own).items()},
        "calendar": preview(policy, own),
    }


def _rules(found: Cycle) -> list[tuple[str, str, str]]:
    """(key of the consequence, label, value) for reading."""
    workdays = _("%(n)s 个工作日")
    minutes = _("%(n)s 分钟") % {"n": found.talk_minutes}
    notice = _("%(n)s 天，%(rule)s") % {
        "n": found.notice_days,
        "rule": Sentence(Cycle.NOTICE_RULES[found.notice_rule]),
    }
    return [
        ("notice_days", _("资料包提前"), notice),
        ("share_by_itself", _("资料包由谁共享"), str(Sentence(Cycle.SHARING[found.share_by_itself]))),
        ("record_days", _("形成记录"), workdays % {"n": found.record_days}),
        ("signing_days", _("签字"), workdays % {"n": found.signing_days}),
        ("dispute_days", _("申诉"), workdays % {"n": found.dispute_days}),
        ("check_in_rhythm", _("跟进"), str(Sentence(Cycle.RHYTHMS[found.check_in_rhythm]))),
        ("talk_minutes", _("面谈时长"), minutes),
    ]


def _chosen(form: CycleForm) -> set[int]:
    value = form["departments"].value() or []
    return {pk for text in value if (pk := whole_number(str(text))) is not None}


def _typed(form: CycleForm) -> dict[str, Any]:
    """What was typed, as first values of a form that complains about nothing yet."""
    return {name: form[name].value() for name in form.fields}


urls = [
    path("cycles/", cycles, name="cycles"),
    path("cycles/new/", new, name="cycle-new"),
    path("cycles/preview/", live, name="cycle-preview"),
    path("cycles/days/", days, name="cycle-days"),
    path("cycles/<slug:key>/", cycle, name="cycle"),
    path("cycles/<slug:key>/open/", open_, name="cycle-open"),
    path("cycles/<slug:key>/close/", close, name="cycle-close"),
]
