"""The quick way of writing canonical JSON writes what the reference implementation of RFC 8785 writes."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from huitan.core import canonical

SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text() | st.floats(-1e9, 1e9)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def reference(value: object) -> bytes | type:
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        return type(error)


@given(VALUES)
def test_every_value_is_written_as_the_reference_writes_it(value: object) -> None:
    try:
        written: bytes | type = canonical.dumps(value)
    except rfc8785.CanonicalizationError as error:
        written = type(error)
    assert written == reference(value)


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), "\ud800", {"\U0001f600": 1, "\uffff": 2}, 1e21, -0.0, "\x7f\x1f\u2028/"]
)
def test_corners(value: object) -> None:
    try:
        written: bytes | type = canonical.dumps(value)
    except rfc8785.CanonicalizationError as error:
        written = type(error)
    assert written == reference(value)
