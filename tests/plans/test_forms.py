"""What people type where a number is asked for."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from huitan.plans.forms import MeasureForm, NumberField


@pytest.mark.parametrize(
    ("typed", "unit", "number"),
    [
        ("85.5", "%", "85.5"),
        ("８５．５", "%", "85.5"),
        ("85.5%", "%", "85.5"),
        ("８５.５ ％", "%", "85.5"),
        ("6 天", "天", "6"),
        ("-1,234,567.8", "", "-1234567.8"),
        ("１２，０００", "元", "12000"),
        (" 0 ", "", "0"),
        ("85.5%", "天", None),
        ("1,5", "", None),
        ("12,34", "", None),
        ("七十", "%", None),
        ("%", "%", None),
        ("NaN", "", None),
        ("1e30", "", None),
    ],
)
def test_a_number_is_read_as_people_write_it(typed, unit, number) -> None:
    field = NumberField(max_digits=19, decimal_places=4, required=False)
    field.unit = unit
    try:
        read = field.clean(typed)
    except ValidationError as refused:
        assert number is None, refused
    else:
        assert read == Decimal(number)


def test_start_and_target_may_carry_the_unit() -> None:
    form = MeasureForm({"name": "按期率", "unit": "％", "start": "71.4%", "target": "９０％"})
    assert form.is_valid(), form.errors
    assert (form.cleaned_data["unit"], form.cleaned_data["target"]) == ("%", Decimal(90))
