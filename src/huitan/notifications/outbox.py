"""Without a mail server every mail becomes a readable file: HUITAN_HOME/mail/*.eml."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmlFolder(BaseEmailBackend):
    """The same mail written twice is one file: its name comes from the Message-ID."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.HUITAN_HOME) / "mail"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for mail in email_messages:
            content = mail.message()
            name = re.sub(r"[^\w-]", "", str(content["Message-ID"]).split("@")[0])
            path = folder / f"{name}.eml"
            partial = path.with_suffix(".part")
            with open(partial, "wb", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
                file.write(content.as_bytes())
            partial.replace(path)
        return len(email_messages)
