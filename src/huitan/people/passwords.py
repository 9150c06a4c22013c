"""What a password must be, in sentences people read before they type. It never expires: what is forced gets a number.

Settings decide the length and may name a file of leaked passwords; the list of common ones is always there, offline.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator

from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused
from huitan.core.sentences import Sentence, say

LONGEST = 256
# As Django measures it: from this share of equal characters on, one is made from the other.
SIMILAR = 0.7


def rules() -> list[Sentence]:
    """What is asked, for the page with the field."""
    return [
        say("至少 %(n)s 个字符，可以是一句话。", n=settings.HUITAN_PASSWORD_LENGTH),
        say("不能是常见的或泄露过的密码，也不能全是数字。"),
        say("不能和姓名、工号、邮箱相似。"),
        say("不会过期，不用定期换。"),
    ]


def require_good(password: str, known: Iterable[str] = ()) -> None:
    """`known`: the name, login and e-mail the password must not resemble."""
    wrong = [Shortfall(sentence, "password") for sentence in _problems(password, known)]
    if wrong:
        raise Refused("invalid", *wrong)


def _problems(password: str, known: Iterable[str]) -> Iterable[Sentence]:
    least = settings.HUITAN_PASSWORD_LENGTH
    if len(password) < least:
        yield say("太短：至少 %(n)s 个字符。", n=least)
    if len(password) > LONGEST:
        yield say("太长：最多 %(n)s 个字符。", n=LONGEST)
    if password.isdigit():
        yield say("不能全是数字。")
    if password.lower().strip() in _common() or password in _leaked(settings.HUITAN_PASSWORD_LIST):
        yield say("这个密码太常见，或已经泄露过。换一个。")
    if any(_resembles(password.lower(), part.lower()) for part in _parts(known)):
        yield say("和姓名、工号或邮箱太像。换一个。")


def _parts(known: Iterable[str]) -> Iterable[str]:
    for text in known:
        for part in {text, *text.replace("@", " ").replace(".", " ").split()}:
            if len(part) > 1:
                yield part


def _resembles(password: str, part: str) -> bool:
    if len(password) >= 10 * len(part):
        return False
    return SequenceMatcher(a=password, b=part).quick_ratio() >= SIMILAR or (
        part in password and len(part) * 2 >= len(password)
    )


@functools.lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """Django's list of twenty thousand."""
    return frozenset(CommonPasswordValidator().passwords)


@functools.lru_cache(maxsize=1)
def _leaked(path: str) -> frozenset[str]:
    if not path:
        return frozenset()
    with Path(path).open(encoding="utf-8", errors="replace") as lines:
        return frozenset(line.rstrip("\r\n") for line in lines)
