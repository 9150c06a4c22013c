"""What may be sent in about a dispute. The draft is one form with a set of fields per point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huitan.conversations.actions.limits import TEXT_AT_MOST
from huitan.conversations.forms.prepare import corrected_number
from huitan.core.files import MAX_BYTES
from huitan.core.numbers import whole_number
from huitan.disputes.actions.drafting import PointText
from huitan.disputes.actions.handling import AnswerText
from huitan.disputes.models import Answer, Statement

REASON_AT_MOST = 2000


def words(
    label: Any, help_text: Any = "", *, rows: int = 3, limit: int = TEXT_AT_MOST, required: Any = ""
) -> Any:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=bool(required),
        max_length=limit,
        widget=forms.Textarea(attrs={"rows": rows, "enterkeyhint": "enter"}),
        error_messages={
            "required": required,
            "max_length": _("太长了：最多 %(limit_value)d 个字，现在是 %(show_value)d 个。"),
        },
    )


class DraftForm(forms.Form):
    """`claim-<id>`, `wanted-<id>` and `cited-<id>` for each point of the draft."""

    def __init__(self, *args: Any, points: Sequence[Any], facts: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.points = tuple(points)
        choices = [(str(f.id), f.ref) for f in facts]
        for point in self.points:
            self.fields[f"claim-{point.id}"] = words(
                _("你的说法"), _("哪里不对、依据什么。写哪一天、哪件事，越具体越好核对。")
            )
            self.fields[f"wanted-{point.id}"] = words(_("你认为对的是什么"), rows=2)
            self.fields[f"cited-{point.id}"] = forms.MultipleChoiceField(
                label=_("引用的证据"),
                required=False,
                choices=choices,
                error_messages={"invalid_choice": _("有一条证据不在你能引用的范围里。刷新后再选。")},
            )

    @classmethod
    def filled(cls, page: Any) -> DraftForm:
        return cls(initial=values_of(page.points), points=page.points, facts=page.facts)

    @property
    def texts(self) -> dict[int, PointText]:
        sent = self.cleaned_data
        return {
            p.id: PointText(
                sent[f"claim-{p.id}"], sent[f"wanted-{p.id}"], tuple(int(pk) for pk in sent[f"cited-{p.id}"])
            )
            for p in self.points
        }


def values_of(points: Sequence[Any]) -> dict[str, Any]:
    """The draft as its form's values, also what the page is told when another device saved."""
    found: dict[str, Any] = {}
    for point in points:
        found[f"claim-{point.id}"] = point.claim
        found[f"wanted-{point.id}"] = point.wanted
        found[f"cited-{point.id}"] = [str(pk) for pk in sorted(point.cited)]
    return found


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("附件"),
        help_text=_("PDF、图片、Word、Excel、PPT 或文本，最大 20 MB。"),
        error_messages={
            "required": _("先选一个文件。"),
            "empty": _("这是空文件。"),
            "max_length": _("文件名太长了，改短一些。"),
        },
        max_length=255,
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise forms.ValidationError(_("文件超过 20 MB。压缩后再传，或只传关键几页。"))
        return upload


class AnswerForm(forms.Form):
    """The handler's answer to one point; complete or not, it can be saved. Sending asks for what is missing."""

    verdict = forms.ChoiceField(label=_("这一点"), required=False, widget=forms.RadioSelect)
    new_level = forms.TypedChoiceField(
        label=_("更正为"), required=False, coerce=int, empty_value=None, widget=forms.RadioSelect
    )
    new_value = corrected_number()
    new_text = words(_("更正后怎么说"), _("作为附件加在记录后面；签过字的原文不改。"), rows=2)
    text = words(
        _("核对了什么，结论是什么"), _("员工和评价的人都会读到。写数据、日期和事情，不评价人。"), rows=4
    )
    cited = forms.MultipleChoiceField(label=_("说明这一点的证据"), required=False)
    paragraphs = forms.MultipleChoiceField(label=_("记录里的哪一段"), required=False)

    def __init__(self, *args: Any, view: Any, point: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_%s-{point.id}")
        super().__init__(*args, **kwargs)
        self.point = point
        self.fields["verdict"].choices = [(key, _(word)) for key, word in Answer.VERDICTS.items()]
        self.fields["cited"].choices = [(str(f.id), f.ref) for f in view.facts]
        self.fields["paragraphs"].choices = [(str(t.id), t.title) for t in view.paragraphs]
        self.fields["new_level"].choices = [(level.pk, level.label) for level in view.levels]
        fitting = {"rating": "new_level", "number": "new_value"}.get(point.kind, "new_text")
        for name in ("new_level", "new_value", "new_text"):
            if name != fitting:
                del self.fields[name]

    @classmethod
    def filled(cls, view: Any, point: Any) -> AnswerForm:
        return cls(initial=answer_values(point.draft, point.kind), view=view, point=point)

    @property
    def given(self) -> AnswerText:
        sent = self.cleaned_data
        return AnswerText(
            verdict=sent["verdict"],
            text=sent["text"],
            new_level=sent.get("new_level"),
            new_value=sent.get("new_value"),
            new_text=sent.get("new_text", ""),
            cited=tuple(int(pk) for pk in sent["cited"]),
            paragraphs=tuple(int(pk) for pk in sent["paragraphs"]),
        )


def answer_values(draft: Any, kind: str) -> dict[str, Any]:
    """A draft answer as its form's values."""
    if draft is None:
        return {"verdict": "", "text": "", "cited": [], "paragraphs": []}
    cited = draft.cited if isinstance(draft.cited, frozenset) else {e.pk for e in draft.cited.all()}
    found: dict[str, Any] = {
        "verdict": draft.verdict,
        "text": draft.text,
        "cited": [str(pk) for pk in sorted(cited)],
        "paragraphs": [str(pk) for pk in sorted(draft.paragraphs)],
    }
    if kind == "rating":
        level = (
            draft.new_level
            if isinstance(draft.new_level, int) or draft.new_level is None
            else draft.new_level.pk
        )
        found["new_level"] = "" if level is None else str(level)
    elif kind == "number":
        found["new_value"] = "" if draft.new_value is None else format(draft.new_value.normalize(), "f")
    else:
        found["new_text"] = draft.new_text
    return found


class StatementForm(forms.Form):
    text = words(
        _("你的说明"),
        _("写事实和依据。发出后不能再改。"),
        rows=5,
        required=_("写下你的说明，再发出。"),
    )


class AskForm(forms.Form):
    side = forms.ChoiceField(
        label=_("请谁说明"), widget=forms.RadioSelect, error_messages={"required": _("选请哪一方说明。")}
    )
    question = words(_("想问什么"), rows=2, limit=REASON_AT_MOST, required=_("写下你想问什么。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["side"].choices = [(key, _(word)) for key, word in Statement.SIDES.items()]


class HandlerForm(forms.Form):
    """Whom HR gives it to; a change needs a reason."""

    handler = forms.TypedChoiceField(
        label=_("处理人"),
        coerce=int,
        error_messages={
            "required": _("从名单里选一个处理人。"),
            "invalid_choice": _("从名单里选一个处理人。"),
        },
    )
    change_reason = words(_("为什么换人"), _("双方都会看到。"), rows=2, limit=REASON_AT_MOST)

    def __init__(self, *args: Any, candidates: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["handler"].choices = [(c.id, c.name) for c in candidates]


class RecuseForm(forms.Form):
    change_reason = words(
        _("为什么回避"),
        _("HR 会另选一个人。"),
        rows=2,
        limit=REASON_AT_MOST,
        required=_("写一句为什么回避。"),
    )


class WithdrawForm(forms.Form):
    withdraw_reason = words(
        _("为什么撤回"), rows=2, limit=REASON_AT_MOST, required=_("写一句为什么撤回。原因会留在这件申诉里。")
    )


class FurtherForm(forms.Form):
    further_reason = words(
        _("对结果的哪一点还有不同意见"),
        _("由另一个人重新核对每一点，只有这一次。"),
        limit=REASON_AT_MOST,
        required=_("写明对结果的哪一点还有不同意见。"),
    )


class OutcomeForm(forms.Form):
    seen_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)


def seen_version(sent: Mapping[str, Any]) -> int | None:
    """The version a form was opened with; none when the browser sent nothing usable."""
    return whole_number(str(sent.get("version", "")))
