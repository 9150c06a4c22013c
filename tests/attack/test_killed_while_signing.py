"""kill -9 while people sign; `python -m bench.kill` does it 200 times, here it is 15."""

from __future__ import annotations

from pathlib import Path

from bench import kill


def test_r18_no_acknowledged_signature_is_lost_and_none_is_half(tmp_path: Path) -> None:
    report = kill.run(15, tmp_path)
    assert report.kills == 15
    assert report.problems == []
    assert report.in_the_middle >= 3, f"the kills fell beside the signing: {report}"
    assert report.acknowledged, f"nothing was signed at all: {report}"
