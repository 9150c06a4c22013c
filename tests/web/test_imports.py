"""数据导入: nothing is written before it is confirmed, and every bad file is answered in words."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests import cast as the_cast

from huitan.core import jobs
from huitan.evidence.models import Evidence
from huitan.imports import actions
from huitan.imports.models import ImportRun
from huitan.people.models import Employee

BACKEND = "huitan.people.backend.Accounts"
ROSTER = "工号,姓名,部门,汇报对象工号\n00011,新人,营销中心,00006\n00012,又一人,营销中心,77777\n"


@pytest.fixture(autouse=True)
def now(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-08T10:00:00+08:00"


@pytest.fixture
def he(cast, client):
    client.force_login(cast.account("he"), backend=BACKEND)
    return client


def upload(client, content: str | bytes, kind: str = "roster", name: str = "花名册.csv", **more: str):
    data = content.encode("utf-8") if isinstance(content, str) else content
    return client.post(reverse("imports"), {"kind": kind, "file": SimpleUploadedFile(name, data), **more})


def run_of(answer) -> ImportRun:
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return ImportRun.objects.get(pk=int(answer.url.strip("/").split("/")[-1]))


def test_upload_preview_confirm(he, cast) -> None:
    run = run_of(upload(he, ROSTER))
    assert not Employee.objects.filter(staff_number="00011").exists()
    page = he.get(reverse("import", args=[run.pk])).content.decode()
    for said in ("读好了，等你确认", "汇报对象「77777」不在花名册中。", "导入 1 行", "utf-8", "营销中心"):
        assert said in page
    answer = he.post(reverse("import-confirm", args=[run.pk]), follow=True)
    page = answer.content.decode()
    assert "已导入：新增 1 行，更新 0 行，0 行没有变化。" in page
    assert Employee.objects.get(staff_number="00011").manager == cast.qian
    again = he.post(reverse("import-confirm", args=[run.pk]))
    assert again.status_code == 409
    assert "已经处理过：已导入" in again.content.decode()
    assert "花名册.csv" in he.get(reverse("imports")).content.decode()


def test_a_column_is_corrected_and_read_again(he, cast) -> None:
    run = run_of(upload(he, "某某号,姓名,部门,备注\n00011,新人,营销中心,x\n"))
    page = he.get(reverse("import", args=[run.pk])).content.decode()
    assert "缺少列：工号" in page
    meant = {
        "column": ["某某号", "姓名", "部门", "备注"],
        "field": ["staff_number", "name", "department", ""],
    }
    fresh = run_of(he.post(reverse("import-read", args=[run.pk]), meant))
    assert (fresh.report["created"], ImportRun.objects.get(pk=run.pk).state) == (1, "discarded")
    assert not Employee.objects.filter(staff_number="00011").exists()
    twice = {**meant, "field": ["staff_number", "name", "name", ""]}
    answer = he.post(reverse("import-read", args=[fresh.pk]), twice)
    assert answer.status_code == 422
    assert "「姓名」选了两列" in answer.content.decode()
    strange = {**meant, "field": ["staff_number", "password", "", ""]}
    assert he.post(reverse("import-read", args=[fresh.pk]), strange).status_code == 422
    short = {"column": ["某某号"], "field": []}
    assert he.post(reverse("import-read", args=[fresh.pk]), short).status_code == 422


def test_the_rejected_rows_come_back_as_the_same_sheet(he, cast) -> None:
    run = run_of(upload(he, ROSTER + '00013,"=cmd|calc",营销中心,88888\n'))
    answer = he.get(reverse("import-rejected", args=[run.pk]))
    assert "filename*=UTF-8''" in answer["Content-Disposition"]
    page = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = list(page.iter_rows(values_only=True))
    assert rows[0] == ("工号", "姓名", "部门", "汇报对象工号", "问题")
    assert [row[0] for row in rows[1:]] == ["00012", "00013"]
    assert rows[2][1] == "=cmd|calc"
    assert page["B3"].data_type == "s"
    assert "77777" in rows[1][4]
    again = run_of(upload(he, answer.content, name="改好.xlsx"))
    assert again.report["columns"] == run.report["columns"]


def test_a_number_no_sheet_can_hold_comes_back_as_its_words(he, cast) -> None:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in (["工号", "姓名", "部门"], [None, 54321, "公司"]):
        book.active.append(row)
    book.save(file)
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(changed := io.BytesIO(), "w") as made:
        for name in whole.namelist():
            made.writestr(name, whole.read(name).replace(b"<v>54321</v>", b"<v>1E999</v>"))
    run = run_of(upload(he, changed.getvalue(), name="无穷.xlsx"))
    answer = he.get(reverse("import-rejected", args=[run.pk]))
    page = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert answer.status_code == 200 and page["B2"].value == "inf"


def test_kpis_go_into_the_chosen_cycle(he, cast, cycle) -> None:
    the_cast.draft_cycle("2026x")
    data = "工号,指标名称,目标值,实际值\n00004,产量,10,9\n"
    refused = upload(he, data, "kpi", "KPI.csv")
    assert refused.status_code == 422
    assert "2026h1（2026 上半年）" in refused.content.decode()
    run = run_of(upload(he, data, "kpi", "KPI.csv", cycle="2026h1"))
    he.post(reverse("import-confirm", args=[run.pk]))
    assert Evidence.objects.get(name="产量").cycle == cycle


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "文件是空的"),
        (b"\x00\x01" * 300, "id_file_error"),
        (b"PK\x03\x04junk" * 30, "可能已损坏"),
        (b"<html><script>alert(1)</script></html>", "网页或 XML"),
        ("没有表".encode(), "没有找到表头"),
    ],
)
def test_hostile_files_get_a_sentence(he, content: bytes, said: str) -> None:
    answer = upload(he, content, name="<script>x</script>.csv")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "<script>alert(1)" not in page and "<script>x" not in page
    assert not ImportRun.objects.exists()


def test_hostile_cells_are_escaped(he, cast) -> None:
    run = run_of(
        upload(he, "工号,姓名,部门,汇报对象工号\n00011,新人,营销中心,<img src=x onerror=1>\n", name="<b>.csv")
    )
    page = he.get(reverse("import", args=[run.pk])).content.decode()
    assert "<img" not in page
    assert "&lt;img src=x onerror=1&gt;" in page


def test_no_file_keeps_the_choice(he) -> None:
    answer = he.post(reverse("imports"), {"kind": "events"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "选一个文件" in page
    assert 'value="events" checked' in page


def test_discarding_leaves_everything(he, cast) -> None:
    run = run_of(upload(he, ROSTER))
    page = he.post(reverse("import-discard", args=[run.pk]), follow=True).content.decode()
    assert "公司的数据没有变" in page
    assert not Employee.objects.filter(staff_number="00011").exists()
    assert "这份文件没有导入" in he.get(reverse("import", args=[run.pk])).content.decode()


@pytest.mark.parametrize("who", ["shen", "lin", "gu", "tao"])
def test_nobody_else_gets_in(cast, client, who: str) -> None:
    client.force_login(cast.account("he"), backend=BACKEND)
    run = run_of(upload(client, ROSTER))
    client.force_login(cast.account(who), backend=BACKEND)
    assert client.get(reverse("imports")).status_code == 403
    assert upload(client, ROSTER).status_code == 403
    for name in ("import", "import-rejected"):
        assert client.get(reverse(name, args=[run.pk])).status_code == 404
    for name in ("import-confirm", "import-discard", "import-read"):
        assert client.post(reverse(name, args=[run.pk])).status_code == 404
    assert not Employee.objects.filter(staff_number="00011").exists()


def test_the_history_costs_the_same_with_one_and_three_runs(he, cast, django_assert_num_queries) -> None:
    upload(he, ROSTER)
    he.get(reverse("imports"))
    with CaptureQueriesContext(connection) as one:
        he.get(reverse("imports"))
    cost = len(one)
    upload(he, ROSTER)
    upload(he, ROSTER)
    with django_assert_num_queries(cost):
        he.get(reverse("imports"))


@pytest.fixture
def everything_is_large(monkeypatch):
    monkeypatch.setattr(actions, "LARGE_FILE", 1)
    monkeypatch.setattr(actions, "LARGE", 1)


def test_a_large_file_is_watched_while_it_is_read_and_written(he, cast, everything_is_large) -> None:
    run = run_of(upload(he, ROSTER))
    assert "正在读「花名册.csv」" in he.get(reverse("import", args=[run.pk])).content.decode()
    assert "等后台接手" in he.get(reverse("import-progress", args=[run.pk])).content.decode()
    jobs.work_off()
    over = he.get(reverse("import-progress", args=[run.pk]))
    assert (over.status_code, over["HX-Refresh"]) == (200, "true")
    assert "读好了，等你确认" in he.get(reverse("import", args=[run.pk])).content.decode()
    he.post(reverse("import-confirm", args=[run.pk]))
    page = he.get(reverse("import", args=[run.pk])).content.decode()
    assert "正在导入「花名册」" in page and "停下后，写好的留下，没写的不动。" in page
    assert he.post(reverse("import-confirm", args=[run.pk])).status_code == 409
    he.post(reverse("import-stop", args=[run.pk]))
    page = he.get(reverse("import", args=[run.pk])).content.decode()
    assert "导入停在中途" in page and "接着导入剩下的 1 行" in page
    he.post(reverse("import-resume", args=[run.pk]))
    jobs.work_off()
    assert "已导入「花名册」" in he.get(reverse("import", args=[run.pk])).content.decode()
    assert Employee.objects.get(staff_number="00011").manager == cast.qian


@pytest.mark.parametrize(
    ("step", "done", "rate", "said"),
    [
        ("writing", 4200, 320, "每秒 320 行 · 不到一分钟"),
        ("writing", 10, 1, "大约还要"),
        ("writing", 10, 0, "可以离开这一页"),
        ("comparing", 0, 0, "和公司现有的数据对照"),
    ],
)
def test_the_progress_is_said_calmly(he, cast, everything_is_large, step, done, rate, said) -> None:
    run = run_of(upload(he, ROSTER))
    fields = {"step": step, "done": done, "total": 10_000, "rows_a_second": rate}
    ImportRun.objects.filter(pk=run.pk).update(state="importing", **fields, told_at=run.uploaded_at)
    for name in ("import-progress", "import"):
        assert said in he.get(reverse(name, args=[run.pk])).content.decode()


def test_what_happens_in_parts_is_said_before_confirming(he, cast, monkeypatch) -> None:
    monkeypatch.setattr("huitan.imports.queries.LARGE", 1)
    run = run_of(upload(he, ROSTER))
    page = he.get(reverse("import", args=[run.pk])).content.decode()
    assert "写好一批就生效一批" in page and "写好的留下，没写的不动，之后可以接着导入" in page


def test_asking_how_far_a_job_is_costs_little(
    he, cast, everything_is_large, django_assert_max_num_queries
) -> None:
    run = run_of(upload(he, ROSTER))
    with django_assert_max_num_queries(6):
        he.get(reverse("import-progress", args=[run.pk]))


@pytest.mark.parametrize("who", ["shen", "gu", "tao"])
def test_nobody_else_watches_stops_or_resumes(cast, client, everything_is_large, who: str) -> None:
    client.force_login(cast.account("he"), backend=BACKEND)
    run = run_of(upload(client, ROSTER))
    client.force_login(cast.account(who), backend=BACKEND)
    assert client.get(reverse("import-progress", args=[run.pk])).status_code == 404
    for name in ("import-stop", "import-resume"):
        assert client.post(reverse(name, args=[run.pk])).status_code == 404


def test_two_columns_of_targets_are_asked_about_and_the_rest_stays_chosen(he, cast, cycle) -> None:
    text = "工号,指标名称,Q1目标,Q1实际,Q2目标,Q2实际\n00004,产量,10,9,20,19\n"
    run = run_of(upload(he, text, "kpi", cycle=cycle.key))
    page = he.get(reverse("import", args=[run.pk])).content.decode()
    assert "这几列都像目标值，分不出该用哪一列：Q1目标、Q2目标。" in page
    assert page.count('value="kpi" selected') == page.count('value="staff_number" selected') == 1
    assert 'value="target" selected' not in page
    titles = ["工号", "指标名称", "Q1目标", "Q1实际", "Q2目标", "Q2实际"]
    meant = {"column": titles, "field": ["staff_number", "kpi", "", "", "target", "actual"]}
    fresh = run_of(he.post(reverse("import-read", args=[run.pk]), meant))
    he.post(reverse("import-confirm", args=[fresh.pk]))
    kept = Evidence.objects.get(name="产量", kind="kpi", employee__staff_number="00004")
    assert (kept.target, kept.actual) == (20, 19)
