"""What may be sent in while preparing: one definition for the page, the API and the command line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huitan.conversations.lifecycle import CONTEST, QUESTION
from huitan.conversations.models import Conversation, Topic
from huitan.evidence.models import Evidence

LONG = 4000


def corrected_number() -> forms.DecimalField:
    return forms.DecimalField(
        label=_("更正为"),
        required=False,
        max_digits=20,
        decimal_places=4,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        error_messages={"invalid": _("写一个数，不带单位。")},
    )


def words(rows: int = 3, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


class ScheduleForm(forms.Form):
    """When and where. `scheduled_at` of the cleaned data is an instant in the reader's time zone."""

    day = forms.DateField(
        label=_("日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("选一个日期。"), "invalid": _("日期写成 2026-01-14 这样。")},
    )
    start = forms.TimeField(
        label=_("开始时间"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": _("选开始时间。"), "invalid": _("时间写成 14:00 这样。")},
    )
    minutes = forms.TypedChoiceField(
        label=_("时长"),
        coerce=int,
        choices=lambda: [(n, _("%(n)s 分钟") % {"n": n}) for n in Conversation.LENGTHS],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("选 30、45 或 60 分钟。"),
            "invalid_choice": _("选 30、45 或 60 分钟。"),
        },
    )
    place = forms.CharField(
        label=_("地点"), max_length=128, required=False, help_text=_("不会被打断的地方，或视频会议链接。")
    )

    @classmethod
    def of(cls, talk: Conversation) -> ScheduleForm:
        """The form as the talk now stands."""
        here = timezone.localtime(talk.scheduled_at) if talk.scheduled_at else None
        return cls(
            initial={
                "day": here.date() if here else None,
                "start": here.time() if here else None,
                "minutes": talk.minutes,
                "place": talk.place,
            }
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("day") and data.get("start"):
            data["scheduled_at"] = timezone.make_aware(datetime.combine(data["day"], data["start"]))
        return data


class PurposeForm(forms.Form):
    purpose = forms.ChoiceField(
        label=_("这次谈什么"),
        choices=[(value, _(label)) for value, label in Conversation.PURPOSES.items()],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("选业绩改进、职业发展或协作问题。"),
            "invalid_choice": _("选业绩改进、职业发展或协作问题。"),
        },
    )


class ScoreForm(forms.Form):
    score = forms.DecimalField(
        label=_("你的评分"),
        min_value=1,
        max_value=5,
        max_digits=2,
        decimal_places=1,
        widget=forms.NumberInput(attrs={"step": "0.1", "inputmode": "decimal"}),
        error_messages={
            "required": _("写一个 1.0 到 5.0 的分。"),
            "invalid": _("评分写成 3.5 这样的数。"),
            "min_value": _("评分在 1.0 到 5.0 之间。"),
            "max_value": _("评分在 1.0 到 5.0 之间。"),
            "max_decimal_places": _("评分最多一位小数。"),
            "max_digits": _("评分最多一位小数。"),
            "max_whole_digits": _("评分在 1.0 到 5.0 之间。"),
        },
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=LONG,
        required=False,
        widget=words(2),
        help_text=_("依据哪个数据或哪件事。"),
    )


class AdoptForm(forms.Form):
    """Which proposals become topics: their keys."""

    key = forms.MultipleChoiceField(label=_("建议的话题"), error_messages={"required": _("选至少一个建议。")})

    def __init__(self, keys: Iterable[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].choices = [(key, key) for key in keys]


class TopicForm(forms.Form):
    """A topic of one's own. `facts` are (id, words) of what it may cite."""

    kind = forms.ChoiceField(
        label=_("哪一类"),
        choices=[(value, _(label)) for value, label in Topic.KINDS.items()],
        widget=forms.RadioSelect,
        initial="improvement",
        error_messages={"required": _("话题选亮点、待改进点或发展支持。")},
    )
    title = forms.CharField(
        label=_("话题"),
        max_length=128,
        help_text=_("一件事，不是一个评价。"),
        error_messages={"required": _("给话题起个名字。"), "max_length": _("最多 128 个字。")},
    )
    evidence = forms.TypedMultipleChoiceField(
        label=_("依据"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    first_raised = forms.BooleanField(
        label=_("首次提出"), required=False, help_text=_("以前没有跟对方说过的，记录里会标明。")
    )

    def __init__(self, facts: Iterable[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].choices = list(facts)


class RemoveTopicForm(forms.Form):
    reason = forms.CharField(label=_("为什么不谈"), max_length=LONG, required=False, widget=words(2))


class CiteForm(forms.Form):
    """Tie a fact to a topic, or untie it."""

    evidence = forms.TypedChoiceField(
        label=_("依据"), coerce=int, error_messages={"required": _("选一条事实。")}
    )
    remove = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, facts: Iterable[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].choices = list(facts)


class FactForm(forms.Form):
    """One dated fact (R04); what is not a KPI is written as a statement."""

    kind = forms.ChoiceField(
        label=_("哪一类"),
        choices=[(kind, _(Evidence.KINDS[kind])) for kind in Evidence.FACTS],
        widget=forms.RadioSelect,
        error_messages={"required": _("选一类。")},
    )
    occurred_on = forms.DateField(
        label=_("发生在哪一天"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("选发生的那一天。"), "invalid": _("日期写成 2026-01-14 这样。")},
    )
    statement = forms.CharField(
        label=_("什么事、什么结果"),
        max_length=LONG,
        widget=words(3),
        error_messages={"required": _("写下事实：哪一天、什么事、什么结果。")},
    )
    source = forms.CharField(
        label=_("来源"), max_length=128, required=False, help_text=_("哪个系统、哪份文件、哪次会议。")
    )


class InformalNoteForm(forms.Form):
    text = forms.CharField(
        label=_("非正式谈话记录"),
        max_length=LONG,
        required=False,
        widget=words(3),
        help_text=_("对方没有交预调研时，记下平时谈到的想法和困难。对方能看到这一段。"),
    )


class PrivateNoteForm(forms.Form):
    text = forms.CharField(
        label=_("私人笔记"), max_length=LONG * 4, required=False, strip=False, widget=words(4)
    )
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class RatingForm(forms.Form):
    """`levels` are (id, label)."""

    level = forms.TypedChoiceField(
        label=_("评级"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("选一档。"), "invalid_choice": _("选一档。")},
    )
    reason = forms.CharField(
        label=_("评级理由"),
        max_length=LONG,
        widget=words(3),
        help_text=_("依据哪些数据或事实。对方会读到这句话。"),
        error_messages={"required": _("写一句评级理由：依据哪些数据或事实。")},
    )

    def __init__(self, levels: Iterable[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = list(levels)


class AnswerForm(forms.Form):
    """An end for a question (R12): answered, parked with a date, or declined with a reason."""

    how = forms.ChoiceField(
        label=_("怎么答"),
        choices=[(name, _(QUESTION.by_name[name].label)) for name in ("answer", "park", "decline")],
        initial="answer",
        widget=forms.RadioSelect,
        error_messages={"required": _("选一种答法。")},
    )
    text = forms.CharField(label=_("答复"), max_length=LONG, required=False, widget=words(2))
    until = forms.DateField(
        label=_("最晚哪天答"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("日期写成 2026-01-14 这样。")},
    )


class ContestForm(forms.Form):
    """HR's answer to a doubted number: it stands, or here is the right one."""

    outcome = forms.ChoiceField(
        label=_("核对结果"),
        choices=[(name, _(CONTEST.by_name[name].label)) for name in ("confirm", "correct")],
        widget=forms.RadioSelect,
        error_messages={"required": _("选核对结果：无误，还是更正。")},
    )
    value = corrected_number()
    text = forms.CharField(
        label=_("核对说明"),
        max_length=LONG,
        widget=words(3),
        help_text=_("核对了哪份数据、结论是什么。员工和上级都会读到。"),
        error_messages={"required": _("写明核对了什么、结论是什么。")},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("outcome") == "correct" and data.get("value") is None and "value" not in self.errors:
            self.add_error("value", _("写上更正后的数。"))
        return data
