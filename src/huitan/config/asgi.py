"""One port for everything: streams answered natively, pages through WSGI in threads (measured in bench/live.py)."""

from __future__ import annotations

import os
from urllib.parse import quote

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huitan.config.settings")

from a2wsgi import WSGIMiddleware

from huitan.config.wsgi import application as wsgi_application
from huitan.live.app import Receive, Scope, Send
from huitan.live.app import application as live

THREADS = int(os.environ.get("HUITAN_THREADS") or 4)
pages = WSGIMiddleware(wsgi_application, workers=THREADS)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan" or scope.get("path", "").startswith("/live/"):
        await live(scope, receive, send)
    else:
        await pages(_as_wsgi_wants_it(scope), _whole(receive), send)  # type: ignore[arg-type]


def _as_wsgi_wants_it(scope: Scope) -> Scope:
    """An address in plain ASCII; no header that another one could pass itself off as (X_Forwarded_Proto)."""
    if scope["type"] != "http":
        return scope
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    query = quote(scope["query_string"], safe="!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~").encode()
    return {**scope, "headers": headers, "query_string": query}


def _whole(receive: Receive) -> Receive:
    """A body cut off half-way is an error, not a shorter text."""
    complete = False

    async def checked() -> dict[str, object]:
        nonlocal complete
        message = await receive()
        if message["type"] == "http.disconnect" and not complete:
            raise ConnectionResetError("the sender went away in the middle of the request")
        complete = complete or not message.get("more_body", False)
        return dict(message)

    return checked
