from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "warmhandoff.network"
    label = "network"
