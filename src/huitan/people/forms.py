from __future__ import annotations

import zoneinfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

# The zones offered first; any other IANA name can be typed in the list's search.
ZONES = (
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Europe/Berlin",
    "America/New_York",
    "UTC",
)


class LoginForm(forms.Form):
    login_name = forms.CharField(
        label=_("工号或邮箱"),
        max_length=128,
        error_messages={"required": _("写上工号或邮箱。")},
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "off", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=256,
        strip=False,
        error_messages={"required": _("写上密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(label=_("语言"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    time_zone = forms.ChoiceField(label=_("时区"), choices=[(z, z) for z in ZONES])
    theme = forms.ChoiceField(
        label=_("外观"),
        choices=[("auto", _("跟随设备")), ("light", _("浅色")), ("dark", _("深色"))],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        current = (self.data or self.initial or {}).get("time_zone")
        if current and current not in ZONES and current in zoneinfo.available_timezones():
            self.fields["time_zone"].choices = [*((z, z) for z in ZONES), (current, current)]


class OwnerForm(forms.Form):
    """Who answers for the numbers of a source; nobody but HR when empty."""

    source = forms.CharField(max_length=128, widget=forms.HiddenInput)
    staff_number = forms.CharField(
        label=_("负责人的工号"),
        max_length=32,
        required=False,
        help_text=_("留空就由 HR 核对。"),
    )
