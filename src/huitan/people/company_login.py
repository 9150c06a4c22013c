"""Whose account a company account opens. It opens one that exists, and never makes one.

The first time it is found by what the provider vouches for, and linked; from then on the provider's own id counts, so
that an address passed on to somebody else opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.db.models import Q

from huitan.core import events
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.people.models import Account
from huitan.people.relations import Actor


@dataclass(frozen=True)
class Identity:
    """What a provider says of somebody. `email` only where the provider vouches for it."""

    provider: str
    uid: str
    email: str = ""
    staff_number: str = ""


def account_for(identity: Identity, *, by: str, at: datetime) -> Account:
    with transaction.atomic():
        linked = SocialAccount.objects.filter(provider=identity.provider, uid=identity.uid)
        link = linked.select_for_update(of=("self",)).select_related("user__employee").first()
        account: Account = link.user if link else _matching(identity, by)
        _require_at_work(account)
        if link is None:
            _link(account, identity, at)
        else:
            linked.update(last_login=at, extra_data={})
    return account


def unlink(account: Account, *, actor: Actor, at: datetime) -> int:
    """The next log-in with a company account is matched anew."""
    if not actor.is_system:
        raise Refused("forbidden", say("只有系统管理员能在服务器上解除关联。"))
    with transaction.atomic():
        count, _rows = SocialAccount.objects.filter(user=account).delete()
        if count:
            stream = f"account:{account.pk}"
            events.append(
                stream, "account.company_login_unlinked", actor=actor, at=at, payload={"links": count}
            )
    return count


def _matching(identity: Identity, by: str) -> Account:
    people = Account.objects.select_related("employee").filter(employee__isnull=False)
    if by == "staff_number":
        if not identity.staff_number:
            raise Refused("forbidden", say("公司账号里没有工号，没有登录。请联系 IT，或用密码登录。"))
        found = list(people.filter(employee__staff_number=identity.staff_number)[:2])
    else:
        if not identity.email:
            raise Refused("forbidden", say("公司账号的邮箱没有经过验证，没有登录。请联系 IT，或用密码登录。"))
        mine = Q(employee__email__iexact=identity.email) | Q(email__iexact=identity.email)
        # An address passed on, or kept by whoever came back: it is whose it is today.
        found = list(people.filter(mine))
        found = [account for account in found if _is_at_work(account)] or found
    if len(found) > 1:
        raise Refused("forbidden", say("有两个会谈账号用这个邮箱，没有登录。请联系 HR，或用密码登录。"))
    if not found:
        raise Refused("forbidden", say("没有找到和这个公司账号对应的会谈账号。请联系 HR 开通。"))
    return found[0]


def _is_at_work(account: Account) -> bool:
    person = getattr(account, "employee", None)
    return account.is_active and person is not None and person.status != "left"


def _require_at_work(account: Account) -> None:
    if not _is_at_work(account):
        raise Refused("forbidden", say("这个账号已经停用，不能登录。有疑问请联系 HR。"))


def _link(account: Account, identity: Identity, at: datetime) -> None:
    if SocialAccount.objects.filter(user=account, provider=identity.provider).exists():
        raise Refused("forbidden", say("你的会谈账号已经关联了另一个公司账号，没有登录。请联系 HR。"))
    SocialAccount.objects.create(user=account, provider=identity.provider, uid=identity.uid, last_login=at)
    key = f"account:{account.pk}"
    own = Actor(key=key, account_id=account.pk)
    events.append(
        key, "account.company_login_linked", actor=own, at=at, payload={"provider": identity.provider}
    )
