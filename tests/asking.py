"""No page asks the database more than fifteen questions: counted for every page that any test opens, whoever opens it
and whatever state it is in. What opening a page writes down (who read a record, who opened a pack) is no question."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client

MOST = 15
QUESTION = "SELECT"
# Appending to a history locks it and, on PostgreSQL, says so to whoever listens.
APPENDING = ('SELECT "core_stream"."name"', "SELECT pg_notify")


def keep_watch(patch: Any) -> None:
    plain = Client.request

    def request(self: Client, **environ: Any) -> Any:
        asked: list[str] = []

        def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            asked.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(listen):
            answer = plain(self, **environ)
        questions = [sql for sql in asked if sql.startswith(QUESTION) and not sql.startswith(APPENDING)]
        is_page = not answer.streaming and answer.get("Content-Type", "").startswith("text/html")
        if environ.get("REQUEST_METHOD") == "GET" and is_page and answer.status_code < 500:
            told = "\n".join(f"{n:2} {sql[:300]}" for n, sql in enumerate(questions, start=1))
            assert len(questions) <= MOST, f"{environ['PATH_INFO']} asks {len(questions)}:\n{told}"
        return answer

    patch.setattr(Client, "request", request)
