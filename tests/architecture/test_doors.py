"""Direction holds only where a machine checks it: what the doors may touch, what rooms may contain."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[2] / "src" / "huitan"
DOORS = sorted(
    [
        *(SRC / "web").rglob("*.py"),
        *(SRC / "live").rglob("*.py"),
        *(p for p in (SRC / "cli").rglob("*.py") if "demo" not in p.parts),
    ]
)
WRITES = {
    "save",
    "delete",
    "create",
    "update",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "add_to_class",
}
ROOMS = (
    "people",
    "cycles",
    "evidence",
    "imports",
    "plans",
    "conversations",
    "disputes",
    "notifications",
    "insights",
    "operations",
)
# Door modules that look at accounts before anybody is known, or count rows of an empty installation.
ABOUT_ACCOUNTS = {"company.py", "door.py"}


def calls(path: Path) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func


def is_manager(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager")


@pytest.mark.parametrize("path", DOORS, ids=lambda p: str(p.relative_to(SRC)))
def test_doors_read_rows_only_through_visible_to(path: Path) -> None:
    if path.name in ABOUT_ACCOUNTS:
        pytest.skip("looks at accounts before anybody has logged in")
    for node, function in calls(path):
        if is_manager(function.value):
            assert function.attr == "visible_to", f"{path.name}:{node.lineno} reads .objects.{function.attr}"


@pytest.mark.parametrize("path", DOORS, ids=lambda p: str(p.relative_to(SRC)))
def test_doors_write_only_through_actions(path: Path) -> None:
    for node, function in calls(path):
        if function.attr in WRITES:
            owner = ast.unparse(function.value)
            assert not is_row(owner, function.attr), (
                f"{path.name}:{node.lineno} writes {owner}.{function.attr}"
            )


def is_row(owner: str, verb: str) -> bool:
    """Whether the thing written on is a row or a set of rows; dicts are updated, too, and sessions saved."""
    if verb == "update":
        return any(word in owner for word in ("objects", "visible_to(", "filter("))
    return not any(word in owner for word in ("session", "headers"))


@pytest.mark.parametrize("room", ROOMS)
def test_state_has_one_writer(room: str) -> None:
    """Only core.moves assigns `.state`; topics keep a plain marker of their own (active, carried over, removed)."""
    for path in (SRC / room).rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            targets = node.targets if isinstance(node, ast.Assign) else []
            flat = [
                t for target in targets for t in (target.elts if isinstance(target, ast.Tuple) else [target])
            ]
            for target in flat:
                if isinstance(target, ast.Attribute) and target.attr == "state":
                    owner = ast.unparse(target.value)
                    assert owner in ("topic", "stored", "run"), (
                        f"{path.name}:{node.lineno} writes {owner}.state"
                    )
                    assert room in ("conversations", "imports"), f"{path}:{node.lineno}"


def test_no_clock_below_the_doors() -> None:
    for room in (*ROOMS, "core", "documents", "intake", "wording"):
        for path in (SRC / room).rglob("*.py"):
            if "training" in path.parts or "migrations" in path.parts:
                continue
            text = path.read_text(encoding="utf-8")
            for clock in ("timezone.now(", "datetime.now(", "date.today(", "time.time("):
                assert clock not in text, f"{path.relative_to(SRC)} asks {clock}"


def test_no_machine_date_inside_a_sentence() -> None:
    """A sentence takes a day as `core.days.day_words`, which reads as its reader writes days."""
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                inside = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
                assert "isoformat" not in inside, f"{path}:{node.lineno}"


def test_vague_file_names_are_not_used() -> None:
    banned = {"services.py", "utils.py", "helpers.py", "common.py", "managers.py", "signals.py"}
    assert not [p for p in SRC.rglob("*.py") if p.name in banned]


def test_rooms_depend_downwards_only() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=SRC.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
