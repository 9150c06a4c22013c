"""Who has which duty: HR's page."""

from __future__ import annotations

from dataclasses import dataclass

from huitan.people.actions import require_office
from huitan.people.models import Duty
from huitan.people.relations import Actor


@dataclass(frozen=True)
class DutyRow:
    """`of` is the department an HRBP serves or the source a data owner answers for."""

    id: int
    kind: str
    word: str
    of: str
    name: str
    login_name: str
    is_active: bool


def duty_list(actor: Actor) -> tuple[DutyRow, ...]:
    """By duty, then by what it is about; one query."""
    require_office(actor, "grant")
    kinds = list(Duty.KINDS)
    rows = [_row(duty) for duty in Duty.objects.select_related("account__employee", "department")]
    return tuple(sorted(rows, key=lambda row: (kinds.index(row.kind), row.of, row.login_name)))


def duty_of_the_company(actor: Actor, pk: int) -> Duty | None:
    require_office(actor, "grant")
    return (
        Duty.objects.filter(pk=pk, kind__in=Duty.OF_THE_COMPANY).select_related("account__employee").first()
    )


def _row(duty: Duty) -> DutyRow:
    account = duty.account
    person = getattr(account, "employee", None)
    return DutyRow(
        duty.pk,
        duty.kind,
        Duty.KINDS[duty.kind],
        duty.department.full_name if duty.department else duty.source,
        person.name if person else account.name or account.login_name,
        account.login_name,
        account.is_active,
    )
