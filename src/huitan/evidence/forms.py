"""What may be sent in to the evidence log: a note with its files, its amendment, telling it, taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huitan.core import files
from huitan.core.moves import Refused
from huitan.evidence.actions.log import STATEMENT_AT_MOST
from huitan.evidence.models import Evidence

# What the chooser of a phone or a computer offers; decided by content on the server.
ACCEPTED = "image/jpeg,image/png,.pdf,.docx,.xlsx,.pptx,.doc,.xls,.ppt,.txt,.csv,.md"


class KeptFileField(forms.FileField):
    """A file to keep, refused by its size before it is read into memory."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("PDF、图片、Word、Excel、PPT 或文本，最大 20 MB。"))
        kwargs.setdefault(
            "error_messages", {"required": _("先选一个文件。"), "empty": _("选中的是空文件，换一个再传。")}
        )
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "accept": ACCEPTED}

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if upload:
            try:
                files.check_size(upload.name, upload.size)
            except Refused as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return upload


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class KeptFilesField(KeptFileField):
    """Any number of files; cleaned to a list."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", ManyFiles)
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        sent = data if isinstance(data, list | tuple) else [data]
        cleaned = [super(KeptFilesField, self).clean(one, initial) for one in sent]
        return [one for one in cleaned if one]


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("选一个日期。"), "invalid": _("日期写成 2026-01-14 这样。")},
        **kwargs,
    )


class AmendForm(forms.Form):
    """The words of a note; `version` is the one the writer started from."""

    statement = forms.CharField(
        label=_("什么事、什么结果"),
        max_length=STATEMENT_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("写下事实：哪一天、什么事、什么结果。"),
            "max_length": _("一条事实最多 800 个字。拆成几条，每条一件事。"),
        },
    )
    kind = forms.ChoiceField(
        label=_("哪一类"), widget=forms.RadioSelect, error_messages={"required": _("选一类。")}
    )
    occurred_on = _day(_("哪一天"))
    effect = forms.CharField(
        label=_("带来什么结果"), max_length=400, required=False, help_text=_("谁受了影响，省了或多花了什么。")
    )
    source = forms.CharField(
        label=_("来源"), max_length=128, required=False, help_text=_("哪个系统、哪份文件、哪次会议。")
    )
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kinds: Sequence[str] = Evidence.FACTS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, _(Evidence.KINDS[kind])) for kind in kinds]


class NoteForm(AmendForm):
    """One line what happened, the rest if it helps. Telling is the manager's: `may_tell` adds 提醒 and the day."""

    about = forms.ChoiceField(
        label=_("说的是哪个指标"), required=False, help_text=_("写明了，以后同一件事就不算「首次提出」。")
    )
    told_on = _day(
        _("哪天当面告诉了员工"),
        required=False,
        help_text=_("填了，员工马上看得到这一条；提醒不填就按当天算。"),
    )
    attachments = KeptFilesField(label=_("附件"), required=False)

    def __init__(
        self,
        *args: Any,
        may_tell: bool,
        results: Iterable[str] = (),
        today: date | None = None,
        **kwargs: Any,
    ) -> None:
        kinds = (*Evidence.FACTS, "signal") if may_tell else Evidence.FACTS
        super().__init__(*args, kinds=kinds, **kwargs)
        del self.fields["version"]
        if today is not None:
            for name in ("occurred_on", "told_on"):
                self.fields[name].widget.attrs["max"] = today.isoformat()
        names = list(results)
        self.fields["about"].choices = [("", _("不针对指标")), *((name, name) for name in names)]
        if not names:
            del self.fields["about"]
        if not may_tell:
            del self.fields["told_on"]

    def clean(self) -> dict[str, Any]:
        """A signal is given on the day it is about, unless another day is said."""
        sent = super().clean() or self.cleaned_data
        if sent.get("kind") == "signal" and "told_on" in self.fields and not self.errors.get("told_on"):
            sent["told_on"] = sent.get("told_on") or sent.get("occurred_on")
        return sent


class TellForm(forms.Form):
    told_on = _day(_("哪天当面告诉了员工"))


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("为什么撤回"),
        max_length=400,
        error_messages={"required": _("写一句为什么撤回。")},
    )
