"""Scores the shipped check on the test split and on the near pairs, and prints aggregates only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..linter import lint
from ..rubric import CODES, FIELDS
from .corpus_files import load

Row = tuple[dict[str, Any], set[str]]


def _counts(rows: list[Row], code: str | None = None) -> tuple[int, int, int]:
    right = wrong = missed = 0
    for item, predicted in rows:
        gold = set(item["codes"])
        if code is not None:
            gold, predicted = gold & {code}, predicted & {code}
        right += len(gold & predicted)
        wrong += len(predicted - gold)
        missed += len(gold - predicted)
    return right, wrong, missed


def _share(part: int, whole: int) -> str:
    return f"{part / whole:6.3f}" if whole else "     -"


def _line(name: str, rows: list[Row], code: str | None = None) -> str:
    right, wrong, missed = _counts(rows, code)
    clean = [row for row in rows if not row[0]["codes"]]
    hard = [row for row in clean if row[0].get("hard")]
    line = (
        f"{name:22} {len(rows) if code is None else right + missed:5} "
        f"P {_share(right, right + wrong)} R {_share(right, right + missed)} "
        f"F1 {_share(2 * right, 2 * right + wrong + missed)}"
    )
    if code is None:
        line += f"  false alarms {_share(sum(bool(p) for _, p in clean), len(clean))}"
        line += f" on hard ones {_share(sum(bool(p) for _, p in hard), len(hard))}"
    return line


def table(name: str, rows: list[Row]) -> str:
    """One block per language: everything, then per code, per field and per writer."""
    lines = []
    for language in ("zh", "en"):
        own = [row for row in rows if row[0]["lang"] == language]
        if not own:
            continue
        lines += ["", _line(f"{name} {language}", own)]
        lines += [_line("  " + code, own, code) for code in CODES]
        lines += [_line("  " + field, [row for row in own if row[0]["field"] == field]) for field in FIELDS]
        writers = sorted({row[0]["file"].split("/")[0] for row in own})
        lines += [
            _line("  by " + writer, [row for row in own if row[0]["file"].startswith(writer + "/")])
            for writer in writers
        ]
    return "\n".join(lines)


def report(side: str, check: Callable[..., list[Any]] = lint) -> str:
    rows: list[Row] = [
        (item, {f.code for f in check(item["text"], lang=item["lang"], field=item["field"])})
        for item in load((side,))
    ]
    return table(side, rows)


def main() -> None:
    for side in ("test", "near_pairs"):
        print(report(side))


if __name__ == "__main__":
    main()
