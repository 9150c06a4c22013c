"""How many sealed records a second one core makes and checks: typesetting, sealing, examining, in CPU time.

``python -m bench.documents [ROUNDS]``
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

AT = datetime(2026, 7, 17, 1, tzinfo=UTC)


def seconds(work: Callable[[], Any], rounds: int) -> float:
    """Median CPU seconds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def _new(data: Any, number: int) -> Any:
    """The sections with every text changed."""
    if isinstance(data, dict):
        return {k: f"{v}{number}" if k in ("text", "title") else _new(v, number) for k, v in data.items()}
    if isinstance(data, list):
        return [_new(v, number) for v in data]
    return data


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    os.environ["HUITAN_HOME"] = tempfile.mkdtemp(prefix="huitan-bench-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "huitan.config.settings"
    import django

    django.setup()
    from tests.documents import papers

    from huitan.documents.certificate import known_certificates, sealing_key
    from huitan.documents.checking import examine
    from huitan.documents.record_paper import record_paper
    from huitan.documents.sealing import seal
    from huitan.documents.typesetting import typeset

    key = sealing_key(AT)
    for name in ("signed", "everything", "forty-topics-and-items"):
        made = record_paper(papers.CASES[name], key, AT)
        pdf = typeset(made.data, made.attached, at=AT)
        sealed = seal(pdf, key, reason="封存", label="封印", at=AT)
        if not examine(sealed, known_certificates()).is_certain:
            raise SystemExit(f"{name} does not hold")
        # Another place each time: Typst remembers what it has set before.
        fresh = iter(range(10**6))
        setting = seconds(
            lambda made=made, fresh=fresh: typeset(
                {
                    **made.data,
                    "about": f"{next(fresh)}",
                    "foot": f"{next(fresh)}",
                    "sections": _new(made.data["sections"], next(fresh)),
                },
                made.attached,
                at=AT,
            ),
            rounds,
        )
        sealing = seconds(lambda pdf=pdf: seal(pdf, key, reason="封存", label="封印", at=AT), rounds)
        checking = seconds(lambda sealed=sealed: examine(sealed, known_certificates()), rounds)
        print(
            f"{name:24} {len(sealed) / 1024:5.0f} KB  typeset {setting * 1000:5.0f} ms  seal {sealing * 1000:5.0f} ms  "
            f"check {checking * 1000:5.0f} ms  → {1 / (setting + sealing):5.1f} sealed PDFs a second"
        )


if __name__ == "__main__":
    main()
