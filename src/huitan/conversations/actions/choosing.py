"""What is chosen on a topic rather than typed: is it on the list, and does whoever chooses know what stands there?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from huitan.conversations.actions.citing import check_first_raised
from huitan.conversations.actions.limits import check_promise_day
from huitan.conversations.models import Topic
from huitan.core.days import near_day
from huitan.core.moves import Refused
from huitan.core.sentences import N_, Sentence, say
from huitan.plans.models import CAUSES

CHOICES = {
    "causes": N_("原因"),
    "consensus": N_("共识"),
    "first_raised": N_("首次提出"),
    "support_due_on": N_("支持到哪一天"),
}


def check_choice(stored: Topic, chosen: Mapping[str, Any], seen_version: int | None, at: datetime) -> None:
    if set(chosen) - set(CHOICES):
        raise TypeError(f"not a choice: {sorted(chosen)}")
    if set(chosen.get("causes", ())) - set(CAUSES):
        raise Refused("invalid", say("原因不在列表里。"))
    if chosen.get("consensus", "agreed") not in ("", *Topic.CONSENSUS):
        raise Refused("invalid", say("共识选达成、部分达成或保留异议。"))
    _check_seen(stored, chosen, seen_version, at)
    check_first_raised(stored, chosen.get("first_raised", True))
    check_promise_day(chosen.get("support_due_on"), stored, at)


def _check_seen(stored: Topic, chosen: Mapping[str, Any], seen_version: int | None, at: datetime) -> None:
    """Somebody chose otherwise since: nothing is overwritten, both choices are named."""
    for name, mine in chosen.items():
        there, version = getattr(stored, name), stored.versions.get(name, 0)
        if seen_version not in (None, version) and mine != there:
            words = say(
                "「%(what)s」刚刚在别处改过：现在是 %(there)s，你选的是 %(mine)s，没有记下。要改就再选一次。",
                what=say(CHOICES[name]),
                there=_in_words(name, there, at),
                mine=_in_words(name, mine, at),
            )
            raise Refused("stale", words, current=(there, version))


def _in_words(name: str, value: Any, at: datetime) -> Sentence | list[Sentence] | str:
    if name == "first_raised":
        return say("首次提出") if value else say("早先告知过")
    if not value:
        return say("没有选")
    if name == "causes":
        return [say(CAUSES[cause]) for cause in value]
    return say(Topic.CONSENSUS[value]) if name == "consensus" else near_day(value, at)
