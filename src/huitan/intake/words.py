"""The words HR files use for a status, a direction and a kind of event."""

import re
from collections.abc import Mapping

from huitan.intake.cells import Cell, is_blank, line, narrow
from huitan.intake.problems import N_, Fault

_SIGNS = re.compile(r"[\s_\-–—/、,.。:;()\[\]【】「」*]+")


def _lookup(words: Mapping[str, str]) -> dict[str, str]:
    return {_plain(word): meaning for meaning, row in words.items() for word in row.split("|")}


def _plain(value: str) -> str:
    return _SIGNS.sub("", narrow(value).casefold())


STATUSES = _lookup(
    {
        "active": "在职|正式|正式员工|在岗|在编|已转正|转正|正常|正常在职|在职员工|在职正式|在册|已入职|有效|启用|激活|是|"
        "返聘|退休返聘|借调|外派|劳务派遣|派遣|外包|兼职|合同工|全职|劳务|顾问|正式工|合同制|劳务工|劳务外包|劳务派遣工|派遣工|外聘|临时工|小时工|非全日制|挂职|支援|出差|在职在岗|active|employed|current|working|regular|"
        "permanent|confirmed|full time|part time|contractor|enabled|hired|in service|onboard|yes|y|true|待离职|离职中|办理离职|离职办理中|拟离职|未离职",
        "probation": "试用|试用期|试用中|在职试用|试用员工|试用期员工|未转正|待转正|见习|见习期|实习|实习生|实习期|probation|"
        "probationary|on probation|in probation|probation period|trial|intern|internship|trainee",
        "on_leave": "长期病假|病休|工伤|工伤假|事假|婚假|年假|年休假|陪产假|哺乳期|脱产学习|进修|服兵役|休假|长假|产假|病假|长病假|停薪留职|停职|离岗|内退|待岗|休产假|哺乳假|育儿假|on leave|leave|"
        "leave of absence|loa|suspended|maternity leave|parental leave|sick leave|paid leave|unpaid leave",
        "left": "自离|自动离职|开除|除名|调离|已调出|已调离|去世|离职|已离职|离职员工|辞职|已辞职|辞退|解聘|解除|终止|合同终止|退休|已退休|死亡|身故|"
        "调出|停用|无效|注销|否|left|terminated|inactive|resigned|retired|former|dismissed|separated|withdrawn|"
        "offboarded|disabled|leaver|ex employee|termination|no|n|false",
    }
)

DIRECTIONS = _lookup(
    {
        "up": "越高越好|越大越好|越多越好|高优|望大|望大型|正向|正向指标|正指标|正|正数|递增|增长|上升|提升|向上|上行|升|增|极大型|"
        "大于等于|不低于|高于目标为好|高者优|越快越好|≥|>=|>|↑|⬆|▲|+|up|higher|high|higher is better|"
        "higher the better|the higher the better|bigger is better|larger is better|more is better|more|increase|"
        "increasing|maximize|maximise|max|positive|asc|ascending|growth|at least",
        "down": "越低越好|越小越好|越少越好|低优|望小|望小型|反向|逆向|反向指标|逆向指标|负向|负向指标|逆指标|反|负|逆|递减|下降|降低|"
        "向下|下行|降|减|减少|极小型|小于等于|不高于|不超过|低者优|越短越好|≤|<=|<|↓|⬇|▼|down|lower|low|"
        "lower is better|lower the better|the lower the better|smaller is better|less is better|less|fewer is better|"
        "decrease|decreasing|minimize|minimise|min|negative|reverse|inverse|desc|descending|reduction|at most",
    }
)

EVENT_KINDS = _lookup(
    {
        "achievement": "成绩|成就|业绩|亮点|优点|正面|正向|正面事件|正向事件|积极|积极事件|优秀|优秀事例|表扬|嘉奖|奖励|获奖|荣誉|"
        "突出表现|突出贡献|成果|工作成果|表现突出|高光|加分|加分项|关键成就|achievement|achievements|accomplishment|success|highlight|"
        "award|praise|recognition|positive|strength|win|kudos|commendation|result",
        "contribution": "项目贡献|贡献|项目|团队贡献|协作贡献|协作|项目成果|项目经历|跨部门协作|专项|专项贡献|创新|改善|改善提案|"
        "创新改善|合理化建议|contribution|contributions|project contribution|project|teamwork|collaboration|innovation|"
        "improvement proposal",
        "incident": "不足|事件|问题|失误|差错|负面|负向|负面事件|负向事件|消极事件|缺点|待改进|待改进点|改进点|改进项|短板|过失|事故|质量事故|"
        "安全事故|违规|违纪|投诉|客户投诉|警告|批评|处罚|扣分|扣分项|异常|不良|不良事件|过错|缺失|工作失误|incident|incidents|issue|"
        "problem|shortfall|shortcoming|weakness|mistake|error|failure|complaint|violation|warning|negative|"
        "needs improvement|area for improvement|accident|concern",
    }
)


_LEFT = _lookup({"left": "是|已离职|离职|y|yes|true|1|√|✓", "stays": "否|未离职|在职|n|no|false|0|×|✗"})


def parse_has_left(cell: Cell) -> str | Fault:
    """ "left", "stays", or "" for an empty cell."""
    return _meaning(
        cell,
        _LEFT,
        N_("%(column)s写的是「%(value)s」，看不出是否已离职。"),
        N_("写「是」或「否」后重新上传。"),
    )


def parse_status(cell: Cell) -> str | Fault:
    """ "active", "probation", "on_leave", "left", or "" for an empty cell."""
    return _meaning(
        cell,
        STATUSES,
        N_("%(column)s写的是「%(value)s」，看不出是否在职。"),
        N_("写「在职」「试用」「休假」或「离职」后重新上传。"),
    )


def parse_direction(cell: Cell) -> str | Fault:
    """ "up", "down", or "" for an empty cell."""
    return _meaning(
        cell,
        DIRECTIONS,
        N_("%(column)s写的是「%(value)s」，看不出是越高越好还是越低越好。"),
        N_("写「越高越好」或「越低越好」后重新上传。"),
    )


def parse_event_kind(cell: Cell) -> str | Fault:
    """ "achievement", "contribution", "incident", or "" for an empty cell."""
    return _meaning(
        cell,
        EVENT_KINDS,
        N_("%(column)s写的是「%(value)s」，不是已知的事件类型。"),
        N_("写「成绩」「项目贡献」或「不足」后重新上传。"),
    )


def _meaning(cell: Cell, meanings: Mapping[str, str], problem: str, hint: str) -> str | Fault:
    value = line(cell)
    if not value:
        return ""
    if is_blank(value) and _plain(value) not in meanings and narrow(value) not in meanings:
        return ""
    found = meanings.get(_plain(value)) or meanings.get(narrow(value).casefold())
    if found:
        return found
    before_bracket = narrow(value).partition("(")[0]
    return meanings.get(_plain(before_bracket), "") or Fault(problem, hint)
