from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "huitan.people"
    label = "people"
