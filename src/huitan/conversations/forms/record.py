"""What may be sent in about a record: a signature, a witnessed refusal, the reason for a revision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from huitan.conversations.models import Refusal
from huitan.conversations.queries.record import choices_for
from huitan.people.forms import ProofForm


class SignForm(ProofForm):
    """One full sentence, a statement where it needs one, and a fresh proof. The proof is never sent back."""

    MISSING = {
        "password": _("输入密码才能签字。"),
        "pin": _("输入 6 位 PIN 才能签字。"),
        "code": _("输入动态码才能签字。"),
        "passkey": _("用通行密钥确认后才能签字。"),
    }

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
    seen_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)
    seen_language = forms.ChoiceField(choices=settings.LANGUAGES, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, side: str, has_refusal: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options = choices_for(side, has_refusal)
        self.fields["choice"].choices = [(key, words) for key, words, _means in self.options]
        if side == "manager":
            self.fields["statement"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("choice") == "reserve" and not (given.get("statement") or "").strip():
            self.add_error("statement", _("写明对哪一处有异议、你的说法。"))
        if given.get("choice") == "agree":
            given["statement"] = ""
        return given


ATTEMPT = (
    ("attempted_on", _("写明送达的日期。")),
    ("attempted_how", _("写明怎么送达的、对方怎么说。")),
    ("attempted_before", _("写明在场的人，至少一位。")),
)


class RefusalForm(forms.Form):
    """Without a `ground` (the employee said so, the window ended) an attempt to serve has to be stated."""

    attempted_on = forms.DateField(
        label=_("哪一天"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    attempted_how = forms.CharField(
        label=_("怎么送达的，对方怎么说"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    attempted_before = forms.CharField(
        label=_("在场的人"), required=False, max_length=400, help_text=_("姓名和职务，至少一位。")
    )
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

    def __init__(self, *args: Any, ground: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ground = ground
        if ground:
            for name in ("attempted_on", "attempted_how", "attempted_before"):
                del self.fields[name]
        self.fields["served_by"].choices = [(key, _(word)) for key, word in Refusal.SERVED.items()]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name, missing in () if self.ground else ATTEMPT:
            if not given.get(name) and name not in self.errors:
                self.add_error(name, missing)
        return given

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
