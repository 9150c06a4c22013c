from django.apps import AppConfig


class CyclesConfig(AppConfig):
    name = "huitan.cycles"
    label = "cycles"
