from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "warmhandoff.referrals"
    label = "referrals"

    def ready(self) -> None:
        from warmhandoff.referrals import erasing, held, overdue, restored, sending  # noqa: F401 - they register themselves

        held.register()
