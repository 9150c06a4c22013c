"""Only the live streams, for a proxy that sends /live/ here and everything else to WSGI."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huitan.config.settings")
django.setup()

from huitan.live.app import application  # noqa: E402

__all__ = ["application"]
