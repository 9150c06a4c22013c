"""What a line of the ledger can show, in the one order it is shown in, on the page and in the workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from huitan.core.sentences import N_

COLUMNS: Mapping[str, str] = {
    "ref": N_("编号"),
    "item": N_("事项与验收标准"),
    "person": N_("员工"),
    "department": N_("部门"),
    "manager": N_("直接上级"),
    "owner": N_("负责人"),
    "cause": N_("原因"),
    "progress": N_("进度"),
    "updated": N_("更新"),
    "due": N_("截止"),
    "state": N_("状态"),
    "cycle": N_("周期"),
}
# A line without these says nothing.
ALWAYS = ("item",)
USUAL = ("ref", "item", "owner", "cause", "progress", "due", "state")
ORDERS: Mapping[str, str] = {
    "due": N_("按截止日期"),
    "updated": N_("按最近更新"),
    "person": N_("按员工工号"),
}


def in_order(chosen: Iterable[str]) -> tuple[str, ...]:
    """The columns there are among those chosen, as they stand; the usual ones when none was."""
    wanted = {*chosen} & set(COLUMNS)
    return tuple(c for c in COLUMNS if c in wanted or c in ALWAYS) if wanted else USUAL
