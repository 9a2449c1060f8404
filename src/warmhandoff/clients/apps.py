from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "warmhandoff.clients"
    label = "clients"
