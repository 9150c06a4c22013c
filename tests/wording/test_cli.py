import io
import json
from pathlib import Path

import pytest

from huitan.wording.cli import run


def _run(*argv: str, stdin: str = "") -> tuple[int, str]:
    out = io.StringIO()
    return run(argv, io.StringIO(stdin), out), out.getvalue()


def test_prints_like_a_compiler(tmp_path: Path) -> None:
    page = tmp_path / "talk.txt"
    page.write_text("6月4日的交接记录没写阀门状态，夜班重查了一遍。\n整体执行力偏弱。\n", encoding="utf-8")
    code, out = _run(str(page), "--field", "feedback.issue")
    assert code == 1
    assert out.startswith(f"{page}:2:")
    assert "vague-judgement" in out.splitlines()[0]


def test_clean_text_exits_zero() -> None:
    assert _run("-", "--field", "feedback.direction", stdin="每天10点前把卡住的事发到项目群。\n") == (0, "")


def test_jsonl_answers_in_order() -> None:
    rows = [
        {"id": "b", "lang": "zh", "field": "feedback.issue", "text": "整体执行力偏弱。"},
        {
            "id": "a",
            "lang": "en",
            "field": "feedback.support",
            "text": "I will review it with you every Friday.",
        },
    ]
    code, out = _run("--jsonl", "--explain", stdin="\n".join(json.dumps(row) for row in rows))
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [answer["id"] for answer in answers] == ["b", "a"]
    assert answers[0]["codes"] == ["vague-judgement"]
    assert answers[0]["findings"][0]["explain"]
    assert answers[1] == {"id": "a", "codes": [], "findings": []}


def test_json_and_github_formats() -> None:
    code, out = _run("--format", "json", "--field", "plan.item", stdin="全面提升服务水平。")
    assert code == 1
    assert [row["code"] for row in json.loads(out)] == ["unverifiable-goal"]
    code, out = _run("--format", "github", "--field", "plan.item", stdin="全面提升服务水平。")
    assert code == 1
    assert out.startswith("::warning file=-,line=1,col=")


@pytest.mark.parametrize(
    "argv", [["--field", "title"], ["--format", "xml"], ["missing-file.txt"], ["--jsonl", "--lang", "de"]]
)
def test_wrong_calls_exit_two(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(*argv)[0] == 2
    assert capsys.readouterr().err


def test_broken_jsonl_exits_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("--jsonl", stdin="{not json}")[0] == 2
    assert _run("--jsonl", stdin='{"id": 1, "field": "nowhere", "text": "好"}')[0] == 2
    assert "huitan lint" in capsys.readouterr().err
