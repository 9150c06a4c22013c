"""One text, read once: its sentences and clauses, and what was found in each of them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from .lexicon_index import Match, index_for
from .normalise import Normalised, detect_language, normalise
from .shapes import find_shapes

_SENTENCE_END = {
    "zh": re.compile(r"[。!?;\n…~]+[”\"]?|(?<![0-9a-z])\.(?=\s|$)|\.{3,}|(?<=[^\x00-\x7f])\.(?!\d)|\s{2,}"),
    "en": re.compile(
        r"[!?;\n…]+|\.{2,}|(?<!\be\.g)(?<!\bi\.e)(?<!\bmr)(?<!\bmrs)(?<!\bdr)(?<!\bno)\.(?=[\s\"')\]]|$)"
    ),
}
_CLAUSE_END = {
    "zh": re.compile(r"[,:、。!?;\n…()~]|(?=但是?|不过|然而|只是(?=[^是])|就是(?=[^说]))| "),
    "en": re.compile(r"[,:.!?;\n…()]|(?= but | however | although | though | because | so | while | - )"),
}
_NEGATOR = {
    "zh": re.compile(
        r"(?:不|没|无|缺乏?|欠|差|不够|不太|不怎么|没有|不是很|谈不上|算不上|不算|缺少|少了点|欠缺|不那么|不甚|未)$"
    ),
    "en": re.compile(
        r"(?:\bnot|n't|\blacks?|\black of|\black|\bno|\bnever|\bhardly|\bisn.t|\bless|\bwithout|\bnot (?:very|so|too|really|that|particularly|always|a))\s$"
    ),
}
_FARTHEST_NEGATION = 12
_LATIN = re.compile(r"[a-z]{3,}")
_ENGLISH_IN_CHINESE = frozenset(
    {"dim", "neg", "pos", "hedge", "mini", "trait", "absolute", "peer", "blame", "protected", "topic"}
    | {"continuation", "supnominal", "vaguedue", "freq"}
)
_JUDGED = frozenset({"pos", "formula", "act", "topic"})


@dataclass(slots=True)
class Clause:
    start: int
    end: int
    found: list[Match] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Sentence:
    start: int
    end: int
    clauses: list[Clause] = field(default_factory=list)

    @property
    def tags(self) -> set[str]:
        return set().union(*(clause.tags for clause in self.clauses))

    @property
    def found(self) -> list[Match]:
        return [match for clause in self.clauses for match in clause.found]


@dataclass(slots=True)
class Reading:
    language: str
    norm: Normalised
    sentences: list[Sentence]

    @property
    def text(self) -> str:
        return self.norm.text

    def clauses(self) -> list[Clause]:
        return [clause for sentence in self.sentences for clause in sentence.clauses]


def _pieces(text: str, start: int, end: int, boundary: re.Pattern[str]) -> list[tuple[int, int]]:
    pieces = []
    at = start
    for match in boundary.finditer(text, start, end):
        if match.end() > at and (match.end() > match.start() or match.start() > at):
            pieces.append((at, match.end() if match.end() > match.start() else match.start()))
            at = pieces[-1][1]
    if at < end:
        pieces.append((at, end))
    return [(s, e) for s, e in pieces if any(c.isalnum() for c in text[s:e])]


def negation_start(language: str, text: str, clause: Clause, start: int) -> int:
    """Where the negation right before ``start`` begins; ``start`` itself when there is none."""
    match = _NEGATOR[language].search(text, max(clause.start, start - _FARTHEST_NEGATION), start)
    return match.start() if match else start


def read(
    original: str, language: str | None = None, *, known: Callable[[str], bool] | None = None
) -> Reading:
    """``known`` can hide lexicon entries; training uses it to learn from texts whose words the lexicon lacks."""
    norm = normalise(original)
    language = language or detect_language(norm.text)
    text = norm.text
    found = index_for(language).find(text)
    if language == "zh" and _LATIN.search(text):
        found += [match for match in index_for("en").find(text) if match.tag in _ENGLISH_IN_CHINESE]
    if known is not None:
        found = [match for match in found if known(match.entry)]
    negator = _NEGATOR[language]
    quotes = []
    for match in find_shapes(language, text, norm.cased):
        found.append(match)
        if match.tag == "quote":
            quotes.append(match)
    quotes.sort()
    quote_starts = [quote.start for quote in quotes]
    sentences = []
    clauses: list[Clause] = []
    for start, end in _pieces(text, 0, len(text), _SENTENCE_END[language]):
        sentence = Sentence(start, end)
        sentence.clauses = [Clause(s, e) for s, e in _pieces(text, start, end, _CLAUSE_END[language])]
        if sentence.clauses:
            sentences.append(sentence)
            clauses.extend(sentence.clauses)
    starts = [clause.start for clause in clauses]
    for match in found:
        place = bisect_right(starts, match.start) - 1
        if place < 0:
            continue
        clause = clauses[place]
        if quotes and match.tag != "quote":
            near = bisect_right(quote_starts, match.start) - 1
            if near >= 0 and match.end <= quotes[near].end and match.start > quotes[near].start:
                match = match._replace(tag="quoted:" + match.tag)
        elif match.tag in _JUDGED and negator.search(
            text, max(clause.start, match.start - _FARTHEST_NEGATION), match.start
        ):
            match = match._replace(tag="not:" + match.tag)
        clause.found.append(match)
        clause.tags.add(match.tag)
    return Reading(language, norm, sentences)
