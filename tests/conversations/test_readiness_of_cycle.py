"""What holds a talk up, step by step, as HR counts it over a cycle."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests import walk
from tests.cast import SYSTEM, at

from huitan.conversations.actions import preparation, voice
from huitan.conversations.queries import ready
from huitan.conversations.queries.ready import Wanted
from huitan.core.moves import Refused
from huitan.evidence import actions as evidence


def readiness(cycle, actor) -> ready.Readiness:
    return ready.total_of(ready.by_department(cycle, Wanted(), actor))


def lacks(talk) -> list[str]:
    return [block.step.key for block in ready.blocks_of(talk)]


def test_each_step_falls_away_when_it_is_done(cast, talk) -> None:
    shen, lin = cast.actor("shen"), cast.actor("lin")
    assert lacks(talk) == ["schedule", "purpose", "share"]
    preparation.schedule(talk, walk.TALK_AT, minutes=45, place="", actor=shen, at=at(7, 2))
    preparation.choose_purpose(talk, "improvement", actor=shen, at=at(7, 2))
    assert lacks(talk) == ["share"]
    preparation.share(talk, actor=shen, at=at(7, 3))
    assert lacks(talk) == ["open", "survey", "scores", "topics"]
    voice.open_pack(talk, actor=lin, at=at(7, 4))
    assert lacks(talk) == ["survey", "scores", "topics"]
    voice.ask(talk, "为什么是这个数？", actor=lin, at=at(7, 5))
    doubted = talk.pack_evidence().filter(kind="kpi").first()
    voice.contest(talk, doubted, "漏算了一批", actor=lin, at=at(7, 6))
    assert lacks(talk) == ["survey", "numbers", "questions", "scores", "topics"]
    since = {block.step.key: block.since for block in ready.blocks_of(talk)}
    assert (since["questions"], since["numbers"], since["survey"]) == (at(7, 5), at(7, 6), at(7, 3))


def test_a_new_version_has_to_be_opened_again(cast, talk) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    voice.open_pack(talk, actor=cast.actor("lin"), at=at(7, 6))
    assert "open" not in lacks(talk)
    evidence.add(
        cast.lin, kind="note", occurred_on=at(6, 1).date(), statement="又一件事", actor=SYSTEM, at=at(7, 7)
    )
    preparation.share(talk, actor=cast.actor("shen"), at=at(7, 7))
    assert "open" in lacks(talk)


def test_figures_and_list_agree_for_every_step(cast, cycle, talk) -> None:
    he = cast.actor("he")
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    counted = readiness(cycle, he)
    for step in ready.STEPS:
        page = ready.held_up(cycle, Wanted(step=step.key), he, at(7, 8))
        assert len(page.rows) == counted.missing[step.key], step.key
        assert all(step in [block.step for block in row.blocks] for row in page.rows)
    everything = ready.held_up(cycle, Wanted(), he, at(7, 8))
    assert len(everything.rows) == counted.total - counted.ready
    units = ready.by_department(cycle, Wanted(), he)
    for unit in units:
        inside = ready.held_up(cycle, Wanted(department=unit.path), he, at(7, 8)).rows
        mine = [row for row in inside if not unit.is_own_level or row.department == unit.path]
        assert len(mine) == unit.readiness.total - unit.readiness.ready, unit.path


def test_the_list_pages_by_staff_number(cast, cycle, talk) -> None:
    he, seen, after = cast.actor("he"), [], ""
    while True:
        page = ready.held_up(cycle, Wanted(), he, at(7, 8), after=after, size=2)
        seen += [row.id for row in page.rows]
        after = page.next_key
        if not after:
            break
    assert len(seen) == len(set(seen)) == readiness(cycle, he).total


def test_talks_that_have_begun_are_no_longer_counted(cast, cycle, talk) -> None:
    he = cast.actor("he")
    before = readiness(cycle, he).total
    walk.to_signed(cast, talk)
    assert readiness(cycle, he).total == before - 1
    assert lacks(talk) == []


def test_watching_is_an_office(cast, cycle, talk) -> None:
    with pytest.raises(Refused):
        readiness(cycle, cast.actor("shen"))
    assert ready.start_of_working_day(at(7, 11, 12)) == at(7, 10, 0)
    assert ready.start_of_working_day(at(7, 10, 0) + timedelta(hours=3)) == at(7, 10, 0)
