from __future__ import annotations

from huitan.core.access import Policy
from huitan.core.sentences import say
from huitan.people.relations import AUDITOR, HR_ADMIN, HRBP, LINE, MANAGER, SELF, SYSTEM

EMPLOYEE = Policy(
    name="employee",
    may={
        "read": frozenset({SELF, MANAGER, LINE, HRBP, HR_ADMIN, AUDITOR, SYSTEM}),
        "edit": frozenset({HR_ADMIN, SYSTEM}),
    },
    why_not={"edit": say("花名册由 HR 管理员维护。")},
)


# Actions of the whole company rather than of one person: asked with `office_of(actor)`.
COMPANY = Policy(
    name="company",
    may={
        "import_roster": frozenset({HR_ADMIN, SYSTEM}),
        "import_results": frozenset({HR_ADMIN, SYSTEM}),
        "edit_cycle": frozenset({HR_ADMIN, SYSTEM}),
        "see_progress": frozenset({HR_ADMIN, HRBP, SYSTEM}),
        "grant": frozenset({HR_ADMIN, SYSTEM}),
        "invite": frozenset({HR_ADMIN, SYSTEM}),
        "reset_second_factor": frozenset({HR_ADMIN, SYSTEM}),
        "name_data_owner": frozenset({HR_ADMIN, SYSTEM}),
        "verify": frozenset({AUDITOR, HR_ADMIN, SYSTEM}),
    },
    why_not={
        "import_roster": say("只有 HR 管理员能导入花名册。"),
        "import_results": say("只有 HR 管理员能导入绩效数据。"),
        "edit_cycle": say("周期由 HR 管理员设置。"),
        "see_progress": say("全公司的面谈进度只给 HR 看。"),
        "grant": say("职责由 HR 管理员指定。"),
        "invite": say("账号由 HR 管理员开通。"),
        "reset_second_factor": say("第二步验证由 HR 管理员重置。"),
        "name_data_owner": say("数据负责人由 HR 管理员指定。"),
        "verify": say("校验由审计或 HR 管理员进行。"),
    },
)
