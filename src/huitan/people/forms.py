from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from huitan.core.sentences import Sentence
from huitan.people.models import Department, Duty

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


def one_time_input() -> forms.PasswordInput:
    """Readable while it is typed, but like a password never sent back."""
    return forms.PasswordInput(
        attrs={"type": "text", "autocomplete": "one-time-code", "inputmode": "numeric"}
    )


class ProofForm(forms.Form):
    """Proving to be oneself at this moment: one of the `offered` ways, its field filled. Nothing of it is sent back."""

    WAYS = {"password": _("密码"), "pin": _("交接 PIN"), "code": _("动态码"), "passkey": _("通行密钥")}
    MISSING = {
        "password": _("写上密码。"),
        "pin": _("输入 6 位 PIN。"),
        "code": _("输入动态码。"),
        "passkey": _("还没有用通行密钥确认。"),
    }

    prove_by = forms.ChoiceField(label=_("怎么确认是你本人"), required=False, widget=forms.RadioSelect)
    password = forms.CharField(
        label=_("密码"),
        required=False,
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("再输一次登录密码，确认是你本人。"),
    )
    pin = forms.CharField(
        label=_("交接 PIN"),
        required=False,
        max_length=6,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "off", "inputmode": "numeric", "pattern": "[0-9]{6}", "maxlength": "6"}
        ),
        help_text=_("你自己设的 6 位数字。"),
    )
    code = forms.CharField(
        label=_("动态码"),
        required=False,
        max_length=16,
        widget=one_time_input(),
        help_text=_("验证器应用里的 6 位动态码；手机不在身边时用一个恢复码。"),
    )
    passkey = forms.CharField(required=False, max_length=16000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, offered: tuple[str, ...] = ("password",), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered
        self.fields["prove_by"].choices = [(way, self.WAYS[way]) for way in offered]
        for way in self.WAYS.keys() - set(offered):
            del self.fields[way]

    @property
    def way(self) -> str:
        """The way chosen; without a choice the one that was filled in, at last the first."""
        chosen = self.data.get("prove_by", "") if self.is_bound else ""
        if chosen in self.offered:
            return str(chosen)
        return next((way for way in self.offered if self.is_bound and self.data.get(way)), self.offered[0])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get(self.way) and self.way not in self.errors:
            self.add_error(self.way, self.MISSING[self.way])
        return {name: value for name, value in given.items() if name not in self.WAYS or name == self.way}


def _six_digits(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=6,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "off", "inputmode": "numeric", "pattern": "[0-9]{6}", "maxlength": "6"}
        ),
        error_messages={"required": _("输入 6 位 PIN。"), "max_length": _("PIN 是 6 位数字。")},
    )


class PinForm(forms.Form):
    """A new hand-over PIN, twice."""

    pin = _six_digits(_("新的 PIN"))
    again = _six_digits(_("再输一次"))

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if self.cleaned_data.get("pin") and self.cleaned_data["pin"] != again:
            raise forms.ValidationError(_("两次输入的不一样。"))
        return again


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


class DevicePinForm(forms.Form):
    """The PIN on a device that belongs to somebody else: never sent back, never offered to a password store."""

    pin = _six_digits(_("交接 PIN"))


class DevicePasswordForm(forms.Form):
    """As at a log-in: the password and, where there is a second factor, a code; or a passkey instead of both."""

    password = forms.CharField(
        label=_("密码"),
        required=False,
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    code = forms.CharField(
        label=_("动态码"),
        required=False,
        max_length=16,
        widget=one_time_input(),
        help_text=_("验证器应用里的 6 位动态码，或一个恢复码。"),
    )
    passkey = forms.CharField(required=False, max_length=16000, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, asks_code: bool = False, takes_passkey: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not asks_code:
            del self.fields["code"]
        if not takes_passkey:
            del self.fields["passkey"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("passkey"):
            return given
        if not given.get("password") and "password" not in self.errors:
            self.add_error("password", _("写上密码。"))
        if "code" in self.fields and not given.get("code") and "code" not in self.errors:
            self.add_error("code", _("输入动态码。"))
        return given


class NewPasswordForm(forms.Form):
    """A new password, twice. Never sent back; what it must be stands above it (`people.passwords.rules`)."""

    password = forms.CharField(
        label=_("新的密码"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "aria-describedby": "rules"}),
        error_messages={"required": _("写上新的密码。")},
    )
    again = forms.CharField(
        label=_("再输一次"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("再输一次新的密码。")},
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if self.cleaned_data.get("password") and self.cleaned_data["password"] != again:
            raise forms.ValidationError(_("两次输入的不一样。"))
        return again


class PasswordChangeForm(NewPasswordForm):
    """The password of now, and the new one."""

    current = forms.CharField(
        label=_("现在的密码"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("写上现在的密码。")},
    )
    field_order = ("current", "password", "again")


class PaperCodeForm(NewPasswordForm):
    """The code of a printed list, and the password it is turned into."""

    staff_number = forms.CharField(
        label=_("工号"), max_length=32, error_messages={"required": _("写上工号。")}
    )
    code = forms.CharField(
        label=_("一次性密码"),
        max_length=32,
        widget=one_time_input(),
        help_text=_("HR 发的纸上的 10 位字母和数字，大小写都行。"),
        error_messages={"required": _("写上一次性密码。")},
    )
    field_order = ("staff_number", "code", "password", "again")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "text"


class InviteForm(forms.Form):
    """Whom to invite: one person, a department with everything below it, or everybody."""

    department = forms.IntegerField(required=False)
    person = forms.IntegerField(required=False)
    q = forms.CharField(required=False, max_length=64)
    # Also those whose slip is still good: a pile that was never handed out.
    again = forms.BooleanField(required=False)


class DutyForm(forms.Form):
    """A duty of the company for somebody; data owners are named beside their source."""

    staff_number = forms.CharField(
        label=_("工号"),
        max_length=64,
        error_messages={"required": _("写上工号。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("职责"),
        choices=lambda: [
            ("", _("选一项")),
            *((key, str(Sentence(word))) for key, word in Duty.OF_THE_COMPANY.items()),
        ],
        error_messages={"required": _("选一项职责。"), "invalid_choice": _("选一项职责。")},
    )
    department = forms.ModelChoiceField(
        label=_("HRBP 服务的部门（含下级）"),
        queryset=Department.objects.none(),
        required=False,
        empty_label=_("不选"),
        error_messages={"invalid_choice": _("有一个部门已经不在了。刷新后再选。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["department"]
        field.queryset = Department.objects.order_by("full_name")
        field.label_from_instance = lambda department: department.full_name


class ResetForm(forms.Form):
    reason = forms.CharField(
        label=_("为什么重置，怎么确认是本人"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("例如「手机丢了，本人到 HR 办公室，核对过工牌」。会记入历史。"),
        error_messages={"required": _("写明为什么重置、怎么确认是本人。")},
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("动态码"),
        max_length=16,
        widget=one_time_input(),
        error_messages={"required": _("输入动态码。")},
    )


class PasskeyForm(forms.Form):
    name = forms.CharField(
        label=_("给它起个名字"),
        max_length=40,
        help_text=_("例如「办公电脑」「手机」。"),
        error_messages={"required": _("起个名字，以后认得出来。")},
    )
    passkey = forms.CharField(
        max_length=16000,
        widget=forms.HiddenInput,
        error_messages={"required": _("这台设备没有完成添加。再试一次。")},
    )


class OwnerForm(forms.Form):
    """Who answers for the numbers of a source; nobody but HR when empty."""

    source = forms.CharField(max_length=128, widget=forms.HiddenInput)
    staff_number = forms.CharField(
        label=_("负责人的工号"),
        max_length=32,
        required=False,
        help_text=_("留空就由 HR 核对。"),
    )
