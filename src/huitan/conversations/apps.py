from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "huitan.conversations"
    label = "conversations"
