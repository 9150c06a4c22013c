from huitan.plans.models.follow_up import Blocker, CheckIn, DateChange, NextTime, SupportRequest
from huitan.plans.models.ledger import ItemReminder, LedgerView
from huitan.plans.models.plan import CAUSES, ItemFile, Measure, Plan, PlanItem, Progress

__all__ = [
    "CAUSES",
    "Blocker",
    "CheckIn",
    "DateChange",
    "ItemFile",
    "ItemReminder",
    "LedgerView",
    "Measure",
    "NextTime",
    "Plan",
    "PlanItem",
    "Progress",
    "SupportRequest",
]
