"""``huitan lint``: prints findings the way a compiler prints its diagnostics."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from .finding import Finding
from .linter import lint
from .rubric import FIELDS

CLEAN, FOUND, USAGE = 0, 1, 2
_GITHUB_LEVEL = {"advice": "notice", "warning": "warning", "serious": "error"}


class _UsageError(Exception):
    pass


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _UsageError(f"{self.prog}: {message}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="huitan lint", description="Check the wording of feedback, Chinese or English.")
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="text files, one text per line; - reads standard input"
    )
    parser.add_argument(
        "--field", default="whole", choices=FIELDS, help="what the text is for (default: whole)"
    )
    parser.add_argument("--lang", choices=("zh", "en"), help="language; detected per line when left out")
    parser.add_argument("--format", default="text", choices=("text", "json", "github"))
    parser.add_argument(
        "--jsonl", action="store_true", help="read {id, lang, field, text} lines, answer in order"
    )
    parser.add_argument(
        "--explain", action="store_true", help="name the rule or the features behind each finding"
    )
    return parser


def as_json(finding: Finding, *, explain: bool = False) -> dict[str, Any]:
    """A finding as plain data, offsets in characters of the text as given."""
    row = {
        name: getattr(finding, name)
        for name in ("code", "start", "end", "severity", "message", "hint", "rule")
    }
    return row | {"explain": finding.explain()} if explain else row


def _codes(findings: list[Finding]) -> list[str]:
    return list(dict.fromkeys(finding.code for finding in findings))


def _lines(files: Sequence[str], stdin: TextIO) -> Iterator[tuple[str, int, str]]:
    for name in files or ["-"]:
        if name == "-":
            text = stdin.read()
        else:
            try:
                text = Path(name).read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as problem:
                raise _UsageError(f"huitan lint: {name}: {problem}") from problem
        for number, line in enumerate(text.split("\n"), 1):
            yield name, number, line.rstrip("\r")


def _lint_jsonl(files: Sequence[str], stdin: TextIO, stdout: TextIO, options: argparse.Namespace) -> int:
    answer = CLEAN
    for name, number, line in _lines(files, stdin):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            findings = lint(
                item["text"], lang=item.get("lang") or options.lang, field=item.get("field") or options.field
            )
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise _UsageError(f"huitan lint: {name}:{number}: {problem!r}") from problem
        row = {
            "id": item.get("id"),
            "codes": _codes(findings),
            "findings": [as_json(finding, explain=options.explain) for finding in findings],
        }
        stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        answer = FOUND if findings else answer
    return answer


def _print(finding: Finding, name: str, number: int, stdout: TextIO, options: argparse.Namespace) -> None:
    column = (finding.start or 0) + 1
    if options.format == "github":
        message = f"{finding.message} {finding.hint}".replace("%", "%25").replace("\n", "%0A")
        level = _GITHUB_LEVEL[finding.severity]
        stdout.write(f"::{level} file={name},line={number},col={column},title={finding.code}::{message}\n")
        return
    stdout.write(f"{name}:{number}:{column} {finding.code} {finding.message}\n    {finding.hint}\n")
    if options.explain:
        stdout.write(f"    {finding.explain()}\n")


def _lint_text(files: Sequence[str], stdin: TextIO, stdout: TextIO, options: argparse.Namespace) -> int:
    rows: list[dict[str, Any]] = []
    answer = CLEAN
    for name, number, line in _lines(files, stdin):
        for finding in lint(line, lang=options.lang, field=options.field) if line.strip() else ():
            answer = FOUND
            if options.format == "json":
                rows.append({"file": name, "line": number} | as_json(finding, explain=options.explain))
            else:
                _print(finding, name, number, stdout, options)
    if options.format == "json":
        stdout.write(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    return answer


def run(argv: Sequence[str], stdin: TextIO, stdout: TextIO) -> int:
    """0 when nothing was found, 1 when something was, 2 for a wrong call or an unreadable file."""
    try:
        options = _parser().parse_args(list(argv))
        work = _lint_jsonl if options.jsonl else _lint_text
        return work(options.files, stdin, stdout, options)
    except _UsageError as problem:
        sys.stderr.write(f"{problem}\n")
        return USAGE
    except SystemExit as leaving:
        return int(leaving.code or 0)
