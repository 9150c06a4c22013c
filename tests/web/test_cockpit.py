"""驾驶舱: who reads it, what stays hidden, that it reads roll-ups only, and what can be taken away."""

from __future__ import annotations

import io
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from tests import walk
from tests.cast import NAMES, at, draft_cycle

from huitan.documents import paper
from huitan.documents.typesetting import typeset
from huitan.insights.actions.keeping import keep
from huitan.insights.models import COMPANY, Cursor, PulseCount, PulseGiven, Rollup
from huitan.insights.queries.cockpit import cockpit
from huitan.insights.report import figure_sections
from huitan.people.actions import department_named
from huitan.people.models import Department

BACKEND = "huitan.people.backend.Accounts"
URL = "/cockpit/"


@pytest.fixture(autouse=True)
def now(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-08-10T10:00:00+08:00"


def log_in(client, cast, who: str):
    client.force_login(cast.account(who), backend=BACKEND)
    return client


def counts(people: int, held: int, **more: int) -> dict[str, int]:
    return {
        "people": people,
        "expected": people,
        "held": held,
        "reached:shared": people,
        "notice:in_time": people,
        "record:in_time": held,
        "wording:talks": held,
        **{key.replace("__", ":"): n for key, n in more.items()},
    }


def roll_up(cycle, name: str, found: dict[str, int]) -> Department:
    """The figures of one department, and with them those of every one above it."""
    department = department_named(name)
    for node in (COMPANY, *(int(pk) for pk in department.path.strip("/").split("/"))):
        row, _new = Rollup.objects.get_or_create(cycle=cycle, node=node)
        row.counts = {key: row.counts.get(key, 0) + found.get(key, 0) for key in {*row.counts, *found}}
        row.save()
    Cursor.objects.update_or_create(
        pk=1, defaults={"day": at(8, 10).date(), "as_of": at(8, 10, 9, 58), "event_id": 1}
    )
    return department


@pytest.fixture
def plant(cast, cycle):
    """Forty people: two departments, a team of three, and the plant's own level of one."""
    roll_up(cycle, "制造中心/智能产线部", counts(20, 16, cause__topics=9, cause__process=7, cause__skills=2))
    roll_up(cycle, "制造中心/装配一部", counts(12, 9, cause__topics=4, cause__resources=4))
    roll_up(cycle, "制造中心/实验室", counts(3, 3, cause__topics=3, cause__external=3))
    roll_up(cycle, "制造中心", counts(1, 1))
    roll_up(cycle, "营销中心", counts(9, 2))
    return cycle


def test_hr_and_auditors_read_it_and_nobody_else_knows_of_it(cast, plant, client) -> None:
    for who in NAMES:
        log_in(client, cast, who)
        reads = who in ("he", "gu", "tao")
        for name in ("cockpit", "cockpit-export", "cockpit-report"):
            assert client.get(reverse(name)).status_code == (200 if reads else 404), (name, who)
        assert (f'href="{URL}"' in client.get("/preferences/").content.decode()) == reads, who


def test_an_hrbp_sees_the_departments_served_and_an_auditor_everything(cast, plant, client) -> None:
    log_in(client, cast, "gu")
    page = client.get(URL).content.decode()
    assert "36 人" in page and "营销中心" not in page
    assert client.get(URL, {"department": "制造中心"}).status_code == 200
    assert client.get(URL, {"department": "营销中心"}).status_code == 404
    assert client.get(reverse("cockpit-export"), {"department": "营销中心"}).status_code == 404
    log_in(client, cast, "tao")
    page = client.get(URL).content.decode()
    assert "45 人" in page and "营销中心" in page
    assert reverse("progress") not in page and f"{reverse('ledger')}?" in page


def test_every_figure_stands_with_its_words_its_date_and_its_table(cast, plant, client) -> None:
    page = log_in(client, cast, "he").get(URL).content.decode()
    assert page.count("截至 8 月 10 日") > 15 and page.count("怎么算的") == 16
    assert "45 场应谈，69% 谈完并有记录" in page
    assert "组织自己的功课：69% 的原因是资源、流程或目标" in page
    assert re.search(r"谈完并有记录<span[^>]*>[^<]*</span></a></th><td[^>]*>31<span[^>]*> / 45", page)
    specs = [
        json.loads(found) for found in re.findall(r'<script type="application/json">(.*?)</script>', page)
    ]
    assert specs and all(spec["kind"] in ("bars", "stack", "weeks") for spec in specs)
    assert "<script>" not in page and not re.search(r"\son\w+=", page)


def test_a_small_department_is_hidden_also_behind_a_filter_and_in_files(cast, plant, client) -> None:
    """实验室 3 and the own level of 1 are four people, so the next department joins them."""
    log_in(client, cast, "he")
    units = client.get(URL, {"department": "制造中心"}).content.decode().split('id="units-title"')[1]
    assert "其余 3 个，合在一起" in units and "智能产线部" in units and "装配一部" not in units
    for hidden in ("制造中心/实验室", "制造中心/装配一部"):
        page = client.get(URL, {"department": hidden}).content.decode()
        assert "这个部门不单独显示" in page and "场应谈" not in page
        book = load_workbook(
            io.BytesIO(client.get(reverse("cockpit-export"), {"department": hidden}).content)
        )
        cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
        assert not [cell for cell in cells if isinstance(cell, int)]


def test_too_few_people_stay_hidden_where_their_neighbours_have_not_talked(cast, cycle, client) -> None:
    """Counted by the talks held 质检部 would be large enough on its own; what stands beside it is small by its people."""
    before = draft_cycle(key="2026h0", starts_on=at(1, 1).date().replace(year=2025))
    type(before).objects.filter(pk=before.pk).update(state="closed")
    for one in (before, cycle):
        roll_up(one, "制造中心/质检部", counts(6, 6, cause__topics=6, cause__goals=6))
        roll_up(one, "制造中心/实验室", counts(4, 0))
        roll_up(one, "制造中心/装配一部", counts(9, 9, cause__topics=5, cause__skills=5))
    log_in(client, cast, "he")
    asked = {"department": "制造中心/质检部"}
    assert "这个部门不单独显示" in client.get(URL, asked).content.decode()
    book = load_workbook(io.BytesIO(client.get(reverse("cockpit-export"), asked).content))
    cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert not [cell for cell in cells if isinstance(cell, int)]
    assert dict(book.worksheets[0].iter_rows(values_only=True, max_col=2))["人数"] == "—"
    hidden = cockpit(cast.actor("he"), department="制造中心/质检部")
    assert all(figure.hidden and not figure.lines for figure in hidden.figures) and not hidden.causes
    above = cockpit(cast.actor("he"), department="制造中心")
    assert [(row.name, row.merged, row.topics) for row in above.causes] == [("装配一部", 0, 5), ("", 2, 6)]
    roll_up(cycle, "制造中心/实验室", counts(8, 0))
    now = cockpit(cast.actor("he"), department="制造中心/质检部")
    assert now.previous == before and not now.hidden
    assert all(line.before is None for figure in now.figures for line in figure.lines)


def test_paper_says_whose_departments_it_is_about(cast, plant, client) -> None:
    """An HRBP's whole cockpit is not the company's."""
    served = cast.actor("gu").served
    names = list(Department.objects.filter(path__in=served).values_list("full_name", flat=True))
    assert cockpit(cast.actor("gu")).served == tuple(names) and not cockpit(cast.actor("he")).served
    log_in(client, cast, "gu")
    book = load_workbook(io.BytesIO(client.get(reverse("cockpit-export")).content))
    about = dict(book.worksheets[0].iter_rows(values_only=True, max_col=2))
    assert about["部门"] == names[0] and about["人数"] == str(cockpit(cast.actor("gu")).people)
    assert f"{names[0]} · " in client.get(URL).content.decode()
    Cursor.objects.update(rebuilt_to=1)
    book = load_workbook(io.BytesIO(client.get(reverse("cockpit-export")).content))
    assert "还不完整" in dict(book.worksheets[0].iter_rows(values_only=True, max_col=2))["注意"]


def test_the_list_behind_a_figure_is_named_after_what_is_in_it(cast, plant, client) -> None:
    log_in(client, cast, "he")
    assert "看面谈：" not in client.get(URL).content.decode()
    row = Rollup.objects.get(cycle=plant, node=COMPANY)
    row.counts |= {"notice:late": 2, "stage:recorded": 3}
    row.save()
    page = client.get(URL).content.decode()
    assert page.count("看面谈：资料包提前不足") == 1 and page.count("看面谈：现在是「等签字」") == 2


def test_disputes_are_told_in_total_only(cast, plant, client) -> None:
    """The disputes page groups differently; the two must not be taken from each other."""
    log_in(client, cast, "he")
    row = Rollup.objects.get(cycle=plant, node=COMPANY)
    row.counts |= {"dispute:raised": 2, "dispute:open": 2}
    row.save()
    assert "31 场面谈里有 2 件申诉" in client.get(URL).content.decode()
    page = client.get(URL, {"department": "制造中心"}).content.decode()
    assert "件申诉" not in page and "两处相减会指向少数几个人" in page


def test_the_cycle_before_stands_beside(cast, plant, client) -> None:
    older = draft_cycle(
        "2025h2",
        name="2025 下半年",
        starts_on=at(7, 1, year=2025).date(),
        ends_on=at(12, 31, year=2025).date(),
    )
    older.state = "closed"
    older.save()
    roll_up(older, "制造中心/智能产线部", counts(20, 5))
    log_in(client, cast, "he")
    coverage = client.get(URL).content.decode().split('id="coverage"')[1].split("</section>")[0]
    assert "2025 下半年" in coverage and "25%" in coverage and '"before":' in coverage
    alone = client.get(URL, {"cycle": "2025h2"}).content.decode()
    assert "20 场应谈，25%" in alone and 'class="r before"' not in alone


def test_what_is_not_there_answers_404_and_nothing_yet_is_said(cast, client) -> None:
    log_in(client, cast, "he")
    assert "还没有开启的周期" in client.get(URL).content.decode()
    for query in ({"cycle": "no"}, {"department": "没有"}):
        assert client.get(URL, query).status_code == 404


def test_before_the_first_count_the_page_says_so(cast, cycle, client) -> None:
    page = log_in(client, cast, "he").get(URL).content.decode()
    assert "还没有数过" in page and "数字正在从头计算" in page


def test_the_page_reads_roll_ups_only_in_a_fixed_number_of_queries(cast, plant, client) -> None:
    log_in(client, cast, "he")
    client.get(URL)

    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as found:
            assert client.get(URL, {"department": "制造中心"}).status_code == 200
        return [query["sql"] for query in found if "notifications_message" not in query["sql"]]

    before = asked()
    for number in range(30):
        roll_up(plant, f"制造中心/分厂{number}", counts(8, 8))
    after = asked()
    # The bell is the one query left out.
    assert len(before) == len(after) <= 14
    for table in ("conversation", "review", "planitem", "dispute", "signature", "event"):
        assert not [sql for sql in after if f"_{table}" in sql.lower()], table


def test_the_workbook_has_a_sheet_a_figure_with_definition_and_date(cast, plant, client) -> None:
    answer = log_in(client, cast, "he").get(reverse("cockpit-export"))
    book = load_workbook(io.BytesIO(answer.content))
    assert len(book.sheetnames) == 1 + 16 + 1
    sheet = book["谈到了哪一步"]
    rows = [row for row in sheet.iter_rows(values_only=True) if any(cell is not None for cell in row)]
    notes = {row[0]: row[1] for row in rows[:3]}
    assert notes["截至"] == "2026-08-10 09:58" and "已取消的不算在内" in notes["怎么算的"]
    assert ("谈完并有记录", 31, 45, 69, None) in rows
    assert "attachment" in answer["Content-Disposition"]


def test_the_report_is_a_pdf_in_both_languages(cast, plant, client) -> None:
    log_in(client, cast, "he")
    zh = client.get(reverse("cockpit-report"))
    assert zh["Content-Type"] == "application/pdf" and zh.content.startswith(b"%PDF-")
    account = cast.account("he")
    account.language = "en"
    account.save()
    en = client.get(reverse("cockpit-report"))
    assert en.content.startswith(b"%PDF-") and b"/Lang" in en.content and en.content != zh.content


def test_the_report_draws_what_the_screen_draws_and_hides_what_it_hides(cast, plant) -> None:
    roll_up(plant, "营销中心", counts(9, 9, cause__topics=5, cause__skills=5))
    shown = cockpit(cast.actor("he"))
    drawn = {b["kind"]: b for s in figure_sections(shown) for b in s["blocks"] if "alt" in b}
    assert [row["label"] for row in drawn["stack"]["rows"]] == ["制造中心", "营销中心"]
    assert max(sum(part["share"] for part in row["parts"]) for row in drawn["stack"]["rows"]) == 1
    assert all(0 <= bar["share"] <= 1 for row in drawn["bars"]["rows"] for bar in row["bars"] if bar)
    below = cockpit(cast.actor("he"), department="制造中心/实验室")
    assert not below.figures or all(figure.hidden for figure in below.figures)
    assert {b["kind"] for s in figure_sections(below) for b in s["blocks"]} <= {"note"}


def test_every_kind_of_drawing_can_be_printed() -> None:
    blocks = [
        paper.bars([("甲", [40, None]), ("乙", [0, 7])], ["今年", "去年"], "", "说明"),
        paper.stack([("甲", [3, 0, 9]), ("乙", [0, 0, 0])], ["一", "二", "三"], "%", "说明"),
        paper.line([("7 月 5 日", 0), ("7 月 12 日", 3)], "说明"),
    ]
    assert [len(row["parts"]) for row in blocks[1]["rows"]] == [2, 0]
    words = {"title": "图", "about": "图", "author": "何静", "running": "图", "foot": "", "hash_words": ""}
    empty = {"keywords": [], "facts": [], "banners": [], "seal": [], "annexes": [], "files": {}}
    sheet = paper.paper(**words, **empty, sections=[paper.section("图", blocks)])
    assert typeset(sheet.data, sheet.attached, at=at(8, 10)).startswith(b"%PDF-")


def test_hostile_names_stay_text(cast, cycle, client) -> None:
    roll_up(cycle, "=cmd()|'<img src=x><!--<script>", counts(9, 8, cause__topics=5, cause__goals=5))
    roll_up(cycle, "营销中心", counts(9, 9, cause__topics=5, cause__skills=5))
    log_in(client, cast, "he")
    page = client.get(URL).content.decode()
    assert "<img" not in page and "&lt;img src=x&gt;" in page
    book = load_workbook(io.BytesIO(client.get(reverse("cockpit-export")).content))
    kinds = {cell.data_type for row in book["按部门"].iter_rows() for cell in row if "cmd" in str(cell.value)}
    assert kinds == {"s"}


def test_the_employee_is_asked_three_questions_after_signing(cast, talk, client) -> None:
    url = reverse("pulse", args=[talk.pk])
    log_in(client, cast, "lin")
    assert "签字完成以后再回答" in client.get(url).content.decode()
    walk.to_signed(cast, talk)
    assert url in client.get(reverse("record", args=[talk.pk])).content.decode()
    refused = client.post(url, {"heard": "yes", "clear": "no"})
    assert refused.status_code == 422 and "选一个回答" in refused.content.decode()
    assert re.search(r'name="heard" value="yes"[^>]*checked', refused.content.decode())
    answer = client.post(url, {"heard": "yes", "clear": "no", "supported": "partly"}, follow=True)
    assert "没有和你的名字放在一起" in answer.content.decode()
    assert PulseGiven.objects.count() == 1 and PulseCount.objects.filter(n=1).count() == 3
    again = client.post(url, {"heard": "no", "clear": "no", "supported": "no"})
    assert again.status_code == 409 and PulseCount.objects.filter(n=1).count() == 3
    assert "你已经回答过了" in client.get(url).content.decode()
    for who in ("shen", "gu", "he", "sun"):
        assert log_in(client, cast, who).get(url).status_code == 404
        assert url not in client.get(reverse("record", args=[talk.pk])).content.decode()


def test_the_figures_of_a_walked_talk_reach_the_page(cast, talk, client) -> None:
    walk.to_signed(cast, talk)
    keep(at(8, 10, 9))
    page = log_in(client, cast, "he").get(URL).content.decode()
    assert "6 场应谈，17% 谈完并有记录" in page
    # One record is one person's: what was said in it stays unseen.
    assert page.count("人数不足五人") > 5 and "流程不合理" not in page
