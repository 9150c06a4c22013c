"""The same state of a record is always the same file; who took it is kept; what was tampered with is made anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import translation
from tests import kept, walk
from tests.cast import at

from huitan.conversations.actions import record, room
from huitan.conversations.models import PrivateNote, Record, RecordView
from huitan.core import events
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.documents.certificate import known_certificates
from huitan.documents.checking import examine
from huitan.documents.issuing import issue_plan, issue_record
from huitan.documents.known import compared
from huitan.people.relations import Actor

NOW = at(7, 17)


def verdict(content: bytes):
    return compared(examine(content, known_certificates()))


def test_the_signed_record_is_issued_once_and_delivered_again(cast, talk) -> None:
    walk.to_signed(cast, talk)
    first = issue_record(talk, actor=cast.actor("lin"), at=NOW)
    again = issue_record(talk, actor=cast.actor("shen"), at=at(9, 1))
    assert first.content == again.content and first.sha256 == again.sha256
    assert Event.objects.filter(verb="record.sealed").count() == 1
    assert Event.objects.filter(verb="record.taken").count() == 2
    assert first.name == "面谈记录-林晓岚-2026 上半年-第 1 版.pdf"
    found = verdict(first.content)
    assert found.is_certain
    assert "这就是系统在 2026-07-17 09:00:00 发出的那个文件。" in [str(f.sentence) for f in found.findings]
    assert not list(events.breaks())


def test_another_language_and_another_state_are_other_files(cast, talk) -> None:
    walk.to_signed(cast, talk)
    chinese = issue_record(talk, actor=cast.actor("lin"), at=NOW)
    with translation.override("en"):
        english = issue_record(talk, actor=cast.actor("lin"), at=NOW)
    assert chinese.sha256 != english.sha256
    assert english.name == "Record-林晓岚-2026 上半年-version 1.pdf"
    assert verdict(english.content).is_certain


def test_a_stored_file_that_was_touched_is_never_delivered(cast, talk) -> None:
    walk.to_signed(cast, talk)
    first = issue_record(talk, actor=cast.actor("lin"), at=NOW)
    path = Path(django_settings.HUITAN_HOME) / "files" / first.sha256[:2] / first.sha256
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(first.content[:-1] + b"x")
    again = issue_record(talk, actor=cast.actor("lin"), at=at(7, 18))
    assert verdict(again.content).is_certain
    path.unlink(missing_ok=True)
    assert verdict(issue_record(talk, actor=cast.actor("lin"), at=at(7, 19)).content).is_certain


def test_a_later_version_takes_the_force_of_an_earlier_file(cast, talk) -> None:
    walk.to_recorded(cast, talk)
    walk.sign(cast, talk, "shen", when=at(7, 16, 15))
    talk.refresh_from_db()
    shen = cast.actor("shen")
    first = issue_record(talk, actor=shen, at=at(7, 16, 15, 30))
    assert verdict(first.content).holds
    record.revise(talk, "补上台数", actor=shen, at=at(7, 16, 16))
    topic = talk.topics.get(kind="improvement")
    room.write(topic, "issue", "4 份 ECN 超期，返工 10 台。", actor=shen, at=at(7, 16, 16))
    walk.complete(cast, talk, when=at(7, 16, 16, 30))
    talk.refresh_from_db()
    found = verdict(first.content)
    assert not found.holds
    assert "之后有了第 2 版" in "".join(str(f.sentence) for f in found.findings)
    old = issue_record(talk, 1, actor=shen, at=at(7, 17))
    assert old.sha256 != first.sha256  # it says on its face that it was replaced
    assert not verdict(old.content).holds
    assert verdict(issue_record(talk, actor=shen, at=at(7, 17)).content).holds
    assert issue_record(talk, 3, actor=shen, at=at(7, 17)) is None


def test_refused_and_lapsed_records_are_issued_too(cast, talk) -> None:
    walk.to_recorded(cast, talk)
    walk.sign(cast, talk, "shen", when=at(7, 16, 15))
    talk.refresh_from_db()
    record.lapse_signing(actor=Actor("system:worker", is_system=True), at=at(7, 30))
    talk.refresh_from_db()
    lapsed = issue_record(talk, actor=cast.actor("lin"), at=at(7, 30))
    record.witness_refusal(talk, "不同意评级", ["email", "courier"], actor=cast.actor("gu"), at=at(7, 31))
    talk.refresh_from_db()
    refused = issue_record(talk, actor=cast.actor("lin"), at=at(8, 1))
    assert lapsed.sha256 != refused.sha256
    assert verdict(refused.content).is_certain
    assert "顾清和" in "".join(str(f.sentence) for f in verdict(refused.content).findings)


def test_the_plan_is_sealed_as_it_stands(cast, talk) -> None:
    from huitan.plans import actions as plans

    walk.prepare(cast, talk)
    assert issue_plan(talk, actor=cast.actor("shen"), at=at(7, 4)) is None
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    walk.complete(cast, talk)
    walk.sign(cast, talk, "shen", when=at(7, 16, 15, 20))
    walk.sign(cast, talk, "lin", when=at(7, 16, 19))
    talk.refresh_from_db()
    first = issue_plan(talk, actor=cast.actor("lin"), at=NOW)
    assert issue_plan(talk, actor=cast.actor("shen"), at=at(7, 18)).content == first.content
    assert verdict(first.content).is_certain
    item = talk.plan.items.get(kind="action")
    plans.update_progress(item, 40, "两周都按时", actor=cast.actor("lin"), at=at(7, 20))
    talk.refresh_from_db()
    assert issue_plan(talk, actor=cast.actor("lin"), at=at(7, 21)).sha256 != first.sha256


def test_nobody_else_is_handed_a_copy(cast, talk) -> None:
    walk.to_signed(cast, talk)
    for who in ("sun", "chen", "qian"):
        with pytest.raises(Refused):
            issue_record(talk, actor=cast.actor(who), at=NOW)
    assert not RecordView.objects.filter(viewer=cast.sun).exists()


def test_private_notes_never_leave(cast, talk) -> None:
    PrivateNote.objects.create(conversation=talk, author=cast.shen, text="只给自己看的一句", saved_at=NOW)
    walk.to_signed(cast, talk)
    issued = issue_record(talk, actor=cast.actor("shen"), at=NOW)
    import io

    from pyhanko.pdf_utils.reader import PdfFileReader

    from huitan.documents.page_text import page_texts

    reader = PdfFileReader(io.BytesIO(issued.content))
    names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
    inside = "".join(page_texts(reader)) + "".join(
        names[i + 1]["/EF"]["/F"].data.decode() for i in range(0, len(names), 2)
    )
    assert "林晓岚" in inside and "只给自己看的一句" not in inside


def test_a_record_changed_in_the_database_is_not_sealed(cast, talk) -> None:
    walk.to_signed(cast, talk)
    stored = Record.objects.get()
    with kept.set_aside():
        Record.objects.filter(pk=stored.pk).update(content={**stored.content, "place": "别处"})
    with pytest.raises(Refused, match="校验值不符"):
        issue_record(talk, actor=cast.actor("lin"), at=NOW)


def test_a_sealed_file_the_system_never_issued_is_named(cast, talk) -> None:
    walk.to_signed(cast, talk)
    issued = issue_record(talk, actor=cast.actor("lin"), at=NOW)
    Event.objects.filter(verb="record.sealed").update(payload={})
    assert "系统没有发出过这个文件" in "".join(str(f.sentence) for f in verdict(issued.content).findings)
    with kept.set_aside():
        Record.objects.filter(conversation=talk).update(hash="0" * 64)
    assert "校验值和这份文件不同" in "".join(str(f.sentence) for f in verdict(issued.content).findings)
