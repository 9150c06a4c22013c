"""One door to a state: who, when, what is missing; and the history with it."""

from __future__ import annotations

import pytest
from tests import walk
from tests.cast import at

from huitan.conversations.actions import room
from huitan.core.lifecycle import Lifecycle, Move
from huitan.core.models import Event
from huitan.core.moves import Refused, available_moves, move, offer


def test_a_lifecycle_names_only_states_it_has() -> None:
    with pytest.raises(ValueError, match="unknown states"):
        Lifecycle("x", "x", {"a": "A"}, (Move("go", frozenset({"a"}), "b", "去", "去了"),))
    with pytest.raises(ValueError, match="named twice"):
        go = Move("go", frozenset({"a"}), "a", "去", "去了")
        Lifecycle("x", "x", {"a": "A"}, (go, go))


def test_a_refused_move_changes_nothing_and_leaves_no_trace(cast, talk) -> None:
    before = Event.objects.count()
    for who, kind in (("lin", "forbidden"), ("sun", "forbidden"), ("he", "forbidden")):
        with pytest.raises(Refused) as refused:
            move(talk, "share", actor=cast.actor(who), at=at(7, 3))
        assert refused.value.kind == kind
    with pytest.raises(Refused) as incomplete:
        move(talk, "share", actor=cast.actor("shen"), at=at(7, 3))
    assert incomplete.value.kind == "incomplete"
    assert {r.anchor for r in incomplete.value.reasons} == {"schedule", "purpose"}
    talk.refresh_from_db()
    assert talk.state == "preparing"
    assert Event.objects.count() == before


def test_a_move_is_judged_on_the_stored_row_not_on_the_page_in_hand(cast, talk) -> None:
    """Two tabs: the second one still believes the talk is being prepared."""
    walk.prepare(cast, talk)
    stale = type(talk).objects.get(pk=talk.pk)
    walk.share(cast, talk)
    room.begin(talk, actor=cast.actor("shen"), at=walk.TALK_AT)
    with pytest.raises(Refused) as refused:
        move(stale, "begin", actor=cast.actor("shen"), at=walk.TALK_AT)
    assert refused.value.kind == "not_now"
    assert "面谈中" in str(refused.value)


def test_only_declared_fields_move_with_a_state(cast, talk) -> None:
    with pytest.raises(TypeError, match="does not declare"):
        move(talk, "begin", actor=cast.actor("shen"), at=at(7, 3), minutes=5)


def test_offers_name_what_is_missing(cast, talk) -> None:
    shen = cast.actor("shen")
    offered = offer(talk, "share", shen, at(7, 3))
    assert offered is not None
    assert not offered.open
    assert [m.anchor for m in offered.missing] == ["schedule", "purpose"]
    assert available_moves(talk, cast.actor("sun"), at(7, 3)) == []
    assert [o.move.name for o in available_moves(talk, cast.actor("he"), at(7, 3))] == ["cancel"]


def test_the_history_keeps_both_states_and_the_changed_fields(cast, talk) -> None:
    walk.to_signed(cast, talk)
    told = Event.objects.filter(stream=talk.stream, verb__startswith="conversation.").order_by("seq")
    moves = [(e.payload["from"], e.payload["to"]) for e in told if {"from", "to", "id"} <= e.payload.keys()]
    assert moves == [
        ("preparing", "shared"),
        ("shared", "talking"),
        ("talking", "recorded"),
        ("recorded", "signed"),
    ]


def test_an_unknown_move_is_a_programming_error(cast, talk) -> None:
    with pytest.raises(KeyError):
        move(talk, "vanish", actor=cast.actor("shen"), at=at(7, 3))
