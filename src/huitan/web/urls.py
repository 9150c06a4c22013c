"""Every route, gathered from the screens: one module per screen, each with its `urls`."""

from __future__ import annotations

from django.urls import URLPattern

from huitan.web import (
    accounts,
    calendar_feed,
    cockpit,
    cycles,
    dispute_draft,
    disputes,
    evidence,
    handover,
    home,
    imports,
    inbox,
    item,
    ledger,
    library,
    numbers,
    pack,
    prepare,
    progress,
    ready,
    record,
    room,
    search,
    security,
    slots,
    survey,
    talks,
    team,
    verify,
    verify_file,
    wording,
)

urlpatterns: list[URLPattern] = [
    url
    for screen in (
        accounts,
        handover,
        home,
        talks,
        team,
        prepare,
        survey,
        pack,
        room,
        record,
        ledger,
        evidence,
        numbers,
        item,
        progress,
        ready,
        cockpit,
        cycles,
        dispute_draft,
        disputes,
        imports,
        verify,
        verify_file,
        search,
        security,
        wording,
        library,
        slots,
        inbox,
        calendar_feed,
    )
    for url in screen.urls
]
