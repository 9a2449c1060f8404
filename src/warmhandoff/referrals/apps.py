from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "warmhandoff.referrals"
    label = "referrals"

    def ready(self) -> None:
        from warmhandoff.referrals import (  # noqa: F401 - they register work, and what ends
            arriving,
            basis_links,
            closing,
            crisis,
            discharge_view,
            erasing,
            escalating,
            following_through,
            handing_over,
            held,
            inquiries,
            linking,
            nudging,
            overdue,
            panel_heirs,
            panel_work,
            posting,
            release_endings,
            restored,
            room,
            sending,
        )

        held.register()
