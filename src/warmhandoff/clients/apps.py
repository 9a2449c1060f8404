from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "warmhandoff.clients"
    label = "clients"

    def ready(self) -> None:
        from warmhandoff.clients import held, restored  # noqa: F401 - it registers what a restore ends

        held.register()
