"""Why a talk will not be held; both sides read it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CancelForm(forms.Form):
    cancel_reason = forms.CharField(
        label=_("为什么取消"),
        help_text=_("写给双方看：发生了什么、之后怎么办。例如「本人 7 月起长假，回来后并入下一周期」。"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("写明为什么取消。双方都会看到这句话。")},
    )
