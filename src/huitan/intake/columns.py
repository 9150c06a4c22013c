"""What the columns are called in exports of HR systems (Beisen, 用友, 金蝶, SAP, Workday, Moka and hand-made sheets),
in Chinese and English. The order within a field is the preference when a sheet has several."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from huitan.intake.reading import Kind

_STAFF_NUMBER = (
    "工号|员工工号|员工编号|员编|职工编码|职员编码|员工代号|职员号|工牌号|人员编号|人员编码|员工编码|职工编号|职工号|职员编号|职员代码|员工号|人员工号|职工工号|雇员编号|"
    "雇员号|员工代码|人员代码|人员号|职号|用户编码|员工id|人员id|雇员id|被考核人工号|被考核者工号|被评价人工号|被评人工号|"
    "考核对象工号|当事人工号|责任人工号|本人工号|员工工号id|工号id|编号|代码|"
    "staff number|staff no|staff id|staff code|employee id|employee number|employee no|employee code|emp id|emp no|"
    "emp number|emp code|emp#|employee#|empid|eid|personnel number|personnel no|pers no|pernr|person id|"
    "person number|worker id|associate id|badge number|badge no|badge id|badge|payroll number|payroll no|"
    "user id|userid|job number|work no|work number|work id|id|no"
)
_NAME = (
    "姓名|员工姓名|人员姓名|职工姓名|职员姓名|雇员姓名|中文姓名|中文名|名字|真实姓名|被考核人|被考核人姓名|被考核者|被考核者姓名|"
    "被评价人|被评价人姓名|被评人|考核对象|考核对象姓名|当事人|当事人姓名|责任人姓名|员工|人员|员工名称|人员名称|用户名称|"
    "name|full name|employee name|staff name|worker name|person name|display name|legal name|preferred name|"
    "chinese name|name in chinese|emp name|associate name|formatted name|complete name|employee full name|employee|worker|person|staff"
)
_FAMILY = "姓|姓氏|员工姓氏|last name|lastname|surname|family name|familyname|legal last name|last"
_GIVEN = "名|名称(名)|员工名|first name|firstname|given name|givenname|forename|legal first name|first"
_EMAIL = (
    "邮箱|电子邮箱|邮箱地址|电子邮件|公司邮箱|工作邮箱|企业邮箱|办公邮箱|员工邮箱|邮件|邮件地址|电子邮件地址|email|e-mail|"
    "email address|e-mail address|mail|work email|work e-mail|business email|company email|corporate email|"
    "email work|primary work email|primary email|email id|office email"
)
_SOURCE = (
    "数据来源|证据来源|来源|信息来源|数据出处|出处|数据提供部门|数据提供方|数据提供人|提供部门|取数来源|取数系统|数据系统|"
    "依据|佐证|佐证材料|证据|证明材料|证明人|信息提供人|记录人|来源系统|source|data source|evidence|evidence source|"
    "source of data|system|reference|source system|reported by|recorded by|proof"
)
_DEPARTMENT = (
    "所属部门|部门|部门全称|部门路径|组织路径|部门全路径|组织全称|组织全路径|所在部门|部门名称|任职部门|归属部门|所属组织|所在组织|"
    "组织|组织单元|组织单位|组织机构|组织名称|所属机构|机构|所属单位|单位|工作部门|人事部门|行政部门|隶属部门|直属部门|"
    "department path|department full path|organization path|organisation path|org path|department|department name|"
    "dept|dept name|dept.|org unit|organizational unit|organisational unit|organization|organisation|org|"
    "organization name|supervisory organization|supervisory org|business unit|team|division|cost center name|unit"
)
_POSITION = (
    "岗位|岗位名称|职位|职位名称|职务|职务名称|任职岗位|所在岗位|所属岗位|工作岗位|现任岗位|现任职务|岗位职务|头衔|职衔|"
    "position|position title|position name|job title|title|job|business title|role|designation|job name|job profile|"
    "post"
)
_HIRED_ON = (
    "入职日期|入职时间|到岗日期|到岗时间|入司日期|入司时间|入公司日期|入公司时间|进入公司日期|进公司日期|进厂日期|入厂日期|报到日期|"
    "报到时间|到职日期|到职日|到职时间|雇佣日期|聘用日期|聘用开始日期|入职日|录用日期|参加本单位工作日期|最近入职日期|"
    "hire date|hired on|date hired|date of hire|hiring date|start date|join date|joining date|date joined|"
    "date of joining|doj|joined on|onboarding date|onboard date|entry date|employment date|original hire date|"
    "most recent hire date|employment start date|company start date|commencement date|hired"
)
_STATUS = (
    "在职状态|员工状态|人员状态|状态|雇佣状态|任职状态|用工状态|工作状态|在岗状态|人员类别状态|聘用状态|是否在职|员工在职状态|"
    "人事状态|就业状态|在离职状态|status|employment status|employee status|worker status|emp status|staff status|"
    "active status|work status|is active|active|state"
)
_LEFT_ON = (
    "离职日期|离职时间|离职日|离司日期|离岗日期|实际离职日期|最后工作日|最后工作日期|最后在岗日|"
    "termination date|leaving date|exit date|last working day|last day|separation date|resignation date|date left"
)
_HAS_LEFT = (
    "是否离职|是否已离职|离职标识|离职标志|离职状态|已离职|is left|has left|is terminated|terminated|left"
)
_PHONE = (
    "手机|手机号|手机号码|电话|联系电话|移动电话|办公电话|联系方式|phone|mobile|mobile phone|phone number|telephone|tel|"
    "cell|cell phone|work phone|contact number"
)
_MANAGER_WORDS = (
    "汇报对象|直接上级|直属上级|上级|汇报上级|上级领导|直接领导|直属领导|直接主管|直属主管|主管|直线经理|直线上级|直属经理|直接经理|"
    "直线主管|直接汇报上级|直属上司|上司|部门经理|经理|汇报人|汇报关系|直接汇报人|直接汇报对象|行政上级|业务上级|考核上级|绩效上级|实线上级|实线汇报人|实线汇报对象|"
    "一级上级|上级主管|上级经理|评价人|考核人|领导|"
    "manager|line manager|direct manager|reporting manager|supervisor|direct supervisor|immediate supervisor|"
    "reports to|report to|reporting to|reporting line|boss|superior|direct superior|people manager|"
    "supervisor manager|worker's manager|workers manager|manager's|supervisor's"
)
_NUMBER_WORDS = (
    "工号|编号|编码|员工号|员工编号|人员编号|员工工号|代码|id|no|no.|number|code|employee id|employee number|emp id|"
    "staff number|staff no|staff id|employee no|pernr|personnel number|user id|worker id|person id|职号|号"
)
_EMAIL_WORDS = "邮箱|电子邮箱|邮箱地址|电子邮件|email|e-mail|mail|email address|work email|邮件"
_NAME_WORDS = "姓名|名字|名称|name|full name|display name|中文名|员工姓名"


def _manager(words: str) -> str:
    people = _MANAGER_WORDS.split("|")
    return "|".join(
        f"{who}{joint}{word}" for word in words.split("|") for who in people for joint in ("", "的")
    )


_LEVELS = ("一", "二", "三", "四", "五", "六", "七", "八")
_LEVEL_WORDS = ("部门", "组织", "机构", "单位", "部")
_NAMED_LEVELS = (
    "集团|集团公司",
    "事业群|bg|business group",
    "事业部|事业部名称|bu",
    "子公司|分公司|subsidiary",
    "体系|板块",
    "中心|所属中心|中心名称|center|centre",
    "",
    "科室|处室|科|室|section",
    "车间|分厂|工段|workshop",
    "班组|组|小组|团队|组别|班|group|sub team|subteam",
)
DEPARTMENT_LEVELS = tuple(f"department_{n}" for n in range(1, 9))
NAMED_LEVELS = tuple(f"unit_{n}" for n in range(1, 11))


def _level_fields() -> dict[str, str]:
    fields = {}
    for n, chinese in enumerate(_LEVELS, start=1):
        names = [f"{chinese}级{word}" for word in _LEVEL_WORDS] + [f"{n}级{word}" for word in _LEVEL_WORDS]
        names += [f"{word}{n}" for word in ("部门", "组织", "部门层级", "组织层级", "层级")]
        names += [f"第{chinese}级{word}" for word in _LEVEL_WORDS] + [
            f"{chinese}级部门名称",
            f"{chinese}级组织名称",
        ]
        names += [f"{what}{joint}{n}" for what in _ENGLISH_UNITS for joint in ("", "level", "l")]
        names += [f"{lead}{n}{what}" for what in _ENGLISH_UNITS for lead in ("level", "l", "tier")]
        fields[f"department_{n}"] = "|".join(names + [f"level{n}"])
    for n, names_of_level in enumerate(_NAMED_LEVELS, start=1):
        if names_of_level:
            fields[f"unit_{n}"] = names_of_level
    return fields


_ENGLISH_UNITS = ("department", "dept", "org", "organization", "organisation", "orgunit", "unit")

_PERSON = {"staff_number": _STAFF_NUMBER, "name": _NAME, "family_name": _FAMILY, "given_name": _GIVEN}

_SYNONYMS: Mapping[Kind, Mapping[str, str]] = {
    "roster": {
        **_PERSON,
        "department": _DEPARTMENT,
        **_level_fields(),
        "position": _POSITION,
        "manager_number": _manager(_NUMBER_WORDS),
        "manager_email": _manager(_EMAIL_WORDS),
        "manager_name": _manager(_NAME_WORDS),
        "manager": _MANAGER_WORDS,
        "hired_on": _HIRED_ON,
        "email": _EMAIL,
        "status": _STATUS,
        "has_left": _HAS_LEFT,
        "left_on": _LEFT_ON,
        "phone": _PHONE,
    },
    "kpi": {
        **_PERSON,
        "email": _EMAIL,
        "kpi": "指标名称|指标|kpi名称|kpi|kpi指标|kpi指标名称|考核指标|考核指标名称|绩效指标|绩效指标名称|关键绩效指标|关键指标|"
        "业绩指标|量化指标|指标项|指标项目|考核项目|考核项|考核内容|评价指标|评估指标|目标名称|绩效目标名称|工作目标|绩效项目|项目|"
        "kpi name|kpi title|indicator|indicator name|metric|metric name|measure|measure name|goal|goal name|goal title|"
        "objective|objective name|performance indicator|key performance indicator|key result|kpi item",
        "weight": "权重|指标权重|权重占比|考核权重|kpi权重|占比|比重|权重比例|权重值|权数|标准权重|目标权重|"
        "weight|weighting|weightage|kpi weight|weight percent|weight %|goal weight|relative weight",
        "target": "目标值|目标|指标值|目标数|目标数值|计划值|计划|计划数|预算值|预算|考核目标|绩效目标|标准值|标准|基准值|指标目标|"
        "目标指标值|kpi目标值|kpi目标|任务值|年度目标|半年度目标|季度目标|月度目标|本期目标|期望值|应达值|设定目标|目标设定|考核标准值|"
        "target|target value|goal value|plan|planned|planned value|budget|kpi target|target figure|expected|"
        "expected value|target amount|goal target|quota",
        "actual": "实际值|实际|完成值|实际完成|实际完成值|完成情况|完成|达成值|达成|实际达成|实际达成值|达成情况|实绩|实际数|实际数值|"
        "实际完成数|实际完成情况|完成数|业绩值|实际业绩|结果|结果值|实际结果|本期实际|本期完成|本期完成值|kpi实际值|kpi完成值|"
        "actual|actual value|actuals|result|actual result|achieved|achievement|achieved value|attained|completed|"
        "kpi actual|actual figure|actual achievement|performance|outcome|realized|realised|actual amount",
        "unit": "单位|计量单位|指标单位|度量单位|数值单位|数据单位|unit|units|unit of measure|uom|measurement unit|measure unit",
        "direction": "方向|指标方向|指标性质|指标属性|正反向|正负向|指标正反向|极性|指标极性|趋势|优化方向|好坏方向|评价方向|计分方向|"
        "考核方向|指标类型方向|越高越好越低越好|direction|kpi direction|polarity|better|trend|desired direction|"
        "optimization direction|higher or lower|preferred direction|goal direction",
        "source": _SOURCE,
        "as_of": "数据日期|截止日期|数据截止日期|统计日期|统计截止日期|截至日期|取数日期|数据截止|统计时间|数据时间|截止时间|期末日期|"
        "考核日期|as of|as of date|as-of date|data date|date|snapshot date|cutoff date|cut-off date|period end|"
        "period end date|end date|reporting date|日期|评估日期",
    },
    "events": {
        **_PERSON,
        "email": _EMAIL,
        "kind": "类型|事件类型|事件类别|类别|事件性质|性质|分类|事件分类|事例类型|行为类型|记录类型|关键事件类型|事项类型|表现类型|奖惩类型|"
        "type|event type|kind|category|event kind|event category|incident type|classification|nature|record type",
        "occurred_on": "发生日期|发生时间|日期|事件日期|事件时间|时间|事件发生日期|事件发生时间|记录日期|记录时间|发生日|事发日期|事发时间|"
        "date|occurred on|event date|date of event|incident date|occurrence date|occurred|happened on|occurred at|"
        "date occurred|when|event time|date of occurrence|date of incident",
        "statement": "事实描述|事件描述|描述|事件|事件内容|内容|关键事件|关键事件描述|事件经过|经过|具体描述|详细描述|行为描述|事例|"
        "事例描述|具体事例|事实|事项描述|事项|情况说明|说明|事件说明|详情|具体内容|情况描述|关键事件内容|主要事实|事迹|"
        "statement|description|event description|details|detail|fact|facts|event|what happened|incident description|"
        "incident|narrative|content|summary|event details|comment|comments|note|notes",
        "source": _SOURCE,
    },
}


ALTERNATIVES: Mapping[Kind, Mapping[str, str]] = {
    "roster": {"employee": "staff_number", "worker": "staff_number", "team": "unit_10"},
    "kpi": {
        "employee": "staff_number",
        "worker": "staff_number",
        "goal": "target",
        "objective": "target",
        "绩效目标": "kpi",
        "考核目标": "kpi",
        "目标": "kpi",
        "指标": "target",
        "系统": "source",
    },
    "events": {
        "employee": "staff_number",
        "worker": "staff_number",
        "incident": "kind",
        "event": "kind",
        "事件": "kind",
    },
}
"""What an ambiguous header means when its first meaning is taken by a better column."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of ``fields`` groups has to be there in full; ``label`` names it to the person."""

    label: str
    groups: tuple[tuple[str, ...], ...]


_NUMBER = Requirement("工号", (("staff_number",),))
_FULL_NAME = Requirement("姓名", (("name",), ("family_name", "given_name")))
_WHO = Requirement("工号", (("staff_number",), ("email",), ("name",), ("family_name", "given_name")))

REQUIREMENTS: Mapping[Kind, tuple[Requirement, ...]] = {
    "roster": (_NUMBER, _FULL_NAME),
    "kpi": (
        _WHO,
        Requirement("指标名称", (("kpi",),)),
        Requirement("目标值", (("target",),)),
        Requirement("实际值", (("actual",),)),
    ),
    "events": (
        _WHO,
        Requirement("类型", (("kind",),)),
        Requirement("发生日期", (("occurred_on",),)),
        Requirement("事实描述", (("statement",),)),
    ),
}

PERIOD_TARGETS = frozenset(("年度目标", "半年度目标", "季度目标", "月度目标", "本期目标"))
_MARKS = re.compile(r"[\s_\-–—/\\、,.。:;'’\"“”*#%&?!()\[\]{}<>+|·]+")
_REMARKS = re.compile(
    r"必填|选填|非必填|可选|required|optional|mandatory|文本|文本格式|数字|日期格式|yyyy.*|格式.*|示例.*|例如?.*|如:.*|下拉.*|填写.*|请.*"
)
_BRACKETS = re.compile(r"[(\[【〔{<《「]([^)\]】〕}>》」]*)[)\]】〕}>》」]")


def header_key(cell: str) -> str:
    """「汇报对象\\n(工号)」 and "Employee  ID *" without width, case, spaces and marks."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", cell).casefold())


def header_parts(cell: str) -> tuple[str, str, tuple[str, ...]]:
    """Keys to look a header up by: all of it without remarks such as (必填), the part outside brackets, and
    the parts inside."""
    plain = unicodedata.normalize("NFKC", cell).casefold()
    inside = tuple(
        part for part in (found.strip() for found in _BRACKETS.findall(plain)) if not _REMARKS.fullmatch(part)
    )
    outside = _BRACKETS.sub(" ", plain)
    whole = header_key(outside + " ".join(inside))
    return whole, header_key(outside), tuple(header_key(part) for part in inside)


@cache
def synonyms(kind: Kind) -> Mapping[str, tuple[str, int]]:
    """Header key → (field, preference; 0 is best)."""
    known: dict[str, tuple[str, int]] = {}
    for field, words in _SYNONYMS[kind].items():
        for rank, word in enumerate(words.split("|")):
            known.setdefault(header_key(word), (field, rank))
        known.setdefault(header_key(field), (field, 0))
    known.pop("", None)
    return known


def fields_of(kind: Kind) -> tuple[str, ...]:
    """The field names a mapping may use."""
    return tuple(_SYNONYMS[kind])


def field_of(kind: Kind, cell: str) -> tuple[str, int] | None:
    """The field a header cell stands for, with its preference (lower is better), or None."""
    if not cell or len(cell) > 60:
        return None
    known = synonyms(kind)
    whole, outside, inside = header_parts(cell)
    if whole in known:
        return known[whole]
    for part in inside:
        if outside and outside + part in known:
            return known[outside + part]
    if outside in known:
        field, rank = known[outside]
        return field, rank + 100
    return _bilingual(known, cell)


def _bilingual(known: Mapping[str, tuple[str, int]], cell: str) -> tuple[str, int] | None:
    """「工号 Employee ID」 or 「姓名/Name」: every part that is known names the same field."""
    plain = unicodedata.normalize("NFKC", cell).casefold()
    inside = [header_key(part) for part in _BRACKETS.findall(plain)]
    chinese = header_key("".join(re.findall(r"[\u4e00-\u9fff]+", _BRACKETS.sub(" ", plain))))
    latin = header_key(" ".join(re.findall(r"[a-z][a-z.' ]*", plain)))
    found = [known[part] for part in [chinese, latin, *inside] if part in known]
    if found and len({field for field, _ in found}) == 1:
        return found[0][0], found[0][1] + 200
    return None


__all__ = [
    "ALTERNATIVES",
    "DEPARTMENT_LEVELS",
    "NAMED_LEVELS",
    "PERIOD_TARGETS",
    "REQUIREMENTS",
    "Requirement",
    "field_of",
    "fields_of",
    "header_key",
    "header_parts",
]
