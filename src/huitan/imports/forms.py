from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huitan.imports.models import ImportRun
from huitan.imports.queries import FIELDS, Option
from huitan.intake import fields_of
from huitan.intake.tables import MAX_BYTES

ACCEPTED = ".xlsx,.xls,.csv,.tsv,.txt"


class UploadForm(forms.Form):
    """What the file holds, and the file. The cycle only matters to KPI results."""

    kind = forms.ChoiceField(
        label=_("文件里是什么"),
        choices=list(ImportRun.KINDS.items()),
        error_messages={"required": _("选一下文件里是什么。"), "invalid_choice": _("选一下文件里是什么。")},
    )
    cycle = forms.ChoiceField(label=_("属于哪个周期"), required=False)
    file = forms.FileField(
        label=_("文件"),
        max_length=255,
        error_messages={
            "required": _("选一个文件，或把它拖到框里。"),
            "empty": _("文件是空的。换一个有内容的文件。"),
            "max_length": _("文件名太长。改短一些再传。"),
            "invalid": _("文件没有传上来。再选一次。"),
        },
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )

    def __init__(self, *args: Any, cycles: Sequence[Option], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cycle"].choices = [("", _("按数据日期判断")), *((c.value, c.label) for c in cycles)]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("文件超过 %(limit)s MB。删掉用不到的工作表，或分成几个文件。"),
                params={"limit": MAX_BYTES // 2**20},
            )
        return file


class ColumnsForm(forms.Form):
    """What each column means: the lists `column` and `field` side by side; an empty field ignores the column."""

    cycle = forms.CharField(required=False)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        data: Any = self.data
        columns, meanings = data.getlist("column"), data.getlist("field")
        if len(columns) != len(meanings) or not columns:
            raise forms.ValidationError(_("页面上的列和文件对不上了。刷新后再选一次。"))
        known = set(fields_of(self.kind))  # type: ignore[arg-type]
        chosen = [field for field in meanings if field]
        if set(chosen) - known:
            raise forms.ValidationError(_("有一列选了不认识的含义。刷新后再选一次。"))
        twice = [field for field in dict.fromkeys(chosen) if chosen.count(field) > 1]
        if twice:
            raise forms.ValidationError(
                _("「%(field)s」选了两列。留下一列，另一列选「不用这一列」。"),
                params={"field": _(FIELDS.get(twice[0], twice[0]))},
            )
        cleaned["mapping"] = dict(zip(columns, meanings, strict=True))
        return cleaned
