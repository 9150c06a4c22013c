"""Nobody reads what is not theirs to read: any order of writing, telling, taking back and sharing, over the whole cast."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import walk
from tests.cast import NAMES, at

from huitan.conversations.queries.evidence_log import log_page, subject
from huitan.core.moves import Refused
from huitan.evidence import actions
from huitan.evidence.models import Evidence

WRITERS = st.sampled_from(["shen", "lin", "gu", "he"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), WRITERS, st.booleans()),
        st.tuples(st.just("tell"), st.just("shen"), st.integers(0, 5)),
        st.tuples(st.just("withdraw"), WRITERS, st.integers(0, 5)),
    ),
    min_size=1,
    max_size=10,
)
READERS = {"shen", "gu", "he"}


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, shares=st.booleans())
def test_the_employee_sees_what_was_told_or_shared_and_outsiders_nothing(cast, talk, steps, shares) -> None:
    from django.db import transaction

    with transaction.atomic():
        written: list[Evidence] = []
        for number, (step, who, value) in enumerate(steps):
            actor = cast.actor(who)
            try:
                if step == "write":
                    told = date(2026, 5, 1) if value and who == "shen" else None
                    written.append(
                        actions.add(
                            cast.lin,
                            kind="note",
                            occurred_on=date(2026, 5, 1),
                            statement=f"第 {number} 件",
                            told_on=told,
                            actor=actor,
                            at=at(7, 1),
                        )
                    )
                elif written:
                    one = written[value % len(written)]
                    if step == "tell":
                        actions.tell(one, date(2026, 5, 2), actor=actor, at=at(7, 1))
                    else:
                        actions.withdraw(one, "不要了", actor=actor, at=at(7, 1))
            except Refused:
                pass
        if shares:
            walk.prepare(cast, talk)
            walk.share(cast, talk)
        notes = {e.pk: e for e in Evidence.objects.filter(pk__in=[w.pk for w in written])}
        for who in NAMES:
            actor = cast.actor(who)
            seen = set(Evidence.objects.visible_to(actor).filter(pk__in=notes).values_list("pk", flat=True))
            listed = Evidence.objects.listed_for(actor).filter(pk__in=notes).values_list("pk", flat=True)
            assert sorted(listed) == sorted(seen)
            if who in READERS:
                assert seen == set(notes)
            elif who == "lin":
                mine = {pk for pk, e in notes.items() if e.added_by_id == cast.lin.pk}
                told = {pk for pk, e in notes.items() if e.shared_at is not None}
                assert seen == mine | told
                assert not {pk for pk in seen - mine if notes[pk].withdrawn_at}
            else:
                assert not seen
        for pk, e in notes.items():
            if e.withdrawn_at is None and shares:
                assert e.shared_at is not None, f"{pk} went into the pack unseen"
        transaction.set_rollback(True)


@pytest.mark.parametrize("who", sorted(NAMES))
def test_a_log_is_open_to_the_person_the_manager_and_hr(cast, who) -> None:
    found = subject(cast.actor(who), cast.lin.pk)
    assert (found is not None) == (who in READERS | {"lin"})


def test_hr_does_not_learn_topics_from_citations_before_the_record(cast, talk) -> None:
    made = actions.add(
        cast.lin,
        kind="incident",
        occurred_on=date(2026, 5, 1),
        statement="一件事",
        actor=cast.actor("shen"),
        at=at(7, 1),
    )
    from huitan.conversations.actions import preparation

    preparation.add_topic(
        talk, "improvement", "只给双方看的话题", evidence=[made], actor=cast.actor("shen"), at=at(7, 2)
    )

    def topics(who: str) -> list[str]:
        page = log_page(cast.lin, cast.actor(who), at(7, 3), None)
        return [c.topic for m in page.months for line in m.lines for c in line.citations]

    assert topics("shen") == ["只给双方看的话题"]
    assert topics("he") == topics("gu") == topics("lin") == []
