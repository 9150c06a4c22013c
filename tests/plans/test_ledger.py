"""The ledger below its screens: whom it is about, its orders and counts, whose view is whose, who is reminded of what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.cast import NAMES, at
from tests.plans.items import NOW, item, several

from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.cycles.models import Review
from huitan.plans.actions import ledger as actions
from huitan.plans.ledger_columns import COLUMNS, USUAL, in_order
from huitan.plans.models import PlanItem
from huitan.plans.models.ledger import ItemReminder, LedgerView
from huitan.plans.queries import ledger, ledger_figures, ledger_scope
from huitan.plans.queries.ledger import LedgerFilter, ledger_page, ledger_rows
from huitan.plans.queries.ledger_figures import Figure
from huitan.plans.queries.ledger_scope import Scope, filter_options, scope_of, within
from huitan.plans.queries.reminders import preview_of, preview_of_all


@pytest.fixture
def items(cast, cycle):
    return several(cast, cycle)


def test_r21_a_small_scope_a_large_one_and_visible_to_say_the_same(cast, items, monkeypatch) -> None:
    for who in NAMES:
        actor = cast.actor(who)
        seen = set(PlanItem.objects.visible_to(actor).values_list("pk", flat=True))
        small = scope_of(actor)
        assert set(small.items.values_list("pk", flat=True)) == seen, who
        monkeypatch.setattr(ledger_scope, "FEW", 0)
        large = scope_of(actor)
        assert set(large.items.values_list("pk", flat=True)) == seen, who
        monkeypatch.undo()
        narrow = within(Scope(actor, None), department=cast.lin.department_id, manager=cast.shen.pk)
        assert narrow.people is not None
        wanted = LedgerFilter(department=cast.lin.department_id, manager=cast.shen.pk)
        found = set(ledger.filtered(wanted, actor, narrow.read).values_list("pk", flat=True))
        about = {items[name].pk for name in ("late", "handed_in", "promise", "elsewhere", "chen")}
        assert found == seen & about, who
    assert items["draft"].pk not in seen


def test_somebody_with_one_promise_elsewhere_sees_that_item_and_no_other_of_the_plan(cast, items) -> None:
    rows = ledger_page(LedgerFilter(), scope_of(cast.actor("sun")), NOW).rows
    assert {row.pk for row in rows} == {items["elsewhere"].pk, items["sun"].pk}
    assert {row.causes for row in rows if row.pk == items["elsewhere"].pk} == {()}


def test_whoever_only_owns_an_item_is_not_told_that_the_talk_is_disputed(cast, items) -> None:
    Review.objects.filter(pk=items["elsewhere"].plan.review_id).update(disputed_since=NOW)

    def told(who: str) -> set[int]:
        rows = ledger_rows(LedgerFilter(), cast.actor(who), NOW)
        return {row.pk for row in rows if row.is_disputed}

    assert told("sun") == set()
    assert told("lin") == told("shen") == {items[n].pk for n in ("late", "handed_in", "promise", "elsewhere")}


def test_whoever_only_owns_an_item_cannot_find_out_its_cause_by_asking_for_it(
    cast, items, monkeypatch
) -> None:
    def found(who: str) -> set[int]:
        return {
            row.pk for row in ledger_page(LedgerFilter(cause="process"), scope_of(cast.actor(who)), NOW).rows
        }

    for few in (ledger_scope.FEW, 0):
        monkeypatch.setattr(ledger_scope, "FEW", few)
        assert found("sun") == {items["sun"].pk}
        assert found("shen") == {
            items[name].pk for name in ("late", "handed_in", "promise", "elsewhere", "chen")
        }
        asked = LedgerFilter(cause="process")
        assert {row.pk for row in ledger_rows(asked, cast.actor("sun"), NOW)} == {items["sun"].pk}
    assert len(found("he")) == 6


def test_a_state_asked_for_beside_overdue_narrows_it(cast, items) -> None:
    PlanItem.objects.filter(pk=items["chen"].pk).update(state="returned", due_on=date(2026, 7, 1))
    scope = scope_of(cast.actor("he"))
    found = {
        state: {row.pk for row in ledger_page(LedgerFilter(due="overdue", state=state), scope, NOW).rows}
        for state in ("", *ledger.STATES)
    }
    late = {items["late"].pk, items["chen"].pk}
    assert {state for state, rows in found.items() if rows == late} == {"", "running", "all"}
    assert found["returned"] == {items["chen"].pk}
    assert not found["accepted"] | found["submitted"] | found["dropped"]
    counted = ledger_figures.ledger_figures(LedgerFilter(due="overdue", state="accepted"), scope, NOW)
    assert (counted.running_here, counted.overdue) == (Figure(0), Figure(2))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("due", ["late", "chen", "sun", "handed_in", "promise", "elsewhere"]),
        ("updated", ["promise", "chen", "late", "sun", "elsewhere", "handed_in"]),
        ("person", ["late", "handed_in", "promise", "elsewhere", "chen", "sun"]),
    ],
)
def test_r21_each_order_pages_by_its_key_and_neither_skips_nor_repeats(
    cast, items, monkeypatch, order, expected
) -> None:
    names = {thing.pk: name for name, thing in items.items()}
    he = cast.actor("he")
    for size in (1, 2, 5):
        monkeypatch.setattr(ledger, "PAGE", size)
        seen, after, pages = [], "", 0
        while after or not pages:
            found = ledger_page(LedgerFilter(), scope_of(he), NOW, order=order, after=after)
            seen += [names[row.pk] for row in found.rows]
            after, pages = found.next_key, pages + 1
        assert seen == expected, size
        assert pages == -(-len(expected) // size)
    assert [names[row.pk] for row in ledger_rows(LedgerFilter(), he, NOW, order=order)] == expected


def test_a_broken_key_starts_from_the_beginning(cast, items) -> None:
    scope = scope_of(cast.actor("he"))
    broken = [
        "x",
        "..",
        "never.",
        "never.x",
        "-1.5",
        "9" * 17 + ".3",
        "2026-02-30.4",
        "a.2026-13-01.5",
        "²." * 3,
    ]
    for order in ("due", "updated", "person"):
        for after in broken:
            found = ledger_page(LedgerFilter(), scope, NOW, order=order, after=after)
            assert len(found.rows) == 6, (order, after)


def test_the_figures_count_the_late_ones_first_and_no_further_than_they_say(cast, items, monkeypatch) -> None:
    scope = scope_of(cast.actor("shen"))
    found = ledger_figures.ledger_figures(LedgerFilter(), scope, NOW)
    assert found == ledger_figures.LedgerFigures(
        running=Figure(4),
        due_soon=Figure(1),
        overdue=Figure(1),
        submitted=Figure(1),
        support=Figure(1),
        mine_to_accept=Figure(1),
        running_here=Figure(4),
    )
    late = ledger_figures.ledger_figures(LedgerFilter(due="overdue"), scope, NOW)
    assert (late.running_here, late.running) == (Figure(1), Figure(4))
    monkeypatch.setattr(ledger_figures, "COUNTED", 2)
    found = ledger_figures.ledger_figures(LedgerFilter(), scope, NOW)
    assert (str(found.overdue), str(found.running), str(found.support)) == ("1", "2+", "—")


@pytest.mark.parametrize("who", ["shen", "lin", "he", "qian", "gu", "tao"])
def test_the_figure_of_what_waits_for_me_counts_what_the_list_shows(cast, items, who) -> None:
    scope = scope_of(cast.actor(who))
    listed = ledger_page(LedgerFilter(mine="accept"), scope, NOW).rows
    counted = ledger_figures.ledger_figures(LedgerFilter(), scope, NOW).mine_to_accept
    assert counted == Figure(len(listed))
    assert len(listed) == (1 if who == "shen" else 0)


def test_columns_stand_in_one_order_and_the_item_always_does() -> None:
    assert in_order(["state", "owner", "nonsense"]) == ("item", "owner", "state")
    assert in_order([]) == in_order(["nonsense"]) == USUAL
    assert in_order(COLUMNS) == tuple(COLUMNS)


def keep(cast, who, name, **more):
    return actions.keep_view(name, {"due": "7"}, ["ref"], actor=cast.actor(who), **more)


def test_a_view_is_its_keepers_alone_and_at_most_one_comes_first(cast) -> None:
    one = keep(cast, "shen", "我的团队", is_default=True)
    two = keep(cast, "shen", "这周", is_default=True)
    assert keep(cast, "lin", "我的团队").pk != one.pk
    own = LedgerView.objects.visible_to(cast.actor("shen"))
    assert set(own.all()) == {one, two} and list(own.filter(is_default=True)) == [two]
    assert (one.query, one.columns) == ({"due": "7"}, ["ref", "item"])
    actions.open_with(one, True, actor=cast.actor("shen"))
    assert list(own.filter(is_default=True)) == [one]
    actions.open_with(one, False, actor=cast.actor("shen"))
    assert not own.filter(is_default=True)
    for act in (
        lambda: actions.rename_view(one, "x", actor=cast.actor("lin")),
        lambda: actions.forget_view(one, actor=cast.actor("he")),
        lambda: actions.change_view(one, {}, actor=cast.actor("zhao")),
        lambda: actions.open_with(one, True, actor=cast.actor("lin")),
        lambda: actions.choose_columns(one, ["due"], actor=cast.actor("lin")),
        lambda: actions.rename_view(one, "这周", actor=cast.actor("shen")),
        lambda: keep(cast, "shen", "我的团队"),
    ):
        with pytest.raises(Refused):
            act()
    assert actions.rename_view(one, "我的团队 ", actor=cast.actor("shen")).pk == one.pk
    actions.forget_view(one, actor=cast.actor("shen"))
    assert list(own.all()) == [two] and not Event.objects.filter(verb__startswith="ledger")


def test_views_are_kept_up_to_a_number(cast, monkeypatch) -> None:
    monkeypatch.setattr(actions, "VIEWS_AT_MOST", 2)
    keep(cast, "shen", "一"), keep(cast, "shen", "二")
    actions.choose_columns(None, ["due"], actor=cast.actor("shen"))
    with pytest.raises(Refused, match="最多存 2 个视图"):
        keep(cast, "shen", "三")


# Whom each of the cast reminds, of all there is: the owners of what runs and is not their own.
REMINDS = {
    "shen": {"late", "elsewhere", "chen"},
    "zhao": {"late", "promise", "elsewhere", "chen"},
    "wang": {"late", "promise", "elsewhere", "chen", "sun"},
    "qian": {"sun"},
    "gu": {"late", "promise", "elsewhere", "chen"},
    "he": {"late", "promise", "elsewhere", "chen", "sun"},
    "lin": set(),
    "chen": set(),
    "sun": set(),
    "tao": set(),
}


def test_r21_only_those_above_and_hr_remind_and_see_before_who_will_hear(cast, items) -> None:
    names = {thing.pk: name for name, thing in items.items()}
    everything = [thing.pk for thing in items.values()]
    for who, expected in REMINDS.items():
        actor = cast.actor(who)
        preview = preview_of(everything, actor, NOW)
        assert {names[pk] for pk in preview.ids} == expected, who
        if who != "sun":
            assert set(preview_of_all(LedgerFilter(), scope_of(actor), NOW).ids) == set(preview.ids), who
        if not expected:
            with pytest.raises(Refused):
                actions.remind(everything, actor=actor, at=NOW)
    assert not ItemReminder.objects.exists()


def test_r21_a_reminder_is_sent_once_a_day_and_says_what_it_left_out(cast, items) -> None:
    shen, he = cast.actor("shen"), cast.actor("he")
    everything = [thing.pk for thing in items.values()]
    sent = actions.remind([items["late"].pk, items["promise"].pk, items["handed_in"].pk], actor=shen, at=NOW)
    assert (sent.people, sent.items) == (1, 1)
    assert {str(why): n for why, n in sent.skipped.items()} == {
        "由你自己负责": 1,
        "没有在等负责人：现在是「待验收」": 1,
    }
    event = Event.objects.get(verb="item.reminded")
    assert (event.stream, event.actor) == (items["late"].stream, shen.key)
    assert event.payload == {"id": items["late"].pk, "to": cast.lin.pk}
    with pytest.raises(Refused, match="今天已经提醒过了") as again:
        actions.remind([items["late"].pk], actor=shen, at=NOW + timedelta(hours=3))
    assert again.value.kind == "not_now"
    by_hr = actions.remind(everything, actor=he, at=NOW + timedelta(hours=4))
    assert by_hr.items == 4
    assert sorted(Event.objects.filter(verb="item.reminded").values_list("payload__id", flat=True)) == sorted(
        items[name].pk for name in ("late", "promise", "elsewhere", "chen", "sun")
    )
    actions.remind([items["late"].pk], actor=shen, at=NOW + timedelta(days=1))
    assert ItemReminder.objects.filter(item=items["late"]).count() == 2


def test_who_cannot_log_in_is_not_said_to_have_been_reminded(cast, items) -> None:
    account = cast.account("lin")
    account.is_active = False
    account.save()
    preview = preview_of([items["late"].pk], cast.actor("shen"), NOW)
    assert [str(s.because) for s in preview.skipped] == ["负责人没有能登录的账号，收不到"]


def test_all_found_reaches_so_many_and_those_due_first(cast, cycle, items, monkeypatch) -> None:
    from huitan.plans.queries import reminders

    monkeypatch.setattr(reminders, "AT_MOST", 2)
    monkeypatch.setattr(actions, "AT_MOST", 2)
    item(cast, cycle, "chen", "更早的", due_on=date(2026, 7, 1))
    preview = preview_of_all(LedgerFilter(), scope_of(cast.actor("shen")), NOW)
    assert preview.cut and [line.what for p in preview.addressees for line in p.lines] == ["更早的", "晚了的"]
    with pytest.raises(Refused, match="一次最多提醒 2 项"):
        actions.remind([1, 2, 3], actor=cast.actor("shen"), at=at(7, 20))


def test_of_many_people_only_the_upper_levels_of_units_are_offered_and_the_chosen_one(
    cast, items, monkeypatch
) -> None:
    monkeypatch.setattr(ledger_scope, "UNITS", 1)
    scope, own = scope_of(cast.actor("he")), cast.lin.department
    offered = filter_options(scope)
    assert len(offered.departments) == 1
    assert "department" in offered.cut
    chosen = filter_options(scope, department=own.pk).departments
    assert chosen[0] == (own.pk, own.full_name)


def test_a_head_of_many_is_offered_the_units_of_the_two_levels_below(cast, items, monkeypatch) -> None:
    monkeypatch.setattr(ledger_scope, "FEW", 0)
    offered = filter_options(scope_of(cast.actor("zhao")))
    units = dict(offered.departments)
    assert cast.lin.department_id in units
    assert cast.sun.department_id not in units
    assert {pk for pk, _name in offered.managers} >= {cast.shen.pk}
