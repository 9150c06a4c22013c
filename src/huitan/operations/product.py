"""Which product this is: its version, and the migrations it knows."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

from django.db import connection
from django.db.migrations.loader import MigrationLoader


def version() -> str:
    try:
        return installed("huitan")
    except PackageNotFoundError:
        return "0"


def migrations_known() -> set[str]:
    """Every migration of this product, "app.name"."""
    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}


def migrations_applied() -> set[str]:
    loader = MigrationLoader(connection)
    return {f"{app}.{name}" for app, name in loader.applied_migrations}
