"""The evidence log: who writes, what the employee sees and from when, and what never changes again."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from tests import cast as the_cast
from tests import kept, walk
from tests.cast import START, at

from huitan.conversations.actions import preparation, room
from huitan.core import files
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.evidence import actions
from huitan.evidence.models import Evidence, EvidenceFile

NOW = at(5, 6, 10)
PDF = b"%PDF-1.7\n%%EOF\n"


def note(cast, who: str = "shen", when=NOW, **changes) -> Evidence:
    fields = {
        "kind": "incident",
        "occurred_on": date(2026, 5, 6),
        "statement": "ECN-2290 晚 2 天关闭",
        **changes,
    }
    return actions.add(cast.lin, **fields, actor=cast.actor(who), at=when)


def refused(act, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value


def seen_by(cast, who: str) -> list[int]:
    return list(Evidence.objects.visible_to(cast.actor(who)).values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("who", "kind"), [("shen", "incident"), ("lin", "achievement"), ("gu", "note"), ("he", "contribution")]
)
def test_r04_manager_employee_and_hr_write_and_each_note_keeps_its_author(cast, who, kind) -> None:
    made = note(cast, who, kind=kind)
    assert (made.added_by_id, made.kind) == (cast.people[who].pk, kind)
    assert Event.objects.get(verb="evidence.added").actor == cast.actor(who).key


@pytest.mark.parametrize("who", ["zhao", "sun", "tao", "chen", "wang"])
def test_nobody_else_writes(cast, who) -> None:
    assert refused(note, cast, who).kind == "forbidden"
    assert not Evidence.objects.exists()


def test_a_signal_is_the_managers_and_seen_at_once_with_its_day(cast) -> None:
    made = note(cast, kind="signal", told_on=date(2026, 5, 6), statement="会签超 2 天要当天来找我")
    assert made.pk in seen_by(cast, "lin")
    for who in ("lin", "gu", "he"):
        assert refused(note, cast, who, kind="signal", told_on=date(2026, 5, 6)).kind == "forbidden"
    assert "哪一天" in str(refused(note, cast, kind="signal"))


@pytest.mark.parametrize("day", [date(2026, 5, 5), date(2026, 5, 7)])
def test_told_before_it_happened_or_in_the_future_is_refused(cast, day) -> None:
    assert refused(note, cast, told_on=day).reasons[0].anchor == "id_told_on"


def test_a_note_of_the_manager_is_unseen_until_told(cast) -> None:
    made = note(cast)
    assert made.pk not in seen_by(cast, "lin")
    assert {who for who in cast.people if made.pk in seen_by(cast, who)} == {"shen", "gu", "he"}
    actions.tell(made, date(2026, 5, 7), actor=cast.actor("shen"), at=at(5, 7))
    assert made.pk in seen_by(cast, "lin")
    assert (
        refused(actions.tell, made, date(2026, 5, 8), actor=cast.actor("shen"), at=at(5, 8)).kind == "not_now"
    )
    assert Event.objects.get(verb="evidence.told").payload["told_on"] == "2026-05-07"


def test_r08_a_note_of_the_period_is_seen_once_the_pack_is_shared(cast, talk) -> None:
    inside = note(cast, when=at(7, 2))
    outside = note(cast, when=at(7, 2), occurred_on=date(2025, 12, 30), statement="上一年的事")
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    assert inside.pk in seen_by(cast, "lin") and outside.pk not in seen_by(cast, "lin")
    pack = talk.packs.get().content["events"]
    assert [f["author"] for f in pack if f["id"] == inside.pk] == ["沈立文"]


def test_the_author_amends_within_a_day_and_the_history_keeps_both(cast) -> None:
    made = note(cast)
    later = NOW + timedelta(hours=23)
    actions.amend(
        made,
        {"statement": "ECN-2290 晚 3 天关闭", "effect": "停线半天"},
        0,
        actor=cast.actor("shen"),
        at=later,
    )
    made.refresh_from_db()
    assert (made.statement, made.effect, made.version) == ("ECN-2290 晚 3 天关闭", "停线半天", 1)
    told = Event.objects.get(verb="evidence.amended").payload["changes"]
    assert told["statement"] == ["ECN-2290 晚 2 天关闭", "ECN-2290 晚 3 天关闭"]


def test_two_windows_do_not_overwrite_each_other(cast) -> None:
    made, shen = note(cast), cast.actor("shen")
    actions.amend(made, {"statement": "第一个窗口"}, 0, actor=shen, at=NOW)
    late = refused(actions.amend, made, {"statement": "第二个窗口"}, 0, actor=shen, at=NOW)
    assert (late.kind, late.current.statement) == ("stale", "第一个窗口")


@pytest.mark.parametrize("who", ["lin", "gu", "he", "chen"])
def test_nobody_but_the_author_amends_or_takes_back(cast, who) -> None:
    made = note(cast)
    actor = cast.actor(who)
    assert refused(actions.amend, made, {"statement": "x"}, 0, actor=actor, at=NOW).kind == "forbidden"
    assert refused(actions.withdraw, made, "x", actor=actor, at=NOW).kind == "forbidden"


def test_after_a_day_it_is_only_taken_back_with_a_reason_and_stays_as_a_row(cast) -> None:
    made, shen, later = note(cast), cast.actor("shen"), NOW + timedelta(hours=25)
    assert refused(actions.amend, made, {"statement": "x"}, 0, actor=shen, at=later).kind == "not_now"
    assert refused(actions.withdraw, made, "  ", actor=shen, at=later).kind == "invalid"
    actions.withdraw(made, "记错了人", actor=shen, at=later)
    made.refresh_from_db()
    assert (made.withdrawn_at, made.withdrawn_reason) == (later, "记错了人")
    assert refused(actions.withdraw, made, "再来", actor=shen, at=later).kind == "not_now"
    again = note(cast, when=later)
    assert again.pk != made.pk


def test_what_was_taken_back_is_no_ground(cast, talk) -> None:
    made, shen = note(cast, when=at(7, 1)), cast.actor("shen")
    actions.withdraw(made, "记错了", actor=shen, at=at(7, 1))
    topic = preparation.add_topic(talk, "improvement", "ECN", actor=shen, at=at(7, 2))
    assert refused(room.cite, topic, made, actor=shen, at=at(7, 2)).kind == "invalid"
    assert made not in talk.pack_evidence()


def test_never_changed_once_told_shared_or_cited(cast, talk) -> None:
    shen, when = cast.actor("shen"), at(7, 2)
    told = note(cast, when=when, told_on=date(2026, 5, 6))
    cited = note(cast, when=when, statement="被引用的事")
    topic = preparation.add_topic(talk, "improvement", "ECN", actor=shen, at=when)
    room.cite(topic, cited, actor=shen, at=when)
    shared = note(cast, "lin", when=when, kind="achievement", statement="自己写的事")
    walk.prepare(cast, talk, when=when)
    walk.share(cast, talk, when=at(7, 3))
    for made, author in ((told, "shen"), (cited, "shen"), (shared, "lin")):
        actor = cast.actor(author)
        for act in (
            lambda one=made, by=actor: actions.amend(one, {"statement": "改了"}, 0, actor=by, at=when),
            lambda one=made, by=actor: actions.withdraw(one, "不要了", actor=by, at=when),
        ):
            assert refused(act).kind == "not_now"
        assert Evidence.objects.get(pk=made.pk).statement == made.statement


def test_r11_only_this_cycles_facts_are_ground_at_every_door(cast, talk) -> None:
    shen, lin = cast.actor("shen"), cast.actor("lin")
    old = Evidence.objects.get(statement="去年的一次盘点差异")
    topic = preparation.add_topic(talk, "improvement", "盘点", actor=shen, at=at(7, 2))
    assert refused(room.cite, topic, old, actor=shen, at=at(7, 2)).kind == "invalid"
    assert "不在本周期内" in str(
        refused(preparation.add_topic, talk, "improvement", "盘点二", evidence=[old], actor=shen, at=at(7, 2))
    )
    assert (
        refused(
            room.add_fact,
            topic,
            kind="incident",
            occurred_on=date(2025, 11, 3),
            statement="旧事",
            actor=lin,
            at=at(7, 2),
        ).kind
        == "invalid"
    )
    assert talk.topics.count() == 1 and not topic.evidence.exists()


def test_a_fact_imported_for_this_cycle_but_dated_outside_it_is_no_ground(cast, cycle) -> None:
    entry = actions.EventEntry(cast.lin, "incident", date(2025, 12, 1), "填错周期的事", "ERP")
    actions.enter_events([entry], cycle=cycle, actor=cast.actor("he"), at=START)
    from tests.cast import talk_of

    assert not talk_of(cast.lin, cycle).pack_evidence().exists()


def test_files_come_with_the_note_and_their_hash_is_in_the_history(cast) -> None:
    made = note(cast, attachments=[("现场.pdf", PDF)])
    kept = EvidenceFile.objects.get(evidence=made)
    assert (kept.name, kept.size, kept.sha256) == ("现场.pdf", len(PDF), hashlib.sha256(PDF).hexdigest())
    assert files.content(kept.sha256) == PDF
    assert Event.objects.get(verb="evidence.file_attached").payload["sha256"] == kept.sha256


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("空.pdf", b"", "是空文件"),
        ("大.pdf", PDF + b"0" * (20 * 1024 * 1024), "超过 20 MB"),
        ("页面.html", b"<html><script>alert(1)</script>", "不是可收的类型"),
        ("图.svg", b"<svg onload='alert(1)'/>", "不是可收的类型"),
        ("程序.pdf", b"MZ\x90", "对不上"),
        ("假.docx", b"PK\x03\x04" + b"\x00" * 40, "打不开"),
    ],
)
def test_a_hostile_file_gets_a_sentence_and_the_note_is_not_half_kept(cast, name, content, said) -> None:
    refusal = refused(note, cast, attachments=[("好的.pdf", PDF), (name, content)])
    assert (
        refusal.kind == "invalid" and said in str(refusal) and refusal.reasons[0].anchor == "id_attachments"
    )
    assert (
        not Evidence.objects.exists()
        and not EvidenceFile.objects.exists()
        and not Event.objects.filter(verb__startswith="evidence.").exists()
    )


def test_a_bomb_in_a_docx_is_refused_without_opening_it(cast) -> None:
    import io
    import zipfile

    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        with archive.open("word/document.xml", "w") as part:
            for _ in range(320):
                part.write(b"\x00" * 1024 * 1024)
    assert len(kept.getvalue()) < 1024 * 1024
    assert "展开后太大" in str(refused(note, cast, attachments=[("炸弹.docx", kept.getvalue())]))


def test_the_same_words_twice_are_one_note_but_two_authors_are_two(cast) -> None:
    first, again = note(cast), note(cast)
    other = note(cast, "lin")
    assert first.pk == again.pk != other.pk
    assert other.pk in seen_by(cast, "lin") and first.pk not in seen_by(cast, "lin")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"told_on": date(2026, 5, 6)}, "记为已告知"),
        ({"source": "ERP"}, "没有加上去"),
        ({"effect": "返工 3 台"}, "没有加上去"),
        ({"attachments": [("现场.txt", b"x")]}, "没有加上去"),
    ],
)
def test_what_the_same_words_sent_again_would_add_is_refused_and_never_dropped(cast, more, sentence) -> None:
    first = note(cast)
    told = str(refused(note, cast, **more))
    assert first.ref in told and sentence in told
    first.refresh_from_db()
    assert first.shared_at is None and not first.files.exists()


def test_the_whole_form_sent_twice_is_one_note(cast) -> None:
    whole = {"source": "ERP", "told_on": date(2026, 5, 6), "attachments": [("现场.txt", b"x")]}
    assert note(cast, **whole).pk == note(cast, **whole).pk


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_the_same_note_sent_twice_at_the_same_moment_is_one() -> None:
    cast, ready, found = the_cast.enrol(), Barrier(2), []

    def send() -> None:
        ready.wait(10)
        found.append(note(cast).pk)
        connection.close()

    senders = [Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(found) == 2 and len(set(found)) == 1
    kept.empty()
