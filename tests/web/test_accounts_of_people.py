"""From the roster to a log-in: letters, printed codes, links; and a lost second factor."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse
from tests.cast import PASSWORD, SYSTEM, at

from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.notifications.actions.inviting import send_invitations
from huitan.people import actions, invitations
from huitan.people.models import Account, Employee, Invitation, Login

NOW = at(7, 16, 9)
NEW = "我家的猫爱吃三文鱼呀"
BACKEND = "huitan.people.backend.Accounts"
LINK = re.compile(r"http://127.0.0.1:8000(/welcome/[\w-]+/)")


@pytest.fixture(autouse=True)
def _now(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = NOW.isoformat()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def newcomers(cast) -> dict[str, Employee]:
    """Two with an address, one without, in 制造中心/装配部."""
    rows = (
        ("00101", "周一鸣", "a@jingtian.example"),
        ("00102", "吴双", "b@jingtian.example"),
        ("00103", "郑三", ""),
    )
    actions.enrol(
        [
            actions.RosterEntry(no, name, "制造中心/装配部", "装配工", "00003", email=email)
            for no, name, email in rows
        ],
        actor=SYSTEM,
        at=NOW,
    )
    return {e.staff_number: e for e in Employee.objects.filter(staff_number__in=[r[0] for r in rows])}


def as_he(cast) -> Client:
    client = Client()
    client.post(reverse("login"), {"login_name": cast.account("he").login_name, "password": PASSWORD})
    return client


def words(answer) -> str:
    return answer.content.decode()


def later(settings, **by: int) -> datetime:
    moment = datetime.fromisoformat(settings.HUITAN_SCRIPTED_NOW) + timedelta(**by)
    settings.HUITAN_SCRIPTED_NOW = moment.isoformat()
    return moment


def state_of(cast, number: str) -> str:
    page = words(as_he(cast).get(reverse("accounts"), {"q": number}))
    shown = re.search(
        r'class="tag[^>]*>(?:<svg.*?</svg>)?<span>([^<]+)<', page.split('delivery-state">')[1], re.S
    )
    return shown[1] if shown else page


def letter_to(address: str) -> str:
    found = [m for m in mail.outbox if address in m.to[0]]
    return LINK.search(found[-1].body)[1]


def test_a_person_comes_from_the_roster_to_a_log_in_by_letter(cast, newcomers, settings) -> None:
    he = as_he(cast)
    page = words(he.get(reverse("accounts")))
    assert "周一鸣" in page and "发邮件邀请 2 人" in page
    done = he.post(reverse("accounts-invite"), follow=True)
    assert "2 封邀请排进了发送队列" in words(done) and "1 人没有邮箱" in words(done)
    assert not mail.outbox and state_of(cast, "00101") == "待发"
    assert send_invitations(NOW) == {"sent": 2, "failed": 0} and send_invitations(NOW)["sent"] == 0
    path = letter_to("a@jingtian.example")
    secret = path.split("/")[2]
    assert not Invitation.objects.filter(secret_hash=secret).exists(), "only a hash is kept"
    assert state_of(cast, "00101") == "已邀请"
    guest = Client()
    page = words(guest.get(path))
    assert "周一鸣" in page and "至少 10 个字符" in page and state_of(cast, "00101") == "打开过"
    weak = guest.post(path, {"password": "00101zhou", "again": "00101zhou"})
    assert weak.status_code == 422 and "太短" in words(weak) and "太像" in words(weak)
    assert not Account.objects.filter(login_name="00101").exists()
    done = guest.post(path, {"password": NEW, "again": NEW})
    assert done.url == reverse("home") and guest.get(done.url).status_code == 200
    assert Client().get(path).status_code == 404, "good once"
    assert state_of(cast, "00101") == "已开通"
    person = newcomers["00101"]
    told = Event.objects.filter(
        stream=person.stream, verb__in=["employee.invited", "employee.account_opened"]
    )
    account = Account.objects.get(login_name="00101")
    assert [(e.verb, e.actor) for e in told.order_by("seq")] == [
        ("employee.invited", cast.actor("he").key), ("employee.account_opened", f"account:{account.pk}"),
    ]  # fmt: skip
    assert Client().post(reverse("login"), {"login_name": "00101", "password": NEW}).status_code == 302


def test_asked_again_the_newer_letter_counts_and_not_too_soon(cast, newcomers, settings) -> None:
    he, one = as_he(cast), {"person": newcomers["00101"].pk}
    he.post(reverse("accounts-invite"), one)
    send_invitations(NOW)
    first = letter_to("a@jingtian.example")
    assert "刚邀请过" in words(he.post(reverse("accounts-invite"), one, follow=True))
    moment = later(settings, minutes=11)
    he.post(reverse("accounts-invite"), one)
    send_invitations(moment)
    assert len(mail.outbox) == 2 and Client().get(first).status_code == 404
    later(settings, minutes=11)
    assert "1 封邀请排进了发送队列" in words(he.post(reverse("accounts-invite"), follow=True))
    second = letter_to("a@jingtian.example")
    assert Client().get(second).status_code == 200
    later(settings, days=7, minutes=1)
    assert Client().get(second).status_code == 404 and state_of(cast, "00101") == "已过期"


def test_a_server_that_is_not_there_is_tried_again(cast, newcomers, settings) -> None:
    invitations.invite(list(newcomers.values()), actor=SYSTEM, at=NOW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert send_invitations(NOW) == {"sent": 0, "failed": 2}
    assert send_invitations(NOW + timedelta(seconds=30)) == {"sent": 0, "failed": 0}
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_invitations(NOW + timedelta(minutes=2)) == {"sent": 2, "failed": 0}


def test_who_left_or_has_an_account_by_now_gets_no_way_in(cast, newcomers) -> None:
    invitations.invite(list(newcomers.values()), actor=SYSTEM, at=NOW)
    send_invitations(NOW)
    a, b = letter_to("a@jingtian.example"), letter_to("b@jingtian.example")
    Employee.objects.filter(staff_number="00101").update(status="left")
    actions.open_account(Employee.objects.get(staff_number="00102"), actor=SYSTEM, at=NOW, password=NEW)
    assert Client().get(a).status_code == 404 and Client().get(b).status_code == 404


def test_without_an_address_a_printed_code_opens_the_account_once(cast, newcomers, settings) -> None:
    page = words(as_he(cast).post(reverse("accounts-codes")))
    assert "郑三" in page and "周一鸣" not in page
    code = re.search(r"<dd class=\"mono b\">([A-Z0-9]{5} [A-Z0-9]{5})<", page)[1]
    given = {"staff_number": "00103", "code": code.lower(), "password": NEW, "again": NEW}
    guest = Client()
    other = guest.post(reverse("welcome-code"), {**given, "staff_number": "00101"})
    assert other.status_code == 422 and "对不上" in words(other) and 'value="00101"' in words(other)
    assert guest.post(reverse("welcome-code"), given).url == reverse("home")
    assert Client().post(reverse("welcome-code"), given).status_code == 422
    assert Account.objects.get(login_name="00103").employee.name == "郑三"


def test_slips_handed_out_stay_good_when_more_are_printed(cast, newcomers, settings) -> None:
    def code_on(page: str) -> list[str]:
        return re.findall(r"<dd class=\"mono b\">([A-Z0-9]{5} [A-Z0-9]{5})<", page)

    he = as_he(cast)
    [code] = code_on(words(he.post(reverse("accounts-codes"), {})))
    page = words(he.get(reverse("accounts")))
    assert "密码单还有效" in page and "1 张旧的作废" in page
    row = actions.RosterEntry("b104", "冯四", "制造中心/装配部", "装配工", "00003")
    actions.enrol([row], actor=SYSTEM, at=NOW)
    assert [one for one in code_on(words(he.post(reverse("accounts-codes"), {}))) if one != code]
    assert "冯四" not in words(he.post(reverse("accounts-codes"), {}))
    given = {"staff_number": "00103", "code": code, "password": NEW, "again": NEW}
    assert Client().post(reverse("welcome-code"), given).url == reverse("home")
    [again] = code_on(words(he.post(reverse("accounts-codes"), {"again": "1"})))
    # However it is typed: as for logging in, case and width of the staff number say nothing.
    given |= {"staff_number": "Ｂ104", "code": again.lower().replace(" ", "－")}
    assert Client().post(reverse("welcome-code"), given).url == reverse("home")
    assert Account.objects.filter(login_name="b104").exists()


def test_whom_one_searched_for_is_who_gets_a_letter(cast, newcomers) -> None:
    he = as_he(cast)
    page = words(he.get(reverse("accounts"), {"q": "吴双"}))
    assert "发邮件邀请 1 人" in page and '<input type="hidden" name="q" value="吴双">' in page
    answer = he.post(reverse("accounts-invite"), {"department": "", "q": "吴双"}, follow=True)
    assert "1 封邀请排进了发送队列" in words(answer) and 'value="吴双"' in words(answer)
    assert [row.employee.name for row in Invitation.objects.all()] == ["吴双"]


def test_a_slip_that_ended_is_printed_again_and_nobody_is_written_to(cast, newcomers, settings) -> None:
    invitations.print_codes(list(newcomers.values()), actor=SYSTEM, at=NOW)
    later(settings, days=15)
    Employee.objects.exclude(staff_number="00103").filter(account=None).update(status="left")
    page = words(as_he(cast).get(reverse("accounts")))
    assert "发邮件邀请 0 人" in page and "密码单还有效" not in page
    assert "郑三" in words(as_he(cast).post(reverse("accounts-codes")))


def test_guessing_codes_is_locked_out(cast, newcomers) -> None:
    code = invitations.print_codes(list(newcomers.values()), actor=SYSTEM, at=NOW)[0].code
    given = {"staff_number": "00103", "code": "AAAAAAAAAA", "password": NEW, "again": NEW}
    guest = Client()
    tries = [guest.post(reverse("welcome-code"), given).status_code for _ in range(11)]
    assert tries[:9] == [422] * 9 and tries[-1] == 403
    assert guest.post(reverse("welcome-code"), {**given, "code": code}).status_code == 403


def test_printing_codes_asks_for_a_fresh_proof(cast, newcomers, settings) -> None:
    he = as_he(cast)
    later(settings, minutes=11)
    assert reverse("security-confirm") in he.post(reverse("accounts-codes")).url
    assert not Invitation.objects.exists()


def test_only_hr_admins_invite(cast, newcomers) -> None:
    for who in ("gu", "shen", "tao"):
        client = Client()
        client.force_login(cast.account(who), backend=BACKEND)
        assert client.post(reverse("accounts-invite")).status_code == 403
        with pytest.raises(Refused):
            invitations.print_codes([], actor=cast.actor(who), at=NOW)
    with pytest.raises(Refused):
        invitations.link_for(cast.account("lin"), actor=cast.actor("he"), at=NOW)
    assert not Invitation.objects.exists()


def test_an_operators_link_sets_a_password_but_not_the_second_step(cast) -> None:
    Authenticator.objects.create(user=cast.account("lin"), type="totp", data={})
    secret = invitations.link_for(cast.account("lin"), actor=SYSTEM, at=NOW)
    client = Client()
    done = client.post(reverse("welcome", args=[secret]), {"password": NEW, "again": NEW})
    assert done.url == reverse("login-second") and client.get(reverse("home")).status_code == 302
    assert Account.objects.get(pk=cast.lin.account_id).check_password(NEW)
    assert Client().get(reverse("welcome", args=[secret])).status_code == 404


def test_hr_resets_somebodys_lost_second_factor(cast, settings) -> None:
    Authenticator.objects.create(user=cast.account("lin"), type="totp", data={})
    Authenticator.objects.create(user=cast.account("he"), type="webauthn", data={"name": "x"})
    lin = Client()
    lin.force_login(cast.account("lin"), backend=BACKEND)
    Login.objects.create(
        account=cast.account("lin"), session_key=lin.session.session_key, method="", at=NOW, seen_at=NOW
    )
    he = Client()
    he.force_login(cast.account("he"), backend=BACKEND)
    url = reverse("accounts-reset", args=[cast.lin.pk])
    assert reverse("security-confirm") in he.get(url).url
    session = he.session
    session["proved_at"] = NOW.isoformat()
    session.save()
    empty = he.post(url, {"reason": " "})
    assert empty.status_code == 422 and "写明为什么重置" in words(empty)
    assert he.post(url, {"reason": "手机丢了，核对过工牌"}).url == reverse("accounts")
    assert not Authenticator.objects.filter(user=cast.account("lin")).exists()
    assert lin.get(reverse("home")).status_code == 302, "sessions end"
    told = Event.objects.get(verb="account.second_factor_reset")
    assert told.payload == {"kinds": ["totp"], "reason": "手机丢了，核对过工牌"}
    own = he.post(reverse("accounts-reset", args=[cast.he.pk]), {"reason": "我自己"})
    assert own.status_code == 403 and Authenticator.objects.filter(user=cast.account("he")).exists()
    assert he.post(reverse("accounts-reset", args=[cast.sun.pk]), {"reason": "x"}).status_code == 409


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_and_for_many(cast, rows, django_assert_num_queries) -> None:
    extra = [
        actions.RosterEntry(
            f"002{n:02}", f"新人{n}", "制造中心", "装配工", "00002", email=f"n{n}@jingtian.example"
        )
        for n in range(rows)
    ]
    actions.enrol(extra, actor=SYSTEM, at=NOW)
    he = Client()
    he.force_login(cast.account("he"), backend=BACKEND)
    with django_assert_num_queries(6):
        assert "新人0" in words(he.get(reverse("accounts")))


def test_names_are_escaped(cast) -> None:
    actions.enrol([actions.RosterEntry("00300", "<b>坏</b>", "制造中心", "", "00002")], actor=SYSTEM, at=NOW)
    he = as_he(cast)
    assert "<b>坏" not in words(he.get(reverse("accounts"))) + words(he.post(reverse("accounts-codes")))
