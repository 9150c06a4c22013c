from pathlib import Path
from typing import Any

import pytest
import yaml

from huitan.wording import CODES, FIELDS, lint

_FOLDER = Path(__file__).parent / "cases"


def _cases() -> list[Any]:
    rows = []
    for path in sorted(_FOLDER.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8")):
            for case in group["cases"]:
                rows.append(pytest.param(case, id=f"{path.stem}-{group['rule']}-{case['text'][:24]}"))
    return rows


@pytest.mark.parametrize("case", _cases())
def test_r05_each_sentence_gets_its_codes_and_spans(case: dict[str, Any]) -> None:
    assert case["field"] in FIELDS
    assert set(case["codes"]) <= set(CODES)
    findings = lint(case["text"], field=case["field"])
    assert sorted({finding.code for finding in findings}) == sorted(case["codes"])
    pointed = [(finding.start, finding.end) for finding in findings if finding.start is not None]
    for words in case.get("spans", ()):
        start = case["text"].index(words)
        assert any(s < start + len(words) and start < e for s, e in pointed), words


def test_every_code_has_a_positive_case_and_some_texts_are_clean() -> None:
    cases = [param.values[0] for param in _cases()]
    assert {code for case in cases for code in case["codes"]} == set(CODES)
    assert sum(not case["codes"] for case in cases) > len(cases) / 4
