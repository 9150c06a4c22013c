"""Who a session belongs to: as Django finds out, but with the person and the duties a request needs, in one query."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from huitan.people.models import Account
from huitan.people.queries import account_with_person


class Accounts(ModelBackend):
    def get_user(self, user_id: int) -> Account | None:
        account = account_with_person(user_id)
        return account if account is not None and self.user_can_authenticate(account) else None
