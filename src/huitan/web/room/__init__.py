"""The room: both sides talk, write and agree, and see each other's changes without reloading."""

from __future__ import annotations

from django.urls import path

from huitan.web.room import agreed, clock, facts, live, others, page, presence, topics, writing

urls = [
    path("talks/<int:pk>/room/", page.room, name="room"),
    path("talks/<int:pk>/room/changes/", live.changes, name="room-changes"),
    path("talks/<int:pk>/room/here/", presence.here, name="room-here"),
    path("talks/<int:pk>/room/begin/", page.begin, name="room-begin"),
    path("talks/<int:pk>/room/complete/", page.complete, name="room-complete"),
    path("talks/<int:pk>/room/clock/", clock.turn, name="room-clock"),
    path("talks/<int:pk>/room/text/<slug:field>/", writing.talk_text, name="room-talk-text"),
    path("talks/<int:pk>/room/note/", writing.note, name="room-note"),
    path("talks/<int:pk>/room/skip-highlights/", topics.skip_highlights, name="room-skip-highlights"),
    path("talks/<int:pk>/room/topics/new/", topics.add, name="room-topic-new"),
    path(
        "talks/<int:pk>/room/topics/<int:topic_pk>/text/<slug:field>/", writing.topic_text, name="room-text"
    ),
    path("talks/<int:pk>/room/topics/<int:topic_pk>/choose/", topics.choose, name="room-choose"),
    path("talks/<int:pk>/room/topics/<int:topic_pk>/carry/", topics.carry, name="room-carry"),
    path("talks/<int:pk>/room/topics/<int:topic_pk>/remove/", topics.remove, name="room-topic-remove"),
    path("talks/<int:pk>/room/topics/<int:topic_pk>/facts/", facts.facts, name="room-facts"),
    path("talks/<int:pk>/room/topics/<int:topic_pk>/facts/cite/", facts.cite, name="room-cite"),
    path("talks/<int:pk>/room/facts/<int:fact_pk>/", facts.fact, name="room-fact"),
    path("talks/<int:pk>/room/actions/new/", agreed.put, name="room-action-new"),
    path("talks/<int:pk>/room/actions/<int:item_pk>/", agreed.put, name="room-action"),
    path("talks/<int:pk>/room/actions/<int:item_pk>/remove/", agreed.remove, name="room-action-remove"),
    path("talks/<int:pk>/room/no-action/", agreed.none_needed, name="room-no-action"),
    path("talks/<int:pk>/room/others/new/", others.add, name="room-other-new"),
    path("talks/<int:pk>/room/others/<int:attendee_pk>/remove/", others.remove, name="room-other-remove"),
    path("talks/<int:pk>/room/follow-up/", agreed.follow_up, name="room-follow-up"),
    path("talks/<int:pk>/room/questions/new/", agreed.ask, name="room-ask"),
    path("talks/<int:pk>/room/questions/<int:question_pk>/", agreed.answer, name="room-question"),
]
