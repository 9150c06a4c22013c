"""Many rows at once, in statements of a bounded size."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice, repeat
from operator import attrgetter
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


@contextmanager
def many() -> Iterator[None]:
    """Rows by the thousand hold no circles, and looking for circles among them takes a fifth of the time: put off."""
    looked_for = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked_for:
            gc.enable()


class Json(str):
    """A text that is JSON already."""

    __slots__ = ()


class Table:
    """Rows of one model on their way straight into its table: no instances, ids given out here, a statement for many.

    `names` are the attributes a row brings, in order; every other column gets the field's default.
    """

    def __init__(self, model: type[models.Model], *names: str) -> None:
        fields = {field.attname: field for field in _stored_fields(model)}
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

    def reserve(self, count: int) -> Sequence[int]:
        """Ids nobody else gets, in ascending order; part of the transaction that stores the rows.

        On PostgreSQL the table's row lock is taken first, as an INSERT takes it before it draws a number: whoever reads
        on by id (`events.settled`) waits for those who hold it. On SQLite there is one writer at a time.
        """
        if not count:
            return ()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"LOCK TABLE {self._name} IN ROW EXCLUSIVE MODE")
                drawn = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
                cursor.execute(drawn, [self._name, self.names[0], count])
                return sorted(number for (number,) in cursor.fetchall())
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [self.model._meta.db_table])
            last = (cursor.fetchone() or (0,))[0]
            return range(last + 1, last + 1 + count)

    def put(self, *values: Any) -> None:
        """A row with its key first."""
        self._rows.append(values)

    def put_all(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._rows.extend(rows)

    def add(self, *values: Any) -> int:
        """A row without its id, which is returned."""
        self._last += 1
        self._rows.append((self._last, *values))
        return self._last

    def write(self) -> int:
        """Store what has come together; returns how many rows."""
        count = len(self._rows)
        if not count:
            return 0
        whole, names = self._whole(), ", ".join(self._columns)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                statement = f"COPY {self._name} ({names}) FROM STDIN"
                with connection.wrap_database_errors, cursor.copy(statement) as copy:
                    for row in whole:
                        copy.write_row(row)
            else:
                cursor.executemany(f"INSERT INTO {self._name} ({names}) VALUES {self._places}", whole)
        return count

    def write_over(self, *names: str) -> None:
        """Store these columns of what has come together over the rows with the same keys."""
        columns = dict(zip(self.names, self._columns, strict=False))
        key = self._columns[0]
        changes = ", ".join(f"{columns[name]} = excluded.{columns[name]}" for name in names)
        over = f"ON CONFLICT ({key}) DO UPDATE SET {changes}"
        into = f"INSERT INTO {self._name} ({', '.join(self._columns)}) VALUES"
        with connection.cursor() as cursor:
            for part in in_parts(self._whole()):
                places = ", ".join([self._places] * len(part))
                cursor.execute(f"{into} {places} {over}", [value for row in part for value in row])

    @property
    def _places(self) -> str:
        return f"({', '.join(['%s'] * len(self._columns))})"

    def _whole(self) -> Iterable[tuple[Any, ...]]:
        """What has come together, every column as it is stored; begins anew."""
        rows, self._rows = self._rows, []
        if not rows:
            return ()
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for at, writer in self._writers.items():
            columns[at] = map(writer, columns[at])
        return zip(*columns, *(repeat(value, len(rows)) for value in self._rest), strict=True)


def table_of(model: Any) -> Table:
    """All columns of a model, its key first. Made anew each time: rows under way belong to one transaction of one thread."""
    return Table(model, *(field.attname for field in _stored_fields(model)))


def _stored_fields(model: Any) -> Iterator[models.Field[Any, Any]]:
    """What is written: a generated column is the database's own."""
    return (field for field in model._meta.local_concrete_fields if not field.generated)


def give_ids(rows: Sequence[R]) -> None:
    """New rows get their ids before they are stored, so that others can name them."""
    if rows:
        model: Any = type(rows[0])
        for row, number in zip(rows, table_of(model).reserve(len(rows)), strict=True):
            row.pk = number


def store(rows: Sequence[R]) -> None:
    """Store new rows of one model that have their ids: what `bulk_create` does, at a fraction of its cost."""
    if rows:
        model: Any = type(rows[0])
        table = table_of(model)
        values = attrgetter(*table.names)
        for row in rows:
            table.put(*values(row))
            row._state.adding, row._state.db = False, connection.alias
        table.write()


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
    return str(value) if type(value) is Json else json.dumps(value)
