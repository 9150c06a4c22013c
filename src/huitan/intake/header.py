"""Where the header is and which column means what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huitan.intake.cells import Cell, line
from huitan.intake.columns import ALTERNATIVES, PERIOD_TARGETS, REQUIREMENTS, field_of, fields_of, header_key
from huitan.intake.problems import N_, Unusable
from huitan.intake.reading import Kind
from huitan.intake.tables import Range, Rows, Sheet

HEADER_WITHIN = 60
_MAX_COLUMNS = 400
# A second column of these, such as Q2目标 beside Q1目标, is another result and not another spelling.
_WHO: tuple[str, ...] = ("staff_number", "name")
_ONE_OF_EACH = {
    "target": N_("这几列都像目标值，分不出该用哪一列：%(columns)s。"),
    "actual": N_("这几列都像实际值，分不出该用哪一列：%(columns)s。"),
}
_IGNORE = ("", "ignore", "-")
# What a list of people has and a list of results or of incidents has not.
_ONLY_ROSTER = {
    "position",
    "manager_number",
    "manager_email",
    "manager_name",
    "manager",
    "hired_on",
    "status",
    "has_left",
    "left_on",
}
_NO_ROSTER: Mapping[Kind, tuple[str, str]] = {
    "kpi": (
        N_("这张表是 KPI 结果，不是花名册。"),
        N_("按 KPI 结果导入。真是花名册的话，去掉这几列再上传：%(columns)s。"),
    ),
    "events": (
        N_("这张表是关键事件，不是花名册。"),
        N_("按关键事件导入。真是花名册的话，去掉这几列再上传：%(columns)s。"),
    ),
}


@dataclass(frozen=True)
class Header:
    """``row``: 0-based. ``titles``: one per column as found, made unique, "" for a column without a header.
    ``fields``: field → 0-based column. ``rivals``: field → other columns that could as well be it."""

    row: int
    titles: tuple[str, ...]
    fields: Mapping[str, int]
    rivals: Mapping[str, tuple[int, ...]]

    @property
    def columns(self) -> dict[str, str]:
        by_place = sorted((place, field) for field, place in self.fields.items())
        return {self.titles[place]: field for place, field in by_place}

    @property
    def ignored(self) -> tuple[str, ...]:
        used = set(self.fields.values())
        return tuple(title for place, title in enumerate(self.titles) if title and place not in used)


def score_rows(kind: Kind, rows: Sequence[Sequence[Cell]], mapping: Mapping[str, str] | None = None) -> float:
    """How well the best of the first rows serves as header: required columns weigh most."""
    header = find_header(kind, Sheet("", [list(row) for row in rows[:HEADER_WITHIN]]), mapping)
    return header_score(kind, header) if header else 0.0


def header_score(kind: Kind, header: Header) -> float:
    missing = len(missing_columns(kind, header))
    return 5.0 * (len(REQUIREMENTS[kind]) - missing) + len(header.fields)


def missing_columns(kind: Kind, header: Header) -> tuple[str, ...]:
    return tuple(
        need.label
        for need in REQUIREMENTS[kind]
        if not any(all(field in header.fields for field in group) for group in need.groups)
    )


def find_header(kind: Kind, sheet: Sheet, mapping: Mapping[str, str] | None = None) -> Header | None:
    """The best header among the first rows; the upper one of equals. None when no row names two known columns."""
    merges = [merge for merge in sheet.merges if merge[0][0] < HEADER_WITHIN]
    head = _with_merges(sheet.rows[:HEADER_WITHIN], merges)
    best: Header | None = None
    best_score = 0.0
    for row, cells in enumerate(head):
        if sum(1 for cell in cells[:_MAX_COLUMNS] if type(cell) is str and cell) < 2:
            continue
        header = _header(kind, head, row, merges, mapping or {})
        found = header_score(kind, header)
        if len(header.fields) >= 2 and found > best_score:
            best, best_score = header, found
    return best


def _with_merges(rows: Rows, merges: Sequence[Range]) -> Rows:
    """Every cell of a merged range says what the range says."""
    filled = [list(row[:_MAX_COLUMNS]) for row in rows]
    for (top, left), (bottom, right) in merges:
        if top >= len(filled) or left >= len(filled[top]):
            continue
        value = filled[top][left]
        for row in range(top, min(bottom + 1, len(filled))):
            for column in range(left, min(right + 1, len(filled[row]))):
                filled[row][column] = value
    return filled


def _header(kind: Kind, head: Rows, row: int, merges: Sequence[Range], mapping: Mapping[str, str]) -> Header:
    cells = [line(cell) if isinstance(cell, str) else "" for cell in head[row]]
    groups = _group_titles(head, row, merges)
    titles: list[str] = []
    meanings: list[tuple[str, int] | None] = []
    for place, cell in enumerate(cells):
        group = groups.get(place, "")
        grouped = field_of(kind, f"{group} {cell}") if group and cell else None
        if grouped:
            cell = f"{group} {cell}"
        titles.append(cell)
        meanings.append(grouped or field_of(kind, cell))
    unique = _unique(titles)
    chosen = {header_key(found): field for found, field in mapping.items()}
    fields, rivals = _assign(kind, unique, meanings, chosen)
    return Header(row, tuple(unique), fields, rivals)


def _group_titles(head: Rows, row: int, merges: Sequence[Range]) -> dict[int, str]:
    """Column → the title above it that spans several columns, such as 直接上级 over 工号 and 姓名."""
    groups: dict[int, str] = {}
    if row == 0:
        return groups
    width = max(len(head[row]), 1)
    for (top, left), (bottom, right) in merges:
        spans = right - left + 1
        if top <= row - 1 <= bottom < row and 2 <= spans <= width * 0.6 and left < len(head[row - 1]):
            for column in range(left, right + 1):
                groups[column] = line(head[row - 1][left])
    return groups


def _unique(titles: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for title in titles:
        if title:
            seen[title] = seen.get(title, 0) + 1
            title = title if seen[title] == 1 else f"{title}({seen[title]})"
        unique.append(title)
    return unique


def _assign(
    kind: Kind,
    titles: Sequence[str],
    meanings: Sequence[tuple[str, int] | None],
    chosen: Mapping[str, str],
) -> tuple[dict[str, int], dict[str, tuple[int, ...]]]:
    fields: dict[str, int] = {}
    claims: list[tuple[int, int, str]] = []
    for place, (title, meaning) in enumerate(zip(titles, meanings, strict=True)):
        wanted = chosen.get(header_key(title)) if title else None
        if wanted is not None:
            if wanted not in _IGNORE:
                fields.setdefault(wanted, place)
        elif meaning:
            claims.append((meaning[1], place, meaning[0]))
    losers: list[int] = []
    won: dict[str, tuple[int, int]] = {}
    rivals: dict[str, tuple[int, ...]] = {}
    for rank, place, field in sorted(claims):
        if field not in fields:
            fields[field] = place
            won[field] = rank, place
            continue
        losers.append(place)
        if (field in _ONE_OF_EACH or field in _WHO) and field in won:
            best, winner = won[field]
            if rank == best or {header_key(titles[at]) for at in (place, winner)} <= PERIOD_TARGETS:
                rivals[field] = (*rivals.get(field, ()), place)
    for place in losers:
        other = ALTERNATIVES[kind].get(header_key(titles[place]))
        if other and other not in fields:
            fields[other] = place
            rivals = {
                name: rest
                for name, places in rivals.items()
                if (rest := tuple(at for at in places if at != place))
            }
    return fields, rivals


def check_mapping(kind: Kind, mapping: Mapping[str, str]) -> None:
    known = fields_of(kind)
    for found, field in mapping.items():
        if field not in known and field not in _IGNORE:
            raise Unusable(
                N_("列「%(column)s」指定的字段「%(field)s」不存在。"),
                N_("可用的字段：%(fields)s。"),
                {"column": found, "field": field, "fields": list(known)},
            )


def _refuse_another_kind(kind: Kind, header: Header, sheet: Sheet, mapping: Mapping[str, str]) -> None:
    """A roster asks for little, so results would pass for one, and their 单位 (起, %) for departments."""
    if kind != "roster" or mapping or _ONLY_ROSTER & header.fields.keys():
        return
    for other, (problem, hint) in _NO_ROSTER.items():
        found = _header(other, sheet.rows[: header.row + 1], header.row, (), {})
        if not missing_columns(other, found):
            raise Unusable(
                problem,
                hint,
                {"columns": [need.label for need in REQUIREMENTS[other][1:]]},
                sheet=sheet.name,
                header_row=header.row + 1,
                found=tuple(title for title in header.titles if title),
            )


def _refuse_rivals(header: Header, sheet: Sheet) -> None:
    """Two columns of targets are two periods, two pairs of number and name are two tables side by side; which one
    counts is not for us to guess."""
    below = sheet.rows[header.row + 1 :]
    filled = {
        name: [at for at in places if any(at < len(row) and line(row[at]) for row in below)]
        for name, places in header.rivals.items()
    }
    if all(filled.get(name) for name in _WHO):
        asked = _WHO
        problem = N_("表头里有不止一组工号和姓名：%(columns)s。")
        hint = N_(
            "并排的几张表改成上下接着的一张；另一组是上级的，列名改成「上级工号」「上级姓名」，或指明它们。再读一遍。"
        )
    else:
        asked = tuple(name for name in _ONE_OF_EACH if filled.get(name))[:1]
        if not asked:
            return
        problem = _ONE_OF_EACH[asked[0]]
        hint = N_("指明用哪一列，其余的不用，再读一遍。")
    alike = [header.titles[at] for name in asked for at in (header.fields[name], *filled[name])]
    raise Unusable(
        problem,
        hint,
        {"columns": alike},
        sheet=sheet.name,
        header_row=header.row + 1,
        found=tuple(title for title in header.titles if title),
        columns={title: name for title, name in header.columns.items() if not filled.get(name)},
    )


def check_header(kind: Kind, header: Header | None, sheet: Sheet, mapping: Mapping[str, str]) -> Header:
    """The header, when its columns are enough for this kind. Raises Unusable with the header cells as found."""
    if header is None:
        raise Unusable(
            N_("没有找到表头：前 %(rows)s 行里没有一行写着要找的列名。"),
            N_("表头至少要有这些列：%(columns)s。补上后重新上传。"),
            {"rows": str(HEADER_WITHIN), "columns": [need.label for need in REQUIREMENTS[kind]]},
            sheet=sheet.name,
        )
    named = tuple(title for title in header.titles if title)
    known = {header_key(title) for title in named}
    absent = [found for found in mapping if header_key(found) not in known]
    missing = missing_columns(kind, header)
    if not absent and not missing:
        _refuse_another_kind(kind, header, sheet, mapping)
        _refuse_rivals(header, sheet)
        return header
    if absent:
        problem = N_("表头（第 %(row)s 行）里没有列「%(columns)s」。")
        hint = N_("表头里有：%(found)s。按这些列名指定后重新上传。")
    elif kind == "kpi" and "指标名称" in missing and len(missing) > 1:
        problem = N_("表头（第 %(row)s 行）缺少列：%(columns)s。")
        hint = N_(
            "表头里有：%(found)s。一个指标一列的表读不了：改成一个人的一个指标一行，写上指标名称、目标值和实际值，再重新上传。"
        )
    else:
        problem = N_("表头（第 %(row)s 行）缺少列：%(columns)s。")
        hint = N_("表头里有：%(found)s。补上缺少的列，或指定哪一列是它，再重新上传。")
    row = header.row + 1
    params = {"row": str(row), "columns": list(absent or missing), "found": list(named)}
    raise Unusable(
        problem, hint, params, sheet=sheet.name, header_row=row, found=named, columns=header.columns
    )
