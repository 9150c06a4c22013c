"""What may be sent in during the talk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from huitan.conversations.models import Attendee, Topic
from huitan.evidence.models import Evidence
from huitan.people.models import Employee

DATE = {"type": "date"}
# A fact added on the spot; results come from imports only.
FACT_KINDS = [(kind, Evidence.KINDS[kind]) for kind in Evidence.FACTS]


class FactForm(forms.Form):
    kind = forms.ChoiceField(label=_("是什么"), choices=FACT_KINDS, widget=forms.RadioSelect, initial="note")
    occurred_on = forms.DateField(
        label=_("哪一天"),
        widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
        error_messages={"required": _("选事情发生的日期。"), "invalid": _("日期写成 2026-03-08 的样子。")},
    )
    statement = forms.CharField(
        label=_("什么事，带来什么"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("写下发生了什么。")},
    )
    source = forms.CharField(
        label=_("出处"), max_length=128, required=False, help_text=_("系统、文件或在场的人")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_words(self.fields["kind"], FACT_KINDS)


class ActionForm(forms.Form):
    """R17: what, owner, due date, criterion. Only `what` must stand at once; what is missing is named at the end."""

    what = forms.CharField(
        label=_("做什么"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("写下要做什么。")},
    )
    owner = forms.TypedChoiceField(label=_("谁负责"), coerce=int, empty_value=None, required=False)
    due_on = forms.DateField(
        label=_("到哪一天"),
        required=False,
        widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
        error_messages={"invalid": _("日期写成 2026-09-30 的样子。")},
    )
    criterion = forms.CharField(
        label=_("验收标准"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("第三个人凭什么判断做到了？"),
    )

    def __init__(self, *args: Any, owners: Sequence[Employee], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.owners = {person.pk: person for person in owners}
        self.fields["owner"].choices = [("", _("还没定")), *((p.pk, named(p)) for p in owners)]
        self.fields["due_on"].widget.attrs["min"] = today.isoformat()

    def clean_due_on(self) -> date | None:
        due: date | None = self.cleaned_data["due_on"]
        if due is not None and due < self.today and "due_on" in self.changed_data:
            raise ValidationError(_("截止日期已经过去了。选一个今天或以后的日期。"))
        return due

    @property
    def item_fields(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        return {**given, "owner": self.owners.get(given["owner"]) if given["owner"] else None}


class TopicForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("哪一类"), choices=list(Topic.KINDS.items()), widget=forms.RadioSelect, initial="improvement"
    )
    title = forms.CharField(
        label=_("话题"), max_length=128, error_messages={"required": _("给话题起个名字。")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_words(self.fields["kind"], list(Topic.KINDS.items()))


class AnswerForm(forms.Form):
    """R12: a question ends as answered, parked with a date, or declined with a reason."""

    WAYS = [("answer", _("现在回答")), ("park", _("约定日期再答")), ("decline", _("说明为什么不答"))]

    way = forms.ChoiceField(label=_("怎么答复"), choices=WAYS, widget=forms.RadioSelect, initial="answer")
    text = forms.CharField(
        label=_("写给对方的话"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    parked_until = forms.DateField(
        label=_("约定哪一天答复"),
        required=False,
        widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
        help_text=_("选「约定日期再答」时填"),
        error_messages={"invalid": _("日期写成 2026-09-30 的样子。")},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        way = given.get("way")
        if way in ("answer", "decline") and not (given.get("text") or "").strip():
            self.add_error("text", _("写下答复。") if way == "answer" else _("写明为什么不答。"))
        if way == "park" and not given.get("parked_until") and "parked_until" not in self.errors:
            self.add_error("parked_until", _("约定一个日期。"))
        return given


class AskForm(forms.Form):
    text = forms.CharField(
        label=_("想问什么"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("写下你想问什么。")},
    )


class ReasonForm(forms.Form):
    """One reason, for skipping highlights, for no action, or for taking a topic off the list."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("写明原因，记录里会保留。")},
    )


class FollowUpForm(forms.Form):
    follow_up_at = forms.DateTimeField(
        label=_("后续面谈的时间"),
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": _("选一个时间。"), "invalid": _("选一个日期和时间。")},
    )

    @property
    def when(self) -> datetime:
        chosen: datetime = self.cleaned_data["follow_up_at"]
        return chosen


class ChoiceForm(forms.Form):
    """What is chosen on a topic rather than typed; a field that was not sent is left as it is."""

    consensus = forms.ChoiceField(choices=[("", ""), *Topic.CONSENSUS.items()], required=False)
    support_due_on = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs=DATE),
        error_messages={"invalid": _("日期写成 2026-09-30 的样子。")},
    )


def named(person: Employee) -> str:
    return f"{person.name} · {person.position}" if person.position else person.name


def _in_words(field: forms.Field, choices: Sequence[tuple[str, str]]) -> None:
    """Model labels are source texts; they become words in the reader's language only here."""
    field.choices = [(key, _(word)) for key, word in choices]


class AttendeeForm(forms.Form):
    name = forms.CharField(
        label=_("姓名或工号"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("写在场的人的姓名或工号。"),
            "max_length": _("最多 %(limit_value)d 个字。"),
        },
    )
    role = forms.ChoiceField(
        label=_("以什么身份在场"),
        choices=list(Attendee.ROLES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("选在场的人的身份。"), "invalid_choice": _("选在场的人的身份。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_words(self.fields["role"], list(Attendee.ROLES.items()))
