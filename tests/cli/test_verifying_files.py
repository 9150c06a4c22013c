"""`huitan verify FILE.pdf`, with and without an installation; `huitan keys`; `huitan export records`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests import walk
from tests.cast import at

from huitan.cli import verifying
from huitan.cli.main import huitan
from huitan.conversations.models import RecordView
from huitan.core.models import Event
from huitan.documents.issuing import issue_record

pytestmark = pytest.mark.django_db


def run(*words: str):
    return CliRunner().invoke(huitan, list(words), catch_exceptions=False)


@pytest.fixture
def at_home(monkeypatch) -> None:
    """The tests' database stands for the installation's."""
    monkeypatch.setattr(verifying, "_has_home", lambda: True)


@pytest.fixture
def file(cast, talk, tmp_path) -> Path:
    walk.to_signed(cast, talk)
    path = tmp_path / "record.pdf"
    path.write_bytes(issue_record(talk, actor=cast.actor("lin"), at=at(7, 17)).content)
    return path


def elsewhere(tmp_path: Path, *words: str, lang: str = "zh") -> subprocess.CompletedProcess[str]:
    """On a computer without any installation: another process, no HUITAN_HOME, another folder."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HUITAN", "DATABASE", "DJANGO"))}
    folder = tmp_path / "elsewhere"
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "huitan.cli.main", "--lang", lang, "verify", *words],
        cwd=folder,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not list(folder.iterdir()), "looking must not make an installation"
    assert "Traceback" not in done.stderr
    return done


def test_a_file_holds_with_the_installation(at_home, file) -> None:
    answer = run("verify", str(file))
    assert answer.exit_code == 0
    assert "这份文件成立。" in answer.output
    assert "系统里有这份记录的第 1 版" in answer.output and "✗" not in answer.output
    told = json.loads(run("verify", str(file), "--json").output)
    assert told["holds"] and told["certain"] and told["kind"] == "record"
    assert {f["key"] for f in told["findings"]} >= {
        "seal",
        "certificate",
        "content",
        "signature",
        "known",
        "newest",
    }


def test_a_changed_byte_is_exit_1(at_home, file) -> None:
    content = bytearray(file.read_bytes())
    content[5000] ^= 1
    file.write_bytes(content)
    answer = run("verify", str(file))
    assert answer.exit_code == 1
    assert "✗" in answer.output and "这份文件不成立" in answer.output


def test_a_wrong_call_is_exit_2(at_home, file, tmp_path, monkeypatch) -> None:
    assert run("verify", "missing.pdf").exit_code == 2
    assert run("verify", str(file), "--stream", "conversation:1").exit_code == 2
    (tmp_path / "no.pem").write_text("no")
    assert run("verify", str(file), "--certificate", str(tmp_path / "no.pem")).exit_code == 2
    monkeypatch.setattr(verifying, "LARGEST", 100)
    large = run("verify", str(file))
    assert large.exit_code == 2 and "最大 100 MB" in large.output


def test_without_an_installation_it_says_what_was_not_checked(file, tmp_path) -> None:
    done = elsewhere(tmp_path, str(file))
    assert done.returncode == 0
    assert "? 没有核对是谁盖的封印" in done.stdout and "? 没有查数据库" in done.stdout
    assert "✓ 从第一个字节到最后一个字节" in done.stdout
    certificate = tmp_path / "company.pem"
    shown = run("keys", "show", "--out", str(certificate))
    assert shown.exit_code == 0 and "●" in shown.output
    sure = elsewhere(tmp_path, str(file), "--certificate", str(certificate), lang="en")
    assert sure.returncode == 0
    assert "This file holds." in sure.stdout and "✓ Sealed with the company's certificate" in sure.stdout


def test_without_an_installation_a_bad_file_is_named(file, tmp_path) -> None:
    file.write_bytes(file.read_bytes() + b"\n")
    assert elsewhere(tmp_path, str(file)).returncode == 1
    file.write_bytes(b"%PDF-1.7 rubbish")
    done = elsewhere(tmp_path, str(file))
    assert done.returncode == 1 and "读不出来" in done.stdout


def test_a_file_does_not_hold_against_somebody_elses_certificate(file, tmp_path, settings) -> None:
    settings.HUITAN_HOME = tmp_path / "other"
    other = tmp_path / "other.pem"
    run("keys", "show", "--out", str(other))
    done = elsewhere(tmp_path, str(file), "--certificate", str(other))
    assert done.returncode == 1 and "封印不是公司的证书盖的" in done.stdout


def test_keys_show_and_renew(settings, tmp_path) -> None:
    settings.HUITAN_HOME = tmp_path
    first = json.loads(run("keys", "show", "--json").output)["certificates"]
    assert [c["in_use"] for c in first] == [True]
    assert run("keys", "renew", "--yes").exit_code == 0
    now = json.loads(run("keys", "show", "--json").output)["certificates"]
    assert len(now) == 2 and [c["sha256"] for c in now if c["in_use"]] != [first[0]["sha256"]]


def test_a_company_certificate_that_does_not_open_is_told(settings, tmp_path) -> None:
    settings.HUITAN_HOME, settings.HUITAN_SEAL_PKCS12 = tmp_path, str(tmp_path / "company.p12")
    assert "打不开公司的证书文件 company.p12" in run("keys", "show").output
    (tmp_path / "company.p12").write_bytes(b"rubbish")
    answer = run("keys", "show")
    assert answer.exit_code == 5 and "检查路径和密码" in answer.output


def test_all_records_of_a_cycle_as_pdf(at_home, cast, talk, tmp_path) -> None:
    walk.to_signed(cast, talk)
    out = tmp_path / "records"
    answer = run("export", "records", "--cycle", "2026h1", "--out", str(out), "--as", "00009")
    assert answer.exit_code == 0 and "已写入 1 份面谈记录" in answer.output
    (made,) = out.iterdir()
    assert made.name.startswith("00004-") and made.suffix == ".pdf"
    assert run("verify", str(made)).exit_code == 0
    assert RecordView.objects.get(viewer=cast.he).downloaded_at is not None
    assert run("export", "records", "--cycle", "2026h1", "--out", str(out), "--as", "00007").exit_code in (
        0,
        2,
    )
    assert Event.objects.filter(verb="record.taken").count() == 1
