"""我的团队: a manager's own people, their stages across cycles, and what each needs next."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from huitan.conversations.queries.team import team as people_of
from huitan.web.screen import page, screen
from huitan.web.talks import step_view


@screen(live=True)
def team(request: HttpRequest) -> HttpResponse:
    members = people_of(request.actor, request.at)
    lines = [(one, step_view(one.current, request.at) if one.current else None) for one in members]
    return page(request, "screens/team.html", {"members": lines}, current="team")


urls = [path("team/", team, name="team")]
