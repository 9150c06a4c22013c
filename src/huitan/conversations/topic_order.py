"""Both sides order the topics (R09): what the order that holds is, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from huitan.core.sentences import Sentence, say

Places = tuple[int | None, int | None]


def order_words(places: Iterable[Places], other: str) -> Sentence:
    """`places` are (own, other side's) place of each topic, in the order that holds; `other` is the other side's name.

    The last order given holds, so it is always one side's; a topic added since stands at the end of both.
    """
    both = [(own, theirs) for own, theirs in places if own is not None or theirs is not None]
    own = [mine for mine, _ in both if mine is not None]
    theirs = [yours for _, yours in both if yours is not None]
    if not theirs:
        return say("双方都能调整顺序") if not own else say("现在按你排的顺序，%(name)s还没有排过", name=other)
    if not own:
        return say("现在按%(name)s排的顺序，你也可以调整", name=other)
    own_holds, theirs_hold = own == sorted(own), theirs == sorted(theirs)
    if own_holds and theirs_hold:
        return say("双方排得一样")
    if theirs_hold:
        return say("现在按%(name)s最后排的顺序，你的排在旁边", name=other)
    return say("现在按你最后排的顺序，%(name)s的排在旁边", name=other)
