"""Files handed in as evidence (R22): what is taken, what is refused and where it lies."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from tests import walk
from tests.cast import at

from huitan.core import files
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.plans import actions
from huitan.plans.models import ItemFile

PDF = b"%PDF-1.7\n%%EOF\n"
ZIP = b"PK\x03\x04" + b"\x00" * 20


def workbook(*names: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return kept.getvalue()


XLSX = workbook("[Content_Types].xml", "xl/workbook.xml")


@pytest.fixture
def item(cast, talk):
    walk.to_signed(cast, talk)
    return talk.plan.items.get(kind="action")


def attach(cast, item, name: str, content: bytes, who: str = "lin") -> ItemFile:
    return actions.attach(item, name, content, actor=cast.actor(who), at=at(7, 20))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("台账.pdf", PDF),
        ("照片.PNG", b"\x89PNG\r\n\x1a\n...."),
        ("照片.jpeg", b"\xff\xd8\xff\xe0...."),
        ("实测.xlsx", XLSX),
        ("旧表.xls", b"\xd0\xcf\x11\xe0...."),
        ("记录.txt", "按时".encode("gb18030")),
        ("记录.csv", b"a,b\n1,2\n"),
    ],
)
def test_r22_what_evidence_usually_is_is_taken(cast, item, name, content) -> None:
    kept = attach(cast, item, name, content)
    assert (kept.name, kept.size) == (name, len(content))
    assert files.path(kept.sha256).read_bytes() == content
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert Event.objects.get(verb="item.file_attached").payload["sha256"] == kept.sha256


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"", "是空文件"),
        ("a.pdf", b"<html>", "对不上"),
        ("a.html", b"<html>", "不是可收的类型"),
        ("a.svg", b"<svg>", "不是可收的类型"),
        ("a.exe", b"MZ", "不是可收的类型"),
        ("a.zip", ZIP, "不是可收的类型"),
        ("a.xlsm", XLSX, "不是可收的类型"),
        ("a.xlsx", ZIP, "打不开"),
        ("a.docx", XLSX, "打不开"),
        ("a.xlsx", XLSX[:-30], "打不开"),
        ("a.xlsx", workbook("xl/workbook.xml"), "打不开"),
        ("a.pdf", PDF + XLSX, "还藏着另一个压缩文件"),
        ("a.png", PDF, "对不上"),
        ("a.txt", b"MZ\x00\x01", "对不上"),
        ("pdf", PDF, "不是可收的类型"),
        ("", PDF, "不是可收的类型"),
    ],
)
def test_what_is_not_is_refused_in_words_and_leaves_nothing(cast, item, name, content, said) -> None:
    with pytest.raises(Refused) as refused:
        attach(cast, item, name, content)
    assert refused.value.kind == "invalid"
    assert said in str(refused.value)
    assert not ItemFile.objects.exists()


def test_too_large_by_one_byte_is_refused_and_just_at_the_limit_is_not(cast, item, monkeypatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", len(PDF))
    attach(cast, item, "a.pdf", PDF)
    with pytest.raises(Refused) as refused:
        attach(cast, item, "b.pdf", PDF + b"x")
    assert "超过 20 MB" in str(refused.value)


@pytest.mark.parametrize("name", ["../../etc/台账.pdf", "/root/台账.pdf", "a/b/台账.pdf"])
def test_a_path_in_the_name_is_only_a_name(cast, item, name) -> None:
    kept = attach(cast, item, name, PDF)
    assert kept.name == "台账.pdf"
    assert files.path(kept.sha256).name == kept.sha256


def test_the_same_content_lies_once(cast, item) -> None:
    first, second = attach(cast, item, "a.pdf", PDF), attach(cast, item, "b.pdf", PDF)
    assert first.sha256 == second.sha256
    assert len(list(files.path(first.sha256).parent.iterdir())) == 1


@pytest.mark.parametrize("who", ["shen", "zhao", "gu", "he", "sun"])
def test_only_the_owner_hands_in(cast, item, who) -> None:
    with pytest.raises(Refused) as refused:
        attach(cast, item, "a.pdf", PDF, who)
    assert refused.value.kind == "forbidden"


def test_nothing_is_added_to_what_was_accepted(cast, item) -> None:
    actions.submit(item, "台账", actor=cast.actor("lin"), at=at(7, 19))
    with pytest.raises(Refused) as refused:
        attach(cast, item, "a.pdf", PDF)
    assert refused.value.kind == "not_now"


def test_a_file_sent_again_because_the_answer_got_lost_is_one_file(cast, item) -> None:
    first = attach(cast, item, "台账.pdf", PDF)
    assert attach(cast, item, "a/台账.pdf", PDF) == first
    assert attach(cast, item, "台账.pdf", PDF + b"\n") != first
    assert attach(cast, item, "另一份.pdf", PDF) != first
    assert item.files.count() == Event.objects.filter(verb="item.file_attached").count() == 3
