"""A database that does not answer: a clear page that asks to come back, for pages and for what scripts send. And what
of all this reaches the log."""

from __future__ import annotations

import io
import logging

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.module_loading import import_string

from huitan.web import middleware


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("sent", [{}, {"HTTP_HX_REQUEST": "true"}])
def test_a_page_says_that_the_database_does_not_answer(cast, client, monkeypatch, error, sent) -> None:
    def gone(_account: object) -> None:
        raise error("server closed the connection unexpectedly")

    client.force_login(cast.account("shen"))
    client.raise_request_exception = False
    monkeypatch.setattr(middleware, "actor_for", gone)
    answer = client.get("/", **sent)
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    assert "数据库暂时没有应答" in answer.content.decode()


def test_another_error_stays_a_fault(cast, client, monkeypatch) -> None:
    client.force_login(cast.account("shen"))
    client.raise_request_exception = False
    monkeypatch.setattr(middleware, "actor_for", lambda _account: 1 / 0)
    assert client.get("/").status_code == 500


@pytest.mark.parametrize("path", ["/welcome/{}/", "/calendar/{}.ics"])
def test_a_link_that_opens_a_door_stays_out_of_the_log(db, client, path) -> None:
    secret, heard = "jucnJOmV2hIVDAZWR1kHTwGR80QiZTj5BvzhXZkHkrk", io.StringIO()
    handler = logging.StreamHandler(heard)
    for name in settings.LOGGING["handlers"]["console"]["filters"]:
        handler.addFilter(import_string(settings.LOGGING["filters"][name]["()"])())
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        assert client.get(path.format(secret)).status_code == 404
    finally:
        logger.removeHandler(handler)
    assert "Not Found" in heard.getvalue() and secret not in heard.getvalue()
