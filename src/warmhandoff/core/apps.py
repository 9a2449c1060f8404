from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "warmhandoff.core"
    label = "core"
