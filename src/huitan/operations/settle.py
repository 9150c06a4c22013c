"""The second half of a restore, in the restored installation itself: `python -m huitan.operations.settle AT`.

Tables are brought up to date, everybody is logged out (a session may have been ended since the backup was made), the
history is told, and everything is verified. Prints what was found as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from typing import Any


def settle(at: datetime) -> dict[str, Any]:
    from django.contrib.sessions.models import Session
    from django.core.management import call_command
    from django.db import transaction

    from huitan.core import events
    from huitan.disputes.queries.verification import verify
    from huitan.operations import product
    from huitan.operations.models import Heartbeat
    from huitan.people.relations import system

    before = product.migrations_applied()
    call_command("migrate", verbosity=0, interactive=False)
    migrated = len(product.migrations_applied() - before)
    with transaction.atomic():
        Session.objects.all().delete()
        Heartbeat.objects.all().delete()
        events.append(
            "operations", "backup.restored", actor=system("cli"), at=at, payload={"migrations": migrated}
        )
    result = verify(at=at)
    return {
        "migrated": migrated,
        "counts": dict(result.counts),
        "breaks": [f"{found.where} — {found.sentence}" for found in result.breaks],
    }


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huitan.config.settings")
    import django

    django.setup()
    sys.stdout.write(json.dumps(settle(datetime.fromisoformat(sys.argv[1])), ensure_ascii=False))


if __name__ == "__main__":
    main()
