"""The cockpit as one viewer may see it: roll-up rows only, with small groups hidden on every level. Five queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from huitan.core.sentences import Sentence, say
from huitan.cycles.models import Cycle
from huitan.insights.figures import COLUMNS, FIGURES, NOTHING, Counts, Figure, Line, percent
from huitan.insights.measures import ANSWERED, HELD, OVERDUE_WEEK, PEOPLE
from huitan.insights.models import Cursor, PulseCount
from huitan.insights.policy import COCKPIT
from huitan.insights.queries.scene import Scene, scenes, total, tree_of
from huitan.insights.small_groups import OWN_LEVEL
from huitan.people.actions import office_of
from huitan.people.models import Department
from huitan.people.relations import Actor
from huitan.plans.models import CAUSES

WEEKS = 12
BASES = (PEOPLE, HELD, ANSWERED)
SMALL = say("人数不足五人，或能和别的数字相减得出，不显示。")
TOP_ONLY = say("申诉按部门的数字在申诉页，这里只看总数：两处相减会指向少数几个人。")
NOT_YET = say("周期关闭以后公布，到那时不再收新的回答。")


@dataclass(frozen=True)
class Value:
    """`key` is the count's; `before` is the same share in the cycle before; shares are whole percents, none where there is nothing to divide."""

    key: str
    label: str
    n: int
    of: int
    share: int | None
    before: int | None
    unit: str


@dataclass(frozen=True)
class Week:
    on: date
    n: int


@dataclass(frozen=True)
class FigureView:
    """`hidden` says why nothing is shown; then there are neither lines nor weeks. `parts` are all answers of each pulse
    question in percent, (question, yes, partly, no); `headline` the one percent that stands for it, named `column`."""

    key: str
    title: str
    definition: str
    finding: Sentence
    lines: tuple[Value, ...] = ()
    weeks: tuple[Week, ...] = ()
    parts: tuple[tuple[str, int, int, int], ...] = ()
    column: str = ""
    headline: int | None = None
    hidden: Sentence | None = None

    @property
    def is_empty(self) -> bool:
        return self.hidden is None and self.finding == NOTHING

    @property
    def has_table(self) -> bool:
        """Whether anything was counted at all, here or on paper."""
        return self.hidden is None and not (self.is_empty and not any(line.n for line in self.lines))


@dataclass(frozen=True)
class Unit:
    """A department among others: one whole percent a column, none where it is hidden or there is nothing to divide.

    `full_name` is empty for the own level and for the rest, which is no place to go to.
    """

    name: str
    full_name: str
    is_own_level: bool
    merged: int
    people: int
    shares: tuple[int | None, ...]


@dataclass(frozen=True)
class CauseRow:
    name: str
    is_own_level: bool
    merged: int
    topics: int
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Place:
    """A department on the way up."""

    name: str
    full_name: str


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class Cockpit:
    """`as_of` is none before the worker has counted for the first time; `is_counting` while it counts anew; `served` are
    the viewer's own departments, none of them named where the whole company is theirs to see."""

    cycle: Cycle
    previous: Cycle | None
    cycles: tuple[Choice, ...]
    department: str
    department_id: int | None
    trail: tuple[Place, ...]
    departments: tuple[Place, ...]
    served: tuple[str, ...]
    as_of: datetime | None
    is_counting: bool
    hidden: Sentence | None
    people: int
    figures: tuple[FigureView, ...]
    units: tuple[Unit, ...]
    causes: tuple[CauseRow, ...]


def may_read(actor: Actor) -> bool:
    return bool(COCKPIT.judge("read", office_of(actor)))


def opened_cycles(actor: Actor) -> list[Cycle]:
    """Newest first; one query."""
    return list(Cycle.objects.visible_to(actor).exclude(state="draft").order_by("-starts_on", "-pk"))


def cockpit(actor: Actor, key: str = "", department: str = "") -> Cockpit | None:
    """The figures of one cycle (the newest open one without a key) and department; None where there is no such."""
    cycles = opened_cycles(actor) if may_read(actor) else []
    cycle = next((c for c in cycles if c.key == key), None) if key else _current(cycles)
    tree = tree_of(actor, department)
    if cycle is None or tree is None:
        return None
    at = cycles.index(cycle)
    previous = cycles[at + 1] if at + 1 < len(cycles) else None
    now, before = scenes(tree, cycle, previous)
    cursor = Cursor.objects.order_by("pk").first()
    allowed, compared = _allowed(now), _allowed(before)
    trail = [tree.departments[pk] for pk in tree.way]
    split = now.split(now.chosen, PEOPLE)
    return Cockpit(
        cycle=cycle,
        previous=previous,
        cycles=tuple(Choice(c.key, c.name) for c in cycles),
        department=department,
        department_id=trail[-1].pk if trail else None,
        trail=tuple(Place(d.name, d.full_name) for d in trail),
        departments=tuple(
            Place(d.name, d.full_name)
            for d in sorted((tree.departments[pk] for pk in split.shown - {OWN_LEVEL}), key=_by_name)
        )
        if allowed[PEOPLE]
        else (),
        served=() if tree.sees_all else tuple(sorted(tree.departments[pk].full_name for pk in tree.tops)),
        as_of=cursor.as_of if cursor else None,
        is_counting=cursor is None or cursor.rebuilt_to is not None,
        hidden=None if allowed[PEOPLE] or not now.of(now.chosen).get(PEOPLE, 0) else SMALL,
        people=now.of(now.chosen).get(PEOPLE, 0) if allowed[PEOPLE] else 0,
        figures=tuple(
            _view(
                figure,
                now.of(now.chosen),
                before.of(before.chosen) if before and compared[figure.base] else None,
                _why_hidden(figure, allowed, cycle, now),
                cursor.day if cursor else None,
            )
            for figure in FIGURES
        ),
        units=_units(now) if allowed[PEOPLE] else (),
        causes=_causes(now) if allowed[HELD] else (),
    )


def _current(cycles: Sequence[Cycle]) -> Cycle | None:
    return next((c for c in cycles if c.state == "open"), cycles[0] if cycles else None)


def _allowed(scene: Scene | None) -> dict[str, bool]:
    """Base → whether figures about it are shown. A department too small by its people is so in everything: its
    neighbours may have nobody who has talked yet, and then it alone would be large enough by the talks held."""
    if scene is None or not scene.shows(PEOPLE):
        return dict.fromkeys(BASES, False)
    return {base: scene.shows(base) for base in BASES}


def _why_hidden(figure: Figure, allowed: Mapping[str, bool], cycle: Cycle, scene: Scene) -> Sentence | None:
    if figure.key == "pulse" and cycle.state != "closed":
        return NOT_YET
    if figure.at_the_top_only and scene.tree.way:
        return TOP_ONLY
    has_any = scene.of(scene.chosen).get(figure.base, 0) > 0
    return SMALL if has_any and not allowed[figure.base] else None


def _view(
    figure: Figure, counts: Counts, before: Counts | None, hidden: Sentence | None, today: date | None
) -> FigureView:
    if hidden is not None:
        return FigureView(figure.key, figure.title, figure.definition, NOTHING, hidden=hidden)
    weeks = _weeks(counts, today) if figure.shape == "weeks" and today else ()
    finding = _trend(weeks) if figure.shape == "weeks" else figure.finding(counts)
    lines = tuple(_value(line, counts, before) for line in figure.lines)
    if figure.is_long:
        lines = tuple(v for v in lines if v.n or v.before)
    if figure.key == "wording":
        lines = tuple(sorted(lines, key=lambda v: -v.n))
    return FigureView(
        figure.key,
        figure.title,
        figure.definition,
        finding,
        lines,
        weeks,
        _answers(counts) if figure.shape == "answers" else (),
        figure.column,
        _headline(figure, counts),
    )


def _value(line: Line, counts: Counts, before: Counts | None) -> Value:
    n, of = counts.get(line.key, 0), counts.get(line.of, 0)
    earlier = percent(before.get(line.key, 0), before.get(line.of, 0)) if before is not None else None
    return Value(line.key, line.label, n, of, percent(n, of), earlier, line.unit)


def _weeks(counts: Counts, today: date) -> tuple[Week, ...]:
    """The last Sundays that are over, from the first with something overdue on."""
    steps = {
        date.fromisoformat(key.removeprefix(OVERDUE_WEEK)): n
        for key, n in counts.items()
        if key.startswith(OVERDUE_WEEK)
    }
    last = today - timedelta(days=today.weekday() + 1)
    sundays = [last - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    found = [Week(on, sum(n for step, n in steps.items() if step <= on)) for on in sundays]
    return tuple(week for week in found if any(step <= week.on for step in steps))


def _trend(weeks: Sequence[Week]) -> Sentence:
    if not weeks:
        return NOTHING
    if len(weeks) < 5:
        return say("上个周日有 %(n)s 项逾期", n=weeks[-1].n)
    return say("上个周日有 %(n)s 项逾期，四周前是 %(m)s 项", n=weeks[-1].n, m=weeks[-5].n)


def _answers(counts: Counts) -> tuple[tuple[str, int, int, int], ...]:
    of = counts.get(ANSWERED, 0)
    if not of:
        return ()
    found = []
    for question, words in PulseCount.QUESTIONS.items():
        yes, partly, no = (
            percent(counts.get(f"pulse:{question}:{answer}", 0), of) or 0 for answer in PulseCount.ANSWERS
        )
        found.append((words, yes, partly, no))
    return tuple(found)


def _units(scene: Scene) -> tuple[Unit, ...]:
    """The departments below the chosen one side by side; none where there is nothing to set beside each other."""
    node = scene.chosen
    groups, by_people = scene.groups(node), scene.split(node, PEOPLE)
    splits = {figure.base: scene.split(node, figure.base) for figure in COLUMNS}
    found = []
    for pk in _in_order(scene, by_people.shown):
        shares = tuple(
            _headline(figure, groups[pk]) if pk in splits[figure.base].shown else None for figure in COLUMNS
        )
        name, full_name = _named(scene, pk)
        found.append(Unit(name, full_name, pk == OWN_LEVEL, 0, groups[pk].get(PEOPLE, 0), shares))
    if by_people.rest:
        rest = total([groups[pk] for pk in by_people.rest])
        shares = tuple(
            _headline(figure, rest) if splits[figure.base].rest == by_people.rest else None
            for figure in COLUMNS
        )
        found.append(Unit("", "", False, len(by_people.rest), rest.get(PEOPLE, 0), shares))
    return tuple(found) if len(found) > 1 else ()


def _causes(scene: Scene) -> tuple[CauseRow, ...]:
    """Those named are large enough by their people and by the talks held; all others are one."""
    groups, by_people = scene.groups(scene.chosen), scene.split(scene.chosen, PEOPLE)
    shown = by_people.shown & scene.split(scene.chosen, HELD).shown
    found = [
        CauseRow(_named(scene, pk)[0], pk == OWN_LEVEL, 0, *_named_causes(groups[pk]))
        for pk in _in_order(scene, shown)
    ]
    others = [pk for pk in (*by_people.shown, *by_people.rest) if pk not in shown]
    if others:
        found.append(CauseRow("", False, len(others), *_named_causes(total([groups[pk] for pk in others]))))
    return tuple(row for row in found if row.topics) if len(found) > 1 else ()


def _named_causes(counts: Counts) -> tuple[int, tuple[int, ...]]:
    return counts.get("cause:topics", 0), tuple(counts.get(f"cause:{cause}", 0) for cause in CAUSES)


def _headline(figure: Figure, counts: Counts) -> int | None:
    if figure.headline is None:
        return None
    key, of = figure.headline
    return percent(counts.get(key, 0), counts.get(of, 0))


def _named(scene: Scene, pk: int) -> tuple[str, str]:
    if pk == OWN_LEVEL:
        return (scene.tree.departments[scene.chosen].name if scene.tree.way else ""), ""
    department = scene.tree.departments[pk]
    return department.name, department.full_name


def _in_order(scene: Scene, nodes: Collection[int]) -> list[int]:
    return sorted(nodes, key=lambda pk: (pk == OWN_LEVEL, _named(scene, pk)))


def _by_name(department: Department) -> str:
    return department.full_name
