"""What may be sent in about a record: a signature, a witnessed refusal, the reason for a revision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huitan.conversations.models import Refusal
from huitan.conversations.queries.record import choices_for


class SignForm(forms.Form):
    """One full sentence, a statement where it needs one, and the password. The password is never sent back."""

    choice = forms.ChoiceField(
        label=_("你的意见"), error_messages={"required": _("选一句完整的意见。")}, widget=forms.RadioSelect
    )
    statement = forms.CharField(
        label=_("你的说明"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明哪一处、你的说法。会和签字一起保存。"),
    )
    password = forms.CharField(
        label=_("密码"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("再输一次登录密码，确认是你本人。"),
        error_messages={"required": _("输入密码才能签字。")},
    )
    seen_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, side: str, has_refusal: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options = choices_for(side, has_refusal)
        self.fields["choice"].choices = [(key, words) for key, words, _means in self.options]
        if side == "manager":
            self.fields["statement"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("choice") == "reserve" and not (given.get("statement") or "").strip():
            self.add_error("statement", _("写明对哪一处有异议、你的说法。"))
        if given.get("choice") == "agree":
            given["statement"] = ""
        return given


class RefusalForm(forms.Form):
    reason = forms.CharField(
        label=_("员工说的原因"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("照对方的原话写；没有说，就写「未说明」。"),
        error_messages={"required": _("写明员工说的原因；没有说，就写「未说明」。")},
    )
    served_by = forms.MultipleChoiceField(
        label=_("怎么送达的，至少两种"),
        choices=list(Refusal.SERVED.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("记录要通过两种方式送达，例如当面递交和电子邮件。")},
    )
    note = forms.CharField(
        label=_("送达说明"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("时间、单号、在场的人"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["served_by"].choices = [(key, _(word)) for key, word in Refusal.SERVED.items()]

    def clean_served_by(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["served_by"]
        if len(set(chosen)) < 2:
            raise forms.ValidationError(_("记录要通过两种方式送达，例如当面递交和电子邮件。"))
        return chosen


class ReviseForm(forms.Form):
    change_note = forms.CharField(
        label=_("改什么，为什么改"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("员工会看到这句话。改完生成新版本，双方重新签字。"),
        error_messages={"required": _("写明改什么、为什么改。改动后双方要重新签字。")},
    )
