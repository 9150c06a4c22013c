"""Words not yet sent are taken off a device before it changes hands, and given back to their author alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.people.models import Account, PutAwayDrafts

MOST_DRAFTS = 200
LONGEST_KEY = 128


def put_away(account: Account, drafts: Mapping[str, Any], *, at: datetime) -> None:
    """Add to what lies there; a newer draft of the same text takes the place of the older."""
    taken = {
        key: draft for key, draft in drafts.items() if len(key) <= LONGEST_KEY and isinstance(draft, dict)
    }
    if not taken:
        return
    with transaction.atomic():
        kept, _ = PutAwayDrafts.objects.select_for_update().get_or_create(
            account=account, defaults={"drafts": {}, "at": at}
        )
        kept.drafts = {**kept.drafts, **taken}
        if len(kept.drafts) > MOST_DRAFTS:
            raise Refused("invalid", say("没发出去的内容太多，放不下。先发出一些。"))
        kept.at = at
        kept.save(update_fields=["drafts", "at"])


def waiting_for(account: Account) -> dict[str, Any]:
    kept = PutAwayDrafts.objects.filter(account=account).first()
    return dict(kept.drafts) if kept else {}


def given_back(account: Account, keys: set[str]) -> None:
    """Their browser has them again."""
    with transaction.atomic():
        kept = PutAwayDrafts.objects.select_for_update().filter(account=account).first()
        if kept is None:
            return
        kept.drafts = {key: draft for key, draft in kept.drafts.items() if key not in keys}
        if kept.drafts:
            kept.save(update_fields=["drafts"])
        else:
            kept.delete()
