"""What a password must be: one sentence for each way it is not."""

from __future__ import annotations

import pytest

from huitan.core.moves import Refused
from huitan.people import passwords

LIN = ("林晓岚", "00004", "xiaolan.lin@jingtian.example")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("短了", "太短"),
        ("7" * 257, "太长"),
        ("8302957461", "全是数字"),
        ("Password123", "太常见"),
        ("xiaolan.lin@", "太像"),
        ("xiaolan2026", "太像"),
        ("jingtian.example", "太像"),
        ("林晓岚林晓岚", "太像"),
    ],
)
def test_each_weakness_has_its_sentence(settings, password, said) -> None:
    settings.HUITAN_PASSWORD_LENGTH = 6
    with pytest.raises(Refused) as refused:
        passwords.require_good(password, LIN)
    assert said in str(refused.value) and {r.anchor for r in refused.value.reasons} == {"password"}


@pytest.mark.parametrize(
    "password", ["我家的猫爱吃三文鱼", "correct horse battery staple", "lin 8 trains by the sea"]
)
def test_a_sentence_is_a_good_password(settings, password) -> None:
    settings.HUITAN_PASSWORD_LENGTH = 9
    passwords.require_good(password, LIN)


def test_the_company_names_a_file_of_leaked_passwords_and_a_length(settings, tmp_path) -> None:
    leaked = tmp_path / "leaked.txt"
    leaked.write_text("hunter2hunter2\nSommer-Regen-25!\n", encoding="utf-8")
    passwords.require_good("Sommer-Regen-25!", LIN)
    settings.HUITAN_PASSWORD_LIST = str(leaked)
    with pytest.raises(Refused, match="已经泄露"):
        passwords.require_good("Sommer-Regen-25!", LIN)
    settings.HUITAN_PASSWORD_LENGTH = 14
    assert "至少 14 个字符" in str(passwords.rules()[0])
    with pytest.raises(Refused, match="至少 14 个字符"):
        passwords.require_good("short of it", LIN)
