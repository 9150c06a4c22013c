"""Conditions the ORM has no words for: a subtree by its path, one of many keys as a single value, a row there is."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import CharField, Field, Lookup, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull


@CharField.register_lookup
class Under(Lookup[Any]):
    """`path__under="/1/7/"`, of a path from the root down: this place and all below it, found through the column's index.

    A prefix in LIKE uses no index on SQLite, a range follows no byte order on PostgreSQL. An empty path, which would be
    everything, is a ValueError.
    """

    lookup_name = "under"
    prepare_rhs = False

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if not rhs.endswith("/"):
            raise ValueError(f"not a path: {rhs!r}")
        super().__init__(lhs, rhs)

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lhs, values = self.process_lhs(compiler, connection)
        # What begins with "/1/7/" comes before "/1/70".
        return f"({lhs} >= %s AND {lhs} < %s)", [*values, self.rhs, *values, f"{self.rhs[:-1]}0"]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lhs, values = self.process_lhs(compiler, connection)
        return f"{lhs} LIKE %s", [*values, f"{self.rhs}%"]


@Field.register_lookup
class Among(Lookup[Any]):
    """`name__among=names`: one of these texts or whole numbers, any number of them as one value, so that the SQL stays the
    same. Over a relation it is asked of the key: `employee__id__among`."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lhs, values = self.process_lhs(compiler, connection)
        return f"{lhs} IN (SELECT value FROM json_each(%s))", [*values, json.dumps(list(self.rhs))]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lhs, values = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.db_type(connection)
        return f"{lhs} = ANY(%s::{kind}[])", [*values, list(self.rhs)]


def there_is(rows: QuerySet[Any, Any]) -> Q:
    """Whether there is such a row, looked up for each row of a list by itself.

    `Exists` lets PostgreSQL read the whole other table once instead, and for the fifty rows of a page it does so: it reckons
    with all rows the page is taken from.
    """
    return Q(IsNull(Subquery(rows.order_by().values("pk")[:1]), False))
