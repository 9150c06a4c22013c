from django.apps import AppConfig


class DisputesConfig(AppConfig):
    name = "huitan.disputes"
    label = "disputes"
