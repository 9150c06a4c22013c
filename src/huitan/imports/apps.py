from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "huitan.imports"
    label = "imports"
