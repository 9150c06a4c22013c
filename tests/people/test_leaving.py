"""Who has left reads nothing any more, from the next request on; who comes back does again."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.cast import SYSTEM, at

from huitan.core.models import Event
from huitan.people.actions import RosterEntry, enrol
from huitan.people.models import Account, Duty, Employee

BACKEND = "huitan.people.backend.Accounts"


def status_of(person: Employee, status: str) -> None:
    entry = RosterEntry(person.staff_number, person.name, person.department.full_name, status=status)
    enrol([entry], actor=SYSTEM, at=at(7, 8))


def may_log_in(person: Employee) -> bool:
    return Account.objects.get(pk=person.account_id).is_active


def verbs(person: Employee) -> list[str]:
    found = Event.objects.filter(stream=person.stream, verb__startswith="employee.account_").order_by("id")
    return list(found.values_list("verb", flat=True))


@pytest.fixture
def inside(cast, client: Client) -> Client:
    client.force_login(cast.account("lin"), backend=BACKEND)
    assert client.get("/").status_code == 200
    return client


def test_an_open_session_ends_with_the_person_leaving_and_a_return_opens_the_account(cast, inside) -> None:
    status_of(cast.lin, "left")
    assert inside.get("/").status_code == 302
    assert not may_log_in(cast.lin)
    cast.lin.refresh_from_db()
    status_of(cast.lin, "active")
    assert may_log_in(cast.lin)
    assert verbs(cast.lin)[-2:] == ["employee.account_closed", "employee.account_reopened"]


def test_leave_and_probation_close_nothing(cast, inside) -> None:
    for status in ("leave", "probation"):
        cast.lin.refresh_from_db()
        status_of(cast.lin, status)
        assert inside.get("/").status_code == 200


def test_the_last_hr_admin_is_not_locked_out_by_a_mistaken_file(cast) -> None:
    admins = Duty.objects.filter(kind="hr_admin").values_list("account", flat=True)
    others = set(admins) - {cast.account("he").pk}
    Duty.objects.filter(kind="hr_admin", account__in=others).delete()
    status_of(cast.he, "left")
    assert may_log_in(cast.he)
    assert verbs(cast.he) == ["employee.account_opened"]
