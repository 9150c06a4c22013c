"""「制造中心/装配一部」, 「制造中心-装配一部」 or one column per level: always a path from the top."""

import re
from collections.abc import Iterable, Sequence

_SEPARATOR = re.compile(r"\s*(?:/|\\|>+|→|->|=>|\||»|›|::|\u00bb)\s*")
_DASH = re.compile(r"\s*[-–—]+\s*")
_SPACED_DASH = re.compile(r"\s[-–—]+\s")
_ORG_END = re.compile(
    r"(?:部|中心|组|室|公司|科|处|厂|车间|线|班|院|所|集团|事业部|区|店|队|办|办公室|团队|项目|站|库)$"
)
_CJK = re.compile(r"[\u4e00-\u9fff]")
_WIDE = str.maketrans({"\uff0f": "/", "\uff1e": ">", "\uff3c": "\\", "\uff5c": "|", "\uff0d": "-"})

Path = tuple[str, ...]


def paths(values: Sequence[str]) -> list[Path]:
    """One path per value. A dash separates only when the column shows that it does: names such as A-1车间 keep it."""
    distinct = {value: value.translate(_WIDE) for value in dict.fromkeys(values)}
    if not any(_SEPARATOR.search(_without_arrows(value)) for value in distinct.values()):
        split = _DASH if _dash_separates(distinct.values()) else None
    else:
        split = _SEPARATOR
    known = {value: _parts(plain, split) for value, plain in distinct.items()}
    return [known[value] for value in values]


def _without_arrows(value: str) -> str:
    return value.strip("/\\>| ")


def _parts(value: str, split: re.Pattern[str] | None) -> Path:
    if not value:
        return ()
    found = split.split(value) if split else [value]
    return tuple(part.strip() for part in found if part.strip())


def _dash_separates(values: Iterable[str]) -> bool:
    names = {value.strip() for value in values if value}
    dashed = [value for value in names if _DASH.search(value)]
    if not dashed:
        return False
    if any(_SPACED_DASH.search(value) for value in dashed):
        return True
    parts = [_DASH.split(value) for value in dashed]
    if any(len(part) < 2 for row in parts for part in row):
        return False
    if any(row[0] in names for row in parts):
        return True
    return any(
        len(row) >= 2 and all(_ORG_END.search(part) and _CJK.search(part) for part in row) for row in parts
    )


def joined(levels: Sequence[Sequence[str]], paths_given: Sequence[Path], place: int) -> list[Path]:
    """Level columns from the top with the department column's path put in at ``place``. A level that repeats the one
    above it is one unit, and a given path that already names a level continues from it."""
    rows: list[Path] = []
    known: dict[tuple[tuple[str, ...], Path], Path] = {}
    for index, given in enumerate(paths_given):
        key = tuple(level[index] for level in levels), given
        path = known.get(key)
        if path is None:
            path = known[key] = _one_path(key[0][:place], given, key[0][place:])
        rows.append(path)
    return rows


def _one_path(above: Sequence[str], given: Path, below: Sequence[str]) -> Path:
    path: list[str] = [
        name for at, name in enumerate(above) if name and name != (above[at - 1] if at else "")
    ]
    if given and given[0] in path:
        path = path[: path.index(given[0])]
    elif given and path and path[-1] in given:
        given = given[given.index(path[-1]) + 1 :]
    for name in (*given, *below):
        if name and (not path or name != path[-1]):
            path.append(name)
    return tuple(path)
