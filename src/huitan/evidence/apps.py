from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "huitan.evidence"
    label = "evidence"
