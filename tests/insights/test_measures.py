"""Every measure as a truth table over a few plain facts."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huitan.insights.facts import ItemEvent, ItemFacts, TalkFacts, TopicFacts
from huitan.insights.figures import FIGURES, NOTHING, percent
from huitan.insights.measures import OVERDUE_WEEK, counts_of, overdue_spans, overdue_weeks, span_of, sunday

DAY = date(2026, 7, 15)  # a Wednesday


def talk(**facts: object) -> TalkFacts:
    return TalkFacts(**{"id": 1, "cycle": 1, "path": "/1/", **facts})


def counted(*talks: TalkFacts, today: date = DAY) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in talks:
        total.update(counts_of(one, today))
    return total


def picked(counts: Counter[str], prefix: str) -> dict[str, int]:
    return {key.removeprefix(prefix): n for key, n in counts.items() if key.startswith(prefix)}


@pytest.mark.parametrize(
    ("state", "reached"),
    [
        ("preparing", set()),
        ("shared", {"reached:shared"}),
        ("talking", {"reached:shared"}),
        ("recorded", {"reached:shared", "held"}),
        ("signed", {"reached:shared", "held", "reached:signed"}),
        ("closed", {"reached:shared", "held", "reached:signed", "reached:closed"}),
    ],
)
def test_how_far_a_talk_has_come(state: str, reached: set[str]) -> None:
    counts = counted(talk(state=state, is_shared=state != "preparing"))
    steps = {"reached:shared", "held", "reached:signed", "reached:closed"}
    assert {key for key in counts if key in steps} == reached
    assert counts["expected"] == counts["people"] == counts[f"stage:{state}"] == 1


def test_a_cancelled_talk_and_a_follow_up_are_nobodys_lag() -> None:
    counts = counted(talk(state="cancelled", is_shared=True), talk(kind="follow_up", state="preparing"))
    assert counts == {"people": 1, "stage:cancelled": 1}


@pytest.mark.parametrize(
    ("is_shared", "is_late", "found"),
    [(False, False, {}), (True, False, {"in_time": 1}), (True, True, {"late": 1})],
)
def test_notice_is_that_of_the_first_pack(is_shared, is_late, found) -> None:
    assert picked(counted(talk(is_shared=is_shared, is_late=is_late)), "notice:") == found


@pytest.mark.parametrize(
    ("days", "span"),
    [
        (0, "0"),
        (1, "1"),
        (3, "3"),
        (4, "4-7"),
        (7, "4-7"),
        (8, "8-14"),
        (14, "8-14"),
        (15, "15+"),
        (90, "15+"),
    ],
)
def test_time_from_the_talk_to_the_record_and_the_signatures(days: int, span: str) -> None:
    assert span_of(days) == span
    later = DAY + timedelta(days=days)
    counts = counted(
        talk(state="signed", ended_on=DAY, frozen_on=later, signed_on=later, record_late=days > 3)
    )
    assert counts[f"record:{span}"] == counts[f"signed:{span}"] == 1
    assert counts["record:late"] == int(days > 3) and counts["record:in_time"] == int(days <= 3)


@pytest.mark.parametrize("answer", ["agree", "reserve", "refused", "decline", ""])
def test_sign_states_and_silence_is_never_agreement(answer: str) -> None:
    assert picked(counted(talk(state="recorded", employee_answer=answer)), "answer:") == {
        answer or "waiting": 1
    }
    assert not picked(counted(talk(state="talking", employee_answer=answer)), "answer:")


def test_consensus_and_causes_count_topics_of_talks_with_a_record() -> None:
    topics = (
        TopicFacts("improvement", "agreed", ("process", "skills")),
        TopicFacts("improvement", "reserved", ("process",)),
        TopicFacts("highlight", "partial", ("skills",)),
        TopicFacts("growth"),
    )
    counts = counted(talk(state="recorded", topics=topics))
    assert picked(counts, "consensus:") == {"all": 3, "agreed": 1, "partial": 1, "reserved": 1}
    assert picked(counts, "cause:") == {"topics": 2, "process": 2, "skills": 1}
    assert not picked(counted(talk(state="talking", topics=topics)), "cause:")


def test_disputes_by_how_they_stand() -> None:
    counts = counted(*(talk(state="signed", disputes=(how,)) for how in ("open", "corrected", "explained")))
    assert picked(counts, "dispute:") == {"raised": 3, "open": 1, "corrected": 1, "explained": 1}


def test_wording_counts_kinds_and_clean_talks() -> None:
    counts = counted(
        talk(state="recorded", wording={"absolute": 2, "no-support": 1}), talk(state="signed", wording={})
    )
    assert picked(counts, "wording:") == {"absolute": 2, "no-support": 1, "talks": 2, "clean": 1}


def item(state: str, due: date = DAY, submitted: date | None = None, kind: str = "support") -> ItemFacts:
    return ItemFacts(kind, state, due, due, submitted)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (item("accepted", submitted=DAY), {"all", "in_time", "due"}),
        (item("accepted", submitted=DAY + timedelta(days=1)), {"all", "late", "due"}),
        (item("active", due=DAY), {"all", "running"}),
        (item("active", due=DAY - timedelta(days=1)), {"all", "overdue", "due"}),
        (item("returned", due=DAY - timedelta(days=1)), {"all", "overdue", "due"}),
        (item("submitted", due=DAY - timedelta(days=1)), {"all", "submitted"}),
        (item("dropped"), {"all", "dropped"}),
        (item("draft"), set()),
    ],
)
def test_promises_kept_in_time(facts: ItemFacts, found: set[str]) -> None:
    assert set(picked(counted(talk(state="signed", items=(facts,))), "support:")) == found


GOOD = {
    "state": "signed",
    "is_shared": True,
    "pack_opened": True,
    "survey_in": True,
    "topics": (
        TopicFacts("highlight", "agreed", (), True),
        TopicFacts("improvement", "agreed", ("goals",), True, True),
    ),
    "items": (item("active", kind="action"), item("active")),
    "first_check_in": "on_time",
}


@pytest.mark.parametrize(
    ("check", "without"),
    [
        ("notice", {"is_late": True}),
        ("notice", {"pack_opened": False}),
        ("survey", {"survey_in": False}),
        ("highlight", {"topics": (TopicFacts("highlight", "agreed"),)}),
        (
            "topics",
            {"topics": (GOOD["topics"][0], TopicFacts("improvement", "agreed", ("goals",), True, False))},
        ),
        ("topics", {"topics": (GOOD["topics"][0], TopicFacts("improvement", "agreed", (), True, True))}),
        ("action", {"items": (item("active"),)}),
        ("support", {"items": (item("active", kind="action"),)}),
        ("record", {"record_late": True}),
        ("signatures", {"state": "recorded"}),
        ("check_in", {"first_check_in": "late"}),
    ],
)
def test_the_checklist_fails_by_exactly_what_is_missing(check: str, without: dict[str, object]) -> None:
    whole = counted(talk(**GOOD))
    lacking = counted(talk(**{**GOOD, **without}))
    assert whole[f"quality:{check}"] == whole[f"quality:{check}:of"] == lacking[f"quality:{check}:of"] == 1
    failed = {key for key, n in picked(lacking, "quality:").items() if key.endswith(":of")} - {
        f"{key}:of" for key in picked(lacking, "quality:") if not key.endswith(":of")
    }
    assert failed == {f"{check}:of"}


def test_a_check_in_still_to_come_is_not_judged() -> None:
    counts = counted(talk(**{**GOOD, "first_check_in": "waiting"}))
    assert "quality:check_in:of" not in counts


def on(day: int, what: str, to: int | None = None) -> ItemEvent:
    return ItemEvent(date(2026, 7, day), what, date(2026, 7, to) if to else None)


@pytest.mark.parametrize(
    ("history", "spans"),
    [
        ([], []),
        ([on(1, "activate")], [(11, None)]),
        ([on(1, "activate"), on(10, "submit")], []),
        ([on(1, "activate"), on(11, "submit")], []),
        ([on(1, "activate"), on(12, "submit")], [(11, 12)]),
        (
            [on(1, "activate"), on(9, "submit"), on(14, "return"), on(20, "submit"), on(21, "accept")],
            [(14, 20)],
        ),
        ([on(1, "activate"), on(15, "drop")], [(11, 15)]),
        ([on(1, "activate"), on(5, "move", 20)], [(21, None)]),
        ([on(1, "activate"), on(15, "move", 20)], [(11, 15), (21, None)]),
        ([on(13, "activate")], [(13, None)]),
        ([on(1, "activate"), on(12, "submit"), on(12, "return"), on(13, "submit")], [(11, 13)]),
    ],
)
def test_when_an_item_due_on_the_tenth_was_overdue(history, spans) -> None:
    expected = [(date(2026, 7, start), date(2026, 7, end) if end else None) for start, end in spans]
    assert overdue_spans(date(2026, 7, 10), history) == expected


STEPS = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(["activate", "submit", "return", "accept", "drop", "move"]),
        st.integers(0, 60),
    ),
    max_size=8,
)


# A busy machine draws slowly; that says nothing of the measure.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.integers(0, 30))
def test_weeks_overdue_are_those_whose_sunday_finds_it_so(drawn, due) -> None:
    """Against the plain way: walk the days, and look at each Sunday's end."""
    first = date(2026, 6, 1)
    history = tuple(
        ItemEvent(first + timedelta(days=day), what, first + timedelta(days=to) if what == "move" else None)
        for day, what, to in sorted(drawn, key=lambda step: step[0])
    )
    due_on = first + timedelta(days=due)
    steps = overdue_weeks(ItemFacts("action", "active", due_on, due_on, history=history))
    for week in range(14):
        end = sunday(first) + timedelta(weeks=week)
        running, date_then = False, due_on
        for event in history:
            if event.on > end:
                break
            if event.what == "move":
                date_then = event.to or date_then
            else:
                running = event.what in ("activate", "return")
        total = sum(
            n for key, n in steps.items() if date.fromisoformat(key.removeprefix(OVERDUE_WEEK)) <= end
        )
        assert total == int(running and date_then < end), end


def test_percent_rounds_half_up_and_needs_something_to_divide() -> None:
    assert [percent(n, 8) for n in (0, 1, 4, 7, 8)] == [0, 13, 50, 88, 100]
    assert percent(0, 0) is None


def test_every_figure_has_words_and_says_nothing_about_nothing() -> None:
    assert len({figure.key for figure in FIGURES}) == len(FIGURES)
    for figure in FIGURES:
        assert len(figure.definition) > 15, figure.key
        assert figure.finding({}) == NOTHING, figure.key
