from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "warmhandoff.referrals"
    label = "referrals"

    def ready(self) -> None:
        from warmhandoff.referrals import (  # noqa: F401 - they register work, and what ends
            arriving,
            basis_links,
            crisis,
            discharge_view,
            erasing,
            following_through,
            handing_over,
            held,
            inquiries,
            linking,
            overdue,
            panel_work,
            posting,
            release_endings,
            restored,
            sending,
        )

        held.register()
