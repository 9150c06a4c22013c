"""Every route, gathered from the screens: one module per screen, each with its `urls`."""

from __future__ import annotations

from django.urls import URLPattern

from huitan.web import (
    accounts,
    cycles,
    home,
    imports,
    item,
    ledger,
    library,
    pack,
    prepare,
    progress,
    ready,
    record,
    room,
    search,
    survey,
    talks,
    team,
    verify,
    wording,
)

urlpatterns: list[URLPattern] = [
    url
    for screen in (
        accounts,
        home,
        talks,
        team,
        prepare,
        survey,
        pack,
        room,
        record,
        ledger,
        item,
        progress,
        ready,
        cycles,
        imports,
        verify,
        search,
        wording,
        library,
    )
    for url in screen.urls
]
