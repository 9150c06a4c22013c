"""The content of a conversation template (R25): the ready-made ones, what a valid one holds, and its words in one language.

A template is one purpose, one situation and one length. Its content is plain data, so that an edited one can be kept:
{"minutes": {part: n}, "zh": words, "en": words}, where words are
{"opening": [text], "parts": {part: {"prompts": [text], "questions": [text]}}, "survey": {field: {"label", "help"}}}.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from huitan.conversations import agenda
from huitan.core.lifecycle import Shortfall
from huitan.core.sentences import N_, say

SITUATIONS = {
    "usual": N_("一般情况"),
    "high": N_("表现突出"),
    "low": N_("这一期不顺"),
    "new": N_("入职不久"),
    "changed": N_("评级有变化"),
    "probation": N_("试用期"),
}
LANGUAGES = {"zh": N_("中文"), "en": N_("英文")}
PARTS = tuple(agenda.WEIGHTS["improvement"])
SURVEY = ("own_view", "difficulties", "growth")
# How many lines of each list a talk of this length has room for.
LINES = {30: 2, 45: 3, 60: 4}
MOST_LINES = 8
LONGEST_LINE = 200
_LIBRARY = Path(__file__).parent / "library"


@dataclass(frozen=True)
class Part:
    """What one part of the talk offers: what to keep in mind, and what is worth asking."""

    prompts: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Script:
    """A template's words in one language. `survey` gives (question, explanation) per field of the survey."""

    opening: tuple[str, ...]
    parts: Mapping[str, Part]
    survey: Mapping[str, tuple[str, str]]


@cache
def _library(language: str) -> Mapping[str, Any]:
    return tomllib.loads((_LIBRARY / f"{language}.toml").read_text(encoding="utf-8"))


def ready_made(purpose: str, situation: str, length: int) -> dict[str, Any]:
    """The template the product comes with, for one of 3 purposes, 6 situations and 3 lengths."""
    content: dict[str, Any] = {"minutes": agenda.minutes(purpose, length, situation)}
    for language in LANGUAGES:
        content[language] = _words(_library(language), purpose, situation, LINES[length])
    return content


def _words(library: Mapping[str, Any], purpose: str, situation: str, lines: int) -> dict[str, Any]:
    usual, special = library["purpose"][purpose], library["situation"][situation]

    def both(part: str, kind: str) -> list[str]:
        return [*special.get(part, {}).get(kind, ()), *usual[part][kind]][:lines]

    survey = {**usual["survey"], **special.get("survey", {})}
    return {
        "opening": [*special["opening"], *usual["opening"]][:2],
        "parts": {part: {kind: both(part, kind) for kind in ("prompts", "questions")} for part in PARTS},
        "survey": {name: {"label": survey[name][0], "help": survey[name][1]} for name in SURVEY},
    }


def minutes_of(content: Mapping[str, Any]) -> dict[str, int]:
    """Minutes per part, in the order of the talk (a database may have turned the keys round)."""
    return {part: content["minutes"][part] for part in PARTS}


def script(content: Mapping[str, Any], language: str) -> Script:
    """The words for a reader of `language` ("zh-hans", "en", …); Chinese where the other language was left empty."""
    words = content["en"] if language.startswith("en") and is_filled(content["en"]) else content["zh"]
    return Script(
        opening=tuple(words["opening"]),
        parts={
            key: Part(tuple(words["parts"][key]["prompts"]), tuple(words["parts"][key]["questions"]))
            for key in PARTS
        },
        survey={name: (asked["label"], asked["help"]) for name, asked in words["survey"].items()},
    )


def is_filled(words: Mapping[str, Any]) -> bool:
    return bool(words["opening"]) and all(words["survey"][name]["label"] for name in SURVEY)


def problems(content: Mapping[str, Any], length: int) -> Iterator[Shortfall]:
    """What keeps an edited template from being used; the place is the form's field."""
    minutes = minutes_of(content)
    if sum(minutes.values()) != length:
        yield Shortfall(
            say(
                "四段加起来是 %(sum)s 分钟，要正好 %(length)s 分钟。",
                sum=sum(minutes.values()),
                length=length,
            ),
            "minutes-highlights",
        )
    for part, planned in minutes.items():
        if planned < agenda.SMALLEST:
            yield Shortfall(say("每一段至少 %(n)s 分钟。", n=agenda.SMALLEST), f"minutes-{part}")
    if not content["zh"]["opening"]:
        yield Shortfall(say("写一句开场的话。"), "zh-opening")
    for part in PARTS:
        if not content["zh"]["parts"][part]["questions"]:
            yield Shortfall(say("每一段至少留一个可以问的问题。"), f"zh-{part}-questions")
    for name in SURVEY:
        if not content["zh"]["survey"][name]["label"]:
            yield Shortfall(say("调研的三个问题都要写。"), f"zh-survey-{name}-label")
    if _has_words(content["en"]) and not is_filled(content["en"]):
        yield Shortfall(say("英文要么写全开场和调研问题，要么全部留空。"), "en-opening")


def _has_words(words: Mapping[str, Any]) -> bool:
    lists = [words["opening"], *(part[kind] for part in words["parts"].values() for kind in part)]
    return any(lists) or any(text for asked in words["survey"].values() for text in asked.values())
