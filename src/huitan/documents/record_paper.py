"""The signed record on paper, in the order of R16. Made from the two canonical files alone, so that it can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import rfc8785
from django.utils.translation import gettext as _

from huitan.conversations.models import Conversation, Refusal, Topic
from huitan.conversations.queries.record import METHODS
from huitan.conversations.queries.record_copy import RecordCopy
from huitan.conversations.queries.record_sheet import Sheet, SheetFact, SheetItem, SheetTopic, sheet
from huitan.conversations.record_text import short
from huitan.core.numbers import amount, number
from huitan.core.sentences import listed
from huitan.documents.certificate import SealingKey
from huitan.documents.paper import Block, Paper, annex, note, paper, section, table, terms, voice
from huitan.documents.sealing_words import how_to_verify
from huitan.documents.written import day, local, moment, stamp

CONTENT, SIGNING = "record.json", "signatures.json"
KEYWORD = "huitan-record"
TONES = {"agreed": "ok", "partial": "warn", "reserved": "risk"}


def record_paper(copy: RecordCopy, key: SealingKey, at: datetime) -> Paper:
    """`at` is when it is issued; words are in the active language, what people wrote stays as they wrote it."""
    shown, signing = sheet(copy.content), copy.signing
    files = {CONTENT: rfc8785.dumps(copy.content), SIGNING: rfc8785.dumps(signing)}
    name = shown.employee["name"]
    heading = _("绩效面谈记录")
    return paper(
        heading,
        about=_("%(name)s · %(cycle)s · 第 %(n)s 版")
        % {"name": name, "cycle": shown.cycle, "n": copy.version},
        author=shown.manager["name"] or name,
        keywords=[KEYWORD, copy.hash],
        facts=_facts(copy, shown),
        banners=_banners(signing),
        sections=[s for s in _sections(shown, signing) if s["blocks"]],
        running=heading,
        foot=_("第 %(n)s 版 · 校验值") % {"n": copy.version},
        hash_words=copy.hash,
        seal=how_to_verify(key, at),
        annexes=[
            annex(CONTENT, _("双方签的定稿全文，RFC 8785 规范格式；它的 SHA-256 就是校验值"), files[CONTENT]),
            annex(SIGNING, _("签字、拒签见证和各个版本"), files[SIGNING]),
        ],
        files=files,
    )


def _facts(copy: RecordCopy, shown: Sheet) -> list[tuple[str, str]]:
    kind = Conversation.KINDS.get(copy.content["kind"], "")
    facts = [
        (_("员工"), _person(shown.employee)),
        (_("面谈人"), _person(shown.manager)),
        (_("时间"), _span(shown.began_at, shown.ended_at)),
        (_("地点"), shown.place or _("没有填写")),
        (_("目的"), _(shown.purpose_word) if shown.purpose_word else _("没有填写")),
        (_("周期"), f"{shown.cycle} · {_(kind)}" if kind else shown.cycle),
    ]
    if shown.others_present:
        facts.append((_("在场"), shown.others_present))
    if shown.pack:
        facts.append(
            (
                _("资料"),
                _("第 %(v)s 版，提前 %(n)s 天共享")
                % {"v": shown.pack["version"], "n": shown.pack["notice_days"]},
            )
        )
    return facts


def _banners(signing: Mapping[str, Any]) -> list[str]:
    found = []
    if signing["superseded_by"]:
        found.append(_("这一版已被第 %(n)s 版取代，上面的签字不再算数。") % {"n": signing["superseded_by"]})
    elif signing["is_reopened"]:
        found.append(_("这份记录正在修改，会有新的一版；上面的签字不再算数。"))
    else:
        sides = {s["side"] for s in signing["signatures"] if s["choice"] != "decline"}
        if not signing["refusals"] and sides < {"employee", "manager"}:
            found.append(_("签字还没有完成。没有回应不当作同意。"))
    return found


def _sections(shown: Sheet, signing: Mapping[str, Any]) -> list[Block]:
    name = shown.employee["name"]
    growth = shown.kind("growth")
    return [
        section(_("上次的计划"), _previous(shown)),
        section(_("成绩亮点"), _highlights(shown)),
        section(_("待改进点"), [_topic(t, n, shown) for n, t in enumerate(shown.kind("improvement"), 1)]),
        section(_("改进计划"), _plan(shown)),
        section(_("发展支持"), [_topic(t, n, shown) for n, t in enumerate(growth, 1)]),
        section(_("%(name)s的提问") % {"name": name}, _questions(shown)),
        section(_("对数字的疑问"), _contests(shown)),
        section(_("留到后续面谈"), _carried(shown)),
        section(_("评级"), _ratings(shown)),
        section(_("签字"), [_signatures(shown, signing)], keep=True),
        section(_("各个版本"), [_versions(signing)]),
    ]


def _previous(shown: Sheet) -> list[Block]:
    if not shown.previous:
        return []
    blocks = [note(shown.previous["outcome_reason"])] if shown.previous["outcome_reason"] else []
    rows = [
        (
            i.ref,
            i.what,
            i.owner,
            day(i.due_on),
            _(i.state_word) + (f" {i.progress}%" if i.progress is not None else ""),
        )
        for i in shown.previous_items
    ]
    head = (_("编号"), _("事项"), _("负责人"), _("截止"), _("状态"))
    return [*blocks, table(head, ("auto", "3fr", "auto", "auto", "auto"), rows, mono=[0])] if rows else blocks


def _highlights(shown: Sheet) -> list[Block]:
    found = shown.kind("highlight")
    if not found:
        why = shown.highlight_skip_reason
        return [note(_("这次没有亮点。原因：%(why)s") % {"why": why} if why else _("没有记录亮点。"))]
    return [_topic(t, None, shown) for t in found]


def _topic(t: SheetTopic, ordinal: int | None, shown: Sheet) -> Block:
    is_highlight = t.kind == "highlight"
    rows = [
        (_("事实"), "\n".join(_fact(f) for f in t.facts)),
        (_("原因"), "\n".join(x for x in (listed(_(c) for c in t.causes), t.cause_note) if x)),
        (_("肯定") if is_highlight else _("问题"), t.issue),
        (_("方向"), t.direction),
        (_("支持"), t.support),
        (_("计划"), listed(t.items)),
    ]
    voices = []
    if t.words:
        voices.append(voice("emp", _("%(name)s的话") % {"name": shown.employee["name"]}, t.words))
    if t.manager_statement:
        voices.append(
            voice("mgr", _("%(name)s的说法") % {"name": shown.manager["name"]}, t.manager_statement)
        )
    return {
        "kind": "topic",
        "title": f"{ordinal}. {t.title}" if ordinal else t.title,
        "mark": _("首次提出") if t.first_raised and not is_highlight else "",
        "consensus": _(Topic.CONSENSUS[t.consensus]) if t.consensus in Topic.CONSENSUS else "",
        "tone": TONES.get(t.consensus, ""),
        "rows": [[label, text, ""] for label, text in rows if text],
        "voices": voices,
    }


def _fact(f: SheetFact) -> str:
    if f.kind == "kpi":
        words = _("%(name)s %(actual)s / 目标 %(target)s") % {
            "name": f.name,
            "actual": amount(f.actual, f.unit),
            "target": amount(f.target, f.unit),
        }
    else:
        words = f"{day(f.occurred_on)} {f.title}"
        if f.name and f.statement:
            words += f" · {f.statement}"
    return f"{f.ref} {words}" + (_("（出处：%(source)s）") % {"source": f.source} if f.source else "")


def _plan(shown: Sheet) -> list[Block]:
    if not shown.items:
        return [note(_("这次不需要行动：%(why)s") % {"why": shown.no_action_reason})]
    return [plan_table(shown.items)]


def plan_table(items: tuple[SheetItem, ...]) -> Block:
    head = (_("编号"), _("事项"), _("负责人"), _("截止"), _("验收标准"))
    rows = [(i.ref, i.what, i.owner, day(i.due_on), i.criterion) for i in items]
    return table(head, ("auto", "5fr", "auto", "auto", "4fr"), rows, mono=[0])


def _questions(shown: Sheet) -> list[Block]:
    rows = []
    for q in shown.questions:
        state = _(q.state_word)
        if q.state == "parked" and q.parked_until:
            state = _("约定 %(day)s 答复") % {"day": day(q.parked_until)}
        rows.append((_("问"), q.text, q.evidence_ref))
        rows.append((_("答"), q.answer or "—", state))
    blocks = [terms(rows)] if rows else []
    if shown.silence_note:
        blocks.append(note(_("员工没有写自己的话：%(why)s") % {"why": shown.silence_note}))
    return blocks


def _contests(shown: Sheet) -> list[Block]:
    rows = []
    for c in shown.contests:
        claim = _("员工的数字：%(claim)s") % {"claim": c["claim"]} if c["claim"] else ""
        if c["state"] == "corrected":
            result = _("更正：%(a)s 改为 %(b)s。") % {
                "a": number(c["value_before"]),
                "b": number(c["value_after"]),
            }
        else:
            result = _("核对无误。") if c["state"] == "confirmed" else _("还在核对。")
        lines = (f"{c['name']} · {c['reason']}", claim, f"{result} {c['answer']}".strip())
        rows.append((c["evidence"], "\n".join(line for line in lines if line)))
    return [terms(rows)] if rows else []


def _carried(shown: Sheet) -> list[Block]:
    if not shown.carried:
        return []
    when = _("%(when)s 再谈：") % {"when": moment(shown.follow_up_at)}
    return [
        note(when),
        terms(
            (str(n), "\n".join(x for x in (t.title, t.words) if x)) for n, t in enumerate(shown.carried, 1)
        ),
    ]


def _ratings(shown: Sheet) -> list[Block]:
    rows = [
        (r["level"], "\n".join(x for x in (r["meaning"], r["reason"]) if x), day(r["at"]))
        for r in shown.ratings
    ]
    return [terms(rows)] if rows else []


def _signatures(shown: Sheet, signing: Mapping[str, Any]) -> Block:
    cards = [_signature(side, shown, signing) for side in ("manager", "employee")]
    for r in signing["refusals"]:
        ways = listed(_(Refusal.SERVED.get(w, w)) for w in r["served_by"])
        cards.append(
            {
                "side": "hr",
                "role": _("HR 见证"),
                "name": r["witness"]["name"],
                "sentence": _("我见证员工没有签字，记录已送达"),
                "statement": r["reason"],
                "lines": [
                    _("送达方式：%(ways)s") % {"ways": ways}
                    + (f" · {r['served_note']}" if r["served_note"] else ""),
                    stamp(r["at"]),
                ],
                "hash": "",
            }
        )
    return {"kind": "signatures", "cards": cards}


def _signature(side: str, shown: Sheet, signing: Mapping[str, Any]) -> Block:
    given = [s for s in signing["signatures"] if s["side"] == side]
    binding = [s for s in given if s["choice"] != "decline"] or given
    card = {
        "side": "mgr" if side == "manager" else "emp",
        "role": _("面谈人") if side == "manager" else _("员工"),
    }
    if not binding:
        person = shown.manager if side == "manager" else shown.employee
        lapsed = side == "employee" and signing["signing_lapsed_at"]
        waiting = _("签字期限过了，没有回应。没有回应不当作同意。") if lapsed else _("还没有签字。")
        return {
            **card,
            "name": person["name"],
            "sentence": "",
            "statement": "",
            "waiting": waiting,
            "lines": [],
            "hash": "",
        }
    s = binding[-1]
    sentence = _(s["sentence"])
    method = _(METHODS.get(s["method"], s["method"])) if s["method"] else ""
    return {
        **card,
        "name": s["signer"]["name"],
        "sentence": sentence if sentence == s["sentence"] else f"{sentence}\n「{s['sentence']}」",
        "statement": s["statement"],
        "lines": [
            _("工号 %(number)s") % {"number": s["signer"]["staff_number"]},
            _("%(when)s，用%(method)s确认本人") % {"when": stamp(s["at"]), "method": method},
        ],
        "hash": s["record_hash"],
        "hash_words": _("看的是") if s["choice"] == "decline" else _("签的是"),
    }


def _versions(signing: Mapping[str, Any]) -> Block:
    rows = [
        (
            _("第 %(n)s 版") % {"n": v["version"]},
            stamp(v["composed_at"]),
            v["composed_by"]["name"],
            v["change_note"] or (_("定稿") if v["version"] == 1 else "—"),
            short(v["hash"]),
        )
        for v in signing["versions"]
    ]
    head = (_("版本"), _("定稿时间"), _("定稿人"), _("改动"), _("校验值"))
    return table(head, ("auto", "auto", "auto", "1fr", "auto"), rows, mono=[4])


def _person(person: Mapping[str, str]) -> str:
    return "\n".join(
        x
        for x in (
            " · ".join(p for p in (person["name"], person["staff_number"]) if p),
            " · ".join(p for p in (person["position"], person["department"]) if p),
        )
        if x
    )


def _span(began: datetime | None, ended: datetime | None) -> str:
    if began is None:
        return _("没有记录")
    until = f"–{local(ended):%H:%M}" if ended and local(ended).date() == local(began).date() else ""
    return moment(began) + until
