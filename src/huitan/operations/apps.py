from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "huitan.operations"
    label = "operations"
