"""How departments and shares are named beside each other, on paper and in a workbook as on screen."""

from __future__ import annotations

from django.utils.translation import gettext as _

from huitan.insights.queries.cockpit import Cockpit


def place_name(shown: Cockpit) -> str:
    """Which departments the figures are about."""
    return shown.department or _("、").join(shown.served) or _("全部部门")


def unit_name(name: str, is_own_level: bool, merged: int) -> str:
    if merged:
        return _("其余 %(n)s 个，合在一起") % {"n": merged}
    return _("%(name)s（本级）") % {"name": name} if is_own_level else name


def share_words(share: int | None, unit: str) -> str:
    """「49%」; without the sign where it is so many on a hundred talks."""
    return "—" if share is None else f"{share}%" if unit == "%" else str(share)
