from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "huitan.plans"
    label = "plans"
