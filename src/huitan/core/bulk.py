"""Many rows at once, in statements of a bounded size."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import models

T = TypeVar("T")
R = TypeVar("R", bound=models.Model)

AT_ONCE = 500


def in_parts(things: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    rest = iter(things)
    while part := list(islice(rest, size)):
        yield part


def save_again(rows: Sequence[R], fields: Collection[str]) -> None:
    """Write these fields of stored rows. One upsert per part: `bulk_update` takes a branch per row and field."""
    if rows:
        manager: Any = type(rows[0])._default_manager
        manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=list(fields), batch_size=AT_ONCE
        )
