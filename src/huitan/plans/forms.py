"""What may be sent in about a plan: each step of an item, a check-in and the plan's end."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huitan.core.numbers import whole_number
from huitan.evidence.forms import KeptFileField
from huitan.plans.actions import GOES_ON, Fate, Update
from huitan.plans.models import CheckIn, Measure, Plan, PlanItem

PERCENTS = (0, 10, 25, 50, 75, 90, 100)


def _sentence(label: Any, missing: Any = "", *, rows: int = 2, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=bool(missing),
        max_length=2000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": missing} if missing else {},
    )


THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?")


class NumberField(forms.DecimalField):
    """A number as people write it: full-width digits, thousands separated, followed by its `unit`."""

    unit = ""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
            unit = unicodedata.normalize("NFKC", self.unit).strip()
            value = value.removesuffix(unit).rstrip() or value
            if THOUSANDS.fullmatch(value):
                value = value.replace(",", "")
        return super().to_python(value)


def _number(label: Any, missing: Any = "") -> NumberField:
    return NumberField(
        label=label,
        required=bool(missing),
        max_digits=19,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "invalid": _("写成 71.4 这样的数。"),
            "max_decimal_places": _("最多四位小数。"),
            "max_digits": _("这个数太大了。"),
            "max_whole_digits": _("这个数太大了。"),
            **({"required": missing} if missing else {}),
        },
    )


def _day(label: Any, missing: Any = "", *, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=bool(missing),
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "invalid": _("日期写成 2026-07-24 这样。"),
            **({"required": missing} if missing else {}),
        },
    )


def name_value(fields: dict[str, forms.Field], field: str, measure: Measure | None) -> None:
    """A value is asked for by the name and unit of what is measured; nothing is asked where nothing is."""
    if measure is None:
        del fields[field]
    else:
        unit = f"（{measure.unit}）" if measure.unit else ""
        fields[field].label = f"{measure.name}{unit}"
        fields[field].unit = measure.unit


def _shown_percent() -> forms.IntegerField:
    return forms.IntegerField(required=False, widget=forms.HiddenInput)


def percents(now: int, shown: int | None) -> list[tuple[str, str]]:
    """Those offered, with how far it is by now and how far it was when the page was made."""
    also = {shown} if shown is not None and shown <= 100 else set()
    return [(str(n), f"{n}%") for n in sorted({*PERCENTS, now} | also)]


class ProgressForm(forms.Form):
    percent = forms.TypedChoiceField(
        label=_("做到多少了"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("点一个进度。"), "invalid_choice": _("进度是 0 到 100 之间的数。")},
    )
    note = _sentence(_("一句话：做到哪了，卡在哪"))
    value = _number(_("现在的数"))
    was = _shown_percent()

    def __init__(self, *args: Any, now: int = 0, measure: Measure | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        name_value(self.fields, "value", measure)
        self.initial.update(percent=str(now), was=now)
        shown = whole_number(str(self.data.get("was", now)))
        self.fields["percent"].choices = percents(now, shown)

    @property
    def reached(self) -> int:
        """What was chosen here; where nothing was, how far it is by now, whatever this page showed (two tabs)."""
        chosen: int = self.cleaned_data["percent"]
        return self.now if chosen == self.cleaned_data["was"] else chosen


class SubmitForm(forms.Form):
    """The sentence may be empty when a file is attached; the lifecycle decides."""

    submitted_evidence = _sentence(
        _("做到了什么，凭什么看得出"), rows=3, help_text=_("对着验收标准写。附件也可以作依据。")
    )


class FileForm(forms.Form):
    file = KeptFileField(label=_("附件"))


class AcceptForm(forms.Form):
    acceptance_note = _sentence(_("验收说明"))


class ReturnForm(forms.Form):
    return_reason = _sentence(_("还差什么"), _("退回要写明还差什么，对方才知道怎么补。"))


class DropForm(forms.Form):
    drop_reason = _sentence(_("为什么取消"), _("取消一项要写明原因，台账里会保留。"))


class DateRequestForm(forms.Form):
    to_on = _day(_("改到哪一天"), _("选一个新的日期。"))
    reason = _sentence(_("为什么要改期"), _("写明为什么要改期，对方才能决定。"))

    def __init__(self, *args: Any, after: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if after is not None:
            self.fields["to_on"].widget.attrs["min"] = after.isoformat()


class DateAnswerForm(forms.Form):
    """A reply is asked for only when declining."""

    reply = _sentence(_("不同意的话，写明原因"))


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("计划的结果"),
        choices=[(k, _(v)) for k, v in Plan.OUTCOMES.items()],
        widget=forms.RadioSelect,
        error_messages={"required": _("选一个结果：达到、部分达到、未达到或延期。")},
    )
    outcome_reason = _sentence(
        _("为什么是这个结果"), rows=3, help_text=_("没有全部达到时必填。下一次面谈会从这里接着谈。")
    )

    def __init__(self, *args: Any, unsettled: Iterable[tuple[int, bool]] = (), **kwargs: Any) -> None:
        """`unsettled` are the items to decide about, and whether each may be dropped. Nothing is chosen beforehand."""
        super().__init__(*args, **kwargs)
        self.unsettled = tuple(unsettled)
        for pk, may_drop in self.unsettled:
            choices = [("on", _("接着做")), *([("drop", _("取消这一项"))] if may_drop else [])]
            self.fields[f"fate_{pk}"] = forms.ChoiceField(
                label=_("这一项怎么办"), choices=choices, widget=forms.RadioSelect, required=False
            )
            if may_drop:
                self.fields[f"why_{pk}"] = _sentence(_("为什么取消"))

    @property
    def fates(self) -> dict[int, Fate]:
        """What was chosen; what was not is left out."""
        sent = self.cleaned_data
        return {
            pk: GOES_ON if sent[f"fate_{pk}"] == "on" else Fate(False, sent[f"why_{pk}"])
            for pk, _may_drop in self.unsettled
            if sent[f"fate_{pk}"]
        }


class BlockForm(forms.Form):
    blocker = _sentence(_("卡在哪里"), _("写明卡在哪里，对方才知道怎么帮。"))
    since = _day(_("从哪天起"), _("选卡住的那一天。"))

    def __init__(self, *args: Any, until: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if until is not None:
            self.fields["since"].widget.attrs["max"] = until.isoformat()


class ResolveForm(forms.Form):
    resolution = _sentence(_("怎么解决的"), _("写一句卡点是怎么解决的。"))


class AskSupportForm(forms.Form):
    request = _sentence(_("需要什么支持"), _("写明需要什么支持。"), rows=3)


class SupportAnswerForm(forms.Form):
    """Yes with a new promise, yes with one there is, or no with a reason: the button and what is filled in say which."""

    promised = _sentence(_("你会做什么"))
    promised_on = _day(_("哪天之前"))
    promised_criterion = _sentence(_("凭什么算做到"), help_text=_("第三个人看了也能判断。"))
    covered = forms.TypedChoiceField(
        label=_("或者：已有的承诺就能解决"), required=False, coerce=int, empty_value=None
    )
    support_reply = _sentence(_("补充说明"), help_text=_("不能支持时必填。"))

    def __init__(self, *args: Any, covering: Any = (), after: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(line.pk, f"{line.id} {line.what}") for line in covering]
        self.fields["covered"].choices = [("", _("不用已有的，另外答应一项")), *choices]
        if not choices:
            del self.fields["covered"]
        if after is not None:
            self.fields["promised_on"].widget.attrs["min"] = after.isoformat()

    def check_promise(self) -> bool:
        """All three parts of a new promise are there (R17); what is missing is said at its place."""
        for name, missing in (
            ("promised", _("写下你会做什么。")),
            ("promised_on", _("定一个日期。")),
            ("promised_criterion", _("写明凭什么算做到。")),
        ):
            if not self.cleaned_data.get(name):
                self.add_error(name, missing)
        return not self.errors


class MeasureForm(forms.Form):
    name = forms.CharField(label=_("量什么"), max_length=64, error_messages={"required": _("写明量什么。")})
    unit = forms.CharField(label=_("单位"), required=False, max_length=16)
    start = _number(_("现在是多少（起点）"), _("写下起点的数。"))
    target = _number(_("要到多少（目标）"), _("写下目标的数。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("start", "target"):
            self.fields[name].unit = self.data.get("unit", "")

    def clean_unit(self) -> str:
        unit: str = self.cleaned_data["unit"]
        return unit.replace("％", "%")


class PartForm(forms.Form):
    """One side's part of a check-in, and how its own items stand."""

    LABELS = {
        "went_well": _("哪些做得顺"),
        "blocks": _("卡在哪里"),
        "needs": _("需要什么"),
        "saw": _("我看到了什么"),
        "will_do": _("我会做什么"),
    }

    def __init__(
        self,
        data: Any = None,
        *,
        said: Mapping[str, str],
        side: str,
        items: Iterable[PlanItem] = (),
    ) -> None:
        super().__init__(data)
        self.words = CheckIn.PARTS[side]
        self.items = tuple(items)
        for name in self.words:
            self.fields[name] = _sentence(self.LABELS[name])
            self.initial[name] = said.get(name, "")
        for item in self.items:
            percent = forms.TypedChoiceField(label=_("做到多少了"), coerce=int, required=False)
            shown = whole_number(str(self.data.get(f"was_{item.pk}", item.progress)))
            percent.choices = percents(item.progress, shown)
            self.fields[f"percent_{item.pk}"] = percent
            self.fields[f"was_{item.pk}"] = _shown_percent()
            self.initial[f"percent_{item.pk}"] = str(item.progress)
            self.initial[f"was_{item.pk}"] = item.progress
            self.fields[f"note_{item.pk}"] = _sentence(_("一句话"), rows=1)
            self.fields[f"value_{item.pk}"] = _number("")
            name_value(self.fields, f"value_{item.pk}", getattr(item, "measure", None))

    @property
    def of_items(self) -> list[tuple[PlanItem, Any, Any, Any, Any]]:
        """(item, percent, note, value or None, what the page showed) as bound fields."""
        return [
            (
                item,
                self[f"percent_{item.pk}"],
                self[f"note_{item.pk}"],
                self[f"value_{item.pk}"] if f"value_{item.pk}" in self.fields else None,
                self[f"was_{item.pk}"],
            )
            for item in self.items
        ]

    @property
    def updates(self) -> list[Update]:
        """Only what was said anew: a percentage left as the page showed it says nothing."""
        found = []
        for item in self.items:
            percent = self.cleaned_data.get(f"percent_{item.pk}")
            if percent in (None, "", self.cleaned_data[f"was_{item.pk}"]):
                percent = item.progress
            note, value = self.cleaned_data[f"note_{item.pk}"], self.cleaned_data.get(f"value_{item.pk}")
            if percent != item.progress or note.strip() or value is not None:
                found.append(Update(item, percent, note, value))
        return found


class LeaveForm(forms.Form):
    left = _sentence(_("下次再谈什么"), _("写下下次再谈什么。"), rows=1)


class SettleForm(forms.Form):
    result = _sentence(_("谈的结果"), _("写一句谈的结果。"), rows=1)


class HoldForm(forms.Form):
    note = _sentence(_("结论"), _("写一句这次跟进的结论：接下来谁做什么。"), rows=3)
    next_on = _day(_("下一次跟进"), help_text=_("计划里的日期不用填；想早一点就选一天，遇到休息日顺延。"))
    missing_reason = _sentence(_("有一方没有说，为什么"))
