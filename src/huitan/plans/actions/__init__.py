from huitan.plans.actions.blockers import block, resolve
from huitan.plans.actions.check_ins import (
    Update,
    hold_check_in,
    leave_for_next,
    miss_check_ins,
    say_part,
    settle_point,
)
from huitan.plans.actions.concluding import GOES_ON, Fate, conclude
from huitan.plans.actions.dates import check_due, consent, decline, request_date
from huitan.plans.actions.drafting import (
    ITEM_FIELDS,
    activate,
    draft,
    put_item,
    remove_draft,
    state_no_action,
)
from huitan.plans.actions.ending import hand_on, take_over
from huitan.plans.actions.items import accept, attach, drop, send_back, submit, update_progress
from huitan.plans.actions.measuring import set_measure
from huitan.plans.actions.support import Promise, ask, grant, refuse

__all__ = [
    "GOES_ON",
    "ITEM_FIELDS",
    "Fate",
    "Promise",
    "Update",
    "accept",
    "activate",
    "ask",
    "attach",
    "block",
    "check_due",
    "conclude",
    "consent",
    "decline",
    "draft",
    "drop",
    "grant",
    "hand_on",
    "hold_check_in",
    "leave_for_next",
    "miss_check_ins",
    "put_item",
    "refuse",
    "remove_draft",
    "request_date",
    "resolve",
    "say_part",
    "send_back",
    "set_measure",
    "settle_point",
    "state_no_action",
    "submit",
    "take_over",
    "update_progress",
]
