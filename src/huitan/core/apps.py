from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "huitan.core"
    label = "core"
