from huitan.evidence.actions.log import add, amend, cite, share, tell, withdraw
from huitan.evidence.actions.results import (
    EventEntry,
    KpiEntry,
    correct,
    enter_events,
    enter_kpis,
    event_changes,
    facts_between,
    kpi_changes,
)

__all__ = [
    "EventEntry",
    "KpiEntry",
    "add",
    "amend",
    "cite",
    "correct",
    "enter_events",
    "enter_kpis",
    "event_changes",
    "facts_between",
    "kpi_changes",
    "share",
    "tell",
    "withdraw",
]
