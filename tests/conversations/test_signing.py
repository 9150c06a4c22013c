"""R18 at full depth: what was shown stays, no row is changed or removed, nobody witnesses too early, reminders come once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from tests import walk
from tests.cast import SYSTEM, Cast, at

from huitan.conversations.actions import record
from huitan.conversations.models import Conversation, Record, Refusal, Signature
from huitan.conversations.queries.verification import verify
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.people.actions import Proof


@pytest.fixture
def recorded(cast: Cast, talk: Conversation) -> Conversation:
    walk.to_recorded(cast, talk)
    talk.refresh_from_db()
    return talk


def witness(cast: Cast, talk: Conversation, when, **more):
    return record.witness_refusal(
        talk, "不认可口径", ["email", "in_person"], actor=cast.actor("gu"), at=when, **more
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", "我已阅读全文，对部分内容保留异议"),
        ("en", "I have read the full text and keep an objection to part of it"),
    ],
)
def test_r18_what_was_shown_is_stored_with_the_signature(cast, recorded, language, words) -> None:
    current = recorded.current_record()
    when = walk.DONE_AT + timedelta(hours=1)
    record.sign(
        recorded,
        side="employee",
        choice="reserve",
        statement="口径从收到变更起算",
        seen_hash=current.hash,
        proof=cast.prove("lin", when),
        actor=cast.actor("lin"),
        at=when,
        shown=record.Shown(language, "0.1.0/abc"),
    )
    kept = Signature.objects.get()
    assert (kept.shown, kept.language, kept.page) == (words, language, "0.1.0/abc")
    assert kept.record_hash == current.hash and kept.device == "own" and kept.taken_by == ""
    told = Event.objects.get(verb="conversation.signed").payload
    assert {name: told[name] for name in ("shown", "language", "page", "device", "statement")} == {
        "shown": words,
        "language": language,
        "page": "0.1.0/abc",
        "device": "own",
        "statement": "口径从收到变更起算",
    }


def test_r18_a_proof_of_somebody_else_or_of_before_signs_nothing(cast, recorded) -> None:
    current, when = recorded.current_record(), walk.DONE_AT + timedelta(hours=1)
    lin, shen = cast.account("lin"), cast.account("shen")
    for proof in (
        Proof(shen.pk, "password", when),
        Proof(lin.pk, "password", when - record.PROOF_LASTS - timedelta(seconds=1)),
        Proof(lin.pk, "password", when + timedelta(seconds=1)),
    ):
        with pytest.raises(Refused) as refused:
            record.sign(
                recorded,
                side="employee",
                choice="agree",
                seen_hash=current.hash,
                proof=proof,
                actor=cast.actor("lin"),
                at=when,
            )
        assert refused.value.kind == "forbidden"
    assert not Signature.objects.exists()


TABLES = {"record": Record, "signature": Signature, "refusal": Refusal}
TRIES = {
    "change": "UPDATE conversations_{table} SET {column} = {column}",
    "remove": "DELETE FROM conversations_{table}",
    "remove by key": "DELETE FROM conversations_{table} WHERE id = (SELECT min(id) FROM conversations_{table})",
}
COLUMNS = {"record": "hash", "signature": "choice", "refusal": "reason"}


@pytest.mark.parametrize("how", TRIES)
@pytest.mark.parametrize("table", TABLES)
def test_r18_the_database_itself_keeps_what_was_signed(cast, recorded, table, how) -> None:
    when = walk.DONE_AT + timedelta(hours=1)
    walk.sign(cast, recorded, "shen", when=when)
    witness(cast, recorded, when, attempt=walk.attempt(when))
    before = list(TABLES[table].objects.values())
    assert before
    statement = TRIES[how].format(table=table, column=COLUMNS[table])
    with (
        pytest.raises(DatabaseError, match="never changed or removed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    with pytest.raises(DatabaseError), transaction.atomic():
        TABLES[table].objects.update(**{COLUMNS[table]: "x"})
    with pytest.raises(DatabaseError), transaction.atomic():
        TABLES[table].objects.all()._raw_delete(using="default")
    assert list(TABLES[table].objects.values()) == before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL empties a table in one go")
def test_r18_the_table_of_signatures_is_not_emptied_in_one_go(cast, recorded) -> None:
    walk.sign(cast, recorded, "shen", when=walk.DONE_AT + timedelta(hours=1))
    with (
        pytest.raises(DatabaseError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE conversations_signature")


def test_verification_names_a_signature_that_differs_from_the_history(cast, recorded) -> None:
    walk.sign(cast, recorded, "shen", when=walk.DONE_AT + timedelta(hours=1))
    walk.sign(cast, recorded, "lin", "decline", "先不签", when=walk.DONE_AT + timedelta(hours=2))
    assert verify(at=at(7, 17)).holds
    current = recorded.current_record()
    common = {"record": current, "signer": cast.lin, "at": at(7, 17), "record_hash": current.hash}
    Signature.objects.create(
        **common, side="employee", choice="agree", sentence="我已阅读全文并同意", method="password"
    )
    broken = verify(recorded.stream, at=at(7, 17))
    assert "历史里却没有" in str([str(b.sentence) for b in broken.breaks])


# ── Witnessing ──


def test_r18_hr_does_not_witness_before_there_is_something_to_witness(cast, recorded) -> None:
    with pytest.raises(Refused) as early:
        witness(cast, recorded, walk.DONE_AT + timedelta(hours=1))
    assert early.value.kind == "incomplete" and "期限还没到" in str(early.value)
    assert not Refusal.objects.exists()


def test_r18_the_employees_own_word_is_ground_enough(cast, recorded) -> None:
    walk.sign(cast, recorded, "lin", "decline", "先不签", when=walk.DONE_AT + timedelta(hours=1))
    assert witness(cast, recorded, walk.DONE_AT + timedelta(hours=2)).ground == "stated"


def test_r18_after_the_window_hr_witnesses_and_the_employee_may_still_sign(cast, recorded) -> None:
    walk.sign(cast, recorded, "shen", when=walk.DONE_AT + timedelta(hours=1))
    last = recorded.signing_due_on
    noon = at(last.month, last.day, 12)
    with pytest.raises(Refused):
        witness(cast, recorded, noon)
    made = witness(cast, recorded, noon + timedelta(days=1))
    assert made.ground == "window_ended"
    recorded.refresh_from_db()
    assert recorded.state == "signed"
    walk.sign(cast, recorded, "lin", "reserve", "口径不同", when=noon + timedelta(days=9))
    assert recorded.current_record().signed_by("employee")
    assert Refusal.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"how": " "}, "怎么送达"),
        ({"before": ""}, "在场的人"),
        ({"on": date(2026, 7, 15)}, "定稿之后"),
        ({"on": date(2026, 7, 30)}, "今天或之前"),
    ],
)
def test_r18_an_attempt_to_serve_is_stated_in_full(cast, recorded, changes, word) -> None:
    given = {"on": date(2026, 7, 16), "how": "当面递交", "before": "王工", **changes}
    with pytest.raises(Refused) as refused:
        witness(cast, recorded, walk.DONE_AT + timedelta(hours=3), attempt=record.Attempt(**given))
    assert word in str(refused.value) and not Refusal.objects.exists()


def test_r18_an_attempt_stands_in_row_and_history(cast, recorded) -> None:
    when = walk.DONE_AT + timedelta(hours=3)
    made = witness(cast, recorded, when, attempt=walk.attempt(when))
    assert (made.ground, made.attempted_on, made.attempted_before) == (
        "attempted",
        date(2026, 7, 16),
        "质量部王工",
    )
    told = Event.objects.get(verb="conversation.refusal_witnessed").payload
    assert told["ground"] == "attempted" and told["attempt"]["on"] == "2026-07-16"


# ── Reminders and the end of the window ──


def reminded(talk: Conversation) -> list[tuple[str, list[str]]]:
    happened = Event.objects.filter(stream=talk.stream, verb="conversation.signing_reminded").order_by("seq")
    return [(e.payload["kind"], e.payload["sides"]) for e in happened]


def test_r18_reminders_come_at_half_time_and_a_day_before_the_end_each_once(cast, recorded) -> None:
    assert recorded.signing_due_on == date(2026, 7, 23)
    for day, so_far in ((16, 0), (17, 0), (20, 0), (21, 1), (22, 2), (23, 2), (24, 2), (27, 2)):
        for _ in range(2):
            record.remind_signing(actor=SYSTEM, at=at(7, day, 10))
        assert len(reminded(recorded)) == so_far, day
    assert reminded(recorded) == [("half", ["employee", "manager"]), ("last", ["employee", "manager"])]


def test_r18_only_who_has_not_answered_is_reminded(cast, recorded) -> None:
    walk.sign(cast, recorded, "shen", when=at(7, 17))
    record.remind_signing(actor=SYSTEM, at=at(7, 21, 10))
    assert reminded(recorded) == [("half", ["employee"])]
    walk.sign(cast, recorded, "lin", "decline", when=at(7, 21, 11))
    assert record.remind_signing(actor=SYSTEM, at=at(7, 22, 10)) == 0


def test_r18_a_worker_that_slept_reminds_once_not_twice(cast, recorded) -> None:
    assert record.remind_signing(actor=SYSTEM, at=at(7, 23, 10)) == 1
    assert reminded(recorded) == [("last", ["employee", "manager"])]


def test_r18_nobody_but_the_system_reminds(cast, recorded) -> None:
    with pytest.raises(Refused):
        record.remind_signing(actor=cast.actor("shen"), at=at(7, 22, 10))


def test_r18_a_window_that_ends_is_an_event_and_no_agreement(cast, recorded) -> None:
    walk.sign(cast, recorded, "shen", when=at(7, 17))
    record.lapse_signing(actor=SYSTEM, at=at(7, 24, 10))
    recorded.refresh_from_db()
    assert recorded.state == "recorded" and recorded.signing_lapsed_at is not None
    lapsed = Event.objects.get(verb="conversation.signing_lapsed")
    assert "agree" not in str(lapsed.payload)
    assert not recorded.current_record().signed_by("employee")
    assert timezone.localdate(lapsed.at) == date(2026, 7, 24)


def test_r18_a_new_version_starts_its_own_reminders(cast, recorded) -> None:
    record.remind_signing(actor=SYSTEM, at=at(7, 22, 10))
    record.revise(recorded, "补一句", actor=cast.actor("shen"), at=at(7, 22, 11))
    walk.complete(cast, recorded, when=at(7, 22, 12))
    recorded.refresh_from_db()
    last = recorded.signing_due_on
    assert record.remind_signing(actor=SYSTEM, at=at(last.month, last.day, 10)) == 1
    reminded = Event.objects.filter(verb="conversation.signing_reminded").order_by("id")
    assert [event.payload["version"] for event in reminded] == [1, 2]
