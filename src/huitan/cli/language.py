"""How commands speak: words or JSON, in either language; all of Django, or its catalogues only where no installation is
needed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of words.")
LOCALES = {"zh": "zh-hans", "en": "en"}


def set_up_django(lang: str) -> None:
    """Settings that cannot be meant, and a data folder that cannot be used, are said; nothing starts with them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huitan.config.settings")
    import django

    from huitan.core.sentences import say
    from huitan.operations import environment

    wrong = environment.problems(os.environ)
    if not wrong:
        try:
            django.setup()
        except OSError as problem:
            wrong = [
                say(
                    "数据文件夹 HUITAN_HOME 用不了：%(file)s（%(problem)s）。",
                    file=problem.filename,
                    problem=problem.strerror,
                )
            ]
    if wrong:
        speak(lang)
        click.echo("\n".join(map(str, wrong)), err=True)
        raise SystemExit(2)
    _activate(lang)


def speak(lang: str) -> None:
    """Words in both languages without settings, data folder or database."""
    from django.conf import settings

    if not settings.configured:
        import django

        quiet = {"level": "CRITICAL"}
        settings.configure(
            USE_I18N=True,
            USE_TZ=True,
            TIME_ZONE="Asia/Shanghai",
            LANGUAGE_CODE="zh-hans",
            LOCALE_PATHS=[Path(__file__).resolve().parent.parent / "locale"],
            LOGGING={"version": 1, "loggers": {"pyhanko": quiet, "pyhanko_certvalidator": quiet}},
        )
        django.setup()
    _activate(lang)


def _activate(lang: str) -> None:
    from django.utils import translation

    translation.activate(LOCALES[lang])


def tell(value: Any, as_json: bool, words: str) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2) if as_json else words)
