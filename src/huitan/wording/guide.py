"""The guide to the wording check, told with the same texts the check itself speaks with.

The product shows it as a page; ``python -m huitan.wording.guide`` rewrites docs/guide/wording.md below the
current directory.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from .advice import advice
from .rubric import ALLOWED, CODES, FIELDS, SEVERITY

PAGE = Path("docs/guide/wording.md")
INTRO = {
    "zh": "你写评价时，系统会看措辞：对方能不能看懂、能不能核对、能不能照着做，有没有被公平对待。"
    "它不判断事实对不对，不拦你提交，正在输入的文字也不会保存。",
    "en": "It reads what you write and asks whether the receiver could understand, check and act on it, and would be "
    "treated fairly. It never judges whether a claim is true, never blocks, and keeps nothing you only typed.",
}
_FIELD_NAMES = {
    "feedback.issue": {"zh": "问题", "en": "the problem part"},
    "feedback.direction": {"zh": "改进方向", "en": "the improvement part"},
    "feedback.support": {"zh": "支持", "en": "the help offered"},
    "highlight": {"zh": "亮点", "en": "praise"},
    "plan.item": {"zh": "计划条目", "en": "a goal or action"},
    "plan.acceptance": {"zh": "验收标准", "en": "an acceptance criterion"},
    "whole": {"zh": "一段话", "en": "one free text"},
}
_SEVERITY_NAMES = {
    "advice": {"zh": "建议", "en": "advice"},
    "warning": {"zh": "提醒", "en": "warning"},
    "serious": {"zh": "严重", "en": "serious"},
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One code as a reader meets it."""

    code: str
    name: str
    short: str
    severity: str
    level: str
    flagged: tuple[str, ...]
    better: tuple[str, ...]
    fix: str
    fields: tuple[str, ...]
    places: tuple[str, ...]


def entries(language: str) -> tuple[Entry, ...]:
    """The fourteen codes in 'zh' or 'en', in the order of the rubric."""
    found = []
    for code in CODES:
        texts = advice()[code][language]
        fields = tuple(field for field in FIELDS if code in ALLOWED[field])
        found.append(
            Entry(
                code,
                texts["name"],
                texts["short"].rstrip("。.") + ("。" if language == "zh" else "."),
                SEVERITY[code],
                _SEVERITY_NAMES[SEVERITY[code]][language],
                tuple(texts["bad"]),
                tuple(texts["good"]),
                texts["fix"],
                fields,
                tuple(_FIELD_NAMES[field][language] for field in fields),
            )
        )
    return tuple(found)


def _code_section(entry: Entry, language: str, words: tuple[str, str, str, str]) -> list[str]:
    applies, flagged, better, fix = words
    colon = "：" if language == "zh" else ": "
    lines = [f"### {entry.name} · `{entry.code}` · {entry.level}", "", entry.short, ""]
    lines += [f"- {flagged}{colon}{text}" for text in entry.flagged]
    lines += [f"- {better}{colon}{text}" for text in entry.better]
    names = ", ".join(f"`{field}`" for field in entry.fields)
    return [*lines, f"- {fix}{colon}{entry.fix}", f"- {applies}{colon}{names}", ""]


def page() -> str:
    lines = [
        "<!-- 由 python -m huitan.wording.guide 生成，请改 src/huitan/wording/advice.toml -->",
        "",
        "# 措辞检查",
        "",
        INTRO["zh"],
        "",
        "命令行：`huitan lint 文件`，加 `--explain` 会写出依据。",
        "",
        "## 填写的位置",
        "",
        "| 字段 | 内容 |",
        "| --- | --- |",
    ]
    lines += [f"| `{field}` | {_FIELD_NAMES[field]['zh']} |" for field in FIELDS]
    lines += ["", "## 十四种提示", ""]
    for entry in entries("zh"):
        lines += _code_section(entry, "zh", ("适用", "会提示", "可以写", "怎么改"))
    lines += [
        "# The wording check",
        "",
        INTRO["en"],
        "",
        "## Fields",
        "",
        "| field | holds |",
        "| --- | --- |",
    ]
    lines += [f"| `{field}` | {_FIELD_NAMES[field]['en']} |" for field in FIELDS]
    lines += ["", "## The fourteen codes", ""]
    for entry in entries("en"):
        lines += _code_section(entry, "en", ("Applies to", "Flagged", "Better", "How to fix"))
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
