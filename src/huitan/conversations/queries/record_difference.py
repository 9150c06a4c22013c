"""What changed between two versions of a record, in words. Pure: two frozen contents in, a list out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from huitan.conversations.models import Topic
from huitan.conversations.models.voice import Question
from huitan.core.sentences import N_, Sentence, say
from huitan.plans.models import CAUSES

TOPIC_PARTS = {
    "title": N_("话题"),
    "cause_note": N_("原因说明"),
    "issue": N_("问题"),
    "direction": N_("方向"),
    "support": N_("支持"),
    "words": N_("员工的话"),
    "manager_statement": N_("面谈人的说法"),
}
TALK_PARTS = {
    "highlight_skip_reason": N_("没有亮点的原因"),
    "silence_note": N_("员工不写的说明"),
    "others_present": N_("在场的人"),
    "place": N_("地点"),
}
ITEM_PARTS = {"what": N_("事项"), "due_on": N_("截止"), "criterion": N_("验收标准")}


@dataclass(frozen=True)
class Difference:
    """`before` or `after` is empty when something is new or gone; both are plain words."""

    where: Sentence
    before: str
    after: str


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    return [
        *_texts(old, new, TALK_PARTS),
        *_topics(old["topics"], new["topics"]),
        *_questions(old["questions"], new["questions"]),
        *_items(old["plan"], new["plan"]),
    ]


def _texts(old: Mapping[str, Any], new: Mapping[str, Any], parts: Mapping[str, str]) -> Iterator[Difference]:
    for field, word in parts.items():
        if old[field] != new[field]:
            yield Difference(Sentence(word), old[field] or "", new[field] or "")


def _topics(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[Difference]:
    before, after = {t["id"]: t for t in old}, {t["id"]: t for t in new}
    for pk in [*before, *(pk for pk in after if pk not in before)]:
        one, two = before.get(pk), after.get(pk)
        if one is None or two is None:
            title = (one or two or {})["title"]
            where = say("话题「%(title)s」", title=title)
            yield Difference(where, one["title"] if one else "", two["title"] if two else "")
            continue
        for field, word in TOPIC_PARTS.items():
            if one[field] != two[field]:
                yield Difference(_in_topic(two, word), one[field], two[field])
        for field, word, words in (
            ("causes", N_("原因"), CAUSES),
            ("consensus", N_("共识"), Topic.CONSENSUS),
            ("state", N_("谈不谈"), Topic.STATES),
        ):
            if one[field] != two[field]:
                yield Difference(_in_topic(two, word), _worded(one[field], words), _worded(two[field], words))
        facts = [", ".join(f["ref"] for f in t["evidence"]) for t in (one, two)]
        if facts[0] != facts[1]:
            yield Difference(_in_topic(two, N_("事实")), facts[0], facts[1])


def _questions(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[Difference]:
    before = {q["text"]: q for q in old}
    for question in new:
        was = before.get(question["text"])
        where = say("提问「%(question)s」", question=question["text"])
        if was is None:
            yield Difference(where, "", question["text"])
        elif (was["state"], was["answer"]) != (question["state"], question["answer"]):
            yield Difference(where, _answered(was), _answered(question))


def _items(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    if old["no_action_reason"] != new["no_action_reason"]:
        yield Difference(say("不需要行动的原因"), old["no_action_reason"], new["no_action_reason"])
    before, after = {i["ref"]: i for i in old["items"]}, {i["ref"]: i for i in new["items"]}
    for ref in [*before, *(ref for ref in after if ref not in before)]:
        one, two = before.get(ref), after.get(ref)
        if one is None or two is None:
            yield Difference(
                say("计划 %(ref)s", ref=ref), one["what"] if one else "", two["what"] if two else ""
            )
            continue
        for field, word in ITEM_PARTS.items():
            if one[field] != two[field]:
                where = say("计划 %(ref)s 的%(part)s", ref=ref, part=Sentence(word))
                yield Difference(where, one[field] or "", two[field] or "")
        if one["owner"]["name"] != two["owner"]["name"]:
            where = say("计划 %(ref)s 的%(part)s", ref=ref, part=say("负责人"))
            yield Difference(where, one["owner"]["name"], two["owner"]["name"])


def _in_topic(topic: Mapping[str, Any], word: str) -> Sentence:
    return say("「%(title)s」的%(part)s", title=topic["title"], part=Sentence(word))


def _worded(value: Any, words: Mapping[str, str]) -> str:
    keys = value if isinstance(value, list) else [value]
    return str(say("%(words)s", words=[Sentence(words[key]) for key in keys if key in words]))


def _answered(question: Mapping[str, Any]) -> str:
    state = str(Sentence(Question.lifecycle.states[question["state"]]))
    return f"{state} {question['answer']}".strip()
