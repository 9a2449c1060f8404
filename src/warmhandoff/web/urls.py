"""The web app's addresses."""

from django.urls import URLPattern

from warmhandoff.web.desk import (
    api_clients,
    audit,
    clients,
    crisis,
    emergency,
    finding,
    health,
    inbox,
    jump,
    listings,
    members,
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

urlpatterns: list[URLPattern] = [
    *today.urlpatterns,
    *signing.urlpatterns,
    *emergency.urlpatterns,
    *clients.urlpatterns,
    *outgoing.urlpatterns,
    *practice.urlpatterns,
    *api_clients.urlpatterns,
    *members.urlpatterns,
    *audit.urlpatterns,
    *crisis.urlpatterns,
    *health.urlpatterns,
    *inbox.urlpatterns,
    *jump.urlpatterns,
    *finding.urlpatterns,
    *listings.urlpatterns,
    *portal.urlpatterns,
    *reply.urlpatterns,
    *referral_answer.urlpatterns,
    *referral_choice.urlpatterns,
    *referral_ending.urlpatterns,
    *referral_need.urlpatterns,
    *referral_options.urlpatterns,
    *referral_packet.urlpatterns,
    *referral_release.urlpatterns,
    *referrals.urlpatterns,
]
