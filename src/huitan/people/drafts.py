"""Words not yet sent are taken off a device before it changes hands, and given back to their author alone."""

from __future__ import annotations

import math
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
    """Add to what lies there; a newer draft of the same text takes the place of the older. All of it or, refused, none."""
    taken = {_plain(key): _plain(draft) for key, draft in drafts.items() if isinstance(draft, dict)}
    if not taken:
        return
    if any(len(key) > LONGEST_KEY for key in taken):
        raise Refused("invalid", say("没发出去的内容太多，放不下。先发出一些。"))
    with transaction.atomic():
        kept, _ = PutAwayDrafts.objects.select_for_update().get_or_create(
            account=account, defaults={"drafts": {}, "at": at}
        )
        newer = {key: draft for key, draft in taken.items() if _at(draft) >= _at(kept.drafts.get(key, {}))}
        kept.drafts = {**kept.drafts, **newer}
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


def _at(draft: Mapping[str, Any]) -> float:
    """When it was written, in the browser's milliseconds."""
    at = draft.get("at")
    return at if isinstance(at, int | float) else 0


def _plain(value: Any) -> Any:
    """Without what no database keeps in a text: NUL, half a character, and numbers that are none."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_plain(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
