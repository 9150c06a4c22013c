"""Documents made from the code, so that they cannot drift: `python -m huitan.cli.docs [--check]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HEADING = """# Lifecycles

Made by `make docs` from the tables in each room's `lifecycle.py` and `policy.py`; do not edit.
"""


def lifecycles() -> str:
    """Every lifecycle with its states, and per move: from, to, who may, what it needs."""
    from huitan.conversations import lifecycle as conversations
    from huitan.conversations import policy as conversation_policy
    from huitan.cycles import lifecycle as cycles
    from huitan.cycles import policy as cycle_policy
    from huitan.disputes import lifecycle as disputes
    from huitan.disputes import policy as dispute_policy
    from huitan.plans import lifecycle as plans
    from huitan.plans import policy as plan_policy

    pairs = (
        (cycles.CYCLE, cycle_policy.CYCLE),
        (conversations.CONVERSATION, conversation_policy.CONVERSATION),
        (conversations.SLOTS, conversation_policy.SLOTS),
        (conversations.QUESTION, conversation_policy.QUESTION),
        (conversations.CONTEST, conversation_policy.CONTEST),
        (plans.PLAN, plan_policy.PLAN),
        (plans.PLAN_ITEM, plan_policy.PLAN_ITEM),
        (plans.CHECK_IN, plan_policy.CHECK_IN),
        (plans.DATE_CHANGE, plan_policy.DATE_CHANGE),
        (plans.BLOCKER, plan_policy.BLOCKER),
        (plans.SUPPORT_REQUEST, plan_policy.SUPPORT_REQUEST),
        (plans.NEXT_TIME, plan_policy.NEXT_TIME),
        (disputes.DISPUTE, dispute_policy.DISPUTE),
    )
    parts = [HEADING]
    for table, policy in pairs:
        parts.append(f"\n## {table.label} (`{table.name}`)\n")
        parts.append(" → ".join(f"`{state}` {word}" for state, word in table.states.items()) + "\n")
        parts.append("\n| move | from | to | who | needs |\n| --- | --- | --- | --- | --- |\n")
        for move in table.moves:
            sources = ", ".join(s for s in table.states if s in move.sources)
            who = ", ".join(sorted(policy.may[move.name]))
            needs = ", ".join(need.__name__.replace("_", " ") for need in move.needs) or "—"
            parts.append(f"| `{move.name}` {move.label} | {sources} | {move.target} | {who} | {needs} |\n")
    return "".join(parts)


DOCUMENTS = {"docs/lifecycles.md": lifecycles}


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huitan.config.settings")
    import django

    django.setup()
    stale = []
    for name, make in DOCUMENTS.items():
        path, text = ROOT / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if "--check" in arguments:
            stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    for name in stale:
        sys.stderr.write(f"{name} is out of date: run `make docs`\n")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
