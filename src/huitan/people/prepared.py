"""Queries whose SQL is put together once. Who may see what makes long conditions, and writing one out anew for every request
costs more than asking the database; what differs between two people with the same offices is only their numbers.

A query is built for somebody with numbers nobody has. Its SQL and values are kept, and from then on the real numbers are put
where those stood. What else the SQL depends on (offices, units served, filters, the day) is part of the key it is kept under.

A list of persons differs from one manager to the next as well; `id__among` takes it as one value, however many they are.
"""

from __future__ import annotations

import copy
import functools
import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Aggregate, QuerySet

from huitan.people.relations import Actor

# Numbers nobody has.
ACCOUNT, EMPLOYEE = 7_310_528_469_170_352_841, 8_264_937_150_826_493_715
ABOVE, ONE_OF = 5_027_461_839_240_615_738, 6_951_840_273_615_094_827
KEPT = 200
T = TypeVar("T")
Among = tuple[int, ...] | None
Own = Callable[[Actor, Among], Any]


@dataclass(frozen=True)
class _Statement:
    """SQL with its values, and which of them are the asking person's own; `made` is what it was read from."""

    sql: str
    values: tuple[Any, ...]
    own: tuple[tuple[int, Own], ...]
    made: Any

    def of(self, actor: Actor, among: Among) -> tuple[Any, ...]:
        values = list(self.values)
        for at, value in self.own:
            values[at] = value(actor, among)
        return tuple(values)


class prepared:
    """A function that builds a query for an actor, and reads nothing, as one that answers the rows.

    `among` are keys for an `id__among` in the query; what the function takes besides must be able to be a key.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        functools.update_wrapper(self, build)

    def __call__(self, actor: Actor, among: Among, *rest: Hashable) -> list[Any]:
        statement = _kept(self._make, actor, among, rest)
        if statement is None:
            return self.afresh(actor, among, *rest)
        queryset, compiler = statement.made
        found, ready = queryset._chain(), copy.copy(compiler)
        ready.as_sql = functools.partial(_answer, (statement.sql, statement.of(actor, among)))
        found.query.get_compiler = functools.partial(_answer, ready)
        return list(found)

    def afresh(self, actor: Actor, among: Among, *rest: Any) -> list[Any]:
        """The same without keeping anything: for what hardly anybody asks a second time."""
        return list(self._build(actor, among, *rest))

    def _make(self, nobody: Actor, among: Among, *rest: Any) -> _Statement | None:
        queryset = self._build(nobody, among, *rest)
        compiler = queryset.query.get_compiler(connection=connection)
        try:
            sql, values = compiler.as_sql()
        except EmptyResultSet:
            return None
        return _statement(sql, values, (queryset, compiler))


class counted:
    """The same for whole numbers: the function gives a query and what is to be counted in it, by name."""

    def __init__(self, build: Callable[..., tuple[QuerySet[Any, Any], Mapping[str, Aggregate]]]) -> None:
        self._build = build
        functools.update_wrapper(self, build)

    def __call__(self, actor: Actor, among: Among, *rest: Hashable) -> dict[str, int]:
        statement = _kept(self._make, actor, among, rest)
        if statement is None:
            return self.afresh(actor, among, *rest)
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.of(actor, among))
            return dict(zip(statement.made, cursor.fetchone(), strict=True))

    def afresh(self, actor: Actor, among: Among, *rest: Any) -> dict[str, int]:
        queryset, numbers = self._build(actor, among, *rest)
        return queryset.aggregate(**numbers)

    def _make(self, nobody: Actor, among: Among, *rest: Any) -> _Statement | None:
        queryset, numbers = self._build(nobody, among, *rest)
        try:
            with _unsent():
                queryset.aggregate(**numbers)
        except _Unsent as found:
            return _statement(found.sql, found.values, tuple(numbers))
        return None


class _Unsent(Exception):
    """What would have been asked of the database."""

    def __init__(self, sql: str, values: Iterable[Any]) -> None:
        self.sql, self.values = sql, values


@contextmanager
def _unsent() -> Iterator[None]:
    """The first thing asked within goes no further, and into no log of queries."""

    def stop(_execute: Any, sql: str, values: Any, _many: bool, _context: Any) -> Any:
        raise _Unsent(sql, values)

    logging, connection.force_debug_cursor = connection.force_debug_cursor, False
    listening, connection.execute_wrappers = connection.execute_wrappers, [stop]
    try:
        yield
    finally:
        connection.force_debug_cursor, connection.execute_wrappers = logging, listening


def _kept(
    make: Callable[..., _Statement | None], actor: Actor, among: Among, rest: tuple[Hashable, ...]
) -> _Statement | None:
    """By what is asked and by whom, on this thread's connection, the latest `KEPT`."""
    nobody = replace(
        actor,
        key="" if actor.account_id is None else f"account:{ACCOUNT}",
        name="",
        line=actor.line and f"/{ABOVE}/",
        account_id=None if actor.account_id is None else ACCOUNT,
        employee_id=None if actor.employee_id is None else EMPLOYEE,
    )
    kept: OrderedDict[Hashable, _Statement | None] = connection.__dict__.setdefault(
        "huitan_prepared", OrderedDict()
    )
    some = None if among is None else (ONE_OF,)
    key = (make, nobody, some, rest)
    if key not in kept:
        kept[key] = make(nobody, some, *rest)
        if len(kept) > KEPT:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]


def _statement(sql: str, values: Iterable[Any], made: Any) -> _Statement | None:
    """None when somebody's number stands where it cannot be exchanged."""
    every = tuple(values)
    own = tuple((at, put) for at, value in enumerate(every) if (put := _own(value)) is not None)
    exchanged = {at for at, _put in own}
    if _mentions(sql) or any(_mentions(str(v)) for at, v in enumerate(every) if at not in exchanged):
        return None
    return _Statement(sql, every, own, made)


def _own(value: Any) -> Own | None:
    """What takes the place of a value that is, or is written with, a number nobody has."""
    if value == ACCOUNT:
        return lambda actor, _among: actor.account_id
    if value == EMPLOYEE:
        return lambda actor, _among: actor.employee_id
    if value == [ONE_OF]:
        return lambda _actor, among: list(among or ())
    if value == json.dumps([ONE_OF]):
        return lambda _actor, among: json.dumps(among)
    if not isinstance(value, str) or not _mentions(value) or str(ONE_OF) in value:
        return None

    def written(actor: Actor, _among: Among) -> str:
        # A line ends with a stroke, or with what comes after one where a range ends.
        own = value.replace(f"/{ABOVE}", actor.line[:-1])
        return own.replace(str(ACCOUNT), str(actor.account_id)).replace(str(EMPLOYEE), str(actor.employee_id))

    return written


def _mentions(text: str) -> bool:
    return any(str(number) in text for number in (ACCOUNT, EMPLOYEE, ABOVE, ONE_OF))


def _answer(answer: T, *_args: Any, **_kwargs: Any) -> T:
    return answer
