"""What happened to one person in one cycle, told straight into rows: the same rows and events that the product's own actions
leave behind, at the speed of a load test. Tests hold both against each other."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from huitan.cli.demo import content
from huitan.cli.demo.story import moment
from huitan.cli.generate.afterwards import SYSTEM, Afterwards, on_or_after
from huitan.cli.generate.company import Person
from huitan.cli.generate.frames import MINUTES, PURPOSES, Frame
from huitan.cli.generate.material import Asked, Fact, Item, Plan, Talk, gather, pack_of, story_of
from huitan.cli.generate.tables import Tables
from huitan.conversations.record_text import fingerprint
from huitan.core.events import Chains

# Where the talks of a running cycle stand, in percent; a past cycle's are all over.
STAGES = {
    "preparing": 26,
    "shared": 20,
    "talking": 1,
    "recorded": 8,
    "signed": 39,
    "closed": 4,
    "cancelled": 2,
}
AFTER_TALK = ("recorded", "signed", "closed")
WITH_PACK = ("shared", "talking", *AFTER_TALK)
PLACES = ("3 号会客室", "车间办公室", "2 楼小会议室", "视频会议")
MANAGER_STATEMENT = "数据核对过，以系统记录为准；流程的问题另行处理。"
CANCELLED = "已转岗，由新部门另行安排"
TEXTS = ("issue", "direction", "support", "support_criterion")

SCORES = {n: Decimal(n * 5) / 10 for n in range(2, 11)}
# Between which days after the talk an action falls due.
FOLLOW_UP = {
    "past": (45, 92),
    "talking": (20, 90),
    "recorded": (20, 90),
    "signed": (14, 90),
    "closed": (12, 24),
}


class Teller:
    """Tells one person's cycle after the other; `rng` decides the small things."""

    def __init__(
        self, tables: Tables, chains: Chains, rng: random.Random, now: datetime, today: date
    ) -> None:
        self.tables, self.chains, self.rng, self.now, self.today = tables, chains, rng, now, today
        self.afterwards = Afterwards(self)

    def say(self, stream: str, verb: str, actor: str, at: datetime, payload: dict[str, Any]) -> None:
        self.tables.event.add(*self.chains.told(stream, verb, actor, at, payload))

    def tell(self, person: Person, boss: Person, frame: Frame, previous: Plan | None) -> Plan:
        """One review with its talk, brought to its stage; returns the plan, which opens the next cycle's talk."""
        tables, rng = self.tables, self.rng
        facts = gather(tables, person, frame, rng)
        self._enter(person, facts, frame)
        review = tables.review.add(frame.cycle.pk, person.id)
        plan = Plan(tables.plan.take())
        pk = tables.talk.take()
        state = "closed" if frame.is_past else rng.choices(list(STAGES), list(STAGES.values()))[0]
        told = partial(self.say, f"conversation:{pk}")
        talk = Talk(
            pk, review, person, boss, frame, state, plan, previous, facts, told, story_of(person, facts)
        )
        told(
            "conversation.opened",
            SYSTEM,
            frame.opened_at,
            {"id": pk, "cycle": frame.cycle.key, "employee": person.id},
        )
        self._through(talk)
        self._keep(talk)
        return plan

    def _through(self, talk: Talk) -> None:
        """Step by step as far as the talk has come."""
        if talk.state == "cancelled":
            talk.cancel_reason = CANCELLED
            moved = {"id": talk.id, "from": "preparing", "to": "cancelled", "cancel_reason": CANCELLED}
            talk.told("conversation.cancel", talk.boss.account, self.now - timedelta(days=5), moved)
            return
        if talk.state == "preparing" and self.rng.random() < 0.4:
            return
        talk_at, shared_at = self._dates(talk)
        self._schedule(talk, talk_at, shared_at - timedelta(days=2))
        if talk.state == "preparing":
            if self.rng.random() < 0.4:
                self._score(talk, shared_at - timedelta(days=1))
            return
        self._share(talk, shared_at)
        if talk.state == "shared" and self.rng.random() < 0.3:
            return
        self._survey(talk, shared_at + timedelta(hours=30))
        self._score(talk, shared_at + timedelta(hours=34))
        if talk.state == "shared":
            return
        self._begin(talk, talk_at)
        if talk.state in AFTER_TALK:
            self.afterwards.tell(talk, talk_at + timedelta(minutes=MINUTES + self.rng.randrange(-4, 9)))

    def _dates(self, talk: Talk) -> tuple[datetime, datetime]:
        """When the talk is and when its pack was shared, so that everything up to the stage lies before now."""
        rng, today, cycle = self.rng, self.today, talk.frame.cycle
        ahead = rng.randrange(3, 6) if rng.random() < 0.1 else rng.randrange(8, 13)
        if talk.state == "talking":
            at = self.now - timedelta(minutes=20)
            return at, at - timedelta(days=ahead)
        if talk.frame.is_past:
            on = cycle.talks_from + timedelta(days=rng.randrange(80))
        else:
            first, last = {
                "preparing": (14, 44),
                "shared": (1, max(2, ahead - 3)),
                "recorded": (-6, -3),
                "signed": (-44, -9),
                "closed": (-44, -38),
            }[talk.state]
            on = today + timedelta(days=rng.randrange(first, last))
        on = on if talk.state in ("recorded", "closed") else on_or_after(on)
        at = moment(on, 9 + rng.randrange(8))
        if talk.state == "preparing":
            return at, self.now - timedelta(days=rng.randrange(1, 5))
        return at, moment(min(on - timedelta(days=ahead), today - timedelta(days=3)), 9)

    def _enter(self, person: Person, facts: list[Fact], frame: Frame) -> None:
        at = frame.opened_at - timedelta(days=1)
        cycle, stream = frame.cycle.pk, f"employee:{person.id}"
        for verb, some in (
            ("evidence.kpi_entered", [f for f in facts if f.kind == "kpi"]),
            ("evidence.event_entered", [f for f in facts if f.kind != "kpi"]),
        ):
            self.say(stream, verb, SYSTEM, at, {"entered": [fact.entered(cycle) for fact in some]})

    def _schedule(self, talk: Talk, talk_at: datetime, at: datetime) -> None:
        boss = talk.boss.account
        talk.purpose = self.rng.choices(PURPOSES, [6, 2, 1])[0]
        talk.place, talk.talk_at = self.rng.choice(PLACES), talk_at
        talk.told("conversation.purpose_chosen", boss, at, {"purpose": talk.purpose})
        agenda = talk.frame.agendas[talk.purpose]
        chosen = {
            "template": agenda.row.stream.removeprefix("template:"),
            "version": agenda.row.version,
            "sha256": agenda.sha256,
        }
        talk.told("conversation.template_chosen", boss, at, chosen)
        when = {"from": None, "to": talk_at.isoformat(), "minutes": MINUTES, "place": talk.place}
        talk.told("conversation.scheduled", boss, at, when)

    def _score(self, talk: Talk, at: datetime) -> None:
        for fact in talk.kpis:
            reason = "接近或超过目标" if (fact.reached or 0) >= 95 else "与目标有差距，原因当面谈"
            score = self._score_for(fact, 0)
            self.tables.manager_score.add(talk.id, fact.id, score, reason)
            payload = {"evidence": fact.ref, "score": str(score), "reason": reason}
            talk.told("conversation.scored", talk.boss.account, at, payload)

    def _score_for(self, fact: Fact, kindness: float) -> Decimal:
        value = 3 + (float(fact.reached or 100) / 100 - 0.9) * 8 + kindness * self.rng.random()
        return SCORES[round(min(5.0, max(1.0, value)) * 2)]

    def _share(self, talk: Talk, at: datetime) -> None:
        boss = talk.boss.account
        for fact in talk.facts:
            fact.shared_at = at
        found = pack_of(talk)
        digest = fingerprint(found)
        days = (talk.talk_at.date() - at.date()).days if talk.talk_at else 0
        is_late = days < talk.frame.cycle.notice_days
        pack = self.tables.pack.add(talk.id, 1, found, digest, at, days, is_late)
        talk.told("conversation.share", boss, at, {"id": talk.id, "from": "preparing", "to": "shared"})
        shared = {"version": 1, "hash": digest, "notice_days": days, "is_late": is_late}
        talk.told("pack.shared", boss, at, shared)
        talk.pack = {**shared, "shared_at": at.isoformat()}
        if talk.state != "shared" or self.rng.random() < 0.7:
            opened = at + timedelta(hours=5)
            self.tables.opening.add(pack, talk.person.id, opened)
            talk.told("pack.opened", talk.person.account, opened, {"version": 1})

    def _survey(self, talk: Talk, at: datetime) -> None:
        rng, me = self.rng, talk.person.account
        answers = [rng.choice(texts) for texts in (content.OWN_VIEWS, content.DIFFICULTIES, content.GROWTH)]
        self.tables.survey.add(talk.id, *answers, at, at)
        scores = {}
        for fact in talk.kpis:
            score = self._score_for(fact, 0.7)
            self.tables.self_score.add(talk.id, fact.id, score)
            scores[fact.ref] = str(score)
        said = dict(zip(("own_view", "difficulties", "growth"), answers, strict=True))
        talk.told("survey.submitted", me, at, {**said, "asked": {}, "scores": scores})
        if rng.random() < 0.5:
            pinned = rng.choice(talk.kpis)
            asked = Asked(self.tables.question.take(), rng.choice(content.QUESTIONS), pinned, at)
            payload = {"id": asked.id, "text": asked.text, "evidence": pinned.ref}
            talk.told("question.asked", me, at, payload)
            talk.questions.append(asked)

    def _begin(self, talk: Talk, at: datetime) -> None:
        """The talk itself: a highlight first, then the improvement topic with everything R10 to R15 ask for."""
        boss = talk.boss
        talk.began_at = at
        moved = {"id": talk.id, "from": "shared", "to": "talking"}
        payload = {**moved, "began_at": at.isoformat(), "held_by": boss.id}
        talk.told("conversation.begin", boss.account, at, payload)
        good, incident = talk.facts[-2], talk.facts[-1]
        self._topic(talk, "highlight", good, at, title=good.statement[:40], issue=good.statement)
        for question in talk.questions:
            answered = at + timedelta(minutes=5)
            question.answer, question.answered_at = self.rng.choice(content.ANSWERS), answered
            moved = {"id": question.id, "from": "open", "to": "answered", "answer": question.answer}
            payload = {**moved, "answered_at": answered.isoformat()}
            talk.told("question.answer", boss.account, answered, payload)
        if talk.state == "talking":
            return
        story, when = talk.story, at + timedelta(minutes=12)
        consensus = self.rng.choices(["agreed", "partial", "reserved"], [80, 14, 6])[0]
        first, last = FOLLOW_UP["past" if talk.frame.is_past else talk.state]
        due_on = on_or_after(at.date() + timedelta(days=self.rng.randrange(first, last)))
        support_due_on = on_or_after(at.date() + timedelta(days=first * 2 // 3))
        causes = list(story.causes)
        action = Item(0, "action", story.action, talk.person, due_on, story.criterion, causes)
        promise = Item(0, "support", story.support, boss, support_due_on, story.support_criterion, causes)
        self._topic(
            talk,
            "improvement",
            incident,
            when,
            title=story.title,
            items=[promise, action],
            support_due_on=support_due_on,
            causes=causes,
            consensus=consensus,
            manager_statement=MANAGER_STATEMENT if consensus == "reserved" else "",
            words=story.words,
            **{name: getattr(story, name) for name in TEXTS},
        )

    def _topic(
        self,
        talk: Talk,
        kind: str,
        fact: Fact,
        at: datetime,
        *,
        title: str,
        items: list[Item] | None = None,
        support_due_on: date | None = None,
        causes: list[str] | None = None,
        consensus: str = "agreed",
        **texts: str,
    ) -> None:
        tables, boss = self.tables, talk.boss.account
        pk = tables.topic.take()
        fact.cited_at = at
        talk.told("topic.added", boss, at, {"id": pk, "kind": kind, "title": title, "why": []})
        talk.told("topic.cited", boss, at, {"id": pk, "evidence": fact.ref})
        if causes:
            talk.told("topic.chosen", boss, at, {"id": pk, "causes": causes})
        texts = {name: text for name, text in texts.items() if text}
        for name, text in texts.items():
            who = talk.person.account if name == "words" else boss
            talk.told("topic.written", who, at, {"id": pk, "field": name, "version": 1, "text": text})
        if support_due_on:
            talk.told("topic.chosen", boss, at, {"id": pk, "support_due_on": support_due_on.isoformat()})
        talk.told("topic.chosen", boss, at, {"id": pk, "consensus": consensus})
        for item in items or []:
            self._draft(talk, item, boss, at)
            tables.topic_action.add(pk, item.id)
        tables.topic.put(
            pk,
            talk.id,
            kind,
            title,
            len(talk.topics),
            kind == "improvement",
            causes or [],
            *(texts.get(name, "") for name in ("issue", "direction", "support")),
            support_due_on,
            texts.get("support_criterion", ""),
            texts.get("words", ""),
            consensus,
            texts.get("manager_statement", ""),
            dict.fromkeys(texts, 1),
        )
        tables.topic_evidence.add(pk, fact.id)
        kept = ("issue", "direction", "support", "words", "manager_statement")
        talk.topics.append(
            {
                "id": pk,
                "kind": kind,
                "title": title,
                "state": "active",
                "state_reason": "",
                "first_raised": kind == "improvement",
                "evidence": [fact.recorded()],
                "causes": causes or [],
                "cause_note": "",
                **{name: texts.get(name, "") for name in kept},
                "consensus": consensus,
                "items": sorted(item.ref for item in items or []),
            }
        )

    def _draft(self, talk: Talk, item: Item, actor: str, at: datetime) -> None:
        item.id = self.tables.item.take()
        talk.plan.items.append(item)
        payload = {
            "id": item.id,
            "kind": item.kind,
            "what": item.what,
            "owner": item.owner.id,
            "due_on": item.due_on.isoformat(),
            "criterion": item.criterion,
            "causes": item.causes,
        }
        self.say(f"plan:{talk.plan.id}", "item.drafted", actor, at, payload)

    def _keep(self, talk: Talk) -> None:
        """The rows whose columns change on the way."""
        tables, plan = self.tables, talk.plan
        for fact in talk.facts:
            tables.evidence.put(
                fact.id,
                talk.person.id,
                talk.frame.cycle.pk,
                fact.kind,
                fact.occurred_on,
                fact.source,
                fact.statement,
                fact.name,
                fact.weight,
                fact.target,
                fact.actual,
                fact.unit,
                fact.direction,
                talk.frame.opened_at - timedelta(days=1),
                fact.shared_at,
                fact.cited_at,
            )
        for asked in talk.questions:
            state = "answered" if asked.answered_at else "open"
            tables.question.put(
                asked.id,
                talk.id,
                asked.about.id,
                asked.text,
                asked.at,
                state,
                asked.answer,
                asked.answered_at,
            )
        tables.plan.put(
            plan.id,
            talk.review,
            plan.state,
            plan.activated_at,
            plan.outcome,
            plan.outcome_reason,
            plan.concluded_at,
        )
        for item in plan.items:
            tables.item.put(
                item.id,
                plan.id,
                item.kind,
                item.what,
                item.owner.id,
                item.due_on,
                item.criterion,
                item.causes,
                item.state,
                item.progress,
                item.latest_note,
                item.updated_at,
                item.submitted_evidence,
                item.submitted_at,
                item.return_reason,
                item.drop_reason,
                item.accepted_at,
            )
        self._keep_talk(talk)

    def _keep_talk(self, talk: Talk) -> None:
        agenda = talk.frame.agendas[talk.purpose] if talk.purpose else None
        self.tables.talk.put(
            talk.id,
            talk.review,
            talk.state,
            talk.purpose,
            MINUTES,
            agenda.row.pk if agenda else None,
            talk.talk_at,
            talk.place,
            talk.frame.opened_at,
            talk.boss.id if talk.began_at else None,
            talk.began_at,
            talk.ended_at,
            talk.ended_at,
            talk.signing_due_on,
            talk.signed_at,
            talk.closed_at,
            talk.cancel_reason,
            talk.plan.id,
            talk.previous.id if talk.previous else None,
        )
        for n, (key, minutes) in enumerate(agenda.minutes.items() if agenda else ()):
            spent = minutes * 60 if talk.ended_at else 0
            running = talk.began_at if talk.state == "talking" and n == 0 else None
            self.tables.section.add(talk.id, key, minutes, spent, running)
