"""The demo's cast for its log-in page. Asked only where `settings.HUITAN_DEMO` holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huitan.core.sentences import N_
from huitan.people.models import Account, Employee

# Name in the demo roster → the role it is offered for, its voice colour, and what to look at.
ROLES: Mapping[str, tuple[str, str, str]] = {
    "林晓岚": (N_("员工"), "emp", N_("本周要签一份面谈记录")),
    "沈立文": (N_("经理"), "mgr", N_("本周有面谈要准备、要主持")),
    "赵启明": (N_("上级经理"), "mgr", N_("看下级团队已签的记录和计划")),
    "顾清和": (N_("HRBP"), "hr", N_("核对数字、见证拒签、看进度")),
    "何静": (N_("HR 管理员"), "hr", N_("导入数据、设置周期、看全公司")),
    "陶然": (N_("审计"), "hr", N_("只读，校验记录没有被改动")),
    "孙雨": (N_("另一部门的员工"), "emp", N_("看不到别人的面谈")),
}


@dataclass(frozen=True)
class Offered:
    login_name: str
    name: str
    position: str
    role: str
    voice: str
    detail: str


def offered() -> list[Offered]:
    people = {
        e.name: e
        for e in Employee.objects.filter(name__in=ROLES, account__isnull=False).select_related("account")
    }
    return [
        Offered(people[name].account.login_name, name, people[name].position, *words)
        for name, words in ROLES.items()
        if name in people
    ]


def account(login_name: str) -> Account | None:
    """The account behind an offered name; nobody outside the cast."""
    allowed = {o.login_name for o in offered()}
    return (
        Account.objects.filter(login_name=login_name, is_active=True).first()
        if login_name in allowed
        else None
    )
