"""What may be sent in about a plan: each step of an item, a check-in and the plan's end."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huitan.evidence.forms import KeptFileField
from huitan.plans.models import Plan

PERCENTS = (0, 10, 25, 50, 75, 90, 100)


def _sentence(label: Any, missing: Any = "", *, rows: int = 2, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=bool(missing),
        max_length=2000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": missing} if missing else {},
    )


class ProgressForm(forms.Form):
    percent = forms.TypedChoiceField(
        label=_("做到多少了"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("点一个进度。"), "invalid_choice": _("进度是 0 到 100 之间的数。")},
    )
    note = _sentence(_("一句话：做到哪了，卡在哪"))

    def __init__(self, *args: Any, now: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        steps = sorted({*PERCENTS, now})
        self.fields["percent"].choices = [(str(n), f"{n}%") for n in steps]


class SubmitForm(forms.Form):
    """The sentence may be empty when a file is attached; the lifecycle decides."""

    submitted_evidence = _sentence(
        _("做到了什么，凭什么看得出"), rows=3, help_text=_("对着验收标准写。附件也可以作依据。")
    )


class FileForm(forms.Form):
    file = KeptFileField(label=_("附件"))


class AcceptForm(forms.Form):
    acceptance_note = _sentence(_("验收说明"))


class ReturnForm(forms.Form):
    return_reason = _sentence(_("还差什么"), _("退回要写明还差什么，对方才知道怎么补。"))


class DropForm(forms.Form):
    drop_reason = _sentence(_("为什么取消"), _("取消一项要写明原因，台账里会保留。"))


class DateRequestForm(forms.Form):
    to_on = forms.DateField(
        label=_("改到哪一天"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("选一个新的日期。"), "invalid": _("日期写成 2026-07-24 这样。")},
    )
    reason = _sentence(_("为什么要改期"), _("写明为什么要改期，对方才能决定。"))

    def __init__(self, *args: Any, after: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if after is not None:
            self.fields["to_on"].widget.attrs["min"] = after.isoformat()


class DateAnswerForm(forms.Form):
    """A reply is asked for only when declining."""

    reply = _sentence(_("不同意的话，写明原因"))


class CheckInForm(forms.Form):
    note = _sentence(
        _("这次跟进"),
        _("写一句这次跟进看到了什么、卡在哪里。"),
        rows=4,
        help_text=_("看到了什么进展，卡在哪里，接下来谁做什么。"),
    )


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("计划的结果"),
        choices=[(k, _(v)) for k, v in Plan.OUTCOMES.items()],
        widget=forms.RadioSelect,
        error_messages={"required": _("选一个结果：达到、部分达到、未达到或延期。")},
    )
    outcome_reason = _sentence(
        _("原因"), rows=3, help_text=_("没有全部达到时必填。下一次面谈会从这里接着谈。")
    )
