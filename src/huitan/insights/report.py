"""The cockpit on paper: findings as headings, each with its drawing, its table, its definition and the date of its numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import rfc8785
from django.utils.translation import gettext as _

from huitan.documents.paper import Block, annex, bars, line, note, paper, section, stack, table
from huitan.documents.typesetting import typeset
from huitan.documents.written import day, moment, zone_note
from huitan.insights.drawings import drawing_of
from huitan.insights.figures import COLUMNS
from huitan.insights.models import PulseCount
from huitan.insights.queries.cockpit import Cockpit, FigureView
from huitan.insights.words import place_name, share_words, unit_name
from huitan.plans.models import CAUSES

CONTENT = "figures.json"


def print_report(shown: Cockpit, *, at: datetime, by: str) -> bytes:
    """A PDF/A with the numbers attached; not sealed, because it proves nothing about anybody."""
    raw = rfc8785.dumps(_content(shown))
    digest = hashlib.sha256(raw).hexdigest()
    title = _("HR 驾驶舱")
    sheet = paper(
        title,
        about=_("%(cycle)s · %(department)s") % {"cycle": shown.cycle.name, "department": place_name(shown)},
        author=by,
        keywords=["huitan-cockpit", digest],
        facts=[
            (_("周期"), shown.cycle.name),
            (_("部门"), place_name(shown)),
            (_("截至"), moment(shown.as_of)),
            (_("人数"), "—" if shown.hidden else str(shown.people)),
            (_("对照"), shown.previous.name if shown.previous else _("没有更早的周期")),
            (_("打印"), f"{by} · {moment(at)}"),
        ],
        banners=[_("数字正在从头计算，还不完整。")] if shown.is_counting else [],
        sections=[*figure_sections(shown), *_side_by_side(shown)],
        running=title,
        foot=_("校验值"),
        hash_words=digest,
        seal=[_("不足五人的组不单独显示，也不能从别的数字相减得出。"), zone_note(at)],
        annexes=[annex(CONTENT, _("报告里的全部数字，RFC 8785 规范格式"), raw)],
        files={CONTENT: raw},
    )
    sheet.data["seal_title"] = _("说明")
    return typeset(sheet.data, sheet.attached, at=at)


def figure_sections(shown: Cockpit) -> Iterable[Block]:
    """Finding, drawing, table and definition of each figure; of a hidden one only why."""
    for figure in shown.figures:
        blocks = [*_drawings(figure, shown), *_tables(figure, shown)] if figure.has_table else []
        words = str(figure.hidden or figure.finding)
        yield section(
            f"{_(figure.title)} · {words}",
            [*blocks, note(_("怎么算的：%(words)s") % {"words": _(figure.definition)})],
        )


def _drawings(figure: FigureView, shown: Cockpit) -> Iterable[Block]:
    drawing = drawing_of(figure, shown, day)
    if drawing is None:
        return
    alt = f"{figure.finding}{_('：')}{_('数字在下面的表里')}"
    names = [series.name for series in drawing.series]
    rows = list(zip(drawing.labels, zip(*(s.values for s in drawing.series), strict=True), strict=True))
    if drawing.kind == "weeks":
        yield line([(label, n or 0) for label, (n,) in rows], alt)
    elif drawing.kind == "stack":
        yield stack([(label, [n or 0 for n in values]) for label, values in rows], names, drawing.unit, alt)
    else:
        yield bars(rows, names, drawing.unit, alt)


def _tables(figure: FigureView, shown: Cockpit) -> Iterable[Block]:
    if figure.weeks:
        weeks = [(day(week.on), str(week.n)) for week in figure.weeks]
        yield table((_("周日"), _("逾期的项数")), ("1fr", "1fr"), weeks)
    elif figure.parts:
        answers = (_("三个问题"), *(_(word) for word in PulseCount.ANSWERS.values()))
        parts = [(_(q), f"{yes}%", f"{partly}%", f"{no}%") for q, yes, partly, no in figure.parts]
        yield table(answers, ("2fr", "auto", "auto", "auto"), parts)
    elif figure.lines:
        share = _("占比") if figure.lines[0].unit == "%" else _("每百场")
        head = (_("分项"), _("数"), share, shown.previous.name if shown.previous else _("上一周期"))
        lines = [
            (_(v.label), f"{v.n} / {v.of}", share_words(v.share, v.unit), share_words(v.before, v.unit))
            for v in figure.lines
        ]
        yield table(head, ("2fr", "1fr", "1fr", "1fr"), lines)


def _side_by_side(shown: Cockpit) -> Iterable[Block]:
    if shown.units:
        yield section(
            _("按部门"),
            [
                _grid(
                    (_("部门"), _("人数"), *(_(c.column) for c in COLUMNS)),
                    [
                        (unit_name(u.name, u.is_own_level, u.merged), str(u.people), *map(_percent, u.shares))
                        for u in shown.units
                    ],
                )
            ],
        )
    if shown.causes:
        yield section(
            _("各部门的原因"),
            [
                _grid(
                    (_("部门"), _("话题"), *(_(word) for word in CAUSES.values())),
                    [
                        (unit_name(c.name, c.is_own_level, c.merged), str(c.topics), *map(str, c.counts))
                        for c in shown.causes
                    ],
                )
            ],
        )


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Block:
    return table(head, ("2fr", *("1fr" for _column in head[1:])), rows)


def _percent(share: int | None) -> str:
    return share_words(share, "%")


def _content(shown: Cockpit) -> dict[str, Any]:
    """Keys instead of words, so that it reads the same in every language."""
    return {
        "format": "huitan-cockpit-1",
        "cycle": shown.cycle.key,
        "department": shown.department,
        "as_of": shown.as_of.isoformat() if shown.as_of else None,
        "people": shown.people,
        "figures": {
            figure.key: {
                "lines": [[v.label, v.n, v.of, v.before] for v in figure.lines],
                "weeks": [[week.on.isoformat(), week.n] for week in figure.weeks],
                "parts": [list(part) for part in figure.parts],
                "hidden": figure.hidden is not None,
            }
            for figure in shown.figures
        },
        "departments": [
            {"name": u.full_name or u.name, "people": u.people, "shares": list(u.shares)} for u in shown.units
        ],
        "causes": [{"name": c.name, "topics": c.topics, "counts": list(c.counts)} for c in shown.causes],
    }
