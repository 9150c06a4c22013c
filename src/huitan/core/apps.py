from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "huitan.core"
    label = "core"

    def ready(self) -> None:
        from huitan.core import lookups  # noqa: F401 - registers them
