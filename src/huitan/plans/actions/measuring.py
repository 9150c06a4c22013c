"""How an item is counted: name, unit, start, target and direction, stated once both can see it and before anything is counted."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from huitan.core import events
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, locked, plain, require
from huitan.core.sentences import say
from huitan.people.relations import Actor
from huitan.plans.models import Measure, PlanItem

FIELDS = ("name", "unit", "start", "target")
LARGEST = Decimal(10) ** 15


def set_measure(
    item: PlanItem,
    *,
    name: str,
    unit: str,
    start: Decimal,
    target: Decimal,
    actor: Actor,
    at: datetime,
) -> Measure:
    """State the measure, or correct it before the first value. The direction follows from start and target."""
    with transaction.atomic():
        stored = locked(item)
        require(stored, "measure", actor)
        if not stored.is_running:
            raise Refused("not_now", say("这一项现在不能再定怎么衡量。"))
        if stored.updates.filter(value__isnull=False).exists():
            raise Refused(
                "not_now", say("已经按这个口径填过数，不能再改。口径要变，在下一次面谈里另定一项。")
            )
        name, unit = name.strip(), unit.strip()
        if not name:
            raise Refused("invalid", Shortfall(say("写明量什么。"), "id_name"))
        for field, value in (("start", start), ("target", target)):
            if not value.is_finite() or abs(value) >= LARGEST:
                raise Refused("invalid", Shortfall(say("这个数太大了。"), f"id_{field}"))
        if start == target:
            raise Refused("invalid", Shortfall(say("目标要和起点不同。"), "id_target"))
        before = Measure.objects.filter(item=stored).first()
        direction = "up" if target > start else "down"
        measure, _made = Measure.objects.update_or_create(
            item=stored,
            defaults={
                "name": name,
                "unit": unit,
                "start": start,
                "target": target,
                "direction": direction,
                "by_id": actor.employee_id,
                "at": at,
            },
        )
        events.append(
            stored.stream,
            "item.measured",
            actor=actor,
            at=at,
            payload={
                "id": stored.pk,
                "direction": direction,
                **{field: plain(getattr(measure, field)) for field in FIELDS},
                "before": {field: plain(getattr(before, field)) for field in FIELDS} if before else None,
            },
        )
    return measure


def check_value(measure: Measure | None, value: Decimal) -> None:
    if measure is None:
        raise Refused("invalid", Shortfall(say("这一项没有定怎么衡量，先定下来再填数。"), "id_value"))
    if not value.is_finite() or abs(value) >= LARGEST:
        raise Refused("invalid", Shortfall(say("这个数太大了。"), "id_value"))
