"""下载签字版: a copy for those who may read the record, named in the list of readers; and 核对文件 for anybody."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests import walk
from tests.cast import Cast

from huitan.conversations.models import RecordView
from huitan.core.models import Event
from huitan.documents.checking import examine
from huitan.people.actions import create_admin
from huitan.people.models import Account
from huitan.people.relations import system
from huitan.web import verify_file

BACKEND = "huitan.people.backend.Accounts"


@pytest.fixture(autouse=True)
def _scripted(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-20T10:00:00+08:00"


def browser(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.account(who), backend=BACKEND)
    return client


@pytest.fixture
def signed(cast, talk):
    return walk.to_signed(cast, talk)


def pdf_of(cast, talk, who: str = "lin") -> bytes:
    return browser(cast, who).get(reverse("record-pdf", args=[talk.pk])).content


def sent(client: Client, content: bytes, name: str = "记录.pdf"):
    return client.post(reverse("verify-file"), {"file": SimpleUploadedFile(name, content, "application/pdf")})


def test_the_employee_keeps_a_sealed_copy(cast, signed) -> None:
    answer = browser(cast, "lin").get(reverse("record-pdf", args=[signed.pk]))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer.content.startswith(b"%PDF-1.7")
    page = browser(cast, "lin").get(reverse("record", args=[signed.pk])).content.decode()
    assert "下载签字版" in page and "7 月 20 日 周一 10:00 下载" in page


def test_everybody_who_looked_or_took_a_copy_is_in_the_list(cast, signed) -> None:
    create_admin("root", "huitan-root-2026", email="", actor=system("cli"), at=walk.DONE_AT)
    root = Client()
    root.force_login(Account.objects.get(login_name="root"), backend=BACKEND)
    for _twice in range(2):
        assert root.get(reverse("record", args=[signed.pk])).status_code == 200
    browser(cast, "tao").get(reverse("record-pdf", args=[signed.pk]))
    page = browser(cast, "lin").get(reverse("record", args=[signed.pk])).content.decode()
    assert "root" in page and "陶然" in page and "审计" in page
    assert RecordView.objects.get(viewer=cast.tao).downloaded_at is not None
    assert Event.objects.filter(verb="record.viewed", payload__by="root").count() == 1


def test_reading_an_old_version_or_a_fact_alone_counts_as_reading(cast, signed) -> None:
    ref = signed.current_record().content["topics"][1]["evidence"][0]["ref"]
    browser(cast, "gu").get(reverse("record-fact", args=[signed.pk, 1, ref]))
    assert RecordView.objects.filter(viewer=cast.gu).exists()


@pytest.mark.parametrize(
    ("who", "status"),
    [("lin", 200), ("shen", 200), ("zhao", 200), ("gu", 200), ("he", 200), ("tao", 200)]
    + [("sun", 404), ("chen", 404), ("qian", 404)],
)
@pytest.mark.parametrize("route", ["record-pdf", "plan-pdf"])
def test_only_those_who_may_read_the_record_may_take_it(cast, signed, route, who, status) -> None:
    assert browser(cast, who).get(reverse(route, args=[signed.pk])).status_code == status
    assert Client().get(reverse(route, args=[signed.pk])).status_code == 302


def test_before_there_is_a_record_there_is_no_copy(cast, talk) -> None:
    assert browser(cast, "lin").get(reverse("record-pdf", args=[talk.pk])).status_code == 404
    assert browser(cast, "lin").get(reverse("plan-pdf", args=[talk.pk])).status_code == 404


def test_a_version_that_does_not_exist_is_not_found(cast, signed) -> None:
    url = reverse("record-pdf", args=[signed.pk])
    assert browser(cast, "lin").get(url, {"version": "1"}).status_code == 200
    for wrong in ("2", "x", "-1", "9" * 30):
        assert browser(cast, "lin").get(url, {"version": wrong}).status_code == 404


def test_an_english_reader_gets_english_labels(cast, signed) -> None:
    account = cast.account("lin")
    account.language = "en"
    account.save()
    answer = browser(cast, "lin").get(reverse("record-pdf", args=[signed.pk]))
    assert b"/Lang(en)" in answer.content
    assert "Record-" in answer.headers["Content-Disposition"]


def test_a_copy_costs_a_fixed_number_of_queries(cast, signed) -> None:
    client, url = browser(cast, "lin"), reverse("record-pdf", args=[signed.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for who in ("shen", "gu", "he", "zhao"):
        browser(cast, who).get(url)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(few) == len(many)
    assert len(few) <= 30


def test_anybody_may_check_a_file_and_is_told_in_words(cast, signed) -> None:
    stranger = Client()
    asked = stranger.get(reverse("verify-file")).content.decode()
    assert "不保存" in asked
    page = sent(stranger, pdf_of(cast, signed)).content.decode()
    for words in (
        "这份文件成立。",
        "盖章之后没有改动过",
        "封印是公司的证书盖的",
        "之后没有新的版本",
        "系统在 2026-07-20",
    ):
        assert words in page
    assert "ECN" not in page and "会签" not in page


def test_a_changed_byte_is_told(cast, signed) -> None:
    content = bytearray(pdf_of(cast, signed))
    content[len(content) // 2] ^= 1
    page = sent(Client(), bytes(content)).content.decode()
    assert "这份文件不成立" in page and "改动过" in page
    assert "系统里" not in page


@pytest.mark.parametrize("content", [b"hello", b"%PDF-1.7 nothing", b"%PDF-" + bytes(5000)])
def test_what_is_no_record_gets_a_sentence(db, content) -> None:
    answer = sent(Client(), content, "<script>alert(1)</script>.pdf")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "这份文件不成立" in page and "<script>alert" not in page and "Traceback" not in page


def test_no_file_and_too_large_a_file_are_answered(db) -> None:
    client = Client()
    assert client.post(reverse("verify-file")).status_code == 422
    large = sent(client, b"%PDF-" + bytes(20 * 1024 * 1024 + 100_000))
    assert large.status_code == 413
    assert "最大 20 MB" in large.content.decode()
    just = sent(client, b"%PDF-" + bytes(20 * 1024 * 1024))
    assert just.status_code == 413


def test_nothing_of_the_file_touches_the_disk(db, settings, monkeypatch, tmp_path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "missing"  # a temporary file would fail here
    assert sent(Client(), b"%PDF-" + bytes(5 * 1024 * 1024)).status_code == 200


def test_the_form_is_protected_and_the_number_of_checks_limited(db, monkeypatch) -> None:
    monkeypatch.setattr(
        verify_file, "check", examine
    )  # at once, so that the minute's count is not over before
    strict = Client(enforce_csrf_checks=True)
    assert sent(strict, b"%PDF-").status_code == 403
    client = Client()
    codes = [sent(client, b"no").status_code for _ in range(12)]
    assert codes[:10] == [200] * 10 and codes[10:] == [429, 429]


def test_the_page_needs_no_log_in_and_no_record_speaks_of_it(cast, signed) -> None:
    before = Event.objects.count()
    content = pdf_of(cast, signed)
    after = Event.objects.count()
    sent(Client(), content)
    assert Event.objects.count() == after > before
