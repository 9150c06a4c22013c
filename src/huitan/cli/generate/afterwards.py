"""After the talk: rating, record, signatures, and what becomes of the plan."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from huitan.cli.demo import content
from huitan.cli.demo.story import moment
from huitan.cli.generate.company import Person
from huitan.cli.generate.material import Item, Talk, record_of
from huitan.conversations.actions.record import SENTENCES
from huitan.conversations.record_text import fingerprint
from huitan.cycles import working_days
from huitan.plans.schedule import check_in_dates

if TYPE_CHECKING:
    from huitan.cli.generate.steps import Teller

SYSTEM = "system:generate"
RESERVATION = "指标口径和我理解的不一样，已请 HR 说明。"
RETURNED = "还缺最后一周的记录，补上就可以。"
DROPPED = "产线停产，这一项不再需要。"
# What has become of the items of a running plan by their due date, and ahead of it, in percent.
WHEN_DUE = {"accepted": 52, "submitted": 14, "returned": 8, "dropped": 6, "active": 20}
AHEAD = {"accepted": 10, "submitted": 6, "returned": 3, "dropped": 2, "active": 79}

on_or_after = cache(lambda day: working_days.on_or_after(day, {}))
after = cache(lambda day, days: working_days.after(day, days, {}))
check_ins_between = cache(lambda start, until: tuple(check_in_dates(start, until, "monthly", {})))


class Afterwards:
    def __init__(self, teller: Teller) -> None:
        self.teller, self.tables, self.rng = teller, teller.tables, teller.rng
        self._said: list[tuple[str, str, str, datetime, dict[str, Any]]] = []

    def tell(self, talk: Talk, ended_at: datetime) -> None:
        talk.ended_at = ended_at
        self._rate(talk, ended_at)
        record, digest = self._freeze(talk, ended_at)
        if talk.state == "recorded" and self.rng.random() < 0.2:
            return
        self._sign(talk, "manager", record, digest, ended_at + timedelta(minutes=20))
        if talk.state == "recorded":
            return
        signed_at = ended_at + timedelta(hours=26)
        self._sign(talk, "employee", record, digest, signed_at)
        self._bind(talk, signed_at)
        self._check_in(talk, signed_at)
        for item in talk.plan.items:
            self._live(talk, item, signed_at)
        if talk.state == "closed":
            self._close(talk)
        # Told item by item, kept in the order of time.
        for said in sorted(self._said, key=itemgetter(3)):
            self.teller.say(*said)
        self._said.clear()

    def _rate(self, talk: Talk, at: datetime) -> None:
        reached = [float(fact.reached or 100) for fact in talk.kpis]
        mean = sum(reached) / len(reached)
        place = 0 if mean > 118 else 1 if mean > 106 else 2 if mean > 92 else 3 if mean > 78 else 4
        level = talk.frame.levels[place]
        reason = content.RATING_REASONS[level.label]
        self.tables.rating.add(talk.review, level.pk, reason, talk.boss.id, at)
        rated = {"level": level.label, "reason": reason, "before": None}
        self.teller.say(f"review:{talk.review}", "review.rated", talk.boss.account, at, rated)
        talk.ratings.append(
            {"level": level.label, "meaning": level.meaning, "reason": reason, "at": at.isoformat()}
        )

    def _freeze(self, talk: Talk, at: datetime) -> tuple[int, str]:
        cycle, boss = talk.frame.cycle, talk.boss
        day = at.date()
        talk.signing_due_on = after(day, cycle.signing_days)
        moved = {"id": talk.id, "from": "talking", "to": "recorded"}
        changes = {
            "completed_at": at.isoformat(),
            "signing_due_on": talk.signing_due_on.isoformat(),
            "signing_lapsed_at": None,
            "ended_at": at.isoformat(),
        }
        talk.told("conversation.complete", boss.account, at, {**moved, **changes})
        text = record_of(talk, at)
        digest = fingerprint(text)
        due_on = after(day, cycle.record_days)
        record = self.tables.record.add(talk.id, 1, text, digest, at, boss.id, due_on, False)
        frozen = {"version": 1, "hash": digest, "is_late": False, "wording": {}}
        talk.told("record.frozen", boss.account, at, frozen)
        return record, digest

    def _sign(self, talk: Talk, side: str, record: int, digest: str, at: datetime) -> None:
        signer = talk.person if side == "employee" else talk.boss
        reserves = side == "employee" and self.rng.random() < 0.06
        choice, statement = ("reserve", RESERVATION) if reserves else ("agree", "")
        sentence = SENTENCES[side, choice]
        self.tables.signature.add(
            record,
            side,
            choice,
            sentence,
            statement,
            signer.id,
            at,
            "password",
            digest,
            sentence,
            "zh-hans",
        )
        payload = {
            "version": 1,
            "hash": digest,
            "side": side,
            "choice": choice,
            "statement": statement,
            "method": "password",
            "shown": sentence,
            "language": "zh-hans",
            "page": "",
            "device": "own",
            "taken_by": "",
        }
        talk.told("conversation.signed", signer.account, at, payload)

    def _bind(self, talk: Talk, at: datetime) -> None:
        plan, me = talk.plan, talk.person.account
        talk.signed_at = plan.activated_at = at
        plan.state = "active"
        moved = {"id": talk.id, "from": "recorded", "to": "signed", "signed_at": at.isoformat()}
        talk.told("conversation.conclude", me, at, moved)
        moved = {"id": plan.id, "from": "draft", "to": "active", "activated_at": at.isoformat()}
        self._say(talk, "plan.activate", me, at, moved)
        for item in plan.items:
            item.state = "active"
            self._say(talk, "item.activate", me, at, {"id": item.id, "from": "draft", "to": "active"})

    def _check_in(self, talk: Talk, signed_at: datetime) -> None:
        """Those in the past were held or missed; those of a plan that has ended fell away."""
        rng, today, me = self.rng, self.teller.today, talk.person
        dates = check_ins_between(signed_at.date(), max(item.due_on for item in talk.plan.items))
        said = {"rhythm": "monthly", "dates": [day.isoformat() for day in dates]}
        self._say(talk, "plan.check_ins_set", me.account, signed_at, said)
        for day in dates:
            pk, over = self.tables.check_in.take(), day < today
            missed = over and rng.random() < 0.15 and after(day, 3) < today
            held = over and not missed and (talk.state == "closed" or rng.random() < 0.85)
            at = moment(day, 16)
            if held:
                note = rng.choice(content.CHECK_INS)
                moved = {"id": pk, "from": "planned", "to": "held", "note": note}
                moved |= {"held_at": at.isoformat(), "held_by": talk.boss.id}
                self._say(talk, "check_in.hold", talk.boss.account, at, moved)
                self.tables.check_in.put(pk, talk.plan.id, day, "held", note, at, talk.boss.id)
                continue
            if missed:
                moved = {"id": pk, "from": "planned", "to": "missed"}
                self._say(talk, "check_in.miss", SYSTEM, moment(after(day, 4), 9), moved)
            state = "missed" if missed else "planned"
            if talk.state == "closed":
                moved = {"id": pk, "from": state, "to": "cancelled"}
                self._say(talk, "check_in.cancel", talk.boss.account, self._end_of(talk), moved)
                state = "cancelled"
            self.tables.check_in.put(pk, talk.plan.id, day, state, "", None, None)

    def _live(self, talk: Talk, item: Item, signed_at: datetime) -> None:
        """Progress noted on the way, and the state the item has come to."""
        rng, now, today = self.rng, self.teller.now, self.teller.today
        owner, other = (talk.person, talk.boss) if item.owner is talk.person else (talk.boss, talk.person)
        is_due = item.due_on < today
        shares = {"accepted": 1} if talk.state == "closed" else WHEN_DUE if is_due else AHEAD
        state = rng.choices(list(shares), list(shares.values()))[0]
        end = min(moment(item.due_on, 17) - timedelta(days=rng.randrange(1, 4)), now - timedelta(days=2))
        for share, percent in ((0.35, 35), (0.7, 70)):
            if state != "active" or rng.random() < 0.6:
                self._note(talk, item, owner, signed_at + (end - signed_at) * share, percent)
        if state == "active":
            return
        if state == "dropped":
            moved = {"id": item.id, "from": "active", "to": "dropped", "drop_reason": DROPPED}
            self._say(talk, "item.drop", other.account, end, moved)
            item.state, item.drop_reason = "dropped", DROPPED
            return
        item.state, item.progress, item.submitted_at = "submitted", 100, end
        item.submitted_evidence = f"按标准完成：{item.criterion}"
        moved = {"id": item.id, "from": "active", "to": "submitted", "progress": 100}
        moved |= {"submitted_evidence": item.submitted_evidence, "submitted_at": end.isoformat()}
        self._say(talk, "item.submit", owner.account, end, moved)
        at = end + timedelta(hours=20)
        if state == "accepted":
            item.state, item.accepted_at = "accepted", at
            moved = {"id": item.id, "from": "submitted", "to": "accepted"}
            moved |= {"acceptance_note": "", "accepted_at": at.isoformat()}
            self._say(talk, "item.accept", other.account, at, moved)
        elif state == "returned":
            item.state, item.return_reason = "returned", RETURNED
            moved = {"id": item.id, "from": "submitted", "to": "returned", "return_reason": RETURNED}
            self._say(talk, "item.return", other.account, at, moved)

    def _note(self, talk: Talk, item: Item, owner: Person, at: datetime, percent: int) -> None:
        note, at = self.rng.choice(content.PROGRESS), at.replace(microsecond=0)
        item.progress, item.latest_note, item.updated_at = percent, note, at
        self.tables.progress.add(item.id, percent, note, owner.id, at)
        payload = {"id": item.id, "percent": percent, "note": note}
        self._say(talk, "item.progressed", owner.account, at, payload)

    def _close(self, talk: Talk) -> None:
        plan, at = talk.plan, self._end_of(talk)
        late = self.rng.random() < 0.2
        plan.outcome = "partly" if late else "met"
        plan.outcome_reason = "主要目标达到，夜班部分顺延到下一期。" if late else ""
        plan.state, plan.concluded_at, talk.closed_at = "concluded", at, at
        moved = {"id": plan.id, "from": "active", "to": "concluded", "outcome": plan.outcome}
        moved |= {
            "outcome_reason": plan.outcome_reason,
            "going_on": [],
            "dropped": [],
            "concluded_at": at.isoformat(),
        }
        self._say(talk, "plan.conclude", talk.boss.account, at, moved)
        moved = {"id": talk.id, "from": "signed", "to": "closed", "closed_at": at.isoformat()}
        talk.told("conversation.close", talk.boss.account, at, moved)

    def _end_of(self, talk: Talk) -> datetime:
        last: date = max(item.due_on for item in talk.plan.items)
        return min(moment(last, 18) + timedelta(days=3), self.teller.now - timedelta(hours=1))

    def _say(self, talk: Talk, verb: str, actor: str, at: datetime, payload: dict[str, Any]) -> None:
        self._said.append((f"plan:{talk.plan.id}", verb, actor, at, payload))
