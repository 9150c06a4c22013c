"""What HR may send in about a template: minutes per part, and its words in Chinese and English, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huitan.conversations.models import Conversation
from huitan.conversations.models.conversation import SECTIONS
from huitan.conversations.queries.templates import KIND_WORDS, SURVEY_WORDS
from huitan.conversations.template_library import LANGUAGES, LONGEST_LINE, MOST_LINES, PARTS, SURVEY


class SituationForm(forms.Form):
    situation = forms.ChoiceField(
        label=gettext_lazy("这次是什么情况"),
        choices=lambda: [(key, _(word)) for key, word in Conversation.SITUATIONS.items()],
        error_messages={
            "required": gettext_lazy("从列出的情况里选一个。"),
            "invalid_choice": gettext_lazy("从列出的情况里选一个。"),
        },
    )


class Lines(forms.CharField):
    """A list of texts, one a line; empty lines do not count."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3})
        super().__init__(required=False, max_length=MOST_LINES * (LONGEST_LINE + 2), widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(_("最多 %(n)s 行，多了没人看得完。") % {"n": MOST_LINES})
        for line in lines:
            if len(line) > LONGEST_LINE:
                raise forms.ValidationError(_("一行最多 %(n)s 个字。") % {"n": LONGEST_LINE})
        return lines


class TemplateForm(forms.Form):
    """Fields are named by place: `minutes-plan`, `zh-opening`, `zh-plan-questions`, `en-survey-growth-label`."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    note = forms.CharField(
        label=gettext_lazy("改了什么，为什么"),
        max_length=200,
        required=False,
        error_messages={"max_length": gettext_lazy("最多 %(limit_value)d 个字。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in PARTS:
            self.fields[f"minutes-{part}"] = forms.IntegerField(
                label=_(SECTIONS[part]),
                min_value=1,
                max_value=60,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                error_messages={
                    "required": _("写几分钟。"),
                    "invalid": _("写一个整数。"),
                    "min_value": _("写一个 1 到 60 的整数。"),
                    "max_value": _("写一个 1 到 60 的整数。"),
                },
            )
        for language in LANGUAGES:
            self.fields[f"{language}-opening"] = Lines(label=_("开场的话"))
            for part in PARTS:
                for kind, word in KIND_WORDS.items():
                    label = _("%(part)s：%(kind)s") % {"part": _(SECTIONS[part]), "kind": _(word)}
                    self.fields[f"{language}-{part}-{kind}"] = Lines(label=label)
            for name in SURVEY:
                for piece, word in (("label", _("问题")), ("help", _("说明"))):
                    self.fields[f"{language}-survey-{name}-{piece}"] = forms.CharField(
                        label=_("%(part)s：%(kind)s") % {"part": _(SURVEY_WORDS[name]), "kind": word},
                        max_length=LONGEST_LINE,
                        required=False,
                        error_messages={"max_length": _("一行最多 %(n)s 个字。") % {"n": LONGEST_LINE}},
                    )

    @classmethod
    def of(cls, content: Mapping[str, Any], version: int) -> TemplateForm:
        """The form as a stored template fills it."""
        initial: dict[str, Any] = {"version": version}
        for part in PARTS:
            initial[f"minutes-{part}"] = content["minutes"][part]
        for language in LANGUAGES:
            words = content[language]
            initial[f"{language}-opening"] = words["opening"]
            for part in PARTS:
                for kind in KIND_WORDS:
                    initial[f"{language}-{part}-{kind}"] = words["parts"][part][kind]
            for name in SURVEY:
                for piece in ("label", "help"):
                    initial[f"{language}-survey-{name}-{piece}"] = words["survey"][name][piece]
        return cls(initial=initial)

    @property
    def content(self) -> dict[str, Any]:
        """The cleaned form as a template keeps it."""
        sent = self.cleaned_data
        content: dict[str, Any] = {"minutes": {part: sent[f"minutes-{part}"] for part in PARTS}}
        for language in LANGUAGES:
            content[language] = {
                "opening": sent[f"{language}-opening"],
                "parts": {
                    part: {kind: sent[f"{language}-{part}-{kind}"] for kind in KIND_WORDS} for part in PARTS
                },
                "survey": {
                    name: {piece: sent[f"{language}-survey-{name}-{piece}"] for piece in ("label", "help")}
                    for name in SURVEY
                },
            }
        return content
