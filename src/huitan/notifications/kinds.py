"""What people are told: one kind of message each, its words and where it leads. Pure.

A message says that something happened, to whom and by when. It never carries what was said in a talk: no rating, no
number, no reason, no text somebody wrote. `page` is the route its link opens, with the id of the message's subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huitan.core.sentences import N_

# Groups as people choose them: what the group is about.
GROUPS: Mapping[str, str] = {
    "schedule": N_("面谈安排"),
    "before": N_("资料包和预调研"),
    "questions": N_("提问和数字疑问"),
    "record": N_("记录和签字"),
    "items": N_("行动项和支持"),
    "check_ins": N_("跟进"),
    "disputes": N_("申诉"),
    "hr": N_("需要 HR 处理的"),
    "account": N_("账号和登录"),
}
# Kept in the inbox whatever somebody chooses: they start a period that runs, a meeting that takes place, or somebody
# else's way into one's account.
ALWAYS_IN_INBOX = frozenset({"schedule", "record", "disputes", "account"})
MAIL_CHOICES: Mapping[str, str] = {
    "usual": N_("急的马上，其余汇总"),
    "now": N_("马上发"),
    "digest": N_("每天一封汇总"),
    "off": N_("不发"),
}


@dataclass(frozen=True)
class Kind:
    """`title` is the subject of a mail and the line in the inbox, `text` the sentence below it, `button` the link's
    word. `your_title` and `your_text` say the same to the employee it is about, `support_text` to whoever owes the
    support it is about. `mail` is how it goes by mail when nobody chose otherwise; `urgent` also goes to a personal
    robot by default; `invites` carries a calendar entry; `replaces` says the whole appointment, so that an older one that
    still waits is not sent any more; `by_day` is brought about by a date and waits for the morning."""

    group: str
    title: str
    text: str
    page: str
    button: str
    mail: str = "now"
    urgent: bool = False
    invites: bool = False
    replaces: bool = False
    by_day: bool = False
    your_title: str = ""
    your_text: str = ""
    support_text: str = ""

    def said_to(self, reader: str) -> tuple[str, str]:
        """Title and text for the "employee", the "supporter" or, without a name, anybody else."""
        if reader == "employee":
            return self.your_title or self.title, self.your_text or self.text
        return self.title, (reader == "supporter" and self.support_text) or self.text


# Values the sentences may use. A test holds the list: nothing said in a talk can get in.
VALUES = frozenset(
    {"employee", "manager", "who", "when", "place", "minutes", "cycle", "ref", "day", "to_day"}
)

_AT = N_("时间：%(when)s，%(minutes)s 分钟。地点：%(place)s。")

KINDS: Mapping[str, Kind] = {
    "talk_opened": Kind(
        "schedule",
        N_("%(cycle)s：安排与%(employee)s的面谈"),
        N_("新周期开始了。先定时间，再准备和共享资料包。"),
        "prepare",
        N_("去安排"),
        mail="digest",
    ),
    "slots_offered": Kind(
        "schedule",
        N_("选一个面谈时间"),
        N_("%(manager)s给了几个时间，选一个，或说说哪些时候方便。"),
        "slots",
        N_("去选时间"),
        urgent=True,
    ),
    "other_slots_asked": Kind(
        "schedule",
        N_("%(employee)s想换别的面谈时间"),
        N_("看看对方写的，再给几个时间，或当面定下来。"),
        "slots",
        N_("去看看"),
        urgent=True,
    ),
    "talk_scheduled": Kind(
        "schedule",
        N_("%(employee)s的面谈定在 %(when)s"),
        _AT,
        "talk",
        N_("打开面谈"),
        urgent=True,
        invites=True,
        replaces=True,
        your_title=N_("你的面谈定在 %(when)s"),
    ),
    "talk_moved": Kind(
        "schedule",
        N_("%(employee)s的面谈改到 %(when)s"),
        _AT,
        "talk",
        N_("打开面谈"),
        urgent=True,
        invites=True,
        replaces=True,
        your_title=N_("你的面谈改到 %(when)s"),
    ),
    "talk_cancelled": Kind(
        "schedule",
        N_("%(employee)s的面谈取消了"),
        N_("%(cycle)s的面谈，由%(who)s取消。原因写在面谈页上。有疑问请联系 HR。"),
        "talk",
        N_("打开面谈"),
        urgent=True,
        invites=True,
        replaces=True,
        your_title=N_("你的面谈取消了"),
    ),
    "attendees_changed": Kind(
        "schedule",
        N_("你的面谈里，另外在场的人有变动"),
        N_("由%(who)s更改。看看还有谁在场、以什么身份。"),
        "talk",
        N_("打开面谈"),
        mail="digest",
    ),
    "talk_tomorrow": Kind(
        "schedule",
        N_("%(employee)s的面谈在 %(when)s"),
        _AT,
        "talk",
        N_("打开面谈"),
        your_title=N_("你的面谈在 %(when)s"),
    ),
    "pack_shared": Kind(
        "before",
        N_("你的面谈资料包可以看了"),
        N_("%(manager)s共享了资料包。先读一读，数字有疑问就提出来，想谈的写进预调研。"),
        "pack",
        N_("去读资料包"),
        urgent=True,
    ),
    "pack_renewed": Kind(
        "before",
        N_("你的面谈资料包有新版本"),
        N_("由%(who)s共享。数据更新过，旧版本仍保留。"),
        "pack",
        N_("看新版本"),
    ),
    "pack_late": Kind(
        "hr",
        N_("%(employee)s的资料包共享得晚"),
        N_("由%(who)s共享，面谈在 %(when)s，天数少于本周期的规定。"),
        "prepare",
        N_("查看"),
        mail="digest",
    ),
    "survey_in": Kind(
        "before",
        N_("%(employee)s交了预调研"),
        N_("面谈前读一读，从对方写的谈起。"),
        "prepare",
        N_("去读"),
        mail="digest",
    ),
    "survey_due": Kind(
        "before",
        N_("面谈前填一下预调研，三分钟"),
        N_("面谈在 %(when)s。"),
        "survey",
        N_("去填"),
    ),
    "question_asked": Kind(
        "questions",
        N_("%(employee)s提了一个问题"),
        N_("面谈前回答、约定日期再答，或说明为什么不答。"),
        "prepare",
        N_("去回答"),
    ),
    "question_settled": Kind(
        "questions",
        N_("你的提问有了答复"),
        N_("%(who)s处理了你的提问。"),
        "pack",
        N_("去看答复"),
    ),
    "question_due": Kind(
        "questions",
        N_("约好 %(day)s 答复%(employee)s的提问"),
        N_("到日子前答复，或说明为什么不答。"),
        "prepare",
        N_("去回答"),
    ),
    "number_contested": Kind(
        "hr",
        N_("%(employee)s对一个数字有疑问"),
        N_("面谈前核对来源，确认无误或更正。"),
        "prepare",
        N_("去核对"),
        urgent=True,
    ),
    "number_in_doubt": Kind(
        "questions",
        N_("%(employee)s对一个数字有疑问"),
        N_("由 HR 核对，核对完会告诉你。"),
        "prepare",
        N_("查看"),
        mail="digest",
    ),
    "number_answered": Kind(
        "questions",
        N_("有疑问的数字核对完了"),
        N_("%(who)s写了核对的结果。"),
        "pack",
        N_("去看结果"),
    ),
    "number_settled": Kind(
        "questions",
        N_("%(employee)s有疑问的数字核对完了"),
        N_("%(who)s写了核对的结果。"),
        "prepare",
        N_("去看结果"),
        mail="digest",
    ),
    "record_ready": Kind(
        "record",
        N_("你的面谈记录等你阅读和签字"),
        N_("%(day)s前给出你的意见：同意、保留异议，或不签字。签字不等于同意，沉默也不等于同意。"),
        "sign",
        N_("去阅读"),
        urgent=True,
    ),
    "record_renewed": Kind(
        "record",
        N_("你的面谈记录有新版本，等你阅读和签字"),
        N_("旧版本上的签字不再算数。%(day)s前给出你的意见。"),
        "sign",
        N_("去阅读"),
        urgent=True,
    ),
    "record_reopened": Kind(
        "record",
        N_("你的面谈记录正在修改"),
        N_("由%(who)s修改。改完会有新版本，双方重新签字。"),
        "talk",
        N_("打开面谈"),
    ),
    "other_side_signed": Kind(
        "record", N_("%(who)s签了面谈记录"), N_("看看双方的签字和意见。"), "record", N_("看记录")
    ),
    "signing_declined": Kind(
        "record",
        N_("%(employee)s选择不签字"),
        N_("记录不变。由 HR 来了解情况并见证。"),
        "record",
        N_("看记录"),
        urgent=True,
    ),
    "refusal_to_witness": Kind(
        "hr",
        N_("%(employee)s选择不签字，要 HR 见证"),
        N_("了解原因，用两种方式送达记录，并写下见证。"),
        "record",
        N_("去见证"),
        urgent=True,
    ),
    "refusal_witnessed": Kind(
        "record",
        N_("%(who)s见证了%(employee)s没有签字"),
        N_("原因和送达方式写在记录下面。"),
        "record",
        N_("看记录"),
        urgent=True,
        your_title=N_("%(who)s见证了你没有签字"),
    ),
    "signing_soon": Kind(
        "record",
        N_("%(day)s前签%(employee)s的面谈记录"),
        N_("到期没有意见会记为超期，不会当作同意。"),
        "sign",
        N_("去阅读"),
        urgent=True,
        your_title=N_("%(day)s前签你的面谈记录"),
    ),
    "signing_lapsed": Kind(
        "record",
        N_("%(employee)s的面谈记录超过了签字期限"),
        N_("仍然可以签字。沉默不等于同意，HR 会来了解情况。"),
        "record",
        N_("看记录"),
        urgent=True,
        by_day=True,
        your_title=N_("你的面谈记录超过了签字期限"),
    ),
    "signing_to_follow_up": Kind(
        "hr",
        N_("%(employee)s的面谈记录超过了签字期限"),
        N_("面谈由%(manager)s主持，签字期限是 %(day)s。了解停在哪一方。沉默不等于同意。"),
        "record",
        N_("查看"),
        urgent=True,
        by_day=True,
    ),
    "talk_closed": Kind(
        "record",
        N_("%(cycle)s：你的面谈有了结果"),
        N_("%(manager)s给计划定了结果。"),
        "record",
        N_("去看"),
        mail="digest",
    ),
    "item_given": Kind(
        "items",
        N_("%(ref)s 由你负责，%(day)s前完成"),
        N_("出自%(employee)s的改进计划。"),
        "item",
        N_("打开这一项"),
    ),
    "item_submitted": Kind("items", N_("%(ref)s 等你验收"), N_("%(who)s提交了验收。"), "item", N_("去验收")),
    "item_accepted": Kind("items", N_("%(ref)s 验收通过"), N_("由%(who)s验收。"), "item", N_("打开这一项")),
    "item_returned": Kind(
        "items", N_("%(ref)s 退回了"), N_("%(who)s写了还差什么。"), "item", N_("去补"), urgent=True
    ),
    "item_dropped": Kind("items", N_("%(ref)s 取消了"), N_("%(who)s写了原因。"), "item", N_("打开这一项")),
    "item_due": Kind(
        "items",
        N_("%(ref)s %(day)s到期"),
        N_("出自%(employee)s的改进计划。"),
        "item",
        N_("打开这一项"),
        your_text=N_("出自你的改进计划。"),
        support_text=N_("这是你给%(employee)s的支持。"),
    ),
    "item_overdue": Kind(
        "items",
        N_("%(ref)s 逾期了，截止是 %(day)s"),
        N_("出自%(employee)s的改进计划。提交验收，或申请改期并写明原因。"),
        "item",
        N_("去处理"),
        your_text=N_("出自你的改进计划。提交验收，或申请改期并写明原因。"),
        support_text=N_("这是你给%(employee)s的支持。提交验收，或申请改期并写明原因。"),
    ),
    "item_reminded": Kind(
        "items",
        N_("%(who)s提醒你：%(ref)s 截止 %(day)s"),
        N_("出自%(employee)s的改进计划。更新进展，做完就提交验收；赶不上，申请改期并写明原因。"),
        "item",
        N_("去处理"),
        your_text=N_("出自你的改进计划。更新进展，做完就提交验收；赶不上，申请改期并写明原因。"),
        support_text=N_("这是你给%(employee)s的支持。更新进展，做完就提交验收；赶不上，申请改期并写明原因。"),
    ),
    "date_asked": Kind(
        "items",
        N_("%(who)s想把 %(ref)s 改到 %(to_day)s"),
        N_("看看原因，同意或说明为什么不同意。"),
        "item",
        N_("去答复"),
    ),
    "date_agreed": Kind("items", N_("%(ref)s 的改期同意了"), N_("由%(who)s答复。"), "item", N_("打开这一项")),
    "date_declined": Kind(
        "items", N_("%(ref)s 的改期没有同意"), N_("%(who)s写了原因。"), "item", N_("打开这一项")
    ),
    "blocker_raised": Kind(
        "items",
        N_("%(who)s的 %(ref)s 卡住了"),
        N_("看看卡在哪里，能帮什么。解决了就写一句。"),
        "item",
        N_("去看看"),
        urgent=True,
    ),
    "blocker_resolved": Kind(
        "items", N_("%(ref)s 的卡点解决了"), N_("%(who)s写了怎么解决的。"), "item", N_("打开这一项")
    ),
    "support_asked": Kind(
        "items",
        N_("%(who)s请你支持 %(ref)s"),
        N_("答应就定下日期和标准，不能就说明原因。"),
        "item",
        N_("去答复"),
        urgent=True,
    ),
    "support_granted": Kind(
        "items",
        N_("%(who)s答应支持 %(ref)s"),
        N_("成了一项有日期、有标准的承诺。"),
        "item",
        N_("打开这一项"),
    ),
    "support_refused": Kind(
        "items", N_("%(ref)s 的支持请求没有答应"), N_("%(who)s写了原因。"), "item", N_("打开这一项")
    ),
    "measure_stated": Kind(
        "items",
        N_("%(ref)s 定了怎么衡量"),
        N_("%(who)s写了量什么、从多少到多少。填数前还可以商量。"),
        "item",
        N_("去看"),
        mail="digest",
    ),
    "promise_taken_over": Kind(
        "items",
        N_("%(who)s接下了 %(ref)s"),
        N_("前任上级答应你的，由现在的上级兑现。"),
        "item",
        N_("打开这一项"),
    ),
    "talk_handed_on": Kind(
        "schedule",
        N_("%(cycle)s：%(employee)s的面谈交到你这里"),
        N_("先看准备到哪里、下一步是什么。前任上级的私人笔记不会转给你。"),
        "talk",
        N_("打开面谈"),
        urgent=True,
        invites=True,
    ),
    "talk_led_anew": Kind(
        "schedule",
        N_("%(employee)s的面谈由%(manager)s主持"),
        N_("直接上级换了。时间和已经准备的都还在；前任上级的私人笔记不会转给新的上级。"),
        "talk",
        N_("打开面谈"),
        mail="digest",
        invites=True,
        your_title=N_("你的面谈现在由%(manager)s主持"),
    ),
    "talk_handed_away": Kind(
        "schedule",
        N_("%(cycle)s：%(employee)s的面谈交给了现在的直接上级"),
        N_("不用你再主持，从你的日历里取消。"),
        "talk",
        N_("查看"),
        mail="digest",
        invites=True,
    ),
    "items_decided": Kind(
        "items",
        N_("你的改进计划结束了，没了结的每一项都定了去向"),
        N_("%(manager)s写明了哪些接着做、哪些取消。"),
        "talk-close",
        N_("去看"),
    ),
    "plan_handed_on": Kind(
        "items",
        N_("%(cycle)s：%(employee)s的改进计划交到你这里"),
        N_("看看记录和每一项；前任上级答应的支持，接下或写明原因取消。"),
        "talk",
        N_("去看计划"),
        urgent=True,
    ),
    "check_in_said": Kind(
        "check_ins",
        N_("%(who)s写了跟进里自己的部分"),
        N_("看看对方怎么说，写下你的部分。"),
        "check-in",
        N_("去跟进"),
        mail="digest",
    ),
    "check_in_late": Kind(
        "check_ins",
        N_("%(employee)s的跟进过期了，原定 %(day)s"),
        N_("宽限期内补上，不然会告诉上一级和 HR。"),
        "check-in",
        N_("去跟进"),
        urgent=True,
        your_title=N_("你的跟进过期了，原定 %(day)s"),
    ),
    "check_in_due": Kind(
        "check_ins",
        N_("%(day)s跟进%(employee)s的改进计划"),
        N_("双方各写自己的部分，五分钟。"),
        "check-in",
        N_("去跟进"),
        your_title=N_("%(day)s跟进你的改进计划"),
    ),
    "check_in_held": Kind(
        "check_ins",
        N_("%(who)s完成了跟进"),
        N_("看看结论和下一次的日期。"),
        "check-in",
        N_("去看"),
        mail="digest",
    ),
    "check_in_missed": Kind(
        "check_ins",
        N_("%(employee)s的跟进错过了，原定 %(day)s"),
        N_("补上一次：看看做到哪里、卡在哪里。"),
        "check-in",
        N_("去跟进"),
        urgent=True,
        by_day=True,
        your_title=N_("你的跟进错过了，原定 %(day)s"),
    ),
    "check_in_escalated": Kind(
        "check_ins",
        N_("%(employee)s的跟进错过了"),
        N_("原定 %(day)s，过了宽限期还没有进行。直接上级：%(manager)s。"),
        "check-in",
        N_("查看"),
        mail="digest",
    ),
    "asked_to_prepare": Kind(
        "before",
        N_("%(employee)s的面谈还缺准备"),
        N_("%(who)s提醒：看看还差哪几步，哪天之前要做好。"),
        "talk",
        N_("去看"),
        your_title=N_("你的面谈还缺准备"),
    ),
    "dispute_to_assign": Kind(
        "disputes",
        N_("%(employee)s的申诉等人处理"),
        N_("分派一位没有参与评价的人。"),
        "dispute",
        N_("去分派"),
        urgent=True,
    ),
    "dispute_opened": Kind(
        "disputes",
        N_("%(employee)s对面谈记录提出了申诉"),
        N_("会有没有参与评价的人来核对，并请你说明。"),
        "dispute",
        N_("打开申诉"),
    ),
    "dispute_given": Kind(
        "disputes",
        N_("请你处理%(employee)s的申诉"),
        N_("先看自己有没有参与，再受理或说明回避。"),
        "dispute",
        N_("去受理"),
        urgent=True,
    ),
    "dispute_has_handler": Kind(
        "disputes",
        N_("你的申诉有人处理了"),
        N_("看看是谁、为什么由这个人处理、哪天之前受理。"),
        "dispute",
        N_("打开申诉"),
    ),
    "dispute_statement": Kind(
        "disputes",
        N_("%(employee)s的申诉请你说明"),
        N_("写下你的说法，发出后不再改动。"),
        "dispute",
        N_("去说明"),
        urgent=True,
        your_title=N_("你的申诉请你说明"),
    ),
    "dispute_answered": Kind(
        "disputes",
        N_("%(employee)s的申诉有了结果"),
        N_("每一点都有答复。员工会确认已知悉；确认不等于同意。"),
        "dispute",
        N_("看结果"),
        urgent=True,
        your_title=N_("你的申诉有了结果"),
        your_text=N_("每一点都有答复。读完请确认已知悉；确认不等于同意。"),
    ),
    "dispute_withdrawn": Kind(
        "disputes",
        N_("%(employee)s撤回了申诉"),
        N_("核对到此为止。"),
        "dispute",
        N_("打开申诉"),
        mail="digest",
    ),
    "second_factor_reset": Kind(
        "account",
        N_("你的第二步验证被重置了"),
        N_(
            "%(who)s应要求移除了你的动态码和通行密钥，你在各处都已退出。不是你要求的，马上告诉 HR，并改密码。"
        ),
        "security",
        N_("去看看"),
        urgent=True,
    ),
    "company_login_linked": Kind(
        "account",
        N_("你的账号可以用公司账号登录了"),
        N_("刚才第一次用公司账号登录。不是你本人，马上告诉 HR。"),
        "security",
        N_("去看看"),
    ),
}
