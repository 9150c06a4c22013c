"""Writes the guide to the wording check from the same texts the check itself speaks with.

``python -m huitan.wording.guide`` rewrites docs/guide/wording.md below the current directory.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .advice import advice
from .rubric import ALLOWED, CODES, FIELDS, SEVERITY

PAGE = Path("docs/guide/wording.md")
_FIELD_NAMES = {
    "feedback.issue": ("问题", "the problem part"),
    "feedback.direction": ("改进方向", "the improvement part"),
    "feedback.support": ("支持", "the help offered"),
    "highlight": ("亮点", "praise"),
    "plan.item": ("计划条目", "a goal or action"),
    "plan.acceptance": ("验收标准", "an acceptance criterion"),
    "whole": ("一段话", "one free text"),
}
_SEVERITY_NAMES = {
    "advice": ("建议", "advice"),
    "warning": ("提醒", "warning"),
    "serious": ("严重", "serious"),
}


def _code_section(code: str, language: str, words: tuple[str, str, str, str]) -> list[str]:
    texts = advice()[code][language]
    applies, example, instead, fix = words
    names = [f"`{field}`" for field in FIELDS if code in ALLOWED[field]]
    level = _SEVERITY_NAMES[SEVERITY[code]][0 if language == "zh" else 1]
    stop, colon = ("。", "：") if language == "zh" else (".", ": ")
    lines = [f"### {texts['name']} · `{code}` · {level}", "", texts["short"].rstrip("。.") + stop, ""]
    lines += [f"- {example}{colon}{text}" for text in texts["bad"]]
    lines += [f"- {instead}{colon}{text}" for text in texts["good"]]
    lines += [f"- {fix}{colon}{texts['fix']}", f"- {applies}{colon}{', '.join(names)}", ""]
    return lines


def page() -> str:
    lines = [
        "<!-- 由 python -m huitan.wording.guide 生成，请改 src/huitan/wording/advice.toml -->",
        "",
        "# 措辞检查",
        "",
        "你写评价时，系统会看措辞：对方能不能看懂、能不能核对、能不能照着做，有没有被公平对待。它不判断事实对不对，不拦你提交，正在输入的文字也不会保存。",
        "",
        "命令行：`huitan lint 文件`，加 `--explain` 会写出依据。",
        "",
        "## 填写的位置",
        "",
        "| 字段 | 内容 |",
        "| --- | --- |",
    ]
    lines += [f"| `{field}` | {_FIELD_NAMES[field][0]} |" for field in FIELDS]
    lines += ["", "## 十四种提示", ""]
    for code in CODES:
        lines += _code_section(code, "zh", ("适用", "会提示", "可以写", "怎么改"))
    lines += [
        "# The wording check",
        "",
        "It reads what you write and asks whether the receiver could understand, check and act on it, and would be",
        "treated fairly. It never judges whether a claim is true, never blocks, and keeps nothing you only typed.",
        "",
        "## Fields",
        "",
        "| field | holds |",
        "| --- | --- |",
    ]
    lines += [f"| `{field}` | {_FIELD_NAMES[field][1]} |" for field in FIELDS]
    lines += ["", "## The fourteen codes", ""]
    for code in CODES:
        lines += _code_section(code, "en", ("Applies to", "Flagged", "Better", "How to fix"))
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
