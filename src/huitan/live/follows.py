"""What a page follows: talks and plans by number, and lists of whatever its reader may see."""

from __future__ import annotations

from dataclasses import dataclass

# A list, and the kind of stream that belongs on it.
LISTS = {"ledger": "plan", "talks": "conversation"}
KINDS = ("conversation", "plan")
AT_MOST = 20


@dataclass(frozen=True)
class Follows:
    talks: frozenset[int] = frozenset()
    plans: frozenset[int] = frozenset()
    lists: frozenset[str] = frozenset()

    @property
    def named(self) -> list[str]:
        return [f"conversation:{pk}" for pk in self.talks] + [f"plan:{pk}" for pk in self.plans]

    @property
    def kinds(self) -> set[str]:
        return {LISTS[name] for name in self.lists}


class Unreadable(ValueError):
    """The address names something nobody can follow."""


def read(text: str) -> Follows:
    """From the address: "conversation:12,plan:3,ledger"."""
    names = [name for name in text.split(",") if name]
    if not 0 < len(names) <= AT_MOST:
        raise Unreadable(text)
    found: dict[str, set[int]] = {kind: set() for kind in KINDS}
    lists = set()
    for name in names:
        kind, _, number = name.partition(":")
        if name in LISTS:
            lists.add(name)
        elif kind in found and number.isascii() and number.isdigit() and len(number) < 16:
            found[kind].add(int(number))
        else:
            raise Unreadable(name)
    return Follows(frozenset(found["conversation"]), frozenset(found["plan"]), frozenset(lists))


def number_in(stream: str, kind: str) -> int | None:
    """12 for "conversation:12", if that is the kind asked for."""
    start, _, number = stream.partition(":")
    return int(number) if start == kind and number.isdigit() else None
