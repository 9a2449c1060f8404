from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "warmhandoff.clients"
    label = "clients"

    def ready(self) -> None:
        from warmhandoff.clients import (  # noqa: F401 - they register work, and what ends
            held,
            indexing,
            notes_kept,
            reaching,
            restored,
            teams,
        )

        held.register()
