"""Finds every lexicon entry in a text in one pass, longest entry first.

Lexicon files are plain text: ``[tag]`` opens a section; entries follow, separated by white space in
Chinese and by ``;`` or a line end in English; ``*`` at the end of an English entry stands for any ending;
``#`` starts a comment.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent / "lexicon"
_WORD = re.compile(r"[a-z0-9]+(?:[-'/.][a-z0-9]+)*[%+]?")


class Match(NamedTuple):
    start: int
    end: int
    tag: str
    entry: str


def read_sections(language: str) -> dict[str, list[str]]:
    """Entries per tag, in file order, for 'zh' or 'en'; the entries of ``weak.txt`` move to ``tag?``."""
    folder = _FOLDER / language
    sections: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.txt")):
        if path.name != "weak.txt":
            for tag, entries in _sections_in(path, language).items():
                sections.setdefault(tag, []).extend(entries)
    weak = _sections_in(folder / "weak.txt", language)
    for tag, entries in weak.items():
        doubtful = set(entries)
        sections[tag + "?"] = [entry for entry in sections[tag] if entry in doubtful]
        sections[tag] = [entry for entry in sections[tag] if entry not in doubtful]
    return sections


def _sections_in(path: Path, language: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    tag = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            tag = line[1:-1]
            sections.setdefault(tag, [])
            continue
        parts = line.split() if language == "zh" else line.split(";")
        sections[tag].extend(entry for part in parts if (entry := part.strip().lower()))
    return sections


class ChineseIndex:
    def __init__(self, sections: dict[str, list[str]]) -> None:
        tags: dict[str, list[str]] = {}
        for tag, entries in sections.items():
            for entry in entries:
                owned = tags.setdefault(entry, [])
                if tag not in owned:
                    owned.append(tag)
        self.starts: dict[str, list[tuple[str, int, list[str]]]] = {}
        for entry in sorted(tags, key=lambda e: (-len(e), e)):
            self.starts.setdefault(entry[:2], []).append((entry, len(entry), tags[entry]))

    def find(self, text: str) -> list[Match]:
        found: list[Match] = []
        starts = self.starts
        reach = -1
        reach_start = -1
        for index in range(len(text)):
            for key in (text[index : index + 2], text[index]):
                for entry, size, tags in starts.get(key, ()):
                    if text.startswith(entry, index):
                        end = index + size
                        if end <= reach and (index > reach_start or end < reach):
                            continue
                        found.extend(Match(index, end, tag, entry) for tag in tags)
                        if end > reach:
                            reach, reach_start = end, index
                if index + 1 >= len(text):
                    break
        return found


class EnglishIndex:
    def __init__(self, sections: dict[str, list[str]]) -> None:
        self.exact: dict[str, list[tuple[tuple[str, ...], str, list[str]]]] = {}
        self.stems: dict[str, list[tuple[str, str, list[str]]]] = {}
        tags: dict[str, list[str]] = {}
        for tag, entries in sections.items():
            for entry in entries:
                owned = tags.setdefault(entry, [])
                if tag not in owned:
                    owned.append(tag)
        for entry, owned in tags.items():
            if entry.endswith("*"):
                self.stems.setdefault(entry[:3], []).append((entry[:-1], entry, owned))
                continue
            words = tuple(_WORD.findall(entry))
            if words:
                self.exact.setdefault(words[0], []).append((words, entry, owned))
        for rows in self.exact.values():
            rows.sort(key=lambda row: (-len(row[0]), row[1]))

    def find(self, text: str) -> list[Match]:
        tokens = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(text)]
        words = [token[0] for token in tokens]
        found: list[Match] = []
        reach = -1
        reach_start = -1
        for index, (word, start, end) in enumerate(tokens):
            for entry_words, entry, tags in self.exact.get(word, ()):
                size = len(entry_words)
                if size > 1 and tuple(words[index : index + size]) != entry_words:
                    continue
                stop = index + size
                if stop <= reach and (index > reach_start or stop < reach):
                    continue
                found.extend(Match(start, tokens[stop - 1][2], tag, entry) for tag in tags)
                if stop > reach:
                    reach, reach_start = stop, index
            if index >= reach or reach_start == index:
                for stem, entry, tags in self.stems.get(word[:3], ()):
                    if word.startswith(stem):
                        found.extend(Match(start, end, tag, entry) for tag in tags)
        return found


@lru_cache(maxsize=2)
def index_for(language: str) -> ChineseIndex | EnglishIndex:
    sections = read_sections(language)
    return ChineseIndex(sections) if language == "zh" else EnglishIndex(sections)
