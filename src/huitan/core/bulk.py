"""Many rows at once, in statements of a bounded size."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, repeat
from typing import Any, TypeVar

from django.core.management.color import no_style
from django.db import connection, models

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


class Table:
    """Rows of one model on their way straight into its table: no instances, ids given out here, a statement for many.

    `names` are the attributes a row brings, in order; every other column gets the field's default. A JSON column takes
    a text that is JSON already, or anything else to be written as such.
    """

    def __init__(self, model: type[models.Model], *names: str) -> None:
        fields = {field.attname: field for field in model._meta.local_concrete_fields}
        key = next(name for name, field in fields.items() if field.primary_key)
        self.model, self.names = model, list(names) if key in names else [key, *names]
        others = [field for name, field in fields.items() if name not in self.names]
        self._columns = [connection.ops.quote_name(fields[name].column) for name in self.names]
        self._columns += [connection.ops.quote_name(field.column) for field in others]
        self._writers = {
            at: writer for at, name in enumerate(self.names) if (writer := _writer(fields[name])) is not None
        }
        self._rest = [_stored(field)(field.get_default()) for field in others]
        self._name = connection.ops.quote_name(model._meta.db_table)
        self._rows: list[tuple[Any, ...]] = []
        self._last = 0

    def is_empty(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {self._name} LIMIT 1")
            return cursor.fetchone() is None

    def begin(self) -> None:
        """Give out ids from the first free one on."""
        self._last = self.model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0

    def take(self) -> int:
        self._last += 1
        return self._last

    def put(self, *values: Any) -> None:
        """A row with its key first."""
        self._rows.append(values)

    def add(self, *values: Any) -> int:
        """A row without its id, which is returned."""
        self._last += 1
        self._rows.append((self._last, *values))
        return self._last

    def write(self) -> int:
        """Store what has come together; returns how many rows."""
        rows, self._rows = self._rows, []
        if not rows:
            return 0
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for at, writer in self._writers.items():
            columns[at] = map(writer, columns[at])
        whole = zip(*columns, *(repeat(value, len(rows)) for value in self._rest), strict=True)
        names = ", ".join(self._columns)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {self._name} ({names}) FROM STDIN") as copy:
                    for row in whole:
                        copy.write_row(row)
            else:
                places = ", ".join(["%s"] * len(self._columns))
                cursor.executemany(f"INSERT INTO {self._name} ({names}) VALUES ({places})", whole)
        return len(rows)


def number_on(tables: Iterable[Table]) -> None:
    """Rows made from now on get ids after those written here."""
    statements = connection.ops.sequence_reset_sql(no_style(), [table.model for table in tables])
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _writer(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How a value of this field is stored, where that differs from the value itself."""
    if isinstance(field, models.JSONField):
        return _as_json
    if isinstance(field, models.DateField | models.DecimalField | models.TimeField):
        return lru_cache(maxsize=100_000)(_stored(field))
    return None


def _stored(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(field, models.JSONField):
        return _as_json
    return lambda value: field.get_db_prep_save(value, connection)


def _as_json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
