"""Who has a room open right now, and where: a topic on the screen, a field being typed in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from huitan.conversations.models import Presence
from huitan.core.sentences import N_

# Two signs of life may go missing before somebody counts as gone.
LASTS = timedelta(seconds=25)
WRITING = timedelta(seconds=12)
# The texts both sides will read; a private note is none of them.
FIELDS = {
    "issue": N_("具体问题"),
    "direction": N_("改进方向"),
    "support": N_("支持措施"),
    "support_criterion": N_("怎么算做到"),
    "cause_note": N_("原因说明"),
    "manager_statement": N_("上级的说法"),
    "words": N_("员工的话"),
}


@dataclass(frozen=True)
class There:
    """Where somebody is; `field` only while it is being typed in."""

    online: bool = False
    topic_id: int = 0
    field: str = ""

    @property
    def mark(self) -> str:
        return f"{int(self.online)}.{self.topic_id}.{self.field}"


AWAY = There()


def there(talk_id: int, employee_id: int | None, at: datetime) -> There:
    """One query."""
    if employee_id is None:
        return AWAY
    return present([talk_id], at).get((talk_id, employee_id), AWAY)


def present(talk_ids: Collection[int], at: datetime) -> dict[tuple[int, int], There]:
    """(talk, employee) to where they are. Of several screens the one typed at counts, else the latest. One query."""
    rows = Presence.objects.filter(conversation_id__in=talk_ids, seen_at__gt=at - LASTS)
    found: dict[tuple[int, int], There] = {}
    for talk, employee, topic, field, wrote_at in rows.order_by("seen_at", "id").values_list(
        "conversation_id", "employee_id", "topic_id", "field", "wrote_at"
    ):
        writing = field if wrote_at is not None and at - wrote_at < WRITING else ""
        before = found.get((talk, employee))
        if before is None or writing or not before.field:
            found[talk, employee] = There(True, topic, writing)
    return found
