"""Who a session belongs to: as Django finds out, but with the person and the duties a request needs, in one query."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from huitan.people.models import Account
from huitan.people.queries import account_with_person


def name_tried(request: HttpRequest, credentials: dict[str, str] | None = None) -> str:
    """What wrong tries are counted under: a name means the same account however its letters are written."""
    return str((credentials or request.POST).get("login_name") or "").strip().casefold()


class Accounts(ModelBackend):
    def get_user(self, user_id: int) -> Account | None:
        account = account_with_person(user_id)
        return account if account is not None and self.user_can_authenticate(account) else None
