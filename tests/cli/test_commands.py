"""The command line: complete help, JSON where it reports, refusals as exit codes."""

from __future__ import annotations

import csv
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.urls import reverse
from openpyxl import load_workbook
from tests import walk
from tests.cast import SYSTEM, at, draft_cycle

from huitan.cli import duties
from huitan.cli.main import COMMANDS, huitan
from huitan.core.models import Event
from huitan.people.actions import RosterEntry, enrol
from huitan.people.models import Account, Invitation
from huitan.plans.models import PlanItem

pytestmark = pytest.mark.django_db


def run(*words: str, stdin: str = ""):
    return CliRunner().invoke(huitan, list(words), input=stdin, catch_exceptions=False)


def test_help_is_complete() -> None:
    page = run("--help").output
    for name in COMMANDS:
        assert f"  {name} " in page
    for words in (
        ("cycle",),
        ("move",),
        ("export",),
        ("admin",),
        ("cycle", "create"),
        ("move", "do"),
        ("worker",),
        ("verify",),
    ):
        answer = run(*words, "--help")
        assert answer.exit_code == 0
        assert "--help" in answer.output


def test_cycle_list_create_open_close(cast) -> None:
    period = [
        "--from",
        "2026-01-01",
        "--to",
        "2026-06-30",
        "--talks-from",
        "2026-07-01",
        "--talks-until",
        "2026-07-31",
    ]
    made = run(
        "cycle", "create", "2026h1", "--name", "2026 上半年", *period, "--department", "制造中心", "--json"
    )
    assert json.loads(made.output) == {"key": "2026h1", "state": "draft"}
    wrong = run("cycle", "create", "x", "--name", "x", *period, "--department", "没有的部门")
    assert wrong.exit_code == 2
    assert "没有这个部门" in wrong.output
    opened = json.loads(run("cycle", "open", "2026h1", "--json").output)
    assert opened["conversations"] == 4
    again = run("cycle", "open", "2026h1")
    assert again.exit_code == 5
    assert "进行中" in again.output
    listed = json.loads(run("cycle", "list", "--json").output)
    assert listed[0]["talks"]["preparing"] == 4
    assert run("cycle", "close", "2026h1").exit_code == 6
    assert run("cycle", "close", "2026h1", "--reason", "试点结束").exit_code == 0


def test_cycle_open_as_somebody_who_may_not(cast) -> None:

    draft_cycle()
    answer = run("cycle", "open", "2026h1", "--as", "00003")
    assert answer.exit_code == 2
    assert "没有代号" in answer.output


def test_move_list_names_what_is_missing_and_do_moves(cast, talk) -> None:
    offers = json.loads(run("move", "list", f"conversation:{talk.pk}", "--as", "00003", "--json").output)
    share = next(o for o in offers["moves"] if o["move"] == "share")
    assert not share["open"]
    assert any("面谈时间" in m for m in share["missing"])
    refused = run("move", "do", f"conversation:{talk.pk}", "share", "--as", "00003")
    assert refused.exit_code == 6
    unseen = run("move", "list", f"conversation:{talk.pk}", "--as", "00007")
    assert unseen.exit_code == 2
    assert "不对你开放" in unseen.output
    walk.to_signed(cast, talk)
    item = PlanItem.objects.get(plan=talk.plan, kind="action")
    assert run("move", "do", f"item:{item.pk}", "accept", "--as", "00003").exit_code == 5
    assert (
        run(
            "move", "do", f"item:{item.pk}", "submit", "--set", "evidence=四周台账", "--as", "00004"
        ).exit_code
        == 0
    )
    assert run("move", "do", f"item:{item.pk}", "accept", "--as", "00004").exit_code == 4
    assert run("move", "do", f"item:{item.pk}", "accept", "--as", "00003").exit_code == 0
    end = ("move", "do", f"conversation:{talk.pk}", "close", "--as", "00003")
    end += ("--set", "outcome=partly", "--set", "reason=时限没有谈成")
    undecided, promise = run(*end), PlanItem.objects.get(plan=talk.plan, kind="support")
    assert undecided.exit_code == 6 and f"{promise.ref} 还没有了结" in undecided.output
    assert run(*end, "--set", f"goes_on={promise.pk}").exit_code == 0


def test_export_record_and_dossier(cast, talk, tmp_path) -> None:
    nothing = run("export", "record", str(talk.pk), "--as", "00003")
    assert nothing.exit_code == 5
    walk.to_signed(cast, talk)
    exported = json.loads(run("export", "record", str(talk.pk), "--as", "00004").output)
    assert exported["hash"] == talk.current_record().hash
    assert [s["side"] for s in exported["signatures"]] == ["manager", "employee"]
    assert any(v["viewer"] == "林晓岚" for v in exported["viewers"])
    assert run("export", "record", str(talk.pk), "--as", "00007").exit_code == 2
    out = tmp_path / "dossier.json"
    assert (
        run("export", "dossier", "00004", "--cycle", "2026h1", "--as", "00003", "--out", str(out)).exit_code
        == 0
    )
    assert {k["name"] for k in json.loads(out.read_text())["kpis"]} >= {"ECN 按期关闭率"}
    assert run("export", "dossier", "00004", "--cycle", "2026h1", "--as", "00007").exit_code == 2


def test_export_ledger_holds_what_the_acting_person_may_see(cast, talk, tmp_path) -> None:
    walk.to_signed(cast, talk)
    out = tmp_path / "ledger.xlsx"
    for who, rows in (("00003", 2), ("00004", 2), ("00007", 0)):
        assert run("export", "ledger", "--out", str(out), "--as", who).exit_code == 0
        assert load_workbook(out).worksheets[0].max_row == rows + 1
    assert run("export", "ledger", "--out", str(out), "--cycle", "nope").exit_code == 2


def test_verify_says_what_does_not_hold(cast, talk) -> None:
    walk.to_signed(cast, talk)
    good = run("verify", "--json")
    assert good.exit_code == 0
    assert json.loads(good.output)["holds"]
    Event.objects.filter(verb="conversation.signed").update(payload={"version": 1, "side": "employee"})
    bad = run("verify")
    assert bad.exit_code == 1
    assert "被改动过" in bad.output


def test_worker_does_each_duty_once(cast, talk) -> None:

    walk.to_signed(cast, talk)
    later = walk.DONE_AT + timedelta(days=60)
    assert duties.round_at(later)["missed"] == 1
    second = duties.round_at(later + timedelta(minutes=5))
    assert second["missed"] == 0
    assert second["sealed"] == 1


def test_the_first_admin_needs_a_good_password(db, monkeypatch) -> None:
    monkeypatch.setenv("HUITAN_PASSWORD", "short")
    refused = run("admin", "create", "hr001")
    assert refused.exit_code == 2
    assert not Account.objects.exists()
    monkeypatch.setenv("HUITAN_PASSWORD", "a-long-enough-sentence")
    assert run("admin", "create", "hr001").exit_code == 0
    assert Account.objects.get().duties.get().kind == "hr_admin"
    assert run("admin", "create", "hr001").exit_code == 2


def test_everybody_is_invited_with_links_and_codes_never_with_passwords(cast, tmp_path, client) -> None:
    """Who has an address is written to, the others get a code that is good once; run again it disturbs nobody."""
    people = [
        RosterEntry(number, f"新人{number}", "制造中心", "工程师", "00003", email=email)
        for number, email in (("00101", "a@jingtian.example"), ("00102", ""), ("00103", ""))
    ]
    enrol(people, actor=SYSTEM, at=at(7, 1))
    slips = tmp_path / "slips.csv"
    done = run("admin", "accounts", "--codes-file", str(slips))
    assert done.exit_code == 0 and "1 封邀请" in done.output and "2 个一次性密码" in done.output
    assert slips.stat().st_mode & 0o077 == 0
    rows = list(csv.DictReader(slips.read_text("utf-8-sig").splitlines()))
    assert [row["staff_number"] for row in rows] == ["00102", "00103"]
    assert not Account.objects.filter(login_name__in=["00101", "00102", "00103"]).exists()
    again = tmp_path / "again.csv"
    assert "0 个一次性密码" in run("admin", "accounts", "--codes-file", str(again)).output
    assert not again.exists()

    given = {"staff_number": "00102", "code": rows[0]["code"]}
    given |= {"password": "a-long-enough-sentence", "again": "a-long-enough-sentence"}
    assert client.post(reverse("welcome-code"), given).status_code == 302
    assert Account.objects.filter(login_name="00102").exists()
    Invitation.objects.all().delete()
    assert run("admin", "accounts", "--codes-file", str(slips)).exit_code == 2, "written over nothing"
    assert not Invitation.objects.exists(), "and no code without its slip"
    assert "2 个一次性密码" in run("admin", "accounts", "--on-paper").output


def test_a_demo_is_never_built_over_a_company(cast) -> None:
    assert run("demo").exit_code == 1
    assert run("demo", "--unless-present").exit_code == 0
