from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from huitan.conversations.queries.search import search
from huitan.web.screen import page, screen


@screen()
def results(request: HttpRequest) -> HttpResponse:
    found = search(request.GET.get("q", ""), request.actor)
    return page(request, "screens/search.html", {"found": found})


urls = [path("search/", results, name="search")]
