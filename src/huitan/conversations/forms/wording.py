"""What may be sent to the wording check, and about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huitan.conversations.models import CompanyWord, Dismissal
from huitan.conversations.queries.wording import CODE_WORDS, FIELD_WORDS, LONGEST
from huitan.wording import CODES, FIELDS

LARGEST_ID = 2**53
BOXES = (*Dismissal.TOPIC_BOXES, *Dismissal.TALK_BOXES)


def number() -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)


class CheckForm(forms.Form):
    """A text being typed. Longer than `LONGEST` is cut, and `is_cut` says so; line ends stay as they came."""

    text = forms.CharField(label=_("要看的文字"), required=False, strip=False)
    field = forms.ChoiceField(
        label=_("写在哪一栏"),
        choices=[(name, name) for name in FIELDS],
        error_messages={
            "required": _("说明这段话写在哪一栏。"),
            "invalid_choice": _("没有「%(value)s」这一栏。"),
        },
    )
    lang = forms.ChoiceField(
        label=_("语言"),
        choices=[("zh", "zh"), ("en", "en")],
        required=False,
        error_messages={"invalid_choice": _("语言只有 zh 和 en。")},
    )
    talk = number()
    topic = number()
    box = forms.ChoiceField(choices=[(name, name) for name in BOXES], required=False)

    def clean_text(self) -> str:
        given: str = self.cleaned_data["text"]
        self.is_cut = len(given) > LONGEST
        return given[:LONGEST]


class DismissForm(forms.Form):
    talk = forms.IntegerField(min_value=1, max_value=LARGEST_ID)
    topic = number()
    box = forms.ChoiceField(choices=[(name, name) for name in BOXES])
    code = forms.ChoiceField(choices=[(code, code) for code in CODES])
    words = forms.CharField(required=False, strip=False)
    reason = forms.CharField(
        label=_("为什么不适用"),
        max_length=200,
        error_messages={
            "required": _("写一句为什么不适用。"),
            "max_length": _("最多 %(limit_value)s 个字。"),
        },
    )


class WordForm(forms.Form):
    """A word of the company's own."""

    word = forms.CharField(
        label=_("词"),
        min_length=2,
        max_length=64,
        help_text=_("写原词，例如「狼性」。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("写下这个词。"),
            "min_length": _("至少两个字，一个字会误伤太多。"),
            "max_length": _("最多 64 个字。"),
        },
    )
    kind = forms.ChoiceField(
        label=_("怎么处理"),
        widget=forms.RadioSelect,
        initial="forbid",
        error_messages={
            "required": _("选「可以用」或「约定不用」。"),
            "invalid_choice": _("选「可以用」或「约定不用」。"),
        },
    )
    code = forms.ChoiceField(
        label=_("按哪一种提示出现"),
        required=False,
        help_text=_("约定不用的词才要选。"),
        error_messages={"invalid_choice": _("选一种提示。")},
    )
    reason = forms.CharField(
        label=_("写给对方的话"),
        max_length=200,
        required=False,
        help_text=_("出现在提示里：为什么不用、可以换成什么。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _("最多 200 个字。")},
    )
    lang = forms.ChoiceField(label=_("在哪种语言里"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.fields
        fields["kind"].choices = [(key, _(word)) for key, word in CompanyWord.KINDS.items()]
        fields["code"].choices = [("", _("不用选")), *((code, _(CODE_WORDS[code])) for code in CODES)]
        fields["lang"].choices = [(key, _(word)) for key, word in CompanyWord.LANGUAGES.items()]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("kind") == "forbid" and not given.get("code") and "code" not in self.errors:
            self.add_error("code", _("选它按哪一种提示出现。"))
        return given


class TryForm(forms.Form):
    """A sentence to see what the check would say; it is not kept."""

    text = forms.CharField(
        label=_("一句话"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("写一句话试试。"), "max_length": _("最多 5000 个字。")},
    )
    field = forms.ChoiceField(label=_("写在哪一栏"), initial="whole")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = [(name, _(FIELD_WORDS[name])) for name in FIELDS]
