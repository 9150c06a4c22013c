from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment
from markupsafe import Markup

from huitan.core.sentences import listed
from huitan.web import formats


def environment(**options: Any) -> Environment:
    options["autoescape"] = True
    options.setdefault("trim_blocks", True)
    options.setdefault("lstrip_blocks", True)
    env = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"], **options)
    env.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        url=lambda name, *args, **kwargs: reverse(name, args=args or None, kwargs=kwargs or None),
        static=_kept_for_ever,
        language=translation.get_language,
        icon_sprite=_icon_sprite,
        is_demo=settings.HUITAN_DEMO,
        days_left=formats.days_left,
    )
    for name in (
        "day",
        "short_day",
        "moment",
        "clock_time",
        "stamp",
        "number",
        "amount",
        "percent",
        "score",
        "ago",
    ):
        env.filters[name] = getattr(formats, name)
    env.filters["listed"] = listed
    env.filters["say"] = lambda text: translation.gettext(text) if text else ""
    return env


@functools.cache
def _kept_for_ever(name: str) -> str:
    """The address of a built file with a mark of its content, so that a proxy or browser never has to ask again."""
    file = Path(__file__).parent / "static" / name
    mark = hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.exists() else ""
    return f"{static(name)}?v={mark}"


_sprite: list[Markup] = []


def _icon_sprite() -> Markup:
    """The built sprite, read once per process."""
    if not _sprite:
        path = Path(__file__).parent / "static" / "dist" / "icons.svg"
        _sprite.append(Markup(path.read_text(encoding="utf-8") if path.exists() else ""))
    return _sprite[0]
