"""Who may do what in a conversation. HELD_BY is the manager who held the talk, also after the reporting line moved."""

from __future__ import annotations

from huitan.core.access import Policy
from huitan.core.sentences import say
from huitan.evidence.policy import DATA_OWNER
from huitan.people.relations import AUDITOR, HR_ADMIN, HRBP, LINE, MANAGER, SELF, SYSTEM

HELD_BY = "held_by"

# Until there is a record, a talk is between two people; HR watches its stage.
READ_FROM_START = frozenset({SELF, MANAGER, HRBP, HR_ADMIN, SYSTEM})
READ_RECORD = READ_FROM_START | {LINE, AUDITOR, HELD_BY}

CONVERSATION = Policy(
    name="conversation",
    may={
        "read": READ_FROM_START,
        "read_content": frozenset({SELF, MANAGER}),
        "read_record": READ_RECORD,
        "prepare": frozenset({MANAGER}),
        "share": frozenset({MANAGER, SYSTEM}),
        "begin": frozenset({MANAGER}),
        "write": frozenset({MANAGER}),
        "speak": frozenset({SELF}),
        "order_topics": frozenset({SELF, MANAGER}),
        "add_evidence": frozenset({SELF, MANAGER}),
        "answer_number": frozenset({HRBP, HR_ADMIN}),
        "complete": frozenset({MANAGER}),
        "revise": frozenset({MANAGER}),
        "sign_as_manager": frozenset({HELD_BY}),
        "sign_as_employee": frozenset({SELF}),
        "witness_refusal": frozenset({HRBP, HR_ADMIN}),
        "conclude": frozenset({SELF, MANAGER, HELD_BY, HRBP, HR_ADMIN}),
        "close": frozenset({MANAGER}),
        "cancel": frozenset({HRBP, HR_ADMIN, SYSTEM}),
        "hand_over": frozenset({MANAGER, HELD_BY}),
        "remind": frozenset({HRBP, HR_ADMIN, SYSTEM}),
        "lapse": frozenset({SYSTEM}),
        "export": READ_RECORD,
    },
    why_not={
        "read_content": say("记录完成之前，面谈内容只有双方能看到。"),
        "prepare": say("面谈由直接上级准备。"),
        "share": say("资料包由直接上级共享。"),
        "begin": say("面谈由直接上级开始。"),
        "write": say("这一栏由直接上级填写。"),
        "speak": say("这一栏只有员工本人能写。"),
        "complete": say("面谈由直接上级结束。"),
        "revise": say("记录由直接上级修改，改动后双方重新签字。"),
        "sign_as_manager": say("只有主持这次面谈的人能在这里签字。"),
        "sign_as_employee": say("只有员工本人能签自己的名字。"),
        "witness_refusal": say("拒签由 HR 见证，不能由参加面谈的人自己见证。"),
        "answer_number": say("数字由 HR 或数据负责人核对。"),
        "hand_over": say("设备由主持这次面谈的人交出。"),
        "close": say("由直接上级结束。"),
        "cancel": say("取消面谈由 HR 操作。"),
        "remind": say("提醒由 HR 发出。"),
    },
)

QUESTION = Policy(
    name="question",
    may={"answer": frozenset({MANAGER}), "park": frozenset({MANAGER}), "decline": frozenset({MANAGER})},
    why_not={"answer": say("提问由直接上级回答。")},
)

# DATA_OWNER answers for the numbers of a source; such a one sees the doubted number, not the talk.
CONTEST = Policy(
    name="contest",
    may={
        "confirm": frozenset({HRBP, HR_ADMIN, DATA_OWNER}),
        "correct": frozenset({HRBP, HR_ADMIN, DATA_OWNER}),
    },
    why_not={
        "confirm": say("数字由 HR 或数据负责人核对。"),
        "correct": say("数字由 HR 或数据负责人核对后更正。"),
    },
)

SLOTS = Policy(
    name="slots",
    may={
        "accept": frozenset({SELF}),
        "ask_others": frozenset({SELF}),
        "withdraw": frozenset({MANAGER, SYSTEM}),
    },
    why_not={
        "accept": say("面谈时间由员工本人选。"),
        "ask_others": say("由员工本人说哪些时候方便。"),
        "withdraw": say("备选时间由直接上级收回。"),
    },
)

# The company's own words: asked with `office_of(actor)`.
WORDING = Policy(
    name="wording",
    may={"edit_words": frozenset({HR_ADMIN, SYSTEM})},
    why_not={"edit_words": say("公司用词由 HR 管理员维护。")},
)

# The library of templates: asked with `office_of(actor)`.
TEMPLATES = Policy(
    name="templates",
    may={"read": frozenset({HRBP, HR_ADMIN, SYSTEM}), "edit_templates": frozenset({HR_ADMIN, SYSTEM})},
    why_not={
        "read": say("面谈模板由 HR 查看和维护。"),
        "edit_templates": say("面谈模板由 HR 管理员修改。"),
    },
)
