from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "warmhandoff.accounts"
    label = "accounts"

    def ready(self) -> None:
        from warmhandoff.accounts import factors_gone, leaving, sessions  # noqa: F401 - it registers what a restore ends
