import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import huitan.wording
from huitan.wording import CODES, FIELDS, lint
from huitan.wording.advice import advice
from huitan.wording.features import text_features
from huitan.wording.lexicon_index import read_sections
from huitan.wording.model import model_for, pack, unpack
from huitan.wording.reading import read
from huitan.wording.shapes import shapes_for
from huitan.wording.training.corpus_files import checksum, load
from huitan.wording.training.split_files import assign, side_of

_ROOM = Path(huitan.wording.__file__).parent


@pytest.mark.parametrize("language", ["zh", "en"])
def test_weights_load_and_give_probabilities(language: str) -> None:
    model = model_for(language)
    assert len(model.rows) > 3000
    assert set(model.thresholds) == {"whole", "part"}
    for field in FIELDS:
        assert set(model.thresholds_in(field)) == set(CODES)
    scores = model.probabilities(text_features(read("沟通 planning", language), "whole"))
    assert len(scores) == len(CODES)
    assert all(0 < score < 1 for score in scores)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_weights_name_the_data_they_come_from(language: str) -> None:
    about = model_for(language).about
    items = [item for item in load(("train", "dev")) if item["lang"] == language]
    assert re.fullmatch(r"[0-9a-f]{64}", about["checksum"])
    assert about["files"] <= len({item["file"] for item in items})
    trained_on = [item for item in items if item["file"] in about["names"]]
    assert checksum(trained_on) == about["checksum"]


def test_lanes_keep_their_signs() -> None:
    row = [7, -1, 0, 32767, -32768, 5, -9, 0, 1, -1, 2, -2, 3, -3]
    assert unpack(pack(row)) == row
    assert unpack(pack(row) * 3 + pack([-1] * len(CODES))) == [3 * weight - 1 for weight in row]


def test_near_pairs_and_test_files_are_never_trained_on() -> None:
    split = assign()
    names = [name for side in split.values() for name in side]
    assert len(names) == len(set(names))
    assert side_of("near_pairs/zh.jsonl") == "near_pairs"
    assert side_of("fresh/zh.jsonl") == "test"
    assert {name.split("/")[0] for name in split["test"]} <= {"fresh"}
    used = set(model_for("zh").about["names"]) | set(model_for("en").about["names"])
    assert used <= set(split["train"]) | set(split["dev"])


def test_explain_names_the_rule_or_the_features() -> None:
    rude = lint("人太懒，又自私。", field="feedback.issue")[0]
    assert rude.rule == "personal-trait/trait"
    vague = lint("整体执行力偏弱。", field="feedback.issue")[0]
    assert vague.rule == "model:vague-judgement"
    assert re.search(r"[tpnwx]:\S+ \(\+\d", vague.explain())


def test_hints_cite_the_sentence() -> None:
    finding = lint("整体执行力偏弱。", field="feedback.issue")[0]
    assert "执行力" in finding.hint
    assert "「" in finding.message
    finding = lint("Hand-over notes are often incomplete.", field="feedback.issue")[0]
    assert "incomplete" in finding.message or "often" in finding.hint


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_has_advice(language: str) -> None:
    for code in CODES:
        texts = advice()[code][language]
        assert {"name", "short", "why", "why_missing", "hints", "bad", "good", "fix"} <= set(texts)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_lexicon_entries_are_clean(language: str) -> None:
    for tag, entries in read_sections(language).items():
        assert tag
        for entry in entries:
            assert entry == entry.strip().lower()
            assert "[" not in entry


def test_shape_repeats_are_bounded() -> None:
    unbounded = re.compile(r"(?<![\\\])])[+*](?![\w%])|\)[+*]|\][+*](?![a-z]?\d{0,2}[a-z]?\))")
    for language in ("zh", "en"):
        for tag, _, pattern in shapes_for(language):
            tail = re.sub(r"\[[^\]]*\]", "[]", pattern.pattern)
            assert not re.search(r"\)[+*]|\.[+*]", tail), tag
    assert unbounded.search("(a)*")


def test_at_run_time_only_the_standard_library_is_imported() -> None:
    for path in sorted(_ROOM.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots = [alias.name.split(".")[0] for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                roots = [(node.module or "").split(".")[0]]
            else:
                continue
            assert set(roots) <= sys.stdlib_module_names, path.name


def test_importing_the_check_brings_no_framework() -> None:
    code = "import sys, huitan.wording; print(sorted({m.split('.')[0] for m in sys.modules} & {'django', 'numpy', 'sklearn'}))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
