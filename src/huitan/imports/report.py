"""What an import found, as stored with the run and as told.

Stored, sentences keep their source text and values; told, they are words of the active language:
{"kind", "file", "sheet", "encoding", "delimiter", "header_row", "columns": {as found: field}, "created", "updated",
"unchanged", "rejected": [{"row", "column", "value", "problem", "hint"}]} or {"kind", "file", "error"}.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from huitan.core.moves import Refused
from huitan.core.sentences import Sentence, is_english, say
from huitan.imports.reconcile import Comparison, some
from huitan.intake import Problem, Reading, Unusable
from huitan.intake.problems import Values, fill

WRITTEN = ("created", "updated")
OUTCOMES = (*WRITTEN, "unchanged")


def of(reading: Reading, comparison: Comparison) -> dict[str, Any]:
    return {
        "kind": reading.kind,
        "file": reading.filename,
        "sheet": reading.sheet,
        "encoding": reading.encoding,
        "delimiter": reading.delimiter,
        "header_row": reading.header_row,
        "columns": dict(reading.columns),
        **counts(comparison.outcomes),
        "rejected": [_stored(problem) for problem in comparison.problems],
        "rejected_rows": len({problem.row for problem in comparison.problems}),
        "ignored": list(reading.ignored_columns),
        "samples": {title: list(values) for title, values in (reading.samples or {}).items()},
        "skipped": [{"row": s.row, "reason": s.reason, "text": s.text} for s in reading.skipped],
        "other_sheets": list(reading.other_sheets),
        "notes": [note.as_json() for note in (*_hidden(reading), *comparison.notes)],
    }


def counts(outcomes: Any) -> dict[str, int]:
    found = Counter(outcomes)
    return {name: found[name] for name in OUTCOMES}


def of_unusable(kind: str, file_name: str, error: Unusable) -> dict[str, Any]:
    """A table was seen, but its columns were not enough: `found` offers them for a mapping."""
    return {
        "kind": kind,
        "file": file_name,
        "sheet": error.sheet,
        "header_row": error.header_row,
        "found": list(error.found),
        "understood": dict(error.columns),
        "error": [_text(error.problem, error.params), _text(error.hint, error.params)],
    }


def of_refusal(kind: str, file_name: str, refused: Refused) -> dict[str, Any]:
    """Why a large file could not be previewed, said where it is looked for later."""
    sentences = [reason.sentence.as_json() for reason in refused.reasons]
    return {"kind": kind, "file": file_name, "found": [], "error": sentences}


def told(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The report of the contract, in the active language."""
    if "error" in stored:
        return {"kind": stored["kind"], "file": stored["file"], "error": error_words(stored)}
    names = ("kind", "file", "sheet", "encoding", "delimiter", "header_row", "columns", *OUTCOMES)
    return {
        **{name: stored[name] for name in names},
        "rejected": [
            {**problem, "problem": words(problem["problem"]), "hint": words(problem["hint"])}
            for problem in stored["rejected"]
        ],
    }


def error_words(stored: Mapping[str, Any]) -> str:
    between = " " if is_english() else ""
    return between.join(words(sentence) for sentence in stored["error"] if sentence["text"])


def words(sentence: Mapping[str, Any]) -> str:
    if any(not isinstance(value, str) for value in sentence["params"].values()):
        return str(Sentence.from_json(sentence))
    return fill(gettext(sentence["text"]), sentence["params"]) if sentence["text"] else ""


def notes(stored: Mapping[str, Any]) -> list[str]:
    return [str(Sentence.from_json(note)) for note in stored.get("notes", [])]


def unread(stored: Mapping[str, Any]) -> list[str]:
    """What of the file was looked at and left alone: other sheets of the same kind."""
    names = stored.get("other_sheets", [])
    if not names:
        return []
    return [
        str(say("这些工作表也像是同样的数据，没有读：%(names)s。要导入它们，另存成单独的文件。", names=names))
    ]


def _hidden(reading: Reading) -> tuple[Sentence, ...]:
    """Whoever filtered a sheet sees fewer rows than the file has."""
    if not reading.hidden_rows:
        return ()
    text = say(
        "表里隐藏或被筛掉的 %(n)s 行也读了：第 %(rows)s 行。不该导入的，删掉后重新上传。",
        n=len(reading.hidden_rows),
        rows=some([str(row) for row in reading.hidden_rows]),
    )
    return (text,)


def _stored(problem: Problem) -> dict[str, Any]:
    return {
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "problem": _text(problem.problem, problem.params),
        "hint": _text(problem.hint, problem.params),
    }


def _text(template: str, params: Values) -> dict[str, Any]:
    return {"text": template, "params": dict(params)}
