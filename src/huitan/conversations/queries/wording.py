"""The wording check as the product asks it: with the company's words, without what the writer dismissed (R05)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from huitan.conversations.models import CompanyWord, Conversation, Dismissal, TopicAction
from huitan.conversations.models.wording import LONGEST_WORDS
from huitan.core.sentences import N_
from huitan.people.relations import Actor
from huitan.wording import CompanyWords, Finding, lint
from huitan.wording.normalise import detect_language, normalise

LONGEST = 5000
CODE_WORDS = {
    "vague-judgement": N_("笼统评价"),
    "no-evidence": N_("缺少实例"),
    "empty-praise": N_("空泛表扬"),
    "mixed-message": N_("含糊其辞"),
    "personal-trait": N_("评价人格"),
    "absolute": N_("以偏概全"),
    "peer-comparison": N_("和别人比"),
    "blame-or-threat": N_("指责或威胁"),
    "protected-attribute": N_("涉及个人身份"),
    "no-direction": N_("没有方向"),
    "vague-direction": N_("方向太空"),
    "no-support": N_("没有支持"),
    "unverifiable-goal": N_("目标无法验收"),
    "vague-deadline": N_("时间含糊"),
}
FIELD_WORDS = {
    "feedback.issue": N_("具体问题"),
    "feedback.direction": N_("改进方向"),
    "feedback.support": N_("支持措施"),
    "highlight": N_("成绩亮点"),
    "plan.item": N_("行动项"),
    "plan.acceptance": N_("验收标准"),
    "whole": N_("一整段话"),
}
# How each box of a topic is read; what a kind does not show is not checked.
READ_AS = {
    "highlight": {"issue": "highlight", "manager_statement": "feedback.issue"},
    "improvement": {
        "issue": "feedback.issue",
        "direction": "feedback.direction",
        "support": "feedback.support",
        "support_criterion": "plan.acceptance",
        "manager_statement": "feedback.issue",
    },
    "growth": {
        "direction": "feedback.direction",
        "support": "feedback.support",
        "support_criterion": "plan.acceptance",
        "manager_statement": "feedback.issue",
    },
}

# What was dismissed: topic (or none), box, code, words.
Key = tuple[int | None, str, str, str]


@dataclass(frozen=True)
class Hint:
    """One finding as the writer meets it. `start` and `end` count characters, none where something is missing."""

    code: str
    start: int | None
    end: int | None
    severity: str
    message: str
    hint: str
    words: str


@dataclass(frozen=True)
class CompanyVocabulary:
    """The active words, read once per request or action and never kept longer."""

    rows: tuple[CompanyWord, ...]

    def for_text(self, text: str, lang: str | None) -> CompanyWords | None:
        if not self.rows:
            return None
        language = lang or detect_language(normalise(text).text)
        rows = [row for row in self.rows if row.lang in ("", language)]
        return CompanyWords(
            allow=frozenset(row.word for row in rows if row.kind == "allow"),
            forbid={row.word: (row.code, row.reason) for row in rows if row.kind == "forbid"},
        )


def vocabulary() -> CompanyVocabulary:
    return CompanyVocabulary(tuple(CompanyWord.objects.filter(active=True).order_by("id")))


def check(
    text: str,
    field: str,
    actor: Actor,
    *,
    lang: str | None = None,
    talk: int | None = None,
    topic: int | None = None,
    box: str = "",
    words: CompanyVocabulary | None = None,
) -> list[Hint]:
    """What to look at again in a text being typed; two queries at most, nothing is kept of the text. `words` are the
    company's own, where they were read already.

    With `talk` (and `topic`) and `box`, what its writer dismissed there stays away.
    """
    dismissed: Collection[Key] = ()
    if talk is not None and box:
        rows = Dismissal.objects.visible_to(actor).filter(conversation=talk, topic=topic, field=box)
        dismissed = {(topic, box, code, words) for code, words in rows.values_list("code", "words")}
    return list(_hints(text, field, words or vocabulary(), lang, topic, box, dismissed))


def _hints(
    text: str,
    field: str,
    words: CompanyVocabulary,
    lang: str | None,
    topic: int | None,
    box: str,
    dismissed: Collection[Key],
) -> Iterator[Hint]:
    if not text.strip():
        return
    for found in lint(text, lang=lang, field=field, custom=words.for_text(text, lang)):
        quoted = excerpt(text, found)
        if (topic, box, found.code, quoted) not in dismissed:
            yield Hint(found.code, found.start, found.end, found.severity, found.message, found.hint, quoted)


def excerpt(text: str, found: Finding) -> str:
    """The words a finding stands on, as the browser has them (a form sends line ends as two characters)."""
    if found.start is None or found.end is None:
        return ""
    return text[found.start : found.end].replace("\r\n", "\n")[:LONGEST_WORDS]


@dataclass(frozen=True)
class Left:
    """One place of a talk with findings left: a topic, or an item of its plan."""

    title: str
    topic_id: int | None
    item_id: int | None
    codes: tuple[str, ...]


def left_over(talk: Conversation) -> tuple[Left, ...]:
    """What the check would still say about the live topics and the plan; a fixed number of queries.

    A promise made from a live topic repeats that topic's words and is not counted again.
    """
    words = vocabulary()
    dismissed: set[Key] = set(
        Dismissal.objects.filter(conversation=talk).values_list("topic_id", "field", "code", "words")
    )
    places = []
    for topic in sorted(talk.live_topics(), key=lambda t: (t.position, t.pk)):
        codes: list[str] = []
        for box, field in READ_AS[topic.kind].items():
            if box == "manager_statement" and topic.consensus != "reserved":
                continue
            text = getattr(topic, box)[:LONGEST]
            codes += (h.code for h in _hints(text, field, words, None, topic.pk, box, dismissed))
        places.append(Left(topic.title, topic.pk, None, tuple(codes)))
    repeated = set(
        TopicAction.objects.filter(
            topic__conversation=talk, topic__state="active", item__kind="support"
        ).values_list("item_id", flat=True)
    )
    items = talk.plan.items.all() if talk.plan else ()
    for item in sorted(items, key=lambda i: i.pk):
        if item.pk in repeated:
            continue
        codes = []
        for box, field in (("what", "plan.item"), ("criterion", "plan.acceptance")):
            text = getattr(item, box)[:LONGEST]
            codes += (h.code for h in _hints(text, field, words, None, None, box, dismissed))
        places.append(Left(item.ref, None, item.pk, tuple(codes)))
    return tuple(place for place in places if place.codes)


def counted(places: Iterable[Left]) -> dict[str, int]:
    """Findings per code."""
    found = Counter(code for place in places for code in place.codes)
    return dict(sorted(found.items()))


@dataclass(frozen=True)
class WordRow:
    id: int
    word: str
    kind: str
    kind_word: str
    code_word: str
    reason: str
    lang_word: str
    active: bool
    by: str
    at: datetime


def company_words(actor: Actor) -> list[WordRow]:
    """Every word with who set it when; active ones first. One query."""
    return [
        WordRow(
            row.pk,
            row.word,
            row.kind,
            CompanyWord.KINDS[row.kind],
            CODE_WORDS.get(row.code, ""),
            row.reason,
            CompanyWord.LANGUAGES[row.lang],
            row.active,
            row.by.name if row.by else "",
            row.at,
        )
        for row in CompanyWord.objects.visible_to(actor).select_related("by")
    ]
