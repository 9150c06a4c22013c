"""What HR sends in for a cycle: one page from top to bottom, its scale as rows, and days of HR's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from huitan.core.numbers import whole_number
from huitan.cycles.models import CalendarDay, Cycle, RatingLevel
from huitan.people.models import Department

# Words the addresses of the cycle pages use themselves.
TAKEN = {"new", "preview", "days"}
LONGEST_LABEL = RatingLevel._meta.get_field("label").max_length or 16
LONGEST_MEANING = RatingLevel._meta.get_field("meaning").max_length or 255
EMPTY_ROWS = 5
MOST_LEVELS = 12
MINUTES = (30, 45, 60)


# Far enough for any company; days are counted from these dates, and there are none before the year 1.
FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)


def day(label: Any, help_text: Any = "") -> forms.DateField:
    wrong_year = _("年份要在 2000 到 2100 之间。")
    return forms.DateField(
        label=label,
        validators=[MinValueValidator(FIRST, wrong_year), MaxValueValidator(LAST, wrong_year)],
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("选一个日期。"), "invalid": _("日期写成 2026-01-14 这样。")},
    )


def number(label: Any, least: int, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": least, "max": most}),
        error_messages={
            "required": _("写一个数字。"),
            "invalid": _("写一个整数。"),
            "min_value": _("最少 %(limit_value)s。"),
            "max_value": _("最多 %(limit_value)s。"),
        },
    )


class DepartmentsField(forms.ModelMultipleChoiceField):
    def clean(self, value: Any) -> Any:
        """A key no database could hold is no department, rather than an error of the database."""
        for key in value or ():
            if whole_number(str(key)) is None:
                raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)


class CycleForm(forms.Form):
    name = forms.CharField(
        label=_("名称"),
        max_length=64,
        error_messages={"required": _("写上名称，例如「2026 上半年」。"), "max_length": _("最多 64 个字。")},
    )
    key = forms.SlugField(
        label=_("短名"),
        help_text=_("用在网址和命令行里，例如 2026h1。只用字母、数字和短横。"),
        max_length=32,
        error_messages={
            "required": _("写上短名，例如 2026h1。"),
            "invalid": _("只用字母、数字和短横。"),
            "max_length": _("最多 32 个字。"),
        },
    )
    starts_on = day(_("考核期从"))
    ends_on = day(_("考核期到"))
    talks_from = day(_("面谈从"))
    talks_until = day(_("面谈到"))
    notice_days = number(_("资料包提前几天共享"), 0, 60)
    notice_rule = forms.ChoiceField(
        label=_("提前不足时"), choices=list(Cycle.NOTICE_RULES.items()), widget=forms.RadioSelect
    )
    share_by_itself = forms.ChoiceField(
        label=_("资料包由谁共享"),
        choices=list(Cycle.SHARING.items()),
        widget=forms.RadioSelect,
        required=False,
    )
    record_days = number(_("面谈后几个工作日内形成记录"), 0, 30)
    signing_days = number(_("记录后几个工作日内签字"), 1, 60)
    dispute_days = number(_("签字后几个工作日内可以申诉"), 1, 60)
    dispute_accept_days = number(_("申诉几个工作日内受理"), 1, 30)
    dispute_answer_days = number(_("受理后几个工作日内答复"), 1, 60)
    dispute_further_days = number(_("答复后几个工作日内可以申请复核"), 1, 60)
    check_in_rhythm = forms.ChoiceField(
        label=_("多久跟进一次"), choices=list(Cycle.RHYTHMS.items()), widget=forms.RadioSelect
    )
    check_in_grace_days = number(_("到期后几个工作日没跟进算错过"), 0, 30)
    talk_minutes = forms.TypedChoiceField(
        label=_("面谈默认时长"),
        coerce=int,
        choices=lambda: [(n, _("%(n)s 分钟") % {"n": n}) for n in MINUTES],
        widget=forms.RadioSelect,
    )
    departments = DepartmentsField(
        label=_("参加的部门"),
        queryset=Department.objects.none(),
        error_messages={
            "required": _("至少选一个部门。"),
            "invalid_choice": _("有一个部门已经不在了。刷新后再选。"),
            "invalid_pk_value": _("有一个部门已经不在了。刷新后再选。"),
        },
    )

    def __init__(self, *args: Any, cycle: Cycle | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cycle = cycle
        self.fields["departments"].queryset = Department.objects.all()
        # A choice made of words that are stored as source texts is put into the reader's language here.
        for name in ("notice_rule", "share_by_itself", "check_in_rhythm"):
            field: Any = self.fields[name]
            field.choices = [(value, _(word)) for value, word in field.choices]

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"].lower()
        if key in TAKEN:
            raise forms.ValidationError(_("这个短名系统自己要用，换一个。"))
        others = Cycle.objects.filter(key__iexact=key)
        if self.cycle is not None:
            others = others.exclude(pk=self.cycle.pk)
        if others.exists():
            raise forms.ValidationError(_("已经有一个周期叫这个短名，换一个。"))
        return key

    def clean_share_by_itself(self) -> str:
        """Nothing goes out by itself unless somebody chose it."""
        return self.cleaned_data["share_by_itself"] or "off"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if _after(given.get("starts_on"), given.get("ends_on")):
            self.add_error("ends_on", _("考核期的结束日期在开始日期之前。"))
        if _after(given.get("talks_from"), given.get("talks_until")):
            self.add_error("talks_until", _("面谈的截止日期在开始日期之前。"))
        return given


class Scale:
    """The rating scale as rows of (label, meaning), the lists `label` and `meaning` side by side."""

    def __init__(self, rows: Sequence[tuple[str, str]], errors: Sequence[str] = ()) -> None:
        self.rows = list(rows)
        self.errors = list(errors)

    @classmethod
    def sent(cls, data: Any) -> Scale:
        """From a POST; rows left entirely empty do not count."""
        rows = [
            (label.replace("\0", "").strip(), meaning.replace("\0", "").strip())
            for label, meaning in zip(data.getlist("label"), data.getlist("meaning"), strict=False)
        ]
        return cls([row for row in rows if any(row)])

    def without(self, place: str) -> Scale:
        keep = [row for at, row in enumerate(self.rows) if str(at) != place]
        return Scale(keep)

    def padded(self, more: int = 0) -> Scale:
        """With empty rows to write in: at least EMPTY_ROWS in all without JavaScript, `more` when asked for."""
        missing = max(EMPTY_ROWS - len(self.rows), more)
        room = max(MOST_LEVELS - len(self.rows), 0)
        return Scale([*self.rows, *[("", "")] * min(missing, room)], self.errors)

    def check(self) -> bool:
        found: list[Any] = []
        labels = [label for label, _meaning in self.rows]
        if len(self.rows) < 2:
            found.append(_("评级至少要有两档，每档写明含义。"))
        for label, meaning in self.rows:
            if not label:
                found.append(_("「%(meaning)s」这一档还没有名称。") % {"meaning": meaning[:20]})
            elif not meaning:
                found.append(
                    _("评级「%(label)s」还没有写含义。写一句员工读得懂的话。") % {"label": label[:20]}
                )
            if len(label) > LONGEST_LABEL:
                found.append(
                    _("评级「%(label)s…」的名称超过 %(n)s 个字。") % {"label": label[:12], "n": LONGEST_LABEL}
                )
            if len(meaning) > LONGEST_MEANING:
                found.append(
                    _("评级「%(label)s」的含义超过 %(n)s 个字。")
                    % {"label": label[:12], "n": LONGEST_MEANING}
                )
        for label in dict.fromkeys(labels):
            if label and labels.count(label) > 1:
                found.append(_("评级「%(label)s」写了两次。") % {"label": label[:20]})
        if len(self.rows) > MOST_LEVELS:
            found.append(_("评级最多 %(n)s 档。") % {"n": MOST_LEVELS})
        self.errors = [str(error) for error in found]
        return not self.errors


class CloseForm(forms.Form):
    reason = forms.CharField(
        label=_("为什么现在关闭"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DayForm(forms.Form):
    on = day(_("日期"))
    is_working = forms.TypedChoiceField(
        label=_("这一天"),
        choices=[("free", _("放假")), ("working", _("上班"))],
        coerce=lambda value: value == "working",
        widget=forms.RadioSelect,
        initial="free",
    )
    note = forms.CharField(
        label=_("说明"),
        required=False,
        max_length=CalendarDay._meta.get_field("note").max_length,
        help_text=_("例如「公司年会」「2027 春节」。"),
        error_messages={"max_length": _("最多 64 个字。")},
    )


def _after(first: Any, second: Any) -> bool:
    return bool(first and second and first > second)


def initial_of(cycle: Cycle) -> dict[str, Any]:
    """A cycle as the form's first values."""
    names = [name for name in CycleForm.base_fields if name != "departments"]
    return {name: getattr(cycle, name) for name in names} | {
        "departments": [d.pk for d in cycle.departments.all()]
    }


def defaults() -> dict[str, Any]:
    """What the model gives a new cycle, so that the page and the command line start from the same rules."""
    named = {f.name: f for f in Cycle._meta.get_fields() if hasattr(f, "default")}
    return {
        name: named[name].get_default()
        for name in CycleForm.base_fields
        if name in named and named[name].has_default()
    }
