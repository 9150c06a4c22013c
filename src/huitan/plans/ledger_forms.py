"""What may be sent in about the ledger: its address, a view's name, its columns, and what to remind of."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huitan.core.numbers import whole_number
from huitan.plans.ledger_columns import ALWAYS, COLUMNS, ORDERS
from huitan.plans.models import CAUSES, PlanItem
from huitan.plans.queries.ledger import DUE, MINE, STATES, LedgerFilter
from huitan.plans.queries.ledger_scope import FilterOptions
from huitan.plans.reminders import AT_MOST

CYCLE_KEY = re.compile(r"[-\w]{1,32}", re.ASCII)


class AmongThoseSeen(forms.TypedChoiceField):
    """A person, unit or cycle. One that is not offered keeps narrowing the list: it then shows less, never more."""

    def __init__(self, **given: Any) -> None:
        super().__init__(required=False, empty_value=None, **given)

    def offer(self, choices: Any, asked: str) -> None:
        known = [("", _("不限")), *choices]
        try:
            value = self.coerce(asked) if asked else None
        except (ValueError, TypeError):
            value = None
        if value is not None and value not in dict(known):
            known.append((value, _("不在你能看到的里面")))
        self.choices = known


def _number(text: Any) -> int:
    number = whole_number(str(text))
    if number is None:
        raise ValueError(text)
    return number


def _key(text: Any) -> str:
    if not CYCLE_KEY.fullmatch(str(text)):
        raise ValueError(text)
    return str(text)


class LedgerFilterForm(forms.Form):
    """The ledger's address. What cannot be read is left out rather than refused."""

    department = AmongThoseSeen(label=_("部门"), coerce=_number)
    manager = AmongThoseSeen(label=_("直接上级"), coerce=_number)
    owner = AmongThoseSeen(label=_("负责人"), coerce=_number)
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("未了结")), *((k, _(v)) for k, v in STATES.items())]
    )
    due = forms.ChoiceField(
        label=_("到期"), required=False, choices=[("", _("不限")), *((k, _(v)) for k, v in DUE.items())]
    )
    cause = forms.ChoiceField(
        label=_("原因"), required=False, choices=[("", _("不限")), *((k, _(v)) for k, v in CAUSES.items())]
    )
    cycle = AmongThoseSeen(label=_("周期"), coerce=_key)
    kind = forms.ChoiceField(
        label=_("类型"),
        required=False,
        choices=[("", _("行动和支持")), *((k, _(v)) for k, v in PlanItem.KINDS.items())],
    )
    mine = forms.ChoiceField(
        label=_("和我有关"),
        required=False,
        choices=[("", _("不限")), *((k, _(v)) for k, v in MINE.items())],
    )
    q = forms.CharField(
        label=_("搜索事项、人名或编号"), required=False, max_length=100, widget=forms.SearchInput
    )
    order = forms.ChoiceField(
        label=_("排序"), required=False, choices=[(k if k != "due" else "", _(v)) for k, v in ORDERS.items()]
    )

    def __init__(self, data: Any, options: FilterOptions) -> None:
        super().__init__(data)
        self.options = options
        for name, choices in (
            ("department", options.departments),
            ("manager", options.managers),
            ("owner", options.owners),
            ("cycle", options.cycles),
        ):
            self.fields[name].offer(choices, data.get(name, ""))

    def wanted(self) -> LedgerFilter:
        self.is_valid()
        good = self.cleaned_data
        return LedgerFilter(
            department=good.get("department"),
            owner=good.get("owner"),
            state=good.get("state", ""),
            due=good.get("due", ""),
            cause=good.get("cause", ""),
            cycle=good.get("cycle") or "",
            kind=good.get("kind", ""),
            text=good.get("q", ""),
            manager=good.get("manager"),
            mine=good.get("mine", ""),
        )


class ViewForm(forms.Form):
    name = forms.CharField(
        label=_("视图的名字"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("给这个视图起个名字。"),
            "max_length": _("名字太长了，最多 32 个字。"),
        },
    )
    is_default = forms.BooleanField(label=_("打开台账时先看它"), required=False)


class ColumnsForm(forms.Form):
    columns = forms.MultipleChoiceField(
        label=_("显示哪些列"),
        choices=[(k, _(v)) for k, v in COLUMNS.items() if k not in ALWAYS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("至少选一列。"),
            "invalid_choice": _("没有这一列。"),
        },
    )


class RemindForm(forms.Form):
    """The items that were previewed, as one list of numbers."""

    items = forms.CharField(widget=forms.HiddenInput, error_messages={"required": _("先选要提醒的事项。")})

    def clean_items(self) -> tuple[int, ...]:
        numbers = [whole_number(part) for part in self.cleaned_data["items"].split(",")[: AT_MOST + 1]]
        return tuple(dict.fromkeys(n for n in numbers if n is not None))
