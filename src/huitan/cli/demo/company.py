"""The demo company's people: departments, positions, names. Invented; same seed, same people."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from huitan.people.actions import RosterEntry

SURNAMES = "王李张刘陈杨黄周吴徐孙马朱胡郭林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN = [
    "佳宁",
    "雨桐",
    "思源",
    "浩然",
    "子涵",
    "晓东",
    "建军",
    "丽华",
    "志强",
    "文博",
    "静怡",
    "俊杰",
    "婷婷",
    "国栋",
    "海燕",
    "振宇",
    "欣怡",
    "明辉",
    "雪梅",
    "天宇",
    "慧敏",
    "永刚",
    "若曦",
    "嘉豪",
    "梦琪",
    "立新",
    "春燕",
    "宏伟",
    "诗涵",
    "卫东",
    "秀兰",
    "一鸣",
    "可欣",
    "大勇",
    "晨曦",
    "玉珍",
    "家辉",
    "凯",
    "芳",
    "磊",
    "娜",
    "洋",
    "敏",
    "超",
    "艳",
    "军",
    "杰",
    "涛",
    "静",
    "斌",
    "莉",
    "鹏",
    "琳",
    "峰",
    "颖",
]
# Department, head's position, positions below, share of the company.
UNITS = (
    ("制造中心/装配一部", "装配一部经理", ("装配技师", "班组长", "工艺员"), 12),
    ("制造中心/装配二部", "装配二部经理", ("装配技师", "班组长", "质检员"), 12),
    ("制造中心/机加工部", "机加工部经理", ("数控技师", "编程员", "班组长"), 10),
    ("制造中心/设备部", "设备部经理", ("设备工程师", "点检员", "电气工程师"), 8),
    ("研发中心/控制软件部", "控制软件部经理", ("软件工程师", "高级软件工程师", "测试开发工程师"), 14),
    ("研发中心/结构设计部", "结构设计部经理", ("结构工程师", "高级结构工程师", "绘图员"), 10),
    ("研发中心/测试部", "测试部经理", ("测试工程师", "高级测试工程师"), 8),
    ("营销中心/华东销售部", "华东销售部经理", ("销售代表", "大客户经理", "售前工程师"), 10),
    ("营销中心/华南销售部", "华南销售部经理", ("销售代表", "大客户经理"), 9),
    ("营销中心/市场部", "市场部经理", ("市场专员", "内容策划"), 6),
    ("供应链中心/采购部", "采购部经理", ("采购员", "采购工程师"), 8),
    ("供应链中心/仓储物流部", "仓储物流部经理", ("仓管员", "物流专员"), 10),
    ("职能中心/财务部", "财务部经理", ("会计", "成本会计", "出纳"), 8),
)
CENTRES = {
    "制造中心": ("赵启明", "制造中心总监"),
    "研发中心": ("梁静宜", "研发中心总监"),
    "营销中心": ("钱进", "营销中心总监"),
    "供应链中心": ("宋卫国", "供应链中心总监"),
    "职能中心": ("何静", "人力资源总监"),
}
LINE_UNIT = "制造中心/智能产线部"
# 沈立文's team: name, position.
LINE_TEAM = (
    ("林晓岚", "工艺工程师"),
    ("陈思远", "设备工程师"),
    ("周雨桐", "MES 后端工程师"),
    ("吴桐", "交付实施工程师"),
    ("何建国", "装配工艺技师"),
    ("马超群", "产线班长"),
    ("李佳宁", "测试开发工程师"),
    ("方志远", "控制算法工程师"),
    ("欧阳若曦·阿卜杜拉", "工业机器人调试工程师"),
)
STAFF = (
    ("顾清和", "职能中心/人力资源部", "HRBP", "何静"),
    ("陶然", "职能中心/审计部", "审计师", "汪鸣怡"),
    ("孙雨", "营销中心/华东销售部", "销售代表", "华东销售部经理"),
)


@dataclass(frozen=True)
class Company:
    entries: list[RosterEntry]
    number_of: dict[str, str]


def recruit(size: int, rng: random.Random, today: date) -> Company:
    """A roster of `size` people (at least 60): general manager, centres, units with heads, the cast."""
    entries: list[RosterEntry] = []
    number_of: dict[str, str] = {}
    taken: set[str] = (
        {name for name, _ in LINE_TEAM} | {name for name, *_ in STAFF} | {h for h, _ in CENTRES.values()}
    )
    taken |= {"汪鸣怡", "沈立文"}

    def add(name: str, department: str, position: str, manager: str | None) -> str:
        number = f"{len(entries) + 1:05d}"
        hired = today - timedelta(days=rng.randrange(800, 5200))
        email = f"e{number}@qiheng.example"
        entries.append(RosterEntry(number, name, department, position, manager, hired, email))
        number_of.setdefault(name, number)
        return number

    def stranger() -> str:
        while True:
            name = rng.choice(SURNAMES) + rng.choice(GIVEN)
            if name not in taken:
                taken.add(name)
                return name

    top = add("汪鸣怡", "公司", "总经理", None)
    centre = {c: add(name, c, position, top) for c, (name, position) in CENTRES.items()}
    heads = {}
    for unit, position, _below, _share in UNITS:
        heads[unit] = add(stranger(), unit, position, centre[unit.split("/")[0]])
    line_head = add("沈立文", LINE_UNIT, "智能产线部经理", centre["制造中心"])
    for name, position in LINE_TEAM:
        add(name, LINE_UNIT, position, line_head)
    add("顾清和", "职能中心/人力资源部", "HRBP", number_of["何静"])
    add("陶然", "职能中心/审计部", "审计师", top)
    add("孙雨", "营销中心/华东销售部", "销售代表", heads["营销中心/华东销售部"])
    rest = max(0, size - len(entries))
    weights = [share for *_, share in UNITS]
    plan = [round(rest * w / sum(weights)) for w in weights]
    plan[0] += rest - sum(plan)
    for (unit, _position, below, _share), count in zip(UNITS, plan, strict=True):
        for _ in range(count):
            add(stranger(), unit, rng.choice(below), heads[unit])
    return Company(entries, number_of)
