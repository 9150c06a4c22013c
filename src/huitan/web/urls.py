"""Every route, gathered from the screens: one module per screen, each with its `urls`."""

from __future__ import annotations

from django.urls import URLPattern

from huitan.web import (
    accounts,
    calendar_feed,
    cycles,
    home,
    imports,
    inbox,
    item,
    ledger,
    library,
    pack,
    prepare,
    progress,
    record,
    room,
    search,
    slots,
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
        cycles,
        imports,
        verify,
        search,
        wording,
        library,
        slots,
        inbox,
        calendar_feed,
    )
    for url in screen.urls
]
