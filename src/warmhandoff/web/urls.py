"""The web app's addresses."""

from django.urls import URLPattern

from warmhandoff.web.desk import (
    audit,
    claims,
    clients,
    crisis,
    doubles,
    finding,
    health,
    inbox,
    jump,
    keeping,
    listings,
    outgoing,
    practice,
    referral_answer,
    referral_choice,
    referral_ending,
    referral_need,
    referral_options,
    referral_packet,
    referral_release,
    referrals,
    signing,
    today,
)
from warmhandoff.web.portal import views as portal
from warmhandoff.web.reply import views as reply
from warmhandoff.web.verify import views as verify

urlpatterns: list[URLPattern] = [
    *today.urlpatterns,
    *signing.urlpatterns,
    *clients.urlpatterns,
    *outgoing.urlpatterns,
    *practice.urlpatterns,
    *audit.urlpatterns,
    *crisis.urlpatterns,
    *health.urlpatterns,
    *inbox.urlpatterns,
    *jump.urlpatterns,
    *finding.urlpatterns,
    *claims.urlpatterns,
    *doubles.urlpatterns,
    *keeping.urlpatterns,
    *listings.urlpatterns,
    *portal.urlpatterns,
    *reply.urlpatterns,
    *verify.urlpatterns,
    *referral_answer.urlpatterns,
    *referral_choice.urlpatterns,
    *referral_ending.urlpatterns,
    *referral_need.urlpatterns,
    *referral_options.urlpatterns,
    *referral_packet.urlpatterns,
    *referral_release.urlpatterns,
    *referrals.urlpatterns,
]
