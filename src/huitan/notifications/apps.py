from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "huitan.notifications"
    label = "notifications"
