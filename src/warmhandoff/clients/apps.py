from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "warmhandoff.clients"
    label = "clients"

    def ready(self) -> None:
        from warmhandoff.clients import held, indexing, reaching, restored, teams  # noqa: F401 - they register work, and what ends

        held.register()
