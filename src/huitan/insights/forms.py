from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huitan.insights.models import PulseCount


class PulseForm(forms.Form):
    """Three questions, each with the same three answers; whoever does not want to answer one answers none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question, words in PulseCount.QUESTIONS.items():
            self.fields[question] = forms.ChoiceField(
                label=_(words),
                choices=[(answer, _(word)) for answer, word in PulseCount.ANSWERS.items()],
                widget=forms.RadioSelect,
                error_messages={"required": _("选一个回答。"), "invalid_choice": _("选一个回答。")},
            )
