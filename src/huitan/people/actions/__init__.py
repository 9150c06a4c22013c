from huitan.people.actions.accounts import (
    Proof,
    actor_for,
    actor_keyed,
    actor_with,
    change_password,
    create_admin,
    grant,
    name_data_owner,
    office_of,
    open_account,
    prove,
    require_office,
    set_preferences,
)
from huitan.people.actions.lines import redraw_lines
from huitan.people.actions.roster import (
    RosterEntry,
    department_named,
    enrol,
    roster_changes,
)

__all__ = [
    "Proof",
    "RosterEntry",
    "actor_for",
    "actor_keyed",
    "actor_with",
    "change_password",
    "create_admin",
    "department_named",
    "enrol",
    "grant",
    "name_data_owner",
    "office_of",
    "open_account",
    "prove",
    "redraw_lines",
    "require_office",
    "roster_changes",
    "set_preferences",
]
