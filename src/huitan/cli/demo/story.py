"""Lets one conversation of the demo happen, up to a chosen point, through the product's own actions."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from huitan.cli.demo import content, line_team
from huitan.conversations.actions import preparation, record, room, voice
from huitan.conversations.models import Conversation, Topic
from huitan.conversations.queries.prepare import proposals
from huitan.cycles import actions as cycle_actions
from huitan.cycles.models import RatingLevel
from huitan.cycles.working_days import on_or_after
from huitan.evidence.models import Evidence
from huitan.insights.actions import pulse
from huitan.people.actions import Proof, actor_for
from huitan.people.models import Account, Employee
from huitan.people.relations import Actor
from huitan.plans import actions as plans
from huitan.plans.lifecycle import UNSETTLED
from huitan.plans.models import CheckIn, Plan, PlanItem

ZONE = ZoneInfo("Asia/Shanghai")
# How far a conversation goes; each point includes the ones before it.
POINTS = ("opened", "scheduled", "shared", "surveyed", "talking", "recorded", "signed", "closed")


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


@dataclass
class Teller:
    """Tells conversations. `rng` decides the small things, `own_days` are HR's declared days (none in the demo)."""

    rng: random.Random
    now: datetime

    def __post_init__(self) -> None:
        self._actors: dict[int, Actor] = {}
        self._levels: dict[int, list[RatingLevel]] = {}
        self._due = (45, 92)

    def actor(self, employee: Employee) -> Actor:
        found = self._actors.get(employee.pk)
        if found is None:
            account = Account.objects.get(pk=employee.account_id)
            found = self._actors[employee.pk] = actor_for(account)
        return found

    def tell(
        self,
        talk: Conversation,
        until: str,
        talk_on: date,
        *,
        late: bool = False,
        hour: int = 14,
        due: tuple[int, int] = (45, 92),
    ) -> None:
        """Carry `talk` to `until`, with the talk itself on `talk_on` (moved to a working day).

        Actions fall due between `due` days after the talk, support promises after two thirds of the shorter span.
        """
        self._due = due
        steps = POINTS.index(until)
        employee = talk.review.employee
        manager = employee.manager
        if manager is None or steps == 0:
            return
        me, boss = self.actor(employee), self.actor(manager)
        talk_at = moment(on_or_after(talk_on, {}), hour)
        ahead = 3 if late else self.rng.randrange(8, 13)
        shared_at = min(talk_at - timedelta(days=ahead, hours=4), self.now - timedelta(hours=2))
        story = self._story(employee)
        self._schedule(talk, boss, talk_at, shared_at - timedelta(days=2))
        if steps >= POINTS.index("shared"):
            preparation.share(talk, actor=boss, at=shared_at)
        if steps >= POINTS.index("surveyed"):
            self._survey(talk, me, min(shared_at + timedelta(days=1, hours=8), self.now - timedelta(hours=1)))
            if until != "closed":
                self._score(talk, boss, shared_at + timedelta(days=2))
        if steps >= POINTS.index("talking"):
            began = min(talk_at, self.now - timedelta(minutes=22))
            room.begin(talk, actor=boss, at=began)
            topic = self._talk_over(talk, me, boss, story, began)
        if steps >= POINTS.index("recorded"):
            ended = talk_at + timedelta(minutes=talk.minutes - self.rng.randrange(-4, 9))
            self._act(talk, topic, employee, manager, boss, story, ended)
            self._rate(talk, boss, ended)
            room.complete(talk, actor=boss, at=ended + timedelta(minutes=6))
            self._sign(talk, "manager", boss, ended + timedelta(minutes=20))
        if steps >= POINTS.index("signed"):
            signed_at = ended + timedelta(days=1, hours=2)
            self._sign(talk, "employee", me, signed_at)
            self._answer_pulse(talk, me, signed_at + timedelta(minutes=3))
        if steps >= POINTS.index("closed"):
            self._live(talk, me, boss, settle=True)
            record.close(talk, *self._outcome(), actor=boss, at=self._after_plan(talk))

    def _answer_pulse(self, talk: Conversation, me: Actor, at: datetime) -> None:
        """Two of three say afterwards how it was. Chances of their own, so that the rest of the story stays as it is."""
        rng = random.Random(talk.pk)
        talk.refresh_from_db()
        if talk.state == "signed" and rng.random() < 0.68:
            weights = {"heard": (7, 2, 1), "clear": (8, 2, 1), "supported": (5, 3, 2)}
            answers = {q: rng.choices(("yes", "partly", "no"), weights[q])[0] for q in weights}
            pulse.give(talk, answers, actor=me, at=at)

    def _schedule(self, talk: Conversation, boss: Actor, talk_at: datetime, at: datetime) -> None:
        purpose = self.rng.choices(["improvement", "growth", "collaboration"], [6, 2, 1])[0]
        preparation.choose_purpose(talk, purpose, actor=boss, at=at)
        place = self.rng.choice(["3 号会客室", "车间办公室", "2 楼小会议室", "视频会议"])
        preparation.schedule(talk, talk_at, minutes=talk.minutes, place=place, actor=boss, at=at)
        talk.refresh_from_db()

    def _survey(self, talk: Conversation, me: Actor, at: datetime) -> None:
        voice.open_pack(talk, actor=me, at=at - timedelta(minutes=12))
        kpis = list(talk.pack_evidence().filter(kind="kpi").order_by("id"))
        scores = {k.pk: self._score_for(k, kindness=0.7) for k in kpis}
        answers = {
            "own_view": self.rng.choice(content.OWN_VIEWS),
            "difficulties": self.rng.choice(content.DIFFICULTIES),
            "growth": self.rng.choice(content.GROWTH),
        }
        voice.save_survey(talk, answers, scores, actor=me, at=at)
        if self.rng.random() < 0.6 and kpis:
            pinned = self.rng.choice([*kpis, None])
            voice.ask(talk, self.rng.choice(content.QUESTIONS), evidence=pinned, actor=me, at=at)
        voice.submit_survey(talk, actor=me, at=at + timedelta(minutes=2))

    def _score(self, talk: Conversation, boss: Actor, at: datetime) -> None:
        for k in talk.pack_evidence().filter(kind="kpi").order_by("id"):
            reason = "接近或超过目标" if (k.completion or 0) >= 95 else "与目标有差距，原因当面谈"
            preparation.score(talk, k, self._score_for(k, kindness=0), reason, actor=boss, at=at)
        wanted = proposals(talk)
        chosen = [p for p in wanted if p.kind == "highlight"][:1] + [
            p for p in wanted if p.kind == "improvement"
        ][:1]
        preparation.adopt(talk, chosen, actor=boss, at=at)

    def _score_for(self, k: Evidence, kindness: float) -> Decimal:
        reached = float(k.completion or 100) / 100
        value = 3 + (reached - 0.9) * 8 + kindness * self.rng.random() + self.rng.uniform(-0.3, 0.3)
        return Decimal(str(round(min(5.0, max(1.0, value)) * 2) / 2))

    def _talk_over(
        self, talk: Conversation, me: Actor, boss: Actor, story: content.Story, began: datetime
    ) -> Topic:
        """Highlight first, then the improvement topic with everything R10 to R15 ask for, but no action yet."""
        facts = list(talk.pack_evidence().order_by("id"))
        good = next((f for f in facts if f.kind == "achievement"), None) or max(
            facts, key=lambda f: f.completion or Decimal(0)
        )
        highlight = talk.topics.filter(kind="highlight", state="active").first()
        if highlight is None:
            highlight = preparation.add_topic(
                talk, "highlight", _head(good.title), actor=boss, at=began, evidence=[good]
            )
        cited = highlight.evidence.first() or good
        affirmed = (
            cited.statement or f"{cited.name}完成 {cited.completion}%，比目标好，做法可以写下来给组里用。"
        )
        room.write(highlight, "issue", affirmed, actor=boss, at=began + timedelta(minutes=3))
        room.choose(highlight, consensus="agreed", actor=boss, at=began + timedelta(minutes=5))
        if self._is_recent(began):
            room.enter_section(talk, "improvements", actor=boss, at=began + timedelta(minutes=9))
        topic = talk.topics.filter(kind="improvement", state="active").first()
        incident = next((f for f in facts if f.kind == "incident"), None)
        if topic is None:
            topic = preparation.add_topic(talk, "improvement", story.title, actor=boss, at=began)
        elif incident is not None:
            room.write(topic, "title", story.title, actor=boss, at=began + timedelta(minutes=9))
        room.cite(topic, incident or facts[0], actor=boss, at=began + timedelta(minutes=10))
        at = began + timedelta(minutes=12)
        room.choose(topic, causes=list(story.causes), actor=boss, at=at)
        for field in ("issue", "direction", "support", "support_criterion"):
            room.write(topic, field, getattr(story, field), actor=boss, at=at)
        room.choose(topic, support_due_on=_days_on(began, self._due[0] * 2 // 3), actor=boss, at=at)
        room.write(topic, "words", story.words, actor=me, at=began + timedelta(minutes=16))
        for question in talk.questions.filter(state="open"):
            voice.answer(
                question, self.rng.choice(content.ANSWERS), actor=boss, at=began + timedelta(minutes=18)
            )
        topic.refresh_from_db()
        return topic

    def _act(
        self,
        talk: Conversation,
        topic: Topic,
        employee: Employee,
        manager: Employee,
        boss: Actor,
        story: content.Story,
        at: datetime,
    ) -> None:
        consensus = self.rng.choices(["agreed", "partial", "reserved"], [80, 14, 6])[0]
        if consensus == "reserved":
            room.write(
                topic,
                "manager_statement",
                "数据核对过，以系统记录为准；流程的问题另行处理。",
                actor=boss,
                at=at,
            )
        room.choose(topic, consensus=consensus, actor=boss, at=at)
        fields = {
            "what": story.action,
            "owner": employee,
            "due_on": _days_on(at, self.rng.randrange(*self._due)),
            "criterion": story.criterion,
        }
        room.put_action(talk, fields, topic=topic, actor=boss, at=at)
        if self._is_recent(at):
            room.enter_section(talk, "support", actor=boss, at=at)
        for loose in talk.topics.filter(state="active", consensus="").exclude(pk=topic.pk):
            preparation.remove_topic(loose, "与第一个话题一起谈过", actor=boss, at=at)

    def _rate(self, talk: Conversation, boss: Actor, at: datetime) -> None:
        levels = self._levels.setdefault(talk.review.cycle_id, list(talk.review.cycle.levels.all()))
        reached = [float(k.completion or 100) for k in talk.pack_evidence().filter(kind="kpi")]
        mean = sum(reached) / len(reached) if reached else 100
        level = levels[0 if mean > 118 else 1 if mean > 106 else 2 if mean > 92 else 3 if mean > 78 else 4]
        cycle_actions.rate(talk.review, level, content.RATING_REASONS[level.label], actor=boss, at=at)

    def _sign(self, talk: Conversation, side: str, actor: Actor, at: datetime) -> None:
        current = talk.current_record()
        if current is None or actor.account_id is None:
            return
        reserve = side == "employee" and self.rng.random() < 0.06
        record.sign(
            talk,
            side=side,
            choice="reserve" if reserve else "agree",
            statement="指标口径和我理解的不一样，已请 HR 说明。" if reserve else "",
            seen_hash=current.hash,
            proof=Proof(actor.account_id, "password", at),
            actor=actor,
            at=at,
        )
        talk.refresh_from_db()

    def follow(self, talk: Conversation) -> None:
        """What has happened since in a plan that still runs: some ahead, some late, some waiting for acceptance."""
        employee = talk.review.employee
        if employee.manager is None:
            return
        self._live(talk, self.actor(employee), self.actor(employee.manager), settle=False)

    def _live(self, talk: Conversation, me: Actor, boss: Actor, *, settle: bool) -> None:
        if talk.plan_id is None:
            return
        plan = Plan.objects.get(pk=talk.plan_id)
        signed = talk.signed_at or self.now
        for item in plan.items.select_related("plan__review__employee__department"):
            self._live_item(item, me, boss, signed, settle)
        for check_in in plan.check_ins.order_by("due_on"):
            on = moment(check_in.due_on, 16)
            forgotten = self.rng.random() < 0.3 and self.now - on < timedelta(days=12)
            if on < self.now and (settle or not forgotten):
                self._check_in(check_in, me, boss, on)

    def _check_in(self, check_in: CheckIn, me: Actor, boss: Actor, on: datetime) -> None:
        """Both had their say; what is not settled after the last planned one is looked at again in two weeks."""
        words = self.rng.choice(content.CHECK_INS)
        went_well, saw, will_do = content.SAID_AT_CHECK_INS[check_in.pk % len(content.SAID_AT_CHECK_INS)]
        plans.say_part(check_in, {"went_well": went_well}, actor=me, at=on - timedelta(hours=3))
        plans.say_part(check_in, {"saw": saw, "will_do": will_do}, actor=boss, at=on - timedelta(hours=1))
        ahead = check_in.plan.check_ins.filter(state="planned", due_on__gt=on.date()).exclude(pk=check_in.pk)
        unsettled = check_in.plan.items.filter(state__in=UNSETTLED)
        again = None if ahead.exists() or not unsettled.exists() else on.date() + timedelta(days=14)
        plans.hold_check_in(check_in, words, next_on=again, actor=boss, at=on)

    def _live_item(self, item: PlanItem, me: Actor, boss: Actor, signed: datetime, settle: bool) -> None:
        owner, other = (me, boss) if item.owner_id == me.employee_id else (boss, me)
        due = moment(item.due_on or signed.date(), 17)
        fate = 0.0 if settle else self.rng.random()
        if self.now - due > timedelta(days=12):
            fate = min(fate, 0.55)  # what fell due long ago has been settled
        share = 1.0 if settle else self.rng.uniform(0.3, 1.0)
        for step, percent in ((0.3, 35), (0.7, 70)):
            on = signed + (due - signed) * step
            if on < self.now and step <= share:
                plans.update_progress(item, percent, self.rng.choice(content.PROGRESS), actor=owner, at=on)
        done = due - timedelta(days=self.rng.randrange(1, 6))
        if done < self.now and fate < 0.78:
            plans.submit(item, f"按标准完成：{item.criterion}", actor=owner, at=done)
            if fate < 0.6:
                plans.accept(item, actor=other, at=min(done + timedelta(days=2), self.now))
            elif fate < 0.66:
                plans.send_back(
                    item,
                    "还缺最后一周的记录，补上就可以。",
                    actor=other,
                    at=min(done + timedelta(days=2), self.now),
                )

    def _outcome(self) -> tuple[str, str]:
        return ("met", "") if self.rng.random() < 0.8 else ("partly", "主要目标达到，夜班部分顺延到下一期。")

    def _after_plan(self, talk: Conversation) -> datetime:
        last = max(
            (i.due_on for i in PlanItem.objects.filter(plan=talk.plan_id) if i.due_on),
            default=self.now.date(),
        )
        return min(moment(last, 18) + timedelta(days=3), self.now)

    def _is_recent(self, at: datetime) -> bool:
        """Talks of long ago are told more briefly."""
        return self.now - at < timedelta(days=200)

    def _story(self, employee: Employee) -> content.Story:
        if employee.name in line_team.STORIES:
            return line_team.STORIES[employee.name]
        centre = employee.department.full_name.split("/")[0]
        return self.rng.choice(content.STORIES.get(centre) or content.STORIES["职能中心"])


def _days_on(at: datetime, days: int) -> date:
    return on_or_after(at.date() + timedelta(days=days), {})


def _head(text: str) -> str:
    """The first clause, whichever width its comma has."""
    return re.split("[,\uff0c\u3002]", text)[0][:40]
