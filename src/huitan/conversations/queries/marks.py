"""The talks behind a number of the cockpit: each mark, named as its count is, narrows HR's list to them.

`insights.measures` counts the same from a talk's facts; a test holds the two equal. No mark leads to who is behind a
cause, a wording hint or an answer given without a name: those figures are about the organisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from huitan.conversations.lifecycle import CONVERSATION
from huitan.conversations.models import Pack, PackOpening, Record, Refusal, Signature, Survey, Topic
from huitan.core.sentences import Sentence, say
from huitan.plans.models import Plan, PlanItem

HELD = Q(state__in=["recorded", "signed", "closed"])
MAIN = Q(kind="main")
OF_TALK = {"conversation": OuterRef("pk")}
OF_PLAN = {"plan": OuterRef("plan")}


@dataclass(frozen=True)
class Mark:
    words: Sentence
    talks: Q


def marked(talks: QuerySet[Any], name: str) -> QuerySet[Any]:
    """Those of the talks that bear the mark; all of them for no mark."""
    mark = MARKS.get(name)
    if mark is None:
        return talks
    newest = Record.objects.filter(**OF_TALK).order_by("-version").values("pk")[:1]
    return talks.annotate(newest_record=Subquery(newest)).filter(mark.talks)


def _answered(*choices: str) -> Exists:
    """By the employee, to the newest version."""
    return Exists(
        Signature.objects.filter(record=OuterRef("newest_record"), side="employee", choice__in=choices)
    )


def _topic(**wanted: Any) -> Exists:
    return Exists(Topic.objects.filter(**OF_TALK, state="active", **wanted))


def _marks() -> Mapping[str, Mark]:
    expected = MAIN & ~Q(state="cancelled")
    shared = Q(Exists(Pack.objects.filter(**OF_TALK, version=1)))
    late = Q(Exists(Pack.objects.filter(**OF_TALK, version=1, is_late=True)))
    late_record = Q(Exists(Record.objects.filter(**OF_TALK, version=1, is_late=True)))
    refused = Q(Exists(Refusal.objects.filter(record=OuterRef("newest_record"))))
    signed, declined = Q(_answered("agree", "reserve")), Q(_answered("decline"))
    survey = Q(Exists(Survey.objects.filter(**OF_TALK, submitted_at__isnull=False)))
    cited = Topic.evidence.through.objects.filter(topic__conversation=OuterRef("pk"))
    highlight = Q(Exists(cited.filter(topic__state="active", topic__kind="highlight")))
    opened = Q(
        Exists(PackOpening.objects.filter(pack__conversation=OuterRef("pk"), by=OuterRef("review__employee")))
    )
    unfinished = Topic.objects.filter(**OF_TALK, state="active", kind="improvement").filter(
        ~Exists(Topic.evidence.through.objects.filter(topic=OuterRef("pk")))
        | Q(causes=[])
        | Q(issue="")
        | Q(direction="")
        | Q(support="")
        | Q(consensus="")
    )
    items = PlanItem.objects.filter(**OF_PLAN)
    action = Q(Exists(items.filter(kind="action", criterion__regex=r"\S")))
    support = Q(Exists(items.filter(kind="support")))
    held = MAIN & HELD
    return {
        **{
            f"stage:{state}": Mark(say("现在是「%(what)s」", what=say(word)), MAIN & Q(state=state))
            for state, word in CONVERSATION.states.items()
        },
        "reached:shared": Mark(say("资料包已共享"), expected & shared),
        "held": Mark(say("谈完并有记录"), held),
        "reached:signed": Mark(say("签字完成"), MAIN & Q(state__in=["signed", "closed"])),
        "reached:closed": Mark(say("走完全程"), MAIN & Q(state="closed")),
        "notice:in_time": Mark(say("资料包提前够天数"), expected & shared & ~late),
        "notice:late": Mark(say("资料包提前不足"), expected & late),
        "record:late": Mark(say("记录定稿晚了"), held & late_record),
        "answer:agree": Mark(say("员工签了同意"), held & Q(_answered("agree"))),
        "answer:reserve": Mark(say("员工保留异议"), held & Q(_answered("reserve"))),
        "answer:refused": Mark(say("拒签，HR 已见证"), held & refused & ~signed),
        "answer:decline": Mark(say("选择不签字，等见证"), held & declined & ~refused & ~signed),
        "answer:waiting": Mark(say("等员工签字"), held & ~declined & ~refused & ~signed),
        **{
            f"consensus:{value}": Mark(
                say("有话题%(what)s", what=say(word)), HELD & Q(_topic(consensus=value))
            )
            for value, word in Topic.CONSENSUS.items()
        },
        **{
            f"outcome:{value}": Mark(say("计划的结果：%(what)s", what=say(word)), Q(plan__outcome=value))
            for value, word in Plan.OUTCOMES.items()
        },
        "lacks:notice": Mark(say("资料包提前不足，或员工没有打开过"), held & ~(shared & ~late & opened)),
        "lacks:topics": Mark(say("有待改进点缺事例、原因、三段反馈或共识"), held & Q(Exists(unfinished))),
        "lacks:survey": Mark(say("员工没有交预调研"), held & ~survey),
        "lacks:highlight": Mark(say("没有带证据的亮点"), held & ~highlight),
        "lacks:action": Mark(say("没有写明验收标准的行动"), held & ~action),
        "lacks:support": Mark(say("没有支持承诺"), held & ~support),
        "lacks:record": Mark(say("记录定稿晚了"), held & late_record),
        "lacks:signatures": Mark(say("签字还没有完成"), MAIN & Q(state="recorded")),
    }


MARKS = _marks()
