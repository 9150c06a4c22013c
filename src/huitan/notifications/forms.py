"""What may be sent in: how somebody wants to be told."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from huitan.notifications.kinds import ALWAYS_IN_INBOX, GROUPS, KINDS, MAIL_CHOICES
from huitan.notifications.models import Preference


class MessagePreferencesForm(forms.Form):
    """Per group that can reach the person: mail, inbox, robot; and the hours. `groups` of the cleaned data is what
    `choose` takes."""

    quiet_from = forms.TimeField(
        label=_("免打扰从"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("时间写成 22:00 这样。")},
    )
    quiet_until = forms.TimeField(
        label=_("到"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("时间写成 08:00 这样。")},
    )
    digest_at = forms.TimeField(
        label=_("每天汇总的时间"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": _("选一个时间。"), "invalid": _("时间写成 09:00 这样。")},
    )
    robot = forms.CharField(
        label=_("我的机器人地址"),
        required=False,
        max_length=255,
        help_text=_("企业微信、飞书或钉钉群机器人的 Webhook 地址，整段粘贴。只有你能看到。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )

    def __init__(self, *args: Any, groups: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = tuple(groups)
        for name in self.groups:
            self.fields[f"{name}-mail"] = forms.ChoiceField(
                label=_("邮件"), choices=[(value, now_(label)) for value, label in MAIL_CHOICES.items()]
            )
            self.fields[f"{name}-inbox"] = forms.BooleanField(label=_("站内"), required=False)
            self.fields[f"{name}-im"] = forms.BooleanField(label=_("机器人"), required=False)
            if name in ALWAYS_IN_INBOX:
                self.fields[f"{name}-inbox"].disabled = True
                self.fields[f"{name}-inbox"].initial = True
        if not settings.HUITAN_IM_SCHEMES:
            del self.fields["robot"]
            for name in self.groups:
                del self.fields[f"{name}-im"]

    @classmethod
    def of(cls, wish: Preference, groups: Collection[str]) -> MessagePreferencesForm:
        initial: dict[str, Any] = {
            "quiet_from": wish.quiet_from,
            "quiet_until": wish.quiet_until,
            "digest_at": wish.digest_at,
            "robot": wish.robot,
        }
        for name in groups:
            chosen = wish.groups.get(name, {})
            kinds = [kind for kind in KINDS.values() if kind.group == name]
            initial[f"{name}-mail"] = chosen.get("mail", "usual")
            initial[f"{name}-inbox"] = chosen.get("inbox", True)
            initial[f"{name}-im"] = chosen.get("im", any(kind.urgent for kind in kinds))
        return cls(initial=initial, groups=groups)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each group with its bound fields, for the page."""
        for name in self.groups:
            yield {
                "name": name,
                "label": GROUPS[name],
                "mail": self[f"{name}-mail"],
                "inbox": self[f"{name}-inbox"],
                "im": self[f"{name}-im"] if f"{name}-im" in self.fields else None,
                "locked": name in ALWAYS_IN_INBOX,
            }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["groups"] = {
            name: {part: data.get(f"{name}-{part}") for part in ("mail", "inbox", "im")}
            for name in self.groups
        }
        return data
