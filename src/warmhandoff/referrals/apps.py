from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "warmhandoff.referrals"
    label = "referrals"

    def ready(self) -> None:
        from warmhandoff.referrals import (  # noqa: F401 - they register work, and what ends
            arriving,
            erasing,
            handing_over,
            held,
            linking,
            overdue,
            restored,
            sending,
        )

        held.register()
