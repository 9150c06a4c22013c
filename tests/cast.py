"""The named cast, the same in tests, demo and screenshots.

沈立文 manages 林晓岚 (and 陈思远); 赵启明 manages 沈立文; 顾清和 is HRBP of the plant; 何静 HR admin; 孙雨 an outsider in
another department with her own manager 钱进; 陶然 an auditor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from huitan.conversations.actions import opening
from huitan.conversations.models import Conversation
from huitan.cycles import actions as cycle_actions
from huitan.cycles.models import Cycle
from huitan.evidence import actions as evidence_actions
from huitan.evidence.models import Evidence
from huitan.people import actions as people_actions
from huitan.people.models import Account, Department, Employee
from huitan.people.relations import Actor, system

PASSWORD = "jingtian-huitan-2026"
SHANGHAI = ZoneInfo("Asia/Shanghai")
SYSTEM = system("tests")

ROSTER = (
    ("00001", "汪鸣怡", "公司", "总经理", None),
    ("00002", "赵启明", "制造中心", "制造中心总监", "00001"),
    ("00003", "沈立文", "制造中心/智能产线部", "部门经理", "00002"),
    ("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", "00003"),
    ("00005", "陈思远", "制造中心/智能产线部", "设备工程师", "00003"),
    ("00006", "钱进", "营销中心", "销售总监", "00001"),
    ("00007", "孙雨", "营销中心", "销售代表", "00006"),
    ("00008", "顾清和", "职能中心/人力资源部", "HRBP", "00009"),
    ("00009", "何静", "职能中心/人力资源部", "人力资源总监", "00001"),
    ("00010", "陶然", "职能中心/审计部", "审计师", "00001"),
)
NAMES = {
    "wang": "00001",
    "zhao": "00002",
    "shen": "00003",
    "lin": "00004",
    "chen": "00005",
    "qian": "00006",
    "sun": "00007",
    "gu": "00008",
    "he": "00009",
    "tao": "00010",
}


def at(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    """An instant in Shanghai."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


START = at(7, 1)


@dataclass
class Cast:
    """People by nickname; `cast.lin` is the employee, `cast.actor("lin")` who acts."""

    people: dict[str, Employee]

    def __getattr__(self, name: str) -> Employee:
        try:
            return self.people[name]
        except KeyError as unknown:
            raise AttributeError(name) from unknown

    def account(self, name: str) -> Account:
        account = self.people[name].account
        assert account is not None
        return account

    def actor(self, name: str) -> Actor:
        account = Account.objects.get(pk=self.people[name].account_id)
        return people_actions.actor_for(account)

    def prove(self, name: str, when: datetime) -> people_actions.Proof:
        return people_actions.prove(self.account(name), PASSWORD, when)


def enrol() -> Cast:
    from django.contrib.auth.hashers import make_password

    entries = [people_actions.RosterEntry(no, name, dep, pos, boss) for no, name, dep, pos, boss in ROSTER]
    people_actions.enrol(entries, actor=SYSTEM, at=START - timedelta(days=400))
    encoded = make_password(PASSWORD, hasher="md5")
    people = {}
    for nickname, number in NAMES.items():
        person = Employee.objects.select_related("department", "manager").get(staff_number=number)
        people_actions.open_account(person, actor=SYSTEM, at=START, encoded=encoded)
        people[nickname] = person
    grant = people_actions.grant
    grant(people["he"].account, "hr_admin", actor=SYSTEM, at=START)
    grant(
        people["gu"].account,
        "hrbp",
        actor=SYSTEM,
        at=START,
        department=Department.objects.get(full_name="制造中心"),
    )
    grant(people["tao"].account, "auditor", actor=SYSTEM, at=START)
    return Cast(people)


def draft_cycle(key: str = "2026h1", **changes: object) -> Cycle:
    fields = {
        "key": key,
        "name": "2026 上半年",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 6, 30),
        "talks_from": date(2026, 7, 1),
        "talks_until": date(2026, 7, 31),
        **changes,
    }
    return cycle_actions.set_up(
        fields,
        departments=Department.objects.filter(full_name__in=["制造中心", "营销中心"]),
        levels=cycle_actions.DEFAULT_LEVELS,
        actor=SYSTEM,
        at=START,
    )


def open_cycle(key: str = "2026h1", **changes: object) -> Cycle:
    cycle = draft_cycle(key, **changes)
    return opening.open_cycle(cycle, actor=SYSTEM, at=START).cycle


def bring_results(cast: Cast, cycle: Cycle) -> list[Evidence]:
    """林晓岚's results: one wide shortfall, one surplus, one close call; an achievement and an incident."""
    kpi = evidence_actions.KpiEntry
    number = Decimal
    evidence_actions.enter_kpis(
        cycle,
        [
            kpi(cast.lin, "ECN 按期关闭率", number(90), number("71.4"), number(40), "%", "up", "ERP"),
            kpi(cast.lin, "新品导入周期", number(45), number(41), number(30), "天", "down", "项目系统"),
            kpi(cast.lin, "一次交检合格率", number("98.5"), number("98.1"), number(30), "%", "up", "MES"),
            kpi(cast.chen, "设备综合效率", number(85), number(86), number(100), "%", "up", "MES"),
            kpi(cast.sun, "销售额", number(3600000), number(2835889), number(100), "元", "up", "CRM"),
        ],
        actor=SYSTEM,
        at=START,
    )
    fact = evidence_actions.EventEntry
    evidence_actions.enter_events(
        [
            fact(
                cast.lin,
                "achievement",
                date(2026, 3, 31),
                "新品导入比目标提前 4 天，首批一次合格",
                "导入评审纪要",
            ),
            fact(cast.lin, "incident", date(2026, 2, 14), "ECN-2207 晚 6 天关闭，装配线返工 10 台", "ERP"),
            fact(cast.lin, "incident", date(2025, 11, 3), "去年的一次盘点差异", "ERP"),
        ],
        cycle=None,
        actor=SYSTEM,
        at=START,
    )
    return list(Evidence.objects.filter(employee=cast.lin).order_by("id"))


def talk_of(person: Employee, cycle: Cycle) -> Conversation:
    return Conversation.objects.get(review__cycle=cycle, review__employee=person, kind="main")
