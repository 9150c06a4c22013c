from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Length, Replace

from huitan.core.sentences import N_
from huitan.people import policy, relations

if TYPE_CHECKING:
    from huitan.people.relations import Actor


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(models.Q(login_name__iexact=username) | models.Q(email__iexact=username))


class Account(AbstractBaseUser):
    """A login. Who somebody is at work is an `Employee`; an account may exist without one (the first admin), and then
    `name` says who it is.

    `pin` is hashed like the password; it confirms its owner on a device the manager handed over, and nowhere else.
    """

    login_name = models.CharField(max_length=64, unique=True)
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=128, blank=True)
    language = models.CharField(max_length=8, default="zh-hans")
    time_zone = models.CharField(max_length=64, default="Asia/Shanghai")
    theme = models.CharField(max_length=8, default="auto")
    is_active = models.BooleanField(default=True)
    pin = models.CharField(max_length=128, blank=True)
    pin_failures = models.PositiveSmallIntegerField(default=0)

    USERNAME_FIELD = "login_name"
    EMAIL_FIELD = "email"
    objects = AccountManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=~models.Q(email=""), name="account_email_once"
            )
        ]


class PutAwayDrafts(models.Model):
    """Words somebody had not yet sent when a device changed hands, {key: {at, values}}; given back to them alone."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+")
    drafts = models.JSONField(default=dict)
    at = models.DateTimeField()


class Login(models.Model):
    """A session of an account, for its owner's eyes: with what, from where, how proved, and when last seen."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    agent = models.CharField(max_length=255, blank=True)
    address = models.CharField(max_length=64, blank=True)
    method = models.CharField(max_length=32)
    at = models.DateTimeField()
    seen_at = models.DateTimeField()


def stream_of(employee: int) -> str:
    """Where the history of a person is kept."""
    return f"employee:{employee}"


class DepartmentQuerySet(models.QuerySet["Department"]):
    def visible_to(self, actor: Actor) -> DepartmentQuerySet:
        """The names of departments are no secret inside a company; what is in them is."""
        return self


class Department(models.Model):
    """A unit in the tree. `path` lists the ids from the root, "/1/4/", so a subtree is one prefix; `depth` counts them."""

    name = models.CharField(max_length=128)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField(max_length=255, db_index=True, blank=True)
    full_name = models.CharField(max_length=512, db_index=True)
    depth = models.GeneratedField(
        expression=Length("path") - Length(Replace("path", models.Value("/"))) - models.Value(1),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["full_name"], name="department_full_name_once")]
        # The upper levels of a large company are found without sorting all of it.
        indexes = [models.Index(fields=["depth", "full_name"], name="department_level")]

    def __str__(self) -> str:
        return self.full_name


class EmployeeQuerySet(models.QuerySet["Employee"]):
    def visible_to(self, actor: Actor) -> EmployeeQuerySet:
        return self.filter(relations.related(actor, policy.EMPLOYEE.may["read"]))


class Employee(models.Model):
    """A person in the roster. `line` lists the ids from the top of the reporting line down to this one, "/1/7/23/"."""

    STATUS = {"active": N_("在职"), "probation": N_("试用"), "leave": N_("休假"), "left": N_("离职")}

    staff_number = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=128)
    email = models.EmailField(blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="employees")
    position = models.CharField(max_length=128, blank=True)
    manager = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    line = models.CharField(max_length=1024, db_index=True, blank=True)
    hired_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=16, choices=list(STATUS.items()), default="active")
    account = models.OneToOneField(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="employee"
    )

    objects = EmployeeQuerySet.as_manager()
    policy = policy.EMPLOYEE

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(manager__isnull=True) | ~models.Q(manager=models.F("id")),
                name="employee_not_own_manager",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "probation", "leave", "left"]),
                name="employee_status_known",
            ),
        ]
        # The first hundred names of a list.
        indexes = [models.Index(fields=["name", "id"], name="employee_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def stream(self) -> str:
        return stream_of(self.pk)

    @property
    def manager_at_work(self) -> Employee | None:
        """The manager one waits for: nobody waits for somebody who has left, whom the roster may still name."""
        return self.manager if self.manager is not None and self.manager.status != "left" else None

    def relations_of(self, actor: Actor) -> frozenset[str]:
        return relations.relations_to(actor, self)


class Duty(models.Model):
    """A role beyond the reporting line. `department` is the unit an HRBP serves, its subtree included; `source` names
    the data a data owner answers for, as it stands on the results."""

    KINDS = {
        "hr_admin": N_("HR 管理员"),
        "hrbp": N_("HRBP"),
        "auditor": N_("审计"),
        "data_owner": N_("数据负责人"),
    }
    OF_THE_COMPANY = {key: word for key, word in KINDS.items() if key != "data_owner"}

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="duties")
    kind = models.CharField(max_length=16, choices=list(KINDS.items()))
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT)
    source = models.CharField(max_length=128, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "department"], name="duty_once"),
            models.UniqueConstraint(
                fields=["account", "kind"],
                condition=models.Q(department__isnull=True, source=""),
                name="duty_of_the_company_once",
            ),
            models.UniqueConstraint(
                fields=["source"], condition=~models.Q(source=""), name="duty_one_owner_a_source"
            ),
            models.CheckConstraint(
                condition=(models.Q(kind="data_owner") & ~models.Q(source=""))
                | (~models.Q(kind="data_owner") & models.Q(source="")),
                name="duty_data_owner_has_a_source",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="hrbp", department__isnull=False)
                | (~models.Q(kind="hrbp") & models.Q(department__isnull=True)),
                name="duty_hrbp_serves_a_unit",
            ),
        ]


def fields_of(employee: Employee) -> dict[str, Any]:
    """The roster fields of a person as the history keeps them."""
    return {
        "staff_number": employee.staff_number,
        "name": employee.name,
        "email": employee.email,
        "department": employee.department.full_name,
        "position": employee.position,
        "manager": employee.manager.staff_number if employee.manager else None,
        "hired_on": employee.hired_on.isoformat() if employee.hired_on else None,
        "status": employee.status,
    }


class Invitation(models.Model):
    """A single-use way to a password: by mail, on paper for people without one, or as a link an operator passes on.

    For a person of the roster without an account, or for an account that exists. Of the secret only a keyed hash is
    kept; a letter's secret is made when it is sent. Asked for again, the same row begins anew and the old secret is
    worth nothing."""

    WAYS = {"mail": N_("邮件"), "paper": N_("密码单"), "link": N_("链接")}

    employee = models.OneToOneField(
        Employee, null=True, blank=True, on_delete=models.CASCADE, related_name="invitation"
    )
    account = models.OneToOneField(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="invitation"
    )
    way = models.CharField(max_length=8, choices=list(WAYS.items()))
    secret_hash = models.CharField(max_length=64, blank=True, db_index=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    delivery = models.CharField(max_length=8, default="sent")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(employee__isnull=False, account__isnull=True)
                | models.Q(employee__isnull=True, account__isnull=False),
                name="invitation_for_one",
            ),
            models.CheckConstraint(
                condition=models.Q(delivery__in=["planned", "sent", "failed"]),
                name="invitation_delivery_known",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(delivery="planned"), name="invitation_due")
        ]
