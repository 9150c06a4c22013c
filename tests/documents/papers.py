"""Records as they come: short, long, hostile, refused, lapsed, in versions. Content only, no database."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from huitan.conversations.queries.record_copy import RecordCopy
from huitan.conversations.record_text import fingerprint

HOSTILE = '#read("/etc/passwd") ] $ x $ *bold* _it_ `raw` \\ @ref <label> // comment /* */ #let x = 1; "quotes" -- --- ~ {{ }}'
LIN = {
    "staff_number": "00004",
    "name": "林晓岚",
    "position": "工艺工程师",
    "department": "制造中心/智能产线部",
}
SHEN = {
    "staff_number": "00003",
    "name": "沈立文",
    "position": "部门经理",
    "department": "制造中心/智能产线部",
}


def topic(**changes: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "kind": "improvement",
        "title": "ECN 按期关闭",
        "state": "active",
        "state_reason": "",
        "first_raised": True,
        "evidence": [
            {
                "ref": "E-0001",
                "kind": "kpi",
                "name": "ECN 按期关闭率",
                "statement": "",
                "occurred_on": "2026-06-30",
                "source": "ERP",
                "target": "90.0000",
                "actual": "71.4000",
                "unit": "%",
            },
            {
                "ref": "E-0005",
                "kind": "incident",
                "name": "",
                "statement": "ECN-2207 晚 6 天关闭",
                "occurred_on": "2026-02-14",
                "source": "ERP",
                "target": None,
                "actual": None,
                "unit": "",
            },
        ],
        "causes": ["process", "skills"],
        "cause_note": "会签没有时限",
        "issue": "2 月到 5 月有 4 份 ECN 超期。",
        "direction": "会签满 2 个工作日未回复，当天点名。",
        "support": "与质量、采购约定 2 天会签时限。",
        "words": "会签平均要等 6 天。",
        "consensus": "agreed",
        "manager_statement": "",
        "items": ["A-0002", "S-0001"],
        **changes,
    }


def item(**changes: Any) -> dict[str, Any]:
    return {
        "ref": "A-0002",
        "kind": "action",
        "what": "每周五更新 ECN 台账并通报超期",
        "owner": LIN,
        "due_on": "2026-09-30",
        "criterion": "连续 4 周按时，按期率 ≥ 90%",
        **changes,
    }


def content(**changes: Any) -> dict[str, Any]:
    return deepcopy(
        {
            "format": "huitan-record-1",
            "version": 1,
            "conversation": 17,
            "kind": "main",
            "cycle": {"key": "2026h1", "name": "2026 上半年"},
            "employee": LIN,
            "manager": SHEN,
            "others_present": "",
            "purpose": "improvement",
            "place": "3 号会客室",
            "began_at": "2026-07-16T06:00:00+00:00",
            "ended_at": "2026-07-16T06:58:00+00:00",
            "composed_at": "2026-07-16T06:58:00+00:00",
            "pack": None,
            "highlight_skip_reason": "",
            "silence_note": "",
            "topics": [topic(id=2, kind="highlight", title="新品导入提前 4 天", causes=[]), topic()],
            "questions": [],
            "contests": [],
            "plan": {"no_action_reason": "", "items": [item()]},
            "previous_plan": None,
            "follow_up_at": None,
            "ratings": [],
            "sections": [],
            **changes,
        }
    )


def signature(side: str = "employee", choice: str = "agree", **changes: Any) -> dict[str, Any]:
    sentences = {
        ("employee", "agree"): "我已阅读全文并同意",
        ("employee", "reserve"): "我已阅读全文，对部分内容保留异议",
        ("employee", "decline"): "我已阅读全文，选择不签字",
        ("manager", "agree"): "我已阅读全文并确认",
    }
    person = LIN if side == "employee" else SHEN
    return {
        "side": side,
        "choice": choice,
        "sentence": sentences[side, choice],
        "statement": "",
        "signer": {"staff_number": person["staff_number"], "name": person["name"]},
        "at": "2026-07-16T07:18:00+00:00",
        "method": "password",
        **changes,
    }


BOTH = (signature("manager"), signature())
REFUSAL = {
    "witness": {"staff_number": "00008", "name": "顾清和"},
    "reason": "未说明",
    "served_by": ["email", "in_person"],
    "served_note": "7 月 20 日递交",
    "at": "2026-07-20T07:18:00+00:00",
}


def copy(
    text: dict[str, Any] | None = None,
    signatures: tuple[dict[str, Any], ...] = BOTH,
    versions: int = 0,
    **signing: Any,
) -> RecordCopy:
    """A copy of version `text["version"]`; `versions` are how many came before it."""
    text = text or content()
    digest = fingerprint(text)
    earlier = [
        {
            "version": n,
            "hash": f"{n:064x}",
            "composed_at": "2026-07-16T06:58:00+00:00",
            "composed_by": {"staff_number": "00003", "name": "沈立文"},
            "change_note": "补上装配线返工的台数" if n > 1 else "",
        }
        for n in range(1, versions + 1)
    ]
    current = {**(earlier[-1] if earlier else {}), "version": text["version"], "hash": digest}
    this = {
        "composed_at": text["composed_at"],
        "composed_by": {"staff_number": "00003", "name": "沈立文"},
        "change_note": "",
        **current,
    }
    return RecordCopy(
        text["version"],
        digest,
        text,
        {
            "format": "huitan-signatures-1",
            "conversation": text["conversation"],
            "version": text["version"],
            "record_hash": digest,
            "is_late": False,
            "due_on": "2026-07-21",
            "superseded_by": None,
            "is_reopened": False,
            "signing_lapsed_at": None,
            "signed_at": None,
            "signatures": [{**s, "record_hash": digest} for s in signatures],
            "refusals": [],
            "versions": [*earlier, this],
            **signing,
        },
    )


LONG = "二月结算单错了五处，财务在三月例会上退回重做。" * 450
PREVIOUS = {
    "outcome": "partly",
    "outcome_reason": "台账做到了，时限没有谈成",
    "items": [{**item(ref="A-0001"), "state": "accepted", "progress": 100}],
}
QUESTIONS = [
    {
        "text": "会签超时谁来升级？",
        "evidence": "E-0001",
        "state": "answered",
        "answer": "我。",
        "parked_until": None,
    },
    {
        "text": "绿带名额？",
        "evidence": "",
        "state": "parked",
        "answer": "3 月定",
        "parked_until": "2026-09-10",
    },
]
CONTESTS = [
    {
        "evidence": "E-0001",
        "name": "ECN 按期关闭率",
        "claim": "75%",
        "reason": "两份是客户改的",
        "state": "corrected",
        "answer": "按邮件更正",
        "value_before": "71.4",
        "value_after": "75",
    }
]
RATINGS = [{"level": "B", "meaning": "达到要求", "reason": "四份超期", "at": "2026-07-03T01:00:00+00:00"}]
CARRIED = topic(id=3, kind="growth", title="绿带培训", state="carried_over", consensus="")

CASES: dict[str, RecordCopy] = {
    "signed": copy(),
    "unsigned": copy(signatures=()),
    "manager-only": copy(signatures=(signature("manager"),)),
    "reserved": copy(
        signatures=(BOTH[0], signature(choice="reserve", statement="第 1 点我不同意：会签不归我管。"))
    ),
    "long-statement": copy(signatures=(BOTH[0], signature(choice="reserve", statement=LONG))),
    "refused": copy(signatures=(BOTH[0], signature(choice="decline")), refusals=[REFUSAL]),
    "lapsed": copy(signatures=(BOTH[0],), signing_lapsed_at="2026-07-24T07:18:00+00:00"),
    "third-version": copy(content(version=3), versions=2),
    "superseded": copy(superseded_by=2),
    "reopened": copy(is_reopened=True),
    "no-highlight": copy(content(topics=[topic()], highlight_skip_reason="员工要求直接谈问题")),
    "no-action": copy(content(plan={"no_action_reason": "原因不在员工", "items": []})),
    "everything": copy(
        content(
            previous_plan=PREVIOUS,
            questions=QUESTIONS,
            contests=CONTESTS,
            ratings=RATINGS,
            topics=[
                topic(id=2, kind="highlight"),
                topic(),
                topic(id=5, kind="growth", title="绿带"),
                CARRIED,
            ],
            follow_up_at="2026-08-01T02:00:00+00:00",
            others_present="顾清和（HRBP）",
            silence_note="",
            pack={
                "version": 2,
                "hash": "0" * 64,
                "shared_at": "2026-07-06T02:00:00+00:00",
                "notice_days": 10,
                "is_late": False,
            },
        )
    ),
    "hostile": copy(
        content(
            topics=[topic(title=HOSTILE[:128], issue=HOSTILE, words=HOSTILE, causes=[], cause_note=HOSTILE)],
            place=HOSTILE[:128],
            employee={**LIN, "name": '林"]#晓岚$', "position": HOSTILE[:100]},
        )
    ),
    "emoji-and-bidi": copy(
        content(
            topics=[
                topic(
                    words="做得好 😀👩‍💻\u202e反\u202c 𠮷田 ❤️ \u0007 العربية\u200b\u00ad",
                    issue="①②③ ≥ Ω Я é ✓",
                )
            ]
        )
    ),
    "ten-thousand-characters": copy(content(topics=[topic(issue=LONG, words=LONG, direction=LONG)])),
    "unbroken-runs": copy(
        content(
            topics=[topic(issue="x" * 3000, words="https://example.com/" + "a" * 400)],
            plan={"no_action_reason": "", "items": [item(what="W" * 500, criterion="9" * 500)]},
        )
    ),
    "many-lines": copy(content(topics=[topic(words="\n".join(f"第 {n} 行" for n in range(120)))])),
    "forty-topics-and-items": copy(
        content(
            topics=[topic(id=n, title=f"话题 {n}") for n in range(1, 41)],
            plan={"no_action_reason": "", "items": [item(ref=f"A-{n:04d}") for n in range(1, 61)]},
        )
    ),
    "empty-fields": copy(
        content(
            place="",
            purpose="",
            began_at=None,
            ended_at=None,
            topics=[
                topic(
                    evidence=[],
                    causes=[],
                    cause_note="",
                    issue="",
                    direction="",
                    support="",
                    words="",
                    consensus="",
                    items=[],
                )
            ],
            employee={"staff_number": "", "name": "", "position": "", "department": ""},
        )
    ),
}
