"""Who has this room open right now. Kept for seconds in the cache, never in the history: being there proves nothing."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache

# Four polls may go missing before somebody counts as gone.
LASTS_SECONDS = 14


@dataclass(frozen=True)
class Presence:
    online: bool
    topic_id: int = 0

    @property
    def mark(self) -> str:
        return f"{int(self.online)}.{self.topic_id}"


def here(talk_id: int, employee_id: int | None, topic_id: int | None) -> None:
    if employee_id is not None:
        cache.set(_key(talk_id, employee_id), topic_id or 0, LASTS_SECONDS)


def of(talk_id: int, employee_id: int | None) -> Presence:
    topic_id = cache.get(_key(talk_id, employee_id)) if employee_id is not None else None
    return Presence(topic_id is not None, topic_id or 0)


def _key(talk_id: int, employee_id: int) -> str:
    return f"huitan-room-{talk_id}-{employee_id}"
