from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "warmhandoff.api"
    label = "api"
