"""What may be sent in when a talk's time is agreed on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huitan.conversations.actions.scheduling import PLACE_AT_MOST, WISH_AT_MOST
from huitan.conversations.models import Conversation, SlotOffer


class SlotsForm(forms.Form):
    """Up to five times in the reader's zone. `starts` of the cleaned data are instants."""

    minutes = forms.TypedChoiceField(
        label=_("时长"),
        coerce=int,
        choices=lambda: [(n, _("%(n)s 分钟") % {"n": n}) for n in Conversation.LENGTHS],
        error_messages={
            "required": _("选 30、45 或 60 分钟。"),
            "invalid_choice": _("选 30、45 或 60 分钟。"),
        },
    )
    place = forms.CharField(
        label=_("地点"),
        max_length=PLACE_AT_MOST,
        required=False,
        help_text=_("不会被打断的地方，或视频会议链接。"),
    )
    knows = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(1, SlotOffer.AT_MOST + 1):
            self.fields[f"day{n}"] = forms.DateField(
                label=_("日期"),
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                error_messages={"invalid": _("日期写成 2026-01-14 这样。")},
            )
            self.fields[f"start{n}"] = forms.TimeField(
                label=_("开始时间"),
                required=False,
                widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
                error_messages={"invalid": _("时间写成 14:00 这样。")},
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        starts: dict[int, datetime] = {}
        for n in range(1, SlotOffer.AT_MOST + 1):
            day, start = data.get(f"day{n}"), data.get(f"start{n}")
            if day and start:
                starts[n] = timezone.make_aware(datetime.combine(day, start))
            elif day and f"start{n}" not in self.errors:
                self.add_error(f"start{n}", _("选开始时间。"))
            elif start and f"day{n}" not in self.errors:
                self.add_error(f"day{n}", _("选一个日期。"))
        if not starts and not self.errors:
            self.add_error("day1", _("至少给一个时间。"))
        data["starts"] = starts
        return data


class WishForm(forms.Form):
    wish = forms.CharField(
        label=_("哪些时候方便"),
        max_length=WISH_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("写一句哪些时候方便，对方才好再给时间。")},
    )
