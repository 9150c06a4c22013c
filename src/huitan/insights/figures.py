"""The figures of the cockpit: what each counts, what it is divided by, its definition in words, and what it says.

Said once, for the screen, the workbook and the printed report. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from huitan.conversations.lifecycle import CONVERSATION
from huitan.conversations.queries.wording import CODE_WORDS
from huitan.core.sentences import N_, Sentence, say
from huitan.insights.measures import ANSWERED, CHECKS, HELD, PEOPLE
from huitan.insights.models import PulseCount
from huitan.plans.models import CAUSES

Counts = Mapping[str, int]
Shape = Literal["bars", "weeks", "answers"]

# Causes the organisation itself can do something about (R13).
HOMEWORK = ("resources", "process", "goals")


@dataclass(frozen=True)
class Line:
    """`of` is the count this one is a part of; `unit` "%" for a share, "per_hundred" for so many on a hundred talks."""

    key: str
    label: str
    of: str
    unit: str = "%"


@dataclass(frozen=True)
class Figure:
    """`base` counts the people it speaks of: below five of them it is hidden. `headline` is the one share that stands
    for the figure, (count, of), and `column` its name where departments stand side by side. `is_long` leaves out lines
    that are nought in both cycles."""

    key: str
    title: str
    definition: str
    base: str
    lines: tuple[Line, ...]
    finding: Callable[[Counts], Sentence]
    headline: tuple[str, str] | None = None
    column: str = ""
    shape: Shape = "bars"
    at_the_top_only: bool = False
    is_long: bool = False


NOTHING = say("还没有可以算的数据。")


def percent(n: int, of: int) -> int | None:
    """Rounded half up, so that the same numbers read the same everywhere."""
    return (200 * n + of) // (2 * of) if of else None


def _share(key: str, of: str, words: str) -> Callable[[Counts], Sentence]:
    def finding(counts: Counts) -> Sentence:
        share = percent(counts.get(key, 0), counts.get(of, 0))
        return NOTHING if share is None else say(words, p=share, n=counts.get(key, 0), of=counts.get(of, 0))

    return finding


def _most(lines: tuple[Line, ...], words: str) -> Callable[[Counts], Sentence]:
    """Names the largest line."""

    def finding(counts: Counts) -> Sentence:
        top = max(lines, key=lambda line: counts.get(line.key, 0))
        n = counts.get(top.key, 0)
        return say(words, what=say(top.label), n=n) if n else NOTHING

    return finding


def _causes(counts: Counts) -> Sentence:
    named = sum(counts.get(f"cause:{cause}", 0) for cause in CAUSES)
    ours = sum(counts.get(f"cause:{cause}", 0) for cause in HOMEWORK)
    share = percent(ours, named)
    if share is None:
        return NOTHING
    return say("组织自己的功课：%(p)s%% 的原因是资源、流程或目标", p=share)


def _disputes(counts: Counts) -> Sentence:
    raised, held = counts.get("dispute:raised", 0), counts.get(HELD, 0)
    if not held:
        return NOTHING
    if not raised:
        return say("谈完的 %(n)s 场里没有申诉", n=held)
    return say(
        "%(of)s 场面谈里有 %(n)s 件申诉，%(m)s 件更正了结果",
        of=held,
        n=raised,
        m=counts.get("dispute:corrected", 0),
    )


def _wording(counts: Counts) -> Sentence:
    talks = counts.get("wording:talks", 0)
    if not talks:
        return NOTHING
    found = [code for code in CODE_WORDS if counts.get(f"wording:{code}", 0)]
    if not found:
        return say("定稿的记录里没有留下措辞提示")
    top = max(found, key=lambda code: counts[f"wording:{code}"])
    return say(
        "定稿里留下最多的是「%(what)s」，%(n)s 处", what=say(CODE_WORDS[top]), n=counts[f"wording:{top}"]
    )


def _quality(counts: Counts) -> Sentence:
    shares = {
        check: share
        for check in CHECKS
        if (share := percent(counts.get(f"quality:{check}", 0), counts.get(f"quality:{check}:of", 0)))
        is not None
    }
    if not shares:
        return NOTHING
    low = min(shares, key=lambda check: shares[check])
    if shares[low] == 100:
        return say("每一场都做到了清单上的每一条")
    return say("最容易漏的是「%(what)s」，做到的有 %(p)s%%", what=say(CHECK_WORDS[low]), p=shares[low])


def _pulse(counts: Counts) -> Sentence:
    answered = counts.get(ANSWERED, 0)
    share = percent(counts.get("pulse:heard:yes", 0), answered)
    return (
        NOTHING if share is None else say("%(n)s 人回答，%(p)s%% 说自己的话被听进去了", n=answered, p=share)
    )


def _lines(prefix: str, of: str, words: Mapping[str, str], unit: str = "%") -> tuple[Line, ...]:
    return tuple(Line(f"{prefix}:{key}", word, of, unit) for key, word in words.items())


SPAN_WORDS = {
    "0": N_("当天"),
    "1": N_("1 天"),
    "2": N_("2 天"),
    "3": N_("3 天"),
    "4-7": N_("4–7 天"),
    "8-14": N_("8–14 天"),
    "15+": N_("15 天以上"),
}
CHECK_WORDS = {
    "notice": N_("资料包提前够天数，员工打开过"),
    "survey": N_("员工交了预调研"),
    "highlight": N_("有一个有证据的亮点"),
    "topics": N_("每个待改进点都有事例、原因、三段反馈和共识"),
    "action": N_("至少一项有验收标准的行动"),
    "support": N_("答应了支持"),
    "record": N_("记录按期定稿"),
    "signatures": N_("双方的签字状态都清楚"),
    "check_in": N_("第一次跟进没有错过"),
}
ITEM_WORDS = {
    "in_time": N_("按期做到"),
    "late": N_("做到了，晚于截止"),
    "submitted": N_("待验收"),
    "running": N_("进行中"),
    "overdue": N_("逾期"),
    "dropped": N_("已取消"),
}
SUPPORT_WORDS = {**ITEM_WORDS, "in_time": N_("按期兑现"), "late": N_("兑现了，晚于截止")}
STAGE_LINES = _lines("stage", PEOPLE, CONVERSATION.states)
CAUSE_LINES = _lines("cause", "cause:topics", CAUSES)

FIGURES: tuple[Figure, ...] = (
    Figure(
        "coverage",
        N_("谈到了哪一步"),
        N_(
            "本周期应谈的面谈里，有多少走到过这一步。已取消的不算在内；后续面谈不另算。「谈完并有记录」指记录已定稿，无论是否签字。"
        ),
        PEOPLE,
        (
            Line("reached:shared", N_("资料包已共享"), "expected"),
            Line(HELD, N_("谈完并有记录"), "expected"),
            Line("reached:signed", N_("签字完成"), "expected"),
            Line("reached:closed", N_("走完全程"), "expected"),
        ),
        _share(HELD, "expected", N_("%(of)s 场应谈，%(p)s%% 谈完并有记录")),
        (HELD, "expected"),
        N_("谈完"),
    ),
    Figure(
        "stages",
        N_("现在停在哪里"),
        N_("本周期每一场面谈此刻的状态，每场只算一次，取消的也列出来。后续面谈不另算。"),
        PEOPLE,
        STAGE_LINES,
        _most(STAGE_LINES, N_("最多的一步是「%(what)s」，%(n)s 场")),
        is_long=True,
    ),
    Figure(
        "notice",
        N_("资料包提前几天给到"),
        N_(
            "第一次共享资料包时，离面谈还有没有周期规定的天数（一般是 7 天）。之后改期或补充新版本，不改变第一次的结果。"
        ),
        PEOPLE,
        (
            Line("notice:in_time", N_("提前够天数"), "reached:shared"),
            Line("notice:late", N_("提前不足"), "reached:shared"),
        ),
        _share("notice:in_time", "reached:shared", N_("%(p)s%% 的资料包提前够天数给到员工")),
        ("notice:in_time", "reached:shared"),
        N_("提前够天数"),
    ),
    Figure(
        "record",
        N_("谈完多久定稿"),
        N_(
            "从面谈结束那天到记录第一版定稿那天，按自然日算。「按期」用的是周期规定的工作日（一般是 3 天），修改后的版本不另算。"
        ),
        HELD,
        _lines("record", "record:timed", SPAN_WORDS),
        _share("record:in_time", HELD, N_("%(p)s%% 的记录按期定稿")),
        ("record:in_time", HELD),
        N_("按期定稿"),
        is_long=True,
    ),
    Figure(
        "signing",
        N_("谈完多久签完"),
        N_(
            "从面谈结束那天到双方签字状态都清楚那天，按自然日算。拒签经 HR 见证也算清楚；还没签完的不在这里。"
        ),
        HELD,
        _lines("signed", "signed:timed", SPAN_WORDS),
        _share("reached:signed", HELD, N_("有记录的面谈里，%(p)s%% 双方都签完")),
        ("reached:signed", HELD),
        N_("签完"),
        is_long=True,
    ),
    Figure(
        "answers",
        N_("员工怎么签"),
        N_(
            "员工对最新一版记录的选择。保留异议和拒签不是坏数字：它们说明不同意见有地方写。没有回应不会算作同意。"
        ),
        HELD,
        _lines(
            "answer",
            HELD,
            {
                "agree": N_("同意"),
                "reserve": N_("已阅，保留异议"),
                "refused": N_("拒签，HR 已见证"),
                "decline": N_("选择不签字，等见证"),
                "waiting": N_("等签字"),
            },
        ),
        _share("answer:agree", HELD, N_("%(p)s%% 的员工签了同意")),
        ("answer:agree", HELD),
    ),
    Figure(
        "consensus",
        N_("谈出了多少共识"),
        N_(
            "有记录的面谈里，每个话题谈到最后的状态。后续面谈的话题也算。保留异议的话题，双方的说法都在记录里。"
        ),
        HELD,
        _lines(
            "consensus",
            "consensus:all",
            {"agreed": N_("达成共识"), "partial": N_("部分共识"), "reserved": N_("保留异议")},
        ),
        _share("consensus:agreed", "consensus:all", N_("%(of)s 个话题，%(p)s%% 达成共识")),
        ("consensus:agreed", "consensus:all"),
        N_("达成共识"),
    ),
    Figure(
        "disputes",
        N_("申诉"),
        N_(
            "提交过、没有撤回的申诉。「有申诉」除以有记录的面谈；其余除以申诉件数。更正指至少一点更正了评级、数字或文字。"
        ),
        HELD,
        (
            Line("dispute:raised", N_("有申诉"), HELD),
            Line("dispute:open", N_("还在处理"), "dispute:raised"),
            Line("dispute:corrected", N_("核对后更正"), "dispute:raised"),
            Line("dispute:explained", N_("说明清楚"), "dispute:raised"),
        ),
        _disputes,
        at_the_top_only=True,
    ),
    Figure(
        "causes",
        N_("原因在哪里：组织自己的功课"),
        N_(
            "有记录的面谈里，每个待改进点选的原因，一个话题可以选几个。资源、流程、目标是组织能补的课，不是员工的短处；这里不看是谁的话题。"
        ),
        HELD,
        CAUSE_LINES,
        _causes,
    ),
    Figure(
        "actions",
        N_("行动做到了多少"),
        N_(
            "签字后生效的行动项现在的状态。「按期做到」指验收通过、最后一次提交不晚于截止日期；经双方同意改过的日期按新日期算。"
        ),
        HELD,
        _lines("action", "action:all", ITEM_WORDS),
        _share("action:in_time", "action:due", N_("到期的行动里，%(p)s%% 按期做到")),
        ("action:in_time", "action:due"),
        N_("行动按期"),
    ),
    Figure(
        "support",
        N_("答应的支持兑现了吗"),
        N_(
            "面谈里答应员工的支持。「按期兑现」指员工验收通过、最后一次提交不晚于约定日期。没到期的不算没兑现。"
        ),
        HELD,
        _lines("support", "support:all", SUPPORT_WORDS),
        _share("support:in_time", "support:due", N_("到期的支持里，%(p)s%% 按期兑现")),
        ("support:in_time", "support:due"),
        N_("支持按期"),
    ),
    Figure(
        "overdue",
        N_("逾期的走势"),
        N_(
            "每个周日结束时，过了截止日期、还没有提交验收的行动和支持有多少项。提交后被退回，从退回那天起再算。"
        ),
        HELD,
        (),
        lambda counts: NOTHING,
        shape="weeks",
    ),
    Figure(
        "outcomes",
        N_("计划的结果"),
        N_("已经定了结果的改进计划。还在进行的不在这里。"),
        HELD,
        _lines(
            "outcome",
            "outcome:all",
            {"met": N_("达到"), "partly": N_("部分达到"), "not_met": N_("未达到"), "extended": N_("延期")},
        ),
        _share("outcome:met", "outcome:all", N_("%(of)s 份计划有了结果，%(p)s%% 达到")),
        ("outcome:met", "outcome:all"),
    ),
    Figure(
        "quality",
        N_("会谈质量清单"),
        N_(
            "每场有记录的面谈逐条对照，做到的场数除以能判断的场数。每一条都公开，不合成一个分数，也不排名。首次跟进还没到期的不算。"
        ),
        HELD,
        tuple(Line(f"quality:{check}", word, f"quality:{check}:of") for check, word in CHECK_WORDS.items()),
        _quality,
    ),
    Figure(
        "wording",
        N_("措辞提示留下了什么"),
        N_("记录定稿时，措辞检查还留着的提示，按种类计数；写的人说明过不适用的不算。只数种类，不保存原文。"),
        HELD,
        _lines("wording", "wording:talks", CODE_WORDS, "per_hundred"),
        _wording,
        is_long=True,
    ),
    Figure(
        "pulse",
        N_("员工觉得谈得怎么样"),
        N_(
            "签字完成后，员工自愿回答的三个问题。回答不记名，只按部门计数；周期关闭以后才公布，公布后不再收，所以比较两天的数字也看不出是谁答的。"
        ),
        ANSWERED,
        tuple(
            Line(f"pulse:{question}:yes", words, ANSWERED) for question, words in PulseCount.QUESTIONS.items()
        ),
        _pulse,
        shape="answers",
    ),
)
# The departments side by side: one column for each figure that has one.
COLUMNS = tuple(figure for figure in FIGURES if figure.column and figure.headline)
