"""What the employee may send in before the talk: the survey, a question, a doubt about a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huitan.conversations.actions.voice import ANSWERS
from huitan.conversations.queries.survey import ScoredResult

# 1.0 to 5.0 in half steps.
STEPS = tuple(Decimal(n) / 2 for n in range(2, 11))
TEXT_LIMIT = 4000


def _words(label: Any, help_text: Any = "", *, rows: int = 3, limit: int = TEXT_LIMIT) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=limit,
        widget=forms.Textarea(attrs={"rows": rows, "enterkeyhint": "enter"}),
        error_messages={"max_length": _("太长了：最多 %(limit_value)d 个字，现在是 %(show_value)d 个。")},
    )


class SurveyForm(forms.Form):
    """One field `score-<evidence id>` per result besides the four texts; an empty score means none given."""

    own_view = _words(_("这个周期，你怎么看自己的表现？"), _("最满意的一件事，和想做得不一样的一件事。"))
    difficulties = _words(
        _("什么卡住了你？"), _("流程、资源、目标、协作都可以写。哪一次、等了多久，越具体越好谈。")
    )
    growth = _words(_("接下来想往哪里长？"), _("想学的、想试的、想负责的。"), rows=2)
    questions = _words(_("想问什么？"), _("一行一个问题。"), rows=2, limit=2000)

    def __init__(
        self,
        *args: Any,
        results: Sequence[ScoredResult] = (),
        asks: Mapping[str, tuple[str, str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, (question, explanation) in (asks or {}).items():
            self.fields[name].label, self.fields[name].help_text = question, explanation
        self.results = tuple(results)
        for result in self.results:
            self.fields[score_name(result.row.id)] = forms.TypedChoiceField(
                label=result.row.name,
                required=False,
                choices=[("", _("先不打"))] + [(format(step, ".1f"), format(step, ".1f")) for step in STEPS],
                coerce=Decimal,
                empty_value=None,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": _("评分在 1.0 到 5.0 之间，半分一档。")},
            )

    @classmethod
    def filled(cls, page: Any) -> SurveyForm:
        """The form as the stored draft fills it."""
        initial: dict[str, Any] = {name: getattr(page, name) for name in ANSWERS}
        for result in page.results:
            initial[score_name(result.row.id)] = "" if result.score is None else format(result.score, ".1f")
        return cls(initial=initial, results=page.results, asks=page.asks)

    @property
    def answers(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ANSWERS if name in self.cleaned_data}

    @property
    def asked(self) -> dict[str, str]:
        """The questions as they stand on the page, {field: question}."""
        return {name: str(self.fields[name].label) for name in ANSWERS}

    @property
    def scores(self) -> dict[int, Decimal | None]:
        names = {result.row.id: score_name(result.row.id) for result in self.results}
        return {pk: self.cleaned_data[name] for pk, name in names.items() if name in self.cleaned_data}

    @property
    def question_list(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["questions"].splitlines() if line.strip()]


def score_name(evidence_id: int) -> str:
    return f"score-{evidence_id}"


class QuestionForm(forms.Form):
    """A question, alone or pinned to one item of the pack by its evidence id."""

    evidence = forms.IntegerField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("想问什么？"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("写下你想问什么。")},
    )


class ContestForm(forms.Form):
    """A doubt about one item: what it should be, as far as known, and why."""

    evidence = forms.IntegerField(widget=forms.HiddenInput)
    claim = forms.CharField(
        label=_("你手里的数字"),
        max_length=128,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _("太长了：最多 %(limit_value)d 个字，说明写在下面。")},
    )
    reason = forms.CharField(
        label=_("哪里不对，从哪里来"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("写一句哪里不对：你手里的数字是多少，从哪里来。")},
    )
