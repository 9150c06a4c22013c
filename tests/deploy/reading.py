"""What the files under deploy/ say, read without the programs they are for."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
CONFIG = ROOT / "src" / "huitan" / "config"
SETTINGS = (CONFIG / "settings.py", CONFIG / "company_login.py")
# Read from the environment, and for pictures and trying out alone.
NOT_FOR_A_COMPANY = {"HUITAN_DEMO", "HUITAN_SCRIPTED_NOW"}


def settings_read() -> set[str]:
    """The names of all settings the product takes from the environment."""
    source = "".join(path.read_text(encoding="utf-8") for path in SETTINGS)
    return set(re.findall(r'(?:environ(?:\.get\(|\[)|_listed\()"([A-Z_0-9]+)"', source))


def unit(path: Path) -> dict[str, list[str]]:
    """ "Section.Key" → its values, in order."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(f"{section}.{key}", []).append(value)
    return found


@dataclass(frozen=True)
class Step:
    """One instruction of a Containerfile: ("COPY", "frontend/package.json frontend/")."""

    name: str
    text: str

    @property
    def words(self) -> list[str]:
        if self.text.startswith("["):
            return [str(word) for word in json.loads(self.text)]
        return shlex.split(self.text)


@dataclass(frozen=True)
class Stage:
    name: str
    steps: tuple[Step, ...]


def stages(path: Path) -> list[Stage]:
    found: list[tuple[str, list[Step]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, _, text = line.partition(" ")
        if name == "FROM":
            found.append((text.partition(" AS ")[2] or "final", []))
        else:
            found[-1][1].append(Step(name, text))
    return [Stage(name, tuple(steps)) for name, steps in found]


def last(stage: Stage, name: str) -> Step:
    return [step for step in stage.steps if step.name == name][-1]
