"""The one question this package answers: what should the writer look at again in this text?"""

from __future__ import annotations

from .advice import advise
from .company_words import CompanyWords
from .decide import decide
from .finding import Finding
from .placement import placed
from .reading import read
from .rubric import ALLOWED, CODES, FIELDS, SEVERITY


def lint(
    text: str, *, lang: str | None = None, field: str = "whole", custom: CompanyWords | None = None
) -> list[Finding]:
    """Findings in the order of their place; ``ValueError`` for an unknown field or language.

    ``lang`` is 'zh', 'en' or None to detect it; ``field`` is one of ``FIELDS``.
    """
    if field not in ALLOWED:
        raise ValueError(f"unknown field {field!r}; one of {', '.join(FIELDS)}")
    if lang not in (None, "zh", "en"):
        raise ValueError(f"unknown language {lang!r}; 'zh' or 'en'")
    reading = read(text, lang)
    findings = []
    for verdict in decide(reading, field):
        for place in placed(reading, field, verdict):
            start, end = (None, None) if place.start is None else reading.norm.span(place.start, place.end)
            words = "" if start is None else text[start:end]
            message, hint = advise(verdict.code, reading, place.clauses, words)
            findings.append(
                Finding(
                    verdict.code, start, end, SEVERITY[verdict.code], message, hint, place.rule, place.reasons
                )
            )
    if custom is not None:
        findings = [f for f in findings if not custom.excuses(text, f)]
        known = {(f.code, f.start) for f in findings}
        extra = custom.findings(text, reading.language, ALLOWED[field])
        findings += [f for f in extra if (f.code, f.start) not in known]
    return sorted(findings, key=lambda f: (f.start is None, f.start or 0, CODES.index(f.code)))
