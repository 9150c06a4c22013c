"""事实记录: quick entry with a file, telling, amending, taking back; whose log opens for whom; what a download is."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.cast import NAMES, at

from huitan.evidence import actions
from huitan.evidence.models import Evidence, EvidenceFile
from huitan.people.models import Employee

NOW = "2026-05-06T10:00:00+08:00"
PDF = b"%PDF-1.7\n%%EOF\n"
READERS = {"lin", "shen", "gu", "he"}


@pytest.fixture(autouse=True)
def present(settings):
    settings.HUITAN_SCRIPTED_NOW = NOW
    return settings


def note(cast, who: str = "shen", **changes) -> Evidence:
    fields = {"kind": "incident", "occurred_on": date(2026, 5, 6), "statement": "ECN-2290 晚 2 天", **changes}
    return actions.add(cast.lin, **fields, actor=cast.actor(who), at=at(5, 6, 9))


def log_of(client, person: Employee, status: int = 200) -> str:
    answer = client.get(reverse("evidence-person", args=[person.pk]))
    assert answer.status_code == status
    return answer.content.decode()


ENTRY = {"kind": "incident", "occurred_on": "2026-05-06", "statement": "ECN-2290 晚 2 天关闭"}


def test_a_manager_notes_what_happened_with_a_file_and_it_stands_under_its_month(as_, cast) -> None:
    shen = as_("shen")
    upload = SimpleUploadedFile("../现场.pdf", PDF)
    answer = shen.post(reverse("evidence-person", args=[cast.lin.pk]), {**ENTRY, "attachments": [upload]})
    assert answer.status_code == 302
    html = log_of(shen, cast.lin)
    assert "记下了 E-" in html and "告知林晓岚或共享资料包之前，只有直接上级和 HR 看得到" in html
    for words in ("2026 年 5 月", "ECN-2290 晚 2 天关闭", "沈立文", "现场.pdf", "林晓岚还看不到"):
        assert words in html
    kept = EvidenceFile.objects.get()
    got = shen.get(reverse("evidence-download", args=[kept.evidence_id, kept.pk]))
    assert b"".join(got.streaming_content) == PDF
    assert got["Content-Disposition"].startswith("attachment") and got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Type"] == "application/octet-stream"


def test_r11_a_signal_without_another_day_counts_as_given_that_day_and_is_seen_at_once(as_, cast) -> None:
    as_("shen").post(
        reverse("evidence-person", args=[cast.lin.pk]),
        {"kind": "signal", "occurred_on": "2026-05-04", "statement": "会签超两天要来找我"},
    )
    made = Evidence.objects.get(kind="signal")
    assert made.told_on == date(2026, 5, 4) and made.shared_at is not None
    assert "会签超两天要来找我" in log_of(as_("lin"), cast.lin)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"statement": "  "}, "写下事实"),
        ({"statement": "长" * 801}, "最多 800 个字"),
        ({"occurred_on": "2026-05-07"}, "发生日期在将来"),
        ({"occurred_on": "五月"}, "日期写成"),
        ({"kind": ""}, "选一类"),
        ({"kind": "kpi"}, "kpi"),
        ({"told_on": "2026-05-01"}, "告知的日期在事情发生之后"),
    ],
)
def test_a_refusal_keeps_what_was_typed(as_, cast, change, said) -> None:
    sent = {**ENTRY, "source": "会议纪要 17", **change}
    answer = as_("shen").post(reverse("evidence-person", args=[cast.lin.pk]), sent)
    html = answer.content.decode()
    assert answer.status_code == 422 and said in html and "会议纪要 17" in html
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("a.pdf", b"<html>", "对不上"), ("a.svg", b"<svg/>", "不是可收的类型"), ("a.pdf", b"", "空文件")],
)
def test_a_hostile_file_keeps_the_words(as_, cast, name, content, said) -> None:
    upload = SimpleUploadedFile(name, content)
    answer = as_("shen").post(
        reverse("evidence-person", args=[cast.lin.pk]), {**ENTRY, "attachments": [upload]}
    )
    html = answer.content.decode()
    assert answer.status_code == 422 and said in html and "ECN-2290 晚 2 天关闭" in html
    assert not Evidence.objects.exists()


def test_the_employee_is_offered_no_signal_and_cannot_send_one(as_, cast) -> None:
    lin = as_("lin")
    html = log_of(lin, cast.lin)
    assert 'value="signal"' not in html and 'name="told_on"' not in html
    sent = {**ENTRY, "kind": "signal", "told_on": "2026-05-06"}
    assert lin.post(reverse("evidence-person", args=[cast.lin.pk]), sent).status_code == 422
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("who", sorted(NAMES))
def test_a_log_answers_404_to_whoever_has_no_part_in_it(as_, cast, who) -> None:
    made = note(cast, attachments=[("现场.pdf", PDF)])
    client = as_(who)
    kept = made.files.get()
    expected = 200 if who in READERS else 404
    assert client.get(reverse("evidence-person", args=[cast.lin.pk])).status_code == expected
    if who not in READERS:
        assert client.post(reverse("evidence-person", args=[cast.lin.pk]), ENTRY).status_code == 404
    sees = who in READERS - {"lin"}
    answer = client.get(reverse("evidence-download", args=[made.pk, kept.pk]))
    assert answer.status_code == (200 if sees else 404)
    if answer.streaming:
        list(answer.streaming_content)  # reads the file to its end, which closes it
    for name, fields in (
        ("evidence-amend", {"statement": "x", "kind": "note", "occurred_on": "2026-05-06", "version": 0}),
        ("evidence-withdraw", {"reason": "x"}),
        ("evidence-tell", {"told_on": "2026-05-06"}),
    ):
        answer = client.post(reverse(name, args=[made.pk]), fields)
        if who != "shen":
            assert answer.status_code == (403 if sees else 404)
    made.refresh_from_db()
    assert (made.withdrawn_at is None) == (who != "shen")


def test_told_note_says_so_on_both_sides_and_offers_no_change(as_, cast) -> None:
    made = note(cast)
    shen = as_("shen")
    assert "记为已告知" in log_of(shen, cast.lin)
    shen.post(reverse("evidence-tell", args=[made.pk]), {"told_on": "2026-05-06"})
    html = log_of(shen, cast.lin)
    assert "5 月 6 日当面告知" in html and reverse("evidence-amend", args=[made.pk]) not in html
    late = shen.post(reverse("evidence-withdraw", args=[made.pk]), {"reason": "写好的理由"})
    assert late.status_code == 409
    assert "员工已经看得到这条" in late.content.decode() and "写好的理由" in late.content.decode()
    assert "ECN-2290 晚 2 天" in log_of(as_("lin"), cast.lin)


def test_a_second_window_sees_both_texts(as_, cast) -> None:
    made = note(cast)
    shen = as_("shen")
    sent = {"kind": "incident", "occurred_on": "2026-05-06", "version": "0"}
    address = reverse("evidence-amend", args=[made.pk])
    assert shen.post(address, {**sent, "statement": "第一个窗口"}).status_code == 302
    stale = shen.post(address, {**sent, "statement": "第二个窗口"})
    html = stale.content.decode()
    assert stale.status_code == 412 and "第二个窗口" in html and html.count("第一个窗口") >= 2
    made.refresh_from_db()
    assert made.statement == "第一个窗口"
    assert shen.post(address, {**sent, "statement": "第二个窗口", "version": "1"}).status_code == 302


def test_taken_back_stays_crossed_out_with_the_reason(as_, cast) -> None:
    made = note(cast, "lin", kind="achievement")
    as_("lin").post(reverse("evidence-withdraw", args=[made.pk]), {"reason": "写错了项目"})
    for who in ("lin", "shen"):
        html = log_of(as_(who), cast.lin)
        assert "<s>ECN-2290 晚 2 天</s>" in html and "写错了项目" in html


def test_the_own_log_the_own_team_and_for_hr_by_person(as_, cast) -> None:
    html = as_("shen").get(reverse("evidence")).content.decode()
    assert "林晓岚" in html and "陈思远" in html and "孙雨" not in html
    assert (
        "林晓岚"
        not in as_("lin")
        .get(reverse("evidence"))
        .content.decode()
        .split("<main")[1]
        .split("log-people")[-1][:40]
    )
    found = as_("he").get(reverse("evidence"), {"q": "晓岚"}).content.decode()
    assert reverse("evidence-person", args=[cast.lin.pk]) in found
    assert (
        reverse("evidence-person", args=[cast.sun.pk])
        not in as_("gu").get(reverse("evidence"), {"q": "孙雨"}).content.decode()
    )
    assert (
        reverse("evidence-person", args=[cast.sun.pk])
        not in as_("shen").get(reverse("evidence"), {"q": "孙雨"}).content.decode()
    )


def test_citations_name_the_talk_and_a_hostile_note_is_shown_as_text(as_, cast, talk) -> None:
    bad = '"><script>alert(1)</script>%(n)s'
    made = note(cast, statement=bad, source=bad, effect=bad)
    from huitan.conversations.actions import preparation

    preparation.add_topic(talk, "improvement", bad, evidence=[made], actor=cast.actor("shen"), at=at(7, 2))
    html = log_of(as_("shen"), cast.lin)
    assert "<script>alert" not in html and "&lt;script&gt;alert(1)" in html
    assert reverse("talk", args=[talk.pk]) in html and "2026 上半年面谈" in html


def test_older_notes_are_on_the_next_page_and_none_is_lost(as_, cast) -> None:
    for n in range(70):
        note(cast, statement=f"第 {n} 件", occurred_on=date(2026, 5, 1 + n % 3))
    shen, seen, url = as_("shen"), [], reverse("evidence-person", args=[cast.lin.pk])
    import re

    while url:
        html = shen.get(url).content.decode()
        seen += re.findall(r"第 (\d+) 件</p>", html)
        more = re.search(r'href="(\?older=[^"]+)"', html)
        url = reverse("evidence-person", args=[cast.lin.pk]) + more[1] if more else ""
    assert sorted(map(int, seen)) == list(range(70))
    assert shen.get(reverse("evidence-person", args=[cast.lin.pk]) + "?older=' or 1=1").status_code == 200


def test_a_fixed_number_of_queries_with_1_and_30_notes(as_, cast, talk, django_assert_num_queries) -> None:
    def some(number: int, label: str) -> None:
        from huitan.conversations.actions import preparation

        for n in range(number):
            made = note(cast, statement=f"{label}{n}", attachments=[(f"{n}.pdf", PDF + b"%d" % n)])
            preparation.add_topic(
                talk, "highlight", f"{label}{n}", evidence=[made], actor=cast.actor("shen"), at=at(7, 2)
            )

    some(1, "甲")
    shen = as_("shen")
    log_of(shen, cast.lin)
    with django_assert_num_queries(9):
        log_of(shen, cast.lin)
    some(29, "乙")
    with django_assert_num_queries(9):
        log_of(shen, cast.lin)
