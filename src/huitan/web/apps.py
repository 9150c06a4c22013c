from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "huitan.web"
    label = "web"
