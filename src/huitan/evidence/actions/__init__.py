from huitan.evidence.actions.log import add, amend, cite, share, tell, withdraw
from huitan.evidence.actions.results import (
    EventEntry,
    KpiEntry,
    KpiResult,
    correct,
    enter_events,
    enter_kpis,
    event_changes,
    facts_between,
    kpi_changes,
    kpi_results,
)

__all__ = [
    "EventEntry",
    "KpiEntry",
    "KpiResult",
    "add",
    "amend",
    "cite",
    "correct",
    "enter_events",
    "enter_kpis",
    "event_changes",
    "facts_between",
    "kpi_changes",
    "kpi_results",
    "share",
    "tell",
    "withdraw",
]
