"""数据导入: choose a file, see what was recognised and what would happen, then confirm. Nothing is written before."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.core.moves import Refused
from huitan.core.numbers import whole_number
from huitan.documents.rejected import workbook_of
from huitan.imports import actions
from huitan.imports.forms import ColumnsForm, UploadForm
from huitan.imports.models import ImportRun
from huitan.imports.queries import cycle_named, cycles_to_fill, field_word, page_of, progress_of, runs
from huitan.people.actions import require_office
from huitan.web.screen import form_problems, page, said, screen

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@screen("GET", "POST")
def imports(request: HttpRequest) -> HttpResponse:
    """The upload, and who imported what."""
    require_office(request.actor, "import_roster")
    cycles = cycles_to_fill(request.actor)
    form = UploadForm(request.POST or None, request.FILES or None, cycles=cycles, initial={"kind": "roster"})
    status = 200
    if request.method == "POST":
        run, status = _preview(request, form)
        if run is not None:
            return HttpResponseRedirect(reverse("import", args=[run.pk]))
    before = request.GET.get("before", "")
    found = runs(request.actor, before=whole_number(before))
    next_url = f"{reverse('imports')}?before={found.next_key}#history" if found.next_key else ""
    context = {
        "form": form,
        "cycles": cycles,
        "runs": found.rows,
        "next_url": next_url,
        "paged": bool(before),
    }
    return page(request, "screens/imports.html", context, current="imports", status=status)


@screen()
def run(request: HttpRequest, pk: int) -> HttpResponse:
    return _page_of_run(request, _run(request, pk))


@screen("POST")
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the same file again with other meanings for its columns, or for another cycle."""
    found = _run(request, pk)
    form = ColumnsForm(request.POST, kind=found.kind)
    if form.is_valid():
        cycle = cycle_named(form.cleaned_data["cycle"], request.actor) or found.cycle
        try:
            fresh = actions.read_again(
                found, form.cleaned_data["mapping"], cycle=cycle, actor=request.actor, at=request.at
            )
        except Refused as refusal:
            form_problems(form, refusal)
            return _page_of_run(request, found, form, refusal.status)
        if fresh.state == "previewed":
            said(request, _("已按你选的列重新读了一遍，还没有写入。"))
        return HttpResponseRedirect(reverse("import", args=[fresh.pk]))
    return _page_of_run(request, found, form, 422)


@screen("POST")
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    done = actions.begin(_run(request, pk), actor=request.actor, at=request.at)
    if done.state == "confirmed":
        counts = {name: done.report[name] for name in ("created", "updated", "unchanged")}
        said(
            request,
            _("已导入：新增 %(created)s 行，更新 %(updated)s 行，%(unchanged)s 行没有变化。") % counts,
        )
    return HttpResponseRedirect(reverse("import", args=[done.pk]))


@screen()
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the job is, asked every second or two by its page; the whole page once it is over."""
    visible = ImportRun.objects.visible_to(request.actor).defer("report", "written")
    found = get_object_or_404(visible, pk=pk)
    shown = progress_of(found, request.at)
    if shown is None:
        return HttpResponse(status=200, headers={"HX-Refresh": "true"})
    return render(request, "screens/import_progress.html", {"progress": shown, "run": found})


@screen("POST")
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    halted = actions.stop(_run(request, pk), actor=request.actor, at=request.at)
    if halted.state == "discarded":
        said(request, _("不读了，公司的数据没有变。"))
    elif halted.state == "stopped":
        said(request, _("已停下。写好的 %(done)s 行留着。") % {"done": halted.done})
    return HttpResponseRedirect(reverse("import", args=[halted.pk]))


@screen("POST")
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    again = actions.go_on(_run(request, pk), actor=request.actor, at=request.at)
    return HttpResponseRedirect(reverse("import", args=[again.pk]))


@screen("POST")
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    gone = actions.discard(_run(request, pk), actor=request.actor, at=request.at)
    said(request, _("没有导入「%(file)s」，公司的数据没有变。") % {"file": gone.file_name})
    return HttpResponseRedirect(reverse("imports"))


@screen()
def rejected(request: HttpRequest, pk: int) -> HttpResponse:
    found = _run(request, pk)
    name = _("%(file)s-没有导入的行.xlsx") % {"file": found.file_name.rpartition(".")[0] or found.file_name}
    disposition = (
        f"attachment; filename=\"rejected-{found.pk}.xlsx\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    return HttpResponse(workbook_of(found), content_type=XLSX, headers={"Content-Disposition": disposition})


def _run(request: HttpRequest, pk: int) -> ImportRun:
    visible = ImportRun.objects.visible_to(request.actor).select_related("by", "cycle")
    return get_object_or_404(visible, pk=pk)


def _preview(request: HttpRequest, form: UploadForm) -> tuple[ImportRun | None, int]:
    if not form.is_valid():
        return None, 422
    file, kind = form.cleaned_data["file"], form.cleaned_data["kind"]
    cycle = cycle_named(form.cleaned_data["cycle"], request.actor) if kind == "kpi" else None
    try:
        run = actions.receive(kind, file.read(), file.name, cycle=cycle, actor=request.actor, at=request.at)
    except Refused as refusal:
        form_problems(form, refusal)
        return None, refusal.status
    return run, 200


def _page_of_run(
    request: HttpRequest, found: ImportRun, form: ColumnsForm | None = None, status: int = 200
) -> HttpResponse:
    shown = page_of(found, request.at)
    meanings = {choice.value for choice in shown.choices}
    context = {
        "shown": shown,
        "form": form,
        "cycles": cycles_to_fill(request.actor) if found.kind == "kpi" else (),
        "recognised_levels": {
            column.field: str(field_word(column.field))
            for column in shown.columns
            if column.field and column.field not in meanings
        },
    }
    return page(request, "screens/import_run.html", context, current="imports", status=status)


urls = [
    path("imports/", imports, name="imports"),
    path("imports/<int:pk>/", run, name="import"),
    path("imports/<int:pk>/read/", read, name="import-read"),
    path("imports/<int:pk>/confirm/", confirm, name="import-confirm"),
    path("imports/<int:pk>/progress/", progress, name="import-progress"),
    path("imports/<int:pk>/stop/", stop, name="import-stop"),
    path("imports/<int:pk>/resume/", resume, name="import-resume"),
    path("imports/<int:pk>/discard/", discard, name="import-discard"),
    path("imports/<int:pk>/rejected/", rejected, name="import-rejected"),
]
