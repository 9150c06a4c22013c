"""The improvement plan as it stands, on paper."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import rfc8785
from django.utils.translation import gettext as _

from huitan.conversations.models import Conversation
from huitan.core.moves import plain
from huitan.documents.certificate import SealingKey
from huitan.documents.paper import Block, Paper, annex, note, paper, section, table, terms
from huitan.documents.sealing_words import how_to_verify
from huitan.documents.written import day
from huitan.people.models import Employee
from huitan.plans.models import Blocker, CheckIn, DateChange, Plan, PlanItem, SupportRequest

FORMAT = "huitan-plan-1"
CONTENT = "plan.json"
KEYWORD = "huitan-plan"


def plan_content(talk: Conversation) -> dict[str, Any]:
    """The plan of a talk, JSON-ready, with names instead of ids; at most eight queries."""
    plan = talk.plan
    record = talk.current_record()
    return {
        "format": FORMAT,
        "plan": plan.pk,
        "state": plan.state,
        "activated_at": plain(plan.activated_at),
        "outcome": plan.outcome,
        "outcome_reason": plan.outcome_reason,
        "no_action_reason": plan.no_action_reason,
        "cycle": {"key": talk.review.cycle.key, "name": talk.review.cycle.name},
        "employee": _person(talk.review.employee),
        "manager": _person(talk.held_by),
        "record": {"version": record.version, "hash": record.hash} if record else None,
        "items": [
            {
                "ref": i.ref,
                "kind": i.kind,
                "what": i.what,
                "owner": _person(i.owner),
                "due_on": plain(i.due_on),
                "criterion": i.criterion,
                "state": i.state,
                "progress": i.progress,
                "latest_note": i.latest_note,
                "submitted_evidence": i.submitted_evidence,
                "return_reason": i.return_reason,
                "drop_reason": i.drop_reason,
                "acceptance_note": i.acceptance_note,
                "accepted_at": plain(i.accepted_at),
                "date_changes": [
                    {
                        "from_on": plain(c.from_on),
                        "to_on": plain(c.to_on),
                        "reason": c.reason,
                        "state": c.state,
                    }
                    for c in i.date_changes.all()
                ],
                **_beside(i),
            }
            for i in plan.items.select_related("owner", "measure")
            .prefetch_related(
                "date_changes", "blockers", "support_requests__asked_of", "support_requests__promise"
            )
            .order_by("id")
        ],
        "check_ins": [
            {
                "due_on": plain(c.due_on),
                "state": c.state,
                **{name: getattr(c, name) for part in CheckIn.PARTS.values() for name in part},
                "note": c.note,
                "missing_reason": c.missing_reason,
                "held_at": plain(c.held_at),
            }
            for c in plan.check_ins.all()
        ],
    }


def _beside(i: PlanItem) -> dict[str, Any]:
    """How an item is measured, what blocked it, and what support was asked for."""
    measure = getattr(i, "measure", None)
    return {
        "measure": {name: plain(getattr(measure, name)) for name in ("name", "unit", "start", "target")}
        if measure
        else None,
        "blockers": [
            {"what": b.what, "since": plain(b.since), "state": b.state, "resolution": b.resolution}
            for b in i.blockers.all()
        ],
        "support_requests": [
            {
                "what": r.what,
                "asked_of": r.asked_of.name,
                "state": r.state,
                "promise": r.promise.ref if r.promise else "",
                "reply": r.reply,
            }
            for r in i.support_requests.all()
        ],
    }


def plan_paper(content: dict[str, Any], key: SealingKey, at: datetime) -> Paper:
    raw = rfc8785.dumps(content)
    digest = hashlib.sha256(raw).hexdigest()
    employee, manager = content["employee"], content["manager"]
    name, cycle = employee["name"], content["cycle"]["name"]
    title = _("改进计划")
    facts = [
        (_("员工"), " · ".join(x for x in (name, employee["staff_number"]) if x)),
        (_("面谈人"), " · ".join(x for x in (manager["name"], manager["staff_number"]) if x) or "—"),
        (_("周期"), cycle),
        (_("状态"), _(Plan.lifecycle.states[content["state"]])),
        (_("生效"), day(_instant(content["activated_at"]))),
        (_("截至"), day(at)),
    ]
    return paper(
        title,
        about=_("%(name)s · %(cycle)s") % {"name": name, "cycle": cycle},
        author=manager["name"] or name,
        keywords=[KEYWORD, digest],
        facts=facts,
        banners=[],
        sections=[s for s in _sections(content) if s["blocks"]],
        running=title,
        foot=_("校验值"),
        hash_words=digest,
        seal=how_to_verify(key, at),
        annexes=[annex(CONTENT, _("计划全文，RFC 8785 规范格式；它的 SHA-256 就是校验值"), raw)],
        files={CONTENT: raw},
    )


def _sections(content: dict[str, Any]) -> list[Block]:
    actions = [i for i in content["items"] if i["kind"] == "action"]
    promises = [i for i in content["items"] if i["kind"] == "support"]
    none = [note(content["no_action_reason"])] if content["no_action_reason"] and not actions else []
    record = content["record"]
    source = _("来自面谈记录第 %(n)s 版，校验值 %(hash)s")
    outcome = []
    if content["outcome"]:
        outcome.append(terms([(_(Plan.OUTCOMES[content["outcome"]]), content["outcome_reason"])]))
    return [
        section(_("行动"), none or [_item(i) for i in actions]),
        section(_("支持承诺"), [_item(i) for i in promises]),
        section(_("跟进"), [_check_ins(content["check_ins"])] if content["check_ins"] else []),
        section(_("结果"), outcome),
        section(
            _("出处"), [note(source % {"n": record["version"], "hash": record["hash"]})] if record else []
        ),
    ]


def _item(i: dict[str, Any]) -> Block:
    moved = "\n".join(
        _("%(old)s → %(new)s：%(why)s（%(state)s）")
        % {
            "old": day(_day(c["from_on"])),
            "new": day(_day(c["to_on"])),
            "why": c["reason"],
            "state": _(DateChange.lifecycle.states[c["state"]]),
        }
        for c in i["date_changes"]
    )
    rows = [
        (_("负责人"), i["owner"]["name"]),
        (_("截止"), day(_day(i["due_on"]))),
        (_("验收标准"), i["criterion"]),
        (_("进展"), f"{i['progress']}%" + (f" · {i['latest_note']}" if i["latest_note"] else "")),
        (_("提交"), i["submitted_evidence"]),
        (_("退回"), i["return_reason"]),
        (_("验收"), i["acceptance_note"]),
        (_("取消"), i["drop_reason"]),
        (_("改期"), moved),
        (_("怎么衡量"), _measured(i["measure"])),
        (_("卡点"), "\n".join(_blocker(b) for b in i["blockers"])),
        (_("支持请求"), "\n".join(_request(r) for r in i["support_requests"])),
    ]
    tone = {"accepted": "ok", "returned": "warn", "dropped": ""}.get(i["state"], "")
    return {
        "kind": "topic",
        "title": f"{i['ref']} {i['what']}",
        "mark": "",
        "consensus": _(PlanItem.lifecycle.states[i["state"]]),
        "tone": tone,
        "rows": [[label, text, ""] for label, text in rows if text],
        "voices": [],
    }


def _measured(measure: dict[str, Any] | None) -> str:
    if measure is None:
        return ""
    return _("%(name)s：从 %(a)s 到 %(b)s") % {
        "name": measure["name"],
        "a": f"{Decimal(measure['start']).normalize():f} {measure['unit']}".strip(),
        "b": f"{Decimal(measure['target']).normalize():f} {measure['unit']}".strip(),
    }


def _blocker(b: dict[str, Any]) -> str:
    state = _(Blocker.lifecycle.states[b["state"]])
    return " · ".join(x for x in (day(_day(b["since"])), b["what"], state, b["resolution"]) if x)


def _request(r: dict[str, Any]) -> str:
    state = _(SupportRequest.lifecycle.states[r["state"]])
    return " · ".join(x for x in (r["what"], r["asked_of"], state, r["promise"], r["reply"]) if x)


def _check_ins(found: list[dict[str, Any]]) -> Block:
    rows = [
        (
            day(_day(c["due_on"])),
            _(CheckIn.lifecycle.states[c["state"]]),
            day(_instant(c["held_at"])),
            "\n".join(
                text
                for text in (
                    *(c[name] for part in CheckIn.PARTS.values() for name in part),
                    c["note"],
                    c["missing_reason"],
                )
                if text
            )
            or "—",
        )
        for c in found
    ]
    head = (_("约定"), _("状态"), _("进行"), _("记下的"))
    return table(head, ("auto", "auto", "auto", "1fr"), rows)


def _person(person: Employee | None) -> dict[str, str]:
    if person is None:
        return {"staff_number": "", "name": ""}
    return {"staff_number": person.staff_number, "name": person.name}


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
